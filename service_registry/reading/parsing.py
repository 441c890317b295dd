"""From the data of a card.yaml to its manifest, with every field that is wrong named in the terms of the manifest.

A manifest with faults is not given up on: each faulty part is set aside, so that the rules that hold between the other
parts can still be checked and all problems of a card are seen at once.
"""

import copy
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import orjson
from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from core.documents import JsonObject
from core.source import Path
from service_registry.manifest import Manifest
from service_registry.manifest_views import BLOCKS
from service_registry.reading.files import MANIFEST, Finding, Place
from service_registry.reading.shapes import branches


@dataclass(frozen=True)
class Parsed:
    """`manifest` is None when not even its sound parts make one; `set_aside` are the parts left out of it."""

    manifest: Manifest | None
    findings: tuple[Finding, ...] = ()
    set_aside: frozenset[Path] = frozenset()


def parsed(data: JsonValue) -> Parsed:
    """Never raises: what is wrong is among the findings."""
    if not isinstance(data, dict):
        finding = Finding(Place(MANIFEST), "the file holds no manifest", "Begin with `id: ...`; see docs/cards.md.")
        return Parsed(None, (finding,))
    try:
        return Parsed(_validated(data))
    except ValidationError as error:
        errors = [details for details in error.errors(include_url=False) if not _is_echo(data, details)]
    findings = tuple(finding for details in errors for finding in _findings(data, details))
    set_aside = _outermost({_faulty_part(_path(data, details)) for details in errors})
    try:
        return Parsed(_validated(_without(data, set_aside)), findings, set_aside)
    except ValidationError:
        return Parsed(None, findings, set_aside)


def _validated(data: JsonObject) -> Manifest:
    return Manifest.model_validate_json(orjson.dumps(data), strict=True)


def _path(data: JsonValue, details: ErrorDetails) -> Path:
    """pydantic's location as a path in the data: without the names of unions' members that it puts in between."""
    path: list[int | str] = []
    for part in details["loc"]:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            path.append(part)
            data = data[part]  # type: ignore[index]  # the line above looked
    return (*path, details["loc"][-1]) if details["type"] == "missing" else tuple(path)


def _is_echo(data: JsonValue, details: ErrorDetails) -> bool:
    """Whether it only says that a list is empty because all of its elements have errors of their own."""
    return details["type"] == "too_short" and bool(_value(data, _path(data, details)))


def _value(data: JsonValue, path: Path) -> JsonValue:
    for part in path:
        data = data[part]  # type: ignore[index]  # `_path` followed the data
    return data


def _findings(data: JsonValue, details: ErrorDetails) -> Iterator[Finding]:
    path = _path(data, details)
    for problem in details.get("ctx", {}).get("problems", ()):  # a booking plan lists what its parts say to one another
        yield Finding(Place(MANIFEST, (*path, *problem["path"])), problem["message"], "Correct one of the two.")
    if details["type"] != "booking_plan":
        yield Finding(Place(MANIFEST, path), _problem(path, details), _remedy(path, details))


def _problem(path: Path, details: ErrorDetails) -> str:
    name, value = (path[-1] if path else "the manifest"), details["input"]
    given = f"`{value}`" if isinstance(value, str | int | float) and len(str(value)) <= 60 else f"`{name}`"
    match details["type"]:
        case "missing":
            return f"`{name}` is missing"
        case "extra_forbidden":
            return f"`{name}` is no field of a manifest here"
        case "string_pattern_mismatch":
            return f"{given} does not have the form {details['ctx']['pattern']}"
        case "union_tag_invalid":
            return f"there is no block `{details['ctx']['tag']}`"
        case "union_tag_not_found":
            return "the block does not say which one it is"
        case _:
            return f"{given}: {details['msg'].removeprefix('Value error, ')}"


def _remedy(path: Path, details: ErrorDetails) -> str:
    if details["type"].startswith("union_tag"):
        return f"Write `block:` with one of {', '.join(BLOCKS)}."
    if path[-1:] in (("zh",), ("en",)):
        return "Write the text in Chinese and in English, both."
    if details["type"] != "extra_forbidden":
        return str(_documentation(path).get("description", "See docs/cards.md.")).replace("\n", " ")
    known = sorted(name for part in _parts(_documentation(path[:-1])) for name in part.get("properties", {}))
    close = difflib.get_close_matches(str(path[-1]), known, 1)
    return f"Did you mean `{close[0]}`?" if close else f"Remove it. The fields here: {', '.join(known)}."


@cache
def _schema() -> JsonObject:
    return Manifest.model_json_schema()


def _documentation(path: Path) -> JsonObject:
    """The part of the manifest's own JSON Schema that describes the value at a path."""
    found = _schema()
    for name in path:
        parts = list(_parts(found))
        inner = [part["properties"][name] for part in parts if name in part.get("properties", {})]
        inner += [part[key] for part in parts for key in ("items", "additionalProperties") if part.get(key)]
        inner += [each for part in parts for each in part.get("patternProperties", {}).values()]
        if not inner:
            return {}
        found = inner[0]
    return found


def _parts(schema: JsonObject) -> Iterator[JsonObject]:
    for part in branches(schema):
        yield part
        if "$ref" in part:
            yield from _parts(_schema()["$defs"][part["$ref"].rpartition("/")[2]])


_TEXT: Final[JsonValue] = {"zh": "x", "en": "x"}
_SOUND: Final[Mapping[str, JsonValue]] = {
    "id": "set.aside",
    "version": "0.0.0",
    "kind": "link",
    "name": _TEXT,
    "summary": _TEXT,
    "department": {"id": "set.aside", "name": _TEXT},
    "theme": "set_aside",
    "item": {
        "task_code": "0" * 12,
        "project_type": 1,
        "promise_days": 0,
        "on_site_visits": 0,
        "by_law": _TEXT,
    },
    "access": {"assurance": 0},
}
_SOUND_OPERATION: Final[Mapping[str, JsonValue]] = {
    "title": _TEXT,
    "safe": True,
    "request": {"path": "/x"},
    "output": {},
    "view": [{"block": "notice", "text": _TEXT}],
}


def _faulty_part(path: Path) -> Path:
    """The part to set aside: a section of the manifest, a field of an operation, a block of its view."""
    if path[:1] != ("operations",):
        return path[:1]
    return path[:4] if path[2:3] == ("view",) else path[:3]


def _outermost(paths: set[Path]) -> frozenset[Path]:
    """Without the paths that lead into another one of them."""
    return frozenset(path for path in paths if not any(path[:length] in paths for length in range(len(path))))


def _without(data: JsonObject, set_aside: frozenset[Path]) -> JsonObject:
    """The manifest's data with something sound in place of each part, or without it where it need not be."""
    data = copy.deepcopy(data)
    for path in set_aside:
        around, name = _value(data, path[:-1]) if path else None, path[-1] if path else ""
        sound = _SOUND.get(str(name)) if len(path) == 1 else _SOUND_OPERATION.get(str(name)) if len(path) == 3 else None
        if isinstance(around, list) and isinstance(name, int):
            around[name] = {"block": "notice", "text": _TEXT}
        elif isinstance(around, dict):
            around[str(name)] = copy.deepcopy(sound)
            if sound is None:
                del around[str(name)]
    return data
