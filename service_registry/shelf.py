"""The cards of a folder and the catalogue made of them: read at the start, and again when the folder has changed."""

import logging
from collections.abc import Mapping
from pathlib import Path

from service_registry.card import LoadedCard
from service_registry.catalogue import Catalogue
from service_registry.loading import Loaded, load_cards
from service_registry.reading.files import MANIFEST

_log = logging.getLogger(__name__)


class Shelf:
    """A broken card never stands in the way of the others: one that never loaded is left out, and one that did stays
    as it was until it is mended or its folder is gone. Both are reported in the log."""

    def __init__(self, folder: Path, *, production: bool) -> None:
        self._folder = folder
        self._production = production
        self._cards: Mapping[str, LoadedCard] = {}
        self.catalogue = Catalogue.of((), ())

    def read(self, addresses: Mapping[str, str]) -> Loaded:
        """What the folder holds now. `addresses` are the values of `${NAME}` in the cards. Can run in any thread."""
        return load_cards(self._folder, addresses, production=self._production)

    def put(self, loaded: Loaded) -> None:
        """Puts the next edition in force."""
        kept = {
            card_id: card
            for card_id, card in self._cards.items()
            if card_id not in loaded.cards and (card.folder / MANIFEST).is_file()
        }
        for problem in loaded.problems:
            event = "card stays as it was" if Path(problem.file).parent.name in kept else "card left out"
            _log.error(event, extra={"file": problem.file, "line": problem.line, "problem": problem.problem})
        self._cards = {**kept, **loaded.cards}
        self.catalogue.replace(self._cards.values(), loaded.themes)
