"""What a search index is made of: each card's terms as they are written, in pinyin and in initials, and its words.

The dictionaries of pypinyin and rjieba take some 90 MB in memory and are needed for a moment, each time cards change;
so a server has a process of its own make the index (`python -m service_registry.indexing`, JSON in and out), which is
gone when it is made.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache

import orjson
import rjieba
from pydantic import TypeAdapter
from pypinyin import lazy_pinyin

from service_registry.search import CHINESE, Findable, IndexData, Term, pairs_of, runs_of

NAME, NAME_BEGINS, IN_NAME, KEYWORD, KEYWORD_BEGINS, IN_KEYWORD, IN_TEXT = 100, 80, 70, 60, 50, 40, 20
"""How well a card fits, best first: its name, the beginning of it, a word in it, a keyword, and so on down to a word of
its summary, its department or its theme."""


def indexed(cards: Sequence[Findable]) -> IndexData:
    """The index of these cards."""
    terms = sorted((term for place, card in enumerate(cards) for term in _terms(place, card)), key=lambda term: term[0])
    return IndexData(tuple(terms), _words(cards))


def _terms(card: int, findable: Findable) -> Iterator[Term]:
    for name in (findable.name.zh, findable.name.en):
        for written in _spellings("".join(runs_of(name))):
            yield (written, card, NAME, NAME_BEGINS)
        for tail in _tails(name):
            yield from ((written, card, IN_NAME, IN_NAME) for written in _spellings(tail))
    for keyword in findable.keywords:
        for written in _spellings("".join(runs_of(keyword))):
            yield (written, card, KEYWORD, KEYWORD_BEGINS)
        for tail in _tails(keyword):
            yield from ((written, card, IN_KEYWORD, IN_KEYWORD) for written in _spellings(tail))


@lru_cache(maxsize=50_000)
def _spellings(written: str) -> frozenset[str]:
    """As it is written, and with Chinese in it also as pinyin and as the initials of pinyin."""
    if not CHINESE.search(written):
        return frozenset({written} - {""})
    syllables = lazy_pinyin(written)
    return frozenset({written, "".join(syllables), "".join(syllable[0] for syllable in syllables)})


@lru_cache(maxsize=20_000)
def _tails(written: str) -> tuple[str, ...]:
    """What follows from each further word on: 住房公积金查询 gives 公积金查询 and 查询."""
    words = [word for run in runs_of(written) for word in (rjieba.cut(run) if CHINESE.match(run) else [run])]
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
    yield from ((pair, IN_NAME) for run in runs_of(card.name.zh) for pair in pairs_of(run))
    yield from ((pair, IN_KEYWORD) for keyword in card.keywords for run in runs_of(keyword) for pair in pairs_of(run))
    for text in card.texts:
        yield from ((word, IN_TEXT) for written in (text.zh, text.en) for word in _words_of(written))


@lru_cache(maxsize=20_000)
def _words_of(written: str) -> tuple[str, ...]:
    """Words of two characters or more, and pairs of Chinese characters."""
    words: list[str] = []
    for run in runs_of(written):
        words += [*rjieba.cut_for_search(run), *pairs_of(run)] if CHINESE.match(run) else [run]
    return tuple(word for word in words if len(word) > 1)


def main() -> None:
    cards = TypeAdapter(tuple[Findable, ...]).validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(indexed(cards), option=orjson.OPT_NON_STR_KEYS))


if __name__ == "__main__":
    main()
