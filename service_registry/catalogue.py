"""What the city offers: cards by theme and audience, searched, paged, and described for whoever shows them.

A catalogue never changes: when a card does, the next one is made. `version` tells them apart.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.documents import Index, cursor, read_cursor
from core.text import Text, text
from service_registry.acting import purpose_of
from service_registry.card import LoadedCard
from service_registry.card_views import CardDetail, CardPage, CardSummary, ThemeView, detail_of, summary_of
from service_registry.errors import CardNotFound, ThemeNotFound
from service_registry.manifest import Audience, Manifest
from service_registry.search import Findable, SearchIndex
from service_registry.themes import Theme

MOST_PER_PAGE: Final = 100
_ORDER: Final = Index("catalogue", ("score", "theme"))


@dataclass(frozen=True)
class ConsentTerms:
    """What a citizen consents to in order to use a card: which fields go to which department, and what for."""

    department: str
    fields: tuple[str, ...]
    purpose: Text


@dataclass(frozen=True)
class _Entry:
    """A card in its place: cards stand in the order of themes, and in a theme in the order of ids."""

    card: LoadedCard
    theme: int
    summary: CardSummary


class Catalogue:
    """Made with `Catalogue.of`."""

    def __init__(self, entries: tuple[_Entry, ...], themes: tuple[Theme, ...]) -> None:
        self._entries = entries
        self._cards = {entry.card.id: entry.card for entry in entries}
        self._themes = {theme.id: theme for theme in themes}
        self._details: dict[str, CardDetail] = {}
        self._index = SearchIndex([_findable(entry.card.manifest, self._themes) for entry in entries])
        self.version = _version(entries, themes)

    @classmethod
    def of(cls, cards: Iterable[LoadedCard], themes: Iterable[Theme]) -> "Catalogue":
        """The catalogue of these cards. A card of a theme that is not there stands last, under no theme."""
        themes = tuple(themes)
        places = {theme.id: place for place, theme in enumerate(themes)}
        entries = [_Entry(card, places.get(card.manifest.theme, len(places)), summary_of(card)) for card in cards]
        return cls(tuple(sorted(entries, key=lambda entry: (entry.theme, entry.card.id))), themes)

    @property
    def cards(self) -> Mapping[str, LoadedCard]:
        """All cards by id, in the catalogue's order."""
        return self._cards

    def card(self, card_id: str) -> LoadedCard:
        """Raises `CardNotFound`."""
        card = self._cards.get(card_id)
        if card is None:
            raise CardNotFound
        return card

    def detail(self, card_id: str) -> CardDetail:
        """Raises `CardNotFound`."""
        if card_id not in self._details:
            self._details[card_id] = detail_of(self.card(card_id))
        return self._details[card_id]

    def themes(self) -> tuple[ThemeView, ...]:
        """The themes that have cards, in their order."""
        counts: dict[str, int] = {}
        for entry in self._entries:
            counts[entry.summary.theme] = counts.get(entry.summary.theme, 0) + 1
        themes = (theme for theme in self._themes.values() if theme.id in counts)
        return tuple(ThemeView(id=theme.id, name=theme.name, cards=counts[theme.id]) for theme in themes)

    def page(
        self,
        *,
        theme: str | None = None,
        audience: Audience | None = None,
        region: str | None = None,
        q: str | None = None,
        limit: int = 20,
        after: str | None = None,
    ) -> CardPage:
        """The cards that meet all that is asked, best fit first when `q` is searched, else by theme.

        `region` is a code of GB/T 2260: cards of that region, of a region around it, and of the whole city. Raises
        `ThemeNotFound`, and `BadCursor` when `after` is not from such a list. The cursor is the place it was given at,
        so that cards which come or go meanwhile are neither repeated nor skipped with others.
        """
        if theme is not None and theme not in self._themes:
            raise ThemeNotFound(sorted(self._themes))
        ranked = [
            (key, entry.summary)
            for key, entry in self._ranked(q)
            if (theme is None or entry.summary.theme == theme)
            and (audience is None or audience in entry.summary.audience)
            and (region is None or _serves(entry.card.manifest.access.regions, region))
        ]
        beginning = _key(after) if after else None
        rest = [(key, card) for key, card in ranked if beginning is None or key > beginning]
        shown = rest[: max(1, min(limit, MOST_PER_PAGE))]
        more = len(rest) > len(shown)
        return CardPage(
            items=tuple(card for _, card in shown), total=len(ranked), after=_cursor(shown[-1][0]) if more else None
        )

    def terms(self, card_id: str) -> ConsentTerms:
        """What consent to the card covers: the fields of all of its operations. Raises `CardNotFound`."""
        card = self.card(card_id)
        asked = {field for operation in card.operations.values() for field in operation.access.consent}
        return ConsentTerms(card.manifest.department.id, tuple(sorted(asked)), purpose_of(card.manifest))

    def department_name(self, department_id: str) -> Text:
        """What people call it; its id when no card of it is in the catalogue any more."""
        for entry in self._entries:
            if entry.summary.department.id == department_id:
                return entry.summary.department.name
        return text(department_id, department_id)

    def _ranked(self, q: str | None) -> list[tuple["_Key", _Entry]]:
        if q is None or not q.strip():
            return [((0, entry.theme, entry.card.id), entry) for entry in self._entries]
        scores = self._index.scores(q)
        found = [
            ((-score, self._entries[place].theme, self._entries[place].card.id), self._entries[place])
            for place, score in scores.items()
        ]
        return sorted(found, key=lambda one: one[0])


_Key = tuple[int, int, str]
"""The place of a card in a list: its score (negative, so that the best comes first), its theme, its id."""


def _cursor(key: _Key) -> str:
    return cursor(_ORDER, key[:2], key[2])


def _key(after: str) -> _Key:
    values, card_id = read_cursor(_ORDER, after)
    score, theme = values
    return (score, theme, card_id) if isinstance(score, int) and isinstance(theme, int) else (0, 0, card_id)


def _serves(regions: tuple[str, ...], region: str) -> bool:
    return not regions or any(region.startswith(_stem(code)) for code in regions)


def _stem(code: str) -> str:
    """520100 is a city, and 5201 is what the codes of its districts begin with."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def _version(entries: tuple[_Entry, ...], themes: tuple[Theme, ...]) -> str:
    digest = hashlib.sha256()
    for part in [*(theme.model_dump_json() for theme in themes), *(entry.card.digest for entry in entries)]:
        digest.update(part.encode() + b"\n")
    return digest.hexdigest()[:24]


def _findable(card: Manifest, themes: Mapping[str, Theme]) -> Findable:
    theme = [themes[card.theme].name] if card.theme in themes else []
    return Findable(card.name, card.keywords, [card.summary, card.department.name, *theme, *_bookable(card)])


def _bookable(card: Manifest) -> Iterator[Text]:
    """What can be booked with the card, so that who searches for a park or a matter finds where to book it."""
    if card.booking is not None:
        yield from (choice for level in card.booking.levels for choice in level.choices.values())
        yield from (resource.name for resource in card.booking.resources)
