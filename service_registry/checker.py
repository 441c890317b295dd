"""`cst card check`: everything that is wrong with the cards of a folder, at once, with the place and the remedy."""

from collections.abc import Mapping
from pathlib import Path

from core.problem import Problem, rendered
from service_registry.checks.draft import Surroundings
from service_registry.loading import load_card, load_cards
from service_registry.themes import CARDS, load_themes

__all__ = ["Problem", "check_card", "check_cards", "rendered"]


def check_cards(
    folder: Path = CARDS, settings: Mapping[str, str] | None = None, *, production: bool = False
) -> list[Problem]:
    """The problems of all cards in the folder; none means that every one of them loads.

    Without `settings`, addresses from the configuration are not looked up: a department checks its card on a machine
    that knows none of them.
    """
    return list(load_cards(folder, settings, production=production).problems)


def check_card(folder: Path, *, production: bool = False) -> list[Problem]:
    """The problems of the card in this folder, checked among the themes of the folder around it."""
    themes, problems = load_themes(folder.parent)
    surroundings = Surroundings(tuple(theme.id for theme in themes), production=production)
    return sorted([*problems, *load_card(folder, surroundings)[1]])
