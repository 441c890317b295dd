"""`cst card new`: a new card to start from, which passes the checker as it is."""

import shutil
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from core.problem import Problem
from service_registry.checker import check_card
from service_registry.manifest import CardId, Kind
from service_registry.themes import load_themes

STARTERS: Final = Path(__file__).parent / "starters"
"""A whole card of each kind, called `xx.starter`."""
_ID: Final = TypeAdapter(CardId)


class CardExists(Exception):
    """There is a folder of that name already. Nothing was written."""


class CardIdInvalid(Exception):
    """The id is not a city or owner, a dot and a name, in lower case, such as `gy.water_bill`. Nothing was written."""


def new_card(cards: Path, card_id: str, kind: Kind = "query") -> tuple[Path, list[Problem]]:
    """Makes `cards/<card_id>` and checks it: the folder, and what the checker finds in it, which is nothing unless the
    folder around it has problems of its own. Raises `CardExists`, `CardIdInvalid`."""
    try:
        _ID.validate_python(card_id)
    except ValidationError as error:
        raise CardIdInvalid(card_id) from error
    folder = cards / card_id
    if folder.exists():
        raise CardExists(card_id)
    shutil.copytree(STARTERS / kind, folder)
    manifest = folder / "card.yaml"
    themes, _ = load_themes(cards)
    manifest.write_text(_filled_in(manifest.read_text("utf-8"), card_id, themes[0].id if themes else ""), "utf-8")
    return folder, check_card(folder)


def _filled_in(starter: str, card_id: str, theme: str) -> str:
    owner, name = card_id.split(".")
    for written, filled in (
        ("id: xx.starter\n", f"id: {card_id}\n"),
        ("id: xx.department\n", f"id: {owner}.department\n"),
        ("${STARTER_URL}", "${" + name.upper() + "_URL}"),
        ("theme: government\n", f"theme: {theme}\n"),
    ):
        starter = starter.replace(written, filled)
    return starter
