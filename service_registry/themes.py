"""The themes that cards stand under, from the cards' folder."""

from pathlib import Path
from typing import Final

import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.problem import Problem
from core.source import Unreadable, dotted, read_yaml
from core.text import Text
from service_registry.manifest import Name

CARDS: Final = Path(__file__).parent / "cards"
"""The cards that come with the platform."""
THEMES: Final = "themes.yaml"
_REMEDY: Final = "Write a list of `{id: housing, name: {zh: 住房, en: Housing}}`, each id once."


class Theme(BaseModel):
    """What cards are found under. Themes stand in the order of themes.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    name: Text


_LIST: Final = TypeAdapter(tuple[Theme, ...])


def load_themes(folder: Path) -> tuple[tuple[Theme, ...], list[Problem]]:
    """The themes of the folder's themes.yaml. Where it has none, or a broken one, the platform's own stand in."""
    path = folder / THEMES
    if not path.is_file():
        return _LIST.validate_python(read_yaml((CARDS / THEMES).read_bytes()).data), []
    themes, problems = _read(path.read_bytes())
    return (themes, []) if not problems else (load_themes(CARDS)[0] if folder != CARDS else (), problems)


def _read(content: bytes) -> tuple[tuple[Theme, ...], list[Problem]]:
    try:
        source = read_yaml(content)
        faults = [Problem(THEMES, fault.line, dotted(fault.path), fault.problem, _REMEDY) for fault in source.faults]
        themes = _LIST.validate_json(orjson.dumps(source.data), strict=True)
    except Unreadable as unreadable:
        fault = unreadable.fault
        return (), [Problem(THEMES, fault.line, "", fault.problem, fault.remedy)]
    except ValidationError as error:
        errors = error.errors(include_url=False)
        return (), [Problem(THEMES, source.line(one["loc"]), dotted(one["loc"]), one["msg"], _REMEDY) for one in errors]
    ids = [theme.id for theme in themes]
    for place, theme_id in enumerate(ids):
        if theme_id in ids[:place]:
            faults.append(Problem(THEMES, source.line((place,)), f"[{place}]", f"`{theme_id}` stands twice", _REMEDY))
    return themes, faults
