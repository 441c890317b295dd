"""What a city's own photos say of its thresholds: how often the right person would be refused, and a wrong one taken.

Pure: distances in, figures out. Whoever they are of is not known here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from identity_center.face.settings import MatchThresholds

_Z = 1.96
"""Of a 95 % interval."""
CANDIDATES = tuple(round(0.30 + step / 50, 2) for step in range(21))
"""0.30 to 0.70 in steps of 0.02; the configured ones stand among them."""
PERCENTS = (0, 1, 5, 50, 95, 99, 100)


@dataclass(frozen=True)
class Rate:
    """`share` of pairs, and what it may be in truth with 95 % confidence: 0 of 600 pairs is at most 0.6 %."""

    share: float
    at_most: float


@dataclass(frozen=True)
class Candidate:
    """At one threshold: pairs of the same person above it are refused, pairs of different persons up to it accepted."""

    threshold: float
    false_rejects: Rate
    false_accepts: Rate
    configured_as: str = ""


Counts = Mapping[float, int]
"""Distance to the number of pairs that have it."""


def candidates(same: Counts, different: Counts, configured: MatchThresholds) -> list[Candidate]:
    """One for each candidate threshold, in order. Both counts must hold a pair."""
    names = {configured.accept: "accept", configured.retry: "retry"}
    if configured.accept == configured.retry:
        names = {configured.accept: "accept, retry"}
    return [
        Candidate(threshold, rate(same, above=threshold), rate(different, up_to=threshold), names.get(threshold, ""))
        for threshold in sorted({*CANDIDATES, *names})
    ]


def rate(counts: Counts, *, above: float | None = None, up_to: float | None = None) -> Rate:
    """The share of pairs above a distance, or up to it."""
    total = sum(counts.values())
    hits = sum(
        count
        for distance, count in counts.items()
        if (above is not None and distance > above) or (up_to is not None and distance <= up_to)
    )
    return Rate(hits / total, _upper(hits, total))


def percentiles(counts: Counts, percents: Iterable[int] = PERCENTS) -> list[float]:
    """The distance that so many percent of the pairs do not exceed; 0 the least there is."""
    total, ordered = sum(counts.values()), sorted(counts)
    found = []
    for percent in percents:
        wanted, seen = max(1, -(-total * percent // 100)), 0
        for distance in ordered:
            seen += counts[distance]
            if seen >= wanted:
                found.append(distance)
                break
    return found


def _upper(hits: int, total: int) -> float:
    """Wilson's interval, its upper end: as sound for no hits as for many."""
    share, z2 = hits / total, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return min(1.0, (share + z2 / (2 * total) + spread) / (1 + z2 / total))
