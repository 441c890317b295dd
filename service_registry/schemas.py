"""The JSON Schemas of a card's operations: made whole, then compiled.

A `$ref` names a file of the card's folder (`schemas/balance.json`), seen from the file it stands in, a part of such a
file (`schemas/common.json#/$defs/month`) or a part of the same schema (`#/$defs/month`). Resolving puts what it names
in its place, so that whoever receives the schema, a validator or a front end, needs nothing else.
"""

import posixpath
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import jsonschema_rs
from pydantic import JsonValue

from core.documents import JsonObject
from core.source import Path
from service_registry.reading.files import CardFiles, Finding, Place

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_META: Final = jsonschema_rs.Draft202012Validator({"$ref": DRAFT}, offline=True)
_FORBIDDEN: Final = {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"}
_MAY_STAND_BESIDE_REF: Final = {"title", "description", "default", "examples", "$defs"}
MOST_PARTS: Final = 5000


@dataclass
class WholeSchema:
    """A schema without any `$ref`, and for each of its parts the place it came from."""

    root: Place
    schema: JsonValue = None
    places: dict[Path, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    is_incomplete: bool = False
    """A file it refers to cannot be read; that file has findings of its own."""

    @property
    def usable(self) -> JsonObject | None:
        """The schema, when nothing is wrong with it."""
        is_sound = not self.findings and not self.is_incomplete
        return self.schema if is_sound and isinstance(self.schema, dict) else None

    def place(self, path: Path) -> Place:
        """Where that part, or the nearest one around it, is written."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.root)

    def found(self, place: Place, problem: str, remedy: str) -> None:
        self.findings.append(Finding(place, problem, remedy))


@dataclass(frozen=True)
class _Document:
    """What a reference that begins with `#` is relative to."""

    place: Place
    data: JsonValue


@dataclass(frozen=True)
class _Spot:
    """A value on its way into the whole schema: where it is written, where it lands, through which references."""

    document: _Document
    place: Place
    lands: Path
    trail: tuple[Place, ...] = ()

    def inside(self, part: str | int) -> "_Spot":
        return _Spot(self.document, self.place.inside(part), (*self.lands, part), self.trail)


def whole(files: CardFiles, written: JsonValue, place: Place) -> WholeSchema:
    """The schema with everything it refers to. Never raises: what cannot be resolved is among its findings."""
    result = WholeSchema(place)
    result.schema = _resolve(files, result, written, _Spot(_Document(place, written), place, ()))
    if not result.findings and not result.is_incomplete:
        _check_against_metaschema(result)
    return result


def compiled(schema: JsonObject) -> jsonschema_rs.Draft202012Validator:
    """A validator that checks formats, matches patterns in linear time and never looks anything up."""
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions(), offline=True
    )


def _resolve(files: CardFiles, result: WholeSchema, node: JsonValue, spot: _Spot) -> JsonValue:
    if len(result.places) >= MOST_PARTS:
        if not result.findings:
            result.found(result.root, f"the schema has more than {MOST_PARTS} parts", "Make it smaller.")
        return None
    result.places[spot.lands] = spot.place
    if isinstance(node, list):
        return [_resolve(files, result, element, spot.inside(index)) for index, element in enumerate(node)]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        return _resolve_reference(files, result, node, reference, spot)
    for key in _FORBIDDEN & set(node):
        result.found(spot.place.inside(key), f"`{key}` is not used in cards", "Refer to parts with `$ref` alone.")
    return {
        key: _resolve(files, result, value, spot.inside(key))
        for key, value in node.items()
        if key != "$defs" and (key, value) != ("$schema", DRAFT)
    }


def _resolve_reference(
    files: CardFiles, result: WholeSchema, node: JsonObject, reference: str, spot: _Spot
) -> JsonValue:
    beside = {key: value for key, value in node.items() if key not in ("$ref", "$defs")}
    for key in beside:
        if key not in _MAY_STAND_BESIDE_REF and not key.startswith("x-"):
            place = spot.place.inside(key)
            result.found(place, f"`{key}` stands beside `$ref`", "Write it in the schema that is referred to.")
    try:
        value, document, place = _target(files, reference, spot.document)
    except LookupError as error:
        result.found(spot.place.inside("$ref"), f"`{reference}` {error}", _HOW_TO_REFER)
        return None
    if files.is_unreadable(place.file):
        result.is_incomplete = True
        return None
    if place in spot.trail:
        result.found(spot.place.inside("$ref"), f"`{reference}` leads back to itself", "Write it without a circle.")
        return None
    resolved = _resolve(files, result, value, _Spot(document, place, spot.lands, (*spot.trail, place)))
    if not isinstance(resolved, dict):
        return resolved
    result.places.update({(*spot.lands, key): spot.place.inside(key) for key in beside})
    return {**resolved, **beside}


def _target(files: CardFiles, reference: str, document: _Document) -> tuple[JsonValue, _Document, Place]:
    """What a reference names: the value, the document it is in, and its place. Raises LookupError saying why not."""
    name, _, pointer = reference.partition("#")
    if name:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(document.place.file), name))
        source = files.schema(name)
        if source is None:
            raise LookupError("is no file of the card's folder")
        document = _Document(Place(name), source.data)
        if files.is_unreadable(name):
            return None, document, document.place
    value, place = document.data, document.place
    for part in pointer.split("/")[1:]:
        key = unquote(part).replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or key not in value:
            raise LookupError("names nothing")
        value, place = value[key], place.inside(key)
    if not isinstance(value, dict | bool):
        raise LookupError("is no schema")
    return value, document, place


_HOW_TO_REFER: Final = (
    "Name a file of the folder in lower case, such as schemas/balance.json, or a part of it after #, such as "
    "schemas/common.json#/$defs/month."
)


def _check_against_metaschema(result: WholeSchema) -> None:
    for error in _META.iter_errors(result.schema):
        path = tuple(error.instance_path)
        result.found(result.place(path), f"not a JSON Schema: {error.message}", "Correct it after JSON Schema 2020-12.")
    if result.findings or not isinstance(result.schema, dict):
        return
    try:
        compiled(result.schema)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        path = tuple(getattr(error, "instance_path", ()))
        problem = f"cannot be used: {getattr(error, 'message', error)}"
        result.found(result.place(path), problem, "Patterns have neither look-around nor back-references.")
