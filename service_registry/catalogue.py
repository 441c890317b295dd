"""What the city offers: cards by theme and audience, searched, paged, and described for whoever shows them.

An edition of the catalogue never changes: when a card does, the next one takes its place, whole, between two calls.
`version` tells editions apart.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.documents import Index, cursor, read_cursor
from core.text import Text, text
from service_registry.card import LoadedCard
from service_registry.card_views import (
    CardDetail,
    CardPage,
    CardSummary,
    ConsentTerms,
    ThemeView,
    consent_terms_of,
    detail_of,
    summary_of,
)
from service_registry.errors import CardNotFound, ThemeNotFound
from service_registry.manifest import Audience, Kind, Manifest
from service_registry.search import Findable, IndexData, SearchIndex
from service_registry.themes import Theme

MOST_PER_PAGE: Final = 100
_ORDER: Final = Index("catalogue", ("score", "theme"))


@dataclass(frozen=True)
class _Entry:
    """A card in its place: cards stand in the order of themes, and in a theme in the order of ids."""

    card: LoadedCard
    theme: int
    summary: CardSummary


Indexer = Callable[[Sequence[Findable]], IndexData]
"""Makes the search index of cards."""


class Edition:
    """The cards as they are from one change to the next."""

    def __init__(self, cards: Iterable[LoadedCard], themes: Iterable[Theme], indexer: Indexer | None = None) -> None:
        """A card of a theme that is not there stands last, under no theme. Can be made in any thread."""
        themes = tuple(themes)
        places = {theme.id: place for place, theme in enumerate(themes)}
        entries = [_Entry(card, places.get(card.manifest.theme, len(places)), summary_of(card)) for card in cards]
        self.entries = tuple(sorted(entries, key=lambda entry: (entry.theme, entry.card.id)))
        self.cards = {entry.card.id: entry.card for entry in self.entries}
        self.themes = {theme.id: theme for theme in themes}
        self.details: dict[str, CardDetail] = {}
        index = (indexer or _indexed)([_findable(entry.card.manifest, self.themes) for entry in self.entries])
        self.index = SearchIndex(index)
        self.version = _version(self.entries, themes)


class Catalogue:
    """The edition in force. Made with `Catalogue.of`."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    @classmethod
    def of(cls, cards: Iterable[LoadedCard], themes: Iterable[Theme]) -> "Catalogue":
        """The catalogue of these cards."""
        return cls(Edition(cards, themes))

    def replace(self, edition: Edition) -> None:
        """From the next call on, this is the edition. A use that is under way ends with the card it began with."""
        self._edition = edition

    @property
    def version(self) -> str:
        return self._edition.version

    @property
    def cards(self) -> Mapping[str, LoadedCard]:
        """All cards by id, in the catalogue's order."""
        return self._edition.cards

    def card(self, card_id: str) -> LoadedCard:
        """Raises `CardNotFound`."""
        card = self._edition.cards.get(card_id)
        if card is None:
            raise CardNotFound
        return card

    def detail(self, card_id: str) -> CardDetail:
        """Raises `CardNotFound`."""
        if card_id not in self._edition.details:
            self._edition.details[card_id] = detail_of(self.card(card_id))
        return self._edition.details[card_id]

    def themes(self) -> tuple[ThemeView, ...]:
        """The themes that have cards, in their order."""
        counts: dict[str, int] = {}
        for entry in self._edition.entries:
            counts[entry.summary.theme] = counts.get(entry.summary.theme, 0) + 1
        themes = (theme for theme in self._edition.themes.values() if theme.id in counts)
        return tuple(ThemeView(id=theme.id, name=theme.name, cards=counts[theme.id]) for theme in themes)

    def page(
        self,
        *,
        theme: str | None = None,
        audience: Audience | None = None,
        kind: Kind | None = None,
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
        if theme is not None and theme not in self._edition.themes:
            raise ThemeNotFound(sorted(self._edition.themes))
        ranked = [
            (key, entry.summary)
            for key, entry in self._ranked(q)
            if (theme is None or entry.summary.theme == theme)
            and (audience is None or audience in entry.summary.audience)
            and (kind is None or kind == entry.summary.kind)
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
        return consent_terms_of(self.card(card_id))

    def department_name(self, department_id: str) -> Text:
        """What people call it; its id when no card of it is in the catalogue any more."""
        for entry in self._edition.entries:
            if entry.summary.department.id == department_id:
                return entry.summary.department.name
        return text(department_id, department_id)

    def _ranked(self, q: str | None) -> list[tuple["_Key", _Entry]]:
        if q is None or not q.strip():
            return [((0, entry.theme, entry.card.id), entry) for entry in self._edition.entries]
        scored = ((score, self._edition.entries[place]) for place, score in self._edition.index.scores(q).items())
        found = [((-score, entry.theme, entry.card.id), entry) for score, entry in scored]
        return sorted(found, key=lambda one: one[0])


def _indexed(cards: Sequence[Findable]) -> IndexData:
    if not cards:
        return IndexData((), {})
    from service_registry.indexing import indexed  # noqa: PLC0415  # its dictionaries are large

    return indexed(cards)


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
