"""Finding a card by what people type: Chinese words or parts of them, pinyin, its initials, English.

An index never changes. It is small (some dozens of terms per card), and a search is a few look-ups in it; nothing that
is typed can make it fail or slow. What it is made of comes from `service_registry.indexing`.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.text import Text

LONGEST_QUERY: Final = 40
_RUN: Final = re.compile(r"[\u3400-\u9fff\u3007]+|[^\W_\u3400-\u9fff\u3007]+")
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_AFTER_ALL: Final = "\U0010ffff"
_PART_OF_WORDS: Final = 0.5
"""A part of a Chinese word (two characters in a row) says half as much as the word."""


@dataclass(frozen=True)
class Findable:
    """What a card is found by."""

    name: Text
    keywords: Sequence[str]
    texts: Sequence[Text]


Term = tuple[str, int, int, int]
"""A term of the sorted list: how it is written, the card's place, and what it says of the card when it is typed whole,
and when its beginning is."""


@dataclass(frozen=True)
class IndexData:
    """Terms in their order, and for each word what it says of which cards, by their places."""

    terms: tuple[Term, ...]
    words: dict[str, dict[int, int]]


class SearchIndex:
    def __init__(self, data: IndexData) -> None:
        self._terms = data.terms
        self._written = [term[0] for term in data.terms]
        self._words = data.words
        self._longest = max((len(word) for word in data.words), default=0)

    def scores(self, query: str) -> dict[int, int]:
        """The cards that fit, by their place in the sequence, and how well (more is better). Any text may be asked."""
        runs = runs_of(query[:LONGEST_QUERY])
        if not runs:
            return {}
        scores = self._typed("".join(runs))
        per_run = [self._run(run) for run in runs]
        for card in set(per_run[0]).intersection(*per_run[1:]):
            scores[card] = max(scores.get(card, 0), sum(found[card] for found in per_run) // len(per_run))
        return scores

    def _typed(self, run: str) -> dict[int, int]:
        """Cards with a term that is the run, or that begins with it."""
        scores: dict[int, int] = {}
        for place in range(bisect_left(self._written, run), bisect_left(self._written, run + _AFTER_ALL)):
            written, card, whole, begun = self._terms[place]
            points = whole if written == run else begun
            if points > scores.get(card, 0):
                scores[card] = points
        return scores

    def _run(self, run: str) -> dict[int, int]:
        scores = _better(self._typed(run), self._words.get(run, {}))
        return _better(scores, self._pieces(run)) if len(run) > 1 and CHINESE.match(run) else scores

    def _pieces(self, run: str) -> dict[int, int]:
        """For a run of Chinese that is not a term as a whole: cards that know at least half of its words' characters,
        or half of its pairs of characters."""
        return _better(
            self._known(self._cut(run), len(run)), self._known(pairs_of(run), 2 * (len(run) - 1), _PART_OF_WORDS)
        )

    def _cut(self, run: str) -> list[str]:
        """The words of the index that the run is made of, from left to right, the longest first. Others say nothing
        here, so no dictionary is asked where one word ends and the next begins."""
        words, place = [], 0
        while place < len(run):
            lengths = range(min(self._longest, len(run) - place), 1, -1)
            word = next((run[place : place + length] for length in lengths if self._is_word(run, place, length)), None)
            if word is not None:
                words.append(word)
            place += len(word) if word is not None else 1
        return words

    def _is_word(self, run: str, place: int, length: int) -> bool:
        return run[place : place + length] in self._words

    def _known(self, pieces: Sequence[str], length: int, weight: float = 1.0) -> dict[int, int]:
        sums: dict[int, int] = {}
        lengths: dict[int, int] = {}
        for piece in pieces:
            for card, points in _better(self._typed(piece), self._words.get(piece, {})).items():
                sums[card] = sums.get(card, 0) + points * len(piece)
                lengths[card] = lengths.get(card, 0) + len(piece)
        return {
            card: max(1, int(points * weight / length) - 1)
            for card, points in sums.items()
            if 2 * lengths[card] >= length
        }


def _better(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    best = dict(one)
    for card, points in other.items():
        if points > best.get(card, 0):
            best[card] = points
    return best


def runs_of(written: str) -> list[str]:
    """The runs of Chinese characters and of other letters and digits, in one width and case."""
    sound = written.encode("utf-8", "ignore").decode()
    return _RUN.findall(unicodedata.normalize("NFKC", sound).casefold())


def pairs_of(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] if CHINESE.match(run) else []
