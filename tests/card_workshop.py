"""Cards in a temporary folder: a good one to start from, and ways to spoil it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from core.problem import Problem
from service_registry.checker import check_cards
from service_registry.scaffold import STARTERS
from service_registry.themes import CARDS, THEMES

CARD = "xx.starter"


def workshop(folder: Path, kind: str = "query") -> Path:
    """A folder of cards with one good card in it. Returns the card's folder."""
    shutil.copy(CARDS / THEMES, folder / THEMES)
    shutil.copytree(STARTERS / kind, folder / CARD)
    return folder / CARD


def edit(card: Path, file: str, old: str, new: str) -> None:
    """Replaces the one place where `old` stands."""
    path = card / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), "utf-8")


def line_of(card: Path, file: str, snippet: str) -> int:
    """The first line that has the snippet in it, counted from 1."""
    lines = (card / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if snippet in line)


def problems_of(card: Path, *, production: bool = False) -> list[Problem]:
    return check_cards(card.parent, production=production)


def places(problems: Iterable[Problem]) -> list[tuple[str, int, str]]:
    return [(problem.file.split("/", 1)[-1], problem.line, problem.path) for problem in problems]
