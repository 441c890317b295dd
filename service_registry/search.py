"""Finding a card by what people type: Chinese words or parts of them, pinyin, its initials, English.

An index is built once and never changes. It is small (some dozens of terms per card), and a search is a few look-ups in
it; nothing that is typed can make it fail or slow. What a text is cut into is remembered, so that the next index of
nearly the same cards is made in a moment.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import rjieba
from pypinyin import lazy_pinyin

from core.text import Text

NAME, NAME_BEGINS, IN_NAME, KEYWORD, KEYWORD_BEGINS, IN_KEYWORD, IN_TEXT = 100, 80, 70, 60, 50, 40, 20
"""How well a card fits, best first: its name, the beginning of it, a word in it, a keyword, and so on down to a word of
its summary, its department or its theme."""
LONGEST_QUERY: Final = 40
_RUN: Final = re.compile(r"[\u3400-\u9fff\u3007]+|[^\W_\u3400-\u9fff\u3007]+")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_AFTER_ALL: Final = "\U0010ffff"
_PART_OF_WORDS: Final = 0.5
"""A part of a Chinese word (two characters in a row) says half as much as the word."""


@dataclass(frozen=True)
class Findable:
    """What a card is found by."""

    name: Text
    keywords: Sequence[str]
    texts: Sequence[Text]


@dataclass(frozen=True)
class _Term:
    """A term of the sorted list: what it says of the card when it is typed whole, and when its beginning is."""

    written: str
    card: int
    whole: int
    begun: int


class SearchIndex:
    def __init__(self, cards: Sequence[Findable]) -> None:
        terms = [term for place, card in enumerate(cards) for term in _terms(place, card)]
        self._terms = tuple(sorted(terms, key=lambda term: term.written))
        self._written = [term.written for term in self._terms]
        self._words = _words(cards)

    def scores(self, query: str) -> dict[int, int]:
        """The cards that fit, by their place in the sequence, and how well (more is better). Any text may be asked."""
        runs = _runs(query[:LONGEST_QUERY])
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
            term = self._terms[place]
            points = term.whole if term.written == run else term.begun
            if points > scores.get(term.card, 0):
                scores[term.card] = points
        return scores

    def _run(self, run: str) -> dict[int, int]:
        scores = _better(self._typed(run), self._words.get(run, {}))
        return _better(scores, self._pieces(run)) if len(run) > 1 and _CHINESE.match(run) else scores

    def _pieces(self, run: str) -> dict[int, int]:
        """For a run of Chinese that is not a term as a whole: cards that know at least half of its words' characters,
        or half of its pairs of characters."""
        words = [word for word in rjieba.cut(run) if len(word) > 1]
        return _better(self._known(words, len(run)), self._known(_pairs(run), 2 * (len(run) - 1), _PART_OF_WORDS))

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


def _runs(written: str) -> list[str]:
    """The runs of Chinese characters and of other letters and digits, in one width and case."""
    sound = written.encode("utf-8", "ignore").decode()
    return _RUN.findall(unicodedata.normalize("NFKC", sound).casefold())


def _terms(card: int, findable: Findable) -> Iterator[_Term]:
    for name in (findable.name.zh, findable.name.en):
        for written in _spellings("".join(_runs(name))):
            yield _Term(written, card, NAME, NAME_BEGINS)
        for tail in _tails(name):
            yield from (_Term(written, card, IN_NAME, IN_NAME) for written in _spellings(tail))
    for keyword in findable.keywords:
        for written in _spellings("".join(_runs(keyword))):
            yield _Term(written, card, KEYWORD, KEYWORD_BEGINS)
        for tail in _tails(keyword):
            yield from (_Term(written, card, IN_KEYWORD, IN_KEYWORD) for written in _spellings(tail))


@lru_cache(maxsize=50_000)
def _spellings(written: str) -> frozenset[str]:
    """As it is written, and with Chinese in it also as pinyin and as the initials of pinyin."""
    if not _CHINESE.search(written):
        return frozenset({written} - {""})
    syllables = lazy_pinyin(written)
    return frozenset({written, "".join(syllables), "".join(syllable[0] for syllable in syllables)})


@lru_cache(maxsize=20_000)
def _tails(written: str) -> tuple[str, ...]:
    """What follows from each further word on: 住房公积金查询 gives 公积金查询 and 查询."""
    words = [word for run in _runs(written) for word in (rjieba.cut(run) if _CHINESE.match(run) else [run])]
    return tuple("".join(words[place:]) for place in range(1, len(words)))


def _words(cards: Sequence[Findable]) -> dict[str, dict[int, int]]:
    """Words of each card's texts, and pairs of characters of all that is Chinese about it."""
    words: dict[str, dict[int, int]] = {}
    for place, card in enumerate(cards):
        for word, points in _weighed(card):
            known = words.setdefault(word, {})
            known[place] = max(known.get(place, 0), points)
    return words


def _weighed(card: Findable) -> Iterator[tuple[str, int]]:
    yield from ((pair, IN_NAME) for run in _runs(card.name.zh) for pair in _pairs(run))
    yield from ((pair, IN_KEYWORD) for keyword in card.keywords for run in _runs(keyword) for pair in _pairs(run))
    for text in card.texts:
        yield from ((word, IN_TEXT) for written in (text.zh, text.en) for word in _words_of(written))


@lru_cache(maxsize=20_000)
def _words_of(written: str) -> tuple[str, ...]:
    """Words of two characters or more, and pairs of Chinese characters."""
    words: list[str] = []
    for run in _runs(written):
        words += [*rjieba.cut_for_search(run), *_pairs(run)] if _CHINESE.match(run) else [run]
    return tuple(word for word in words if len(word) > 1)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] if _CHINESE.match(run) else []
