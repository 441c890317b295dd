"""The cards that come with the platform, whatever else a city has put beside them."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from service_registry.loading import Loaded, load_cards
from service_registry.themes import CARDS

DELIVERED = (
    "gy.appointments",
    "gy.enterprise_social_security",
    "gy.housing_fund",
    "gy.scenic_spots",
    "gy.social_security",
)


def delivered(settings: Mapping[str, str] | None = None, *, production: bool = False) -> Loaded:
    loaded = load_cards(settings=settings, production=production)
    own = {card_id: card for card_id, card in loaded.cards.items() if card_id in DELIVERED}
    return replace(loaded, cards=own, problems=tuple(one for one in loaded.problems if one.card in DELIVERED))


def delivered_copy(folder: Path) -> Path:
    """A folder of cards with these and the themes, to run a city with or to add to; made once."""
    cards = folder / "cards"
    if cards.exists():
        return cards
    cards.mkdir()
    shutil.copy(CARDS / "themes.yaml", cards)
    for card_id in DELIVERED:
        shutil.copytree(CARDS / card_id, cards / card_id)
    return cards
