"""The cards of a folder and the catalogue made of them: read at the start, and again when the folder has changed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.problem import Problem
from service_registry.card import LoadedCard
from service_registry.catalogue import Catalogue, Edition, Indexer
from service_registry.loading import load_cards
from service_registry.reading.files import MANIFEST
from service_registry.themes import Theme

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """What a folder held when it was read, ready to be put in force."""

    cards: Mapping[str, LoadedCard]
    themes: tuple[Theme, ...]
    edition: Edition
    kept: frozenset[str]
    problems: tuple[Problem, ...]


class Shelf:
    """A broken card never stands in the way of the others: one that never loaded is left out, and one that did stays
    as it was until it is mended or its folder is gone. Both are reported in the log."""

    def __init__(self, folder: Path, *, production: bool, indexer: Indexer | None = None) -> None:
        self._folder = folder
        self._production = production
        self._indexer = indexer
        self._cards: Mapping[str, LoadedCard] = {}
        self._themes: tuple[Theme, ...] = ()
        self.catalogue = Catalogue.of((), ())

    def read(self, addresses: Mapping[str, str]) -> Reading:
        """What the folder holds now. `addresses` are the values of `${NAME}` in the cards. Can run in any thread."""
        loaded = load_cards(self._folder, addresses, production=self._production)
        kept = {
            card_id: card
            for card_id, card in self._cards.items()
            if card_id not in loaded.cards and ((card.folder / MANIFEST).is_file() or not self._folder.is_dir())
        }
        cards, themes = {**kept, **loaded.cards}, loaded.themes or self._themes
        edition = Edition(cards.values(), themes, self._indexer)
        return Reading(cards, themes, edition, frozenset(kept), loaded.problems)

    def put(self, reading: Reading) -> None:
        """Puts it in force."""
        for problem in reading.problems:
            event = "card stays as it was" if problem.card in reading.kept else "card left out"
            _log.error(event, extra={"file": problem.file, "line": problem.line, "problem": problem.problem})
        self._cards, self._themes = reading.cards, reading.themes
        self.catalogue.replace(reading.edition)
