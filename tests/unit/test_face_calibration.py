"""Rates and percentiles of distances, against counting by hand."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_center.face.calibration import CANDIDATES, candidates, percentiles, rate
from identity_center.face.settings import MatchThresholds

distances = st.lists(st.floats(0, 1.5).map(lambda found: round(found, 2)), min_size=1, max_size=60)


@given(distances, distances)
def test_rates_are_what_counting_gives(same: list[float], different: list[float]) -> None:
    for one in candidates(Counter(same), Counter(different), MatchThresholds()):
        rejected = sum(distance > one.threshold for distance in same)
        accepted = sum(distance <= one.threshold for distance in different)
        assert one.false_rejects.share == rejected / len(same)
        assert one.false_accepts.share == accepted / len(different)
        assert one.false_rejects.share <= one.false_rejects.at_most <= 1
        assert one.false_accepts.share <= one.false_accepts.at_most <= 1


@given(distances)
def test_a_stricter_threshold_refuses_no_fewer_and_takes_no_more(found: list[float]) -> None:
    counts = Counter(found)
    ordered = candidates(counts, counts, MatchThresholds())
    for stricter, laxer in pairwise(ordered):
        assert stricter.threshold < laxer.threshold
        assert stricter.false_rejects.share >= laxer.false_rejects.share
        assert stricter.false_accepts.share <= laxer.false_accepts.share


@given(distances, st.integers(0, 100))
def test_a_percentile_is_a_distance_that_so_many_do_not_exceed(found: list[float], percent: int) -> None:
    (distance,) = percentiles(Counter(found), [percent])
    assert distance in found
    assert sum(one <= distance for one in found) * 100 >= percent * len(found)
    assert sum(one < distance for one in found) * 100 < max(1, percent) * len(found)


def test_none_of_so_many_says_how_little_is_known() -> None:
    none = rate({0.9: 1086}, up_to=0.6)
    assert none.share == 0
    assert none.at_most == pytest.approx(0.0035, abs=0.0001)
    assert rate({0.9: 100_000}, up_to=0.6).at_most < 0.0001


def test_the_configured_thresholds_stand_among_the_candidates_with_their_names() -> None:
    same, different = {0.3: 5}, {0.9: 5}
    named = {
        one.threshold: one.configured_as
        for one in candidates(same, different, MatchThresholds(accept=0.47, retry=0.58))
        if one.configured_as
    }
    assert named == {0.47: "accept", 0.58: "retry"}
    equal = candidates(same, different, MatchThresholds(accept=0.5, retry=0.5))
    assert [one.threshold for one in equal] == [*CANDIDATES]
    assert {one.configured_as for one in equal} == {"", "accept, retry"}
