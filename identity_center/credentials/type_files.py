"""The credential types of a folder, one YAML file each. A broken one never stands in the way of the others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Final

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.documents import JsonObject
from core.problem import Problem
from core.source import LARGEST_FILE, Path, Source, Unreadable, dotted, read_yaml
from identity_center.credentials.checks import Finding, findings
from identity_center.credentials.types import CredentialType

TYPES: Final = FilePath(__file__).parent / "types"
"""The types that come with the platform."""


@dataclass(frozen=True)
class LoadedTypes:
    """`types` by id; `problems` are those of the files that are not among them."""

    types: Mapping[str, CredentialType]
    problems: tuple[Problem, ...]


def load_types(folder: FilePath = TYPES) -> LoadedTypes:
    if not folder.is_dir():
        missing = Problem(str(folder), 1, "", "there is no such folder", "Name the folder of the credential types.")
        return LoadedTypes({}, (missing,))
    types: dict[str, CredentialType] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        declared, found = _loaded(path)
        problems += found
        if declared is not None:
            types[declared.id] = declared
    return LoadedTypes(MappingProxyType(types), tuple(sorted(problems)))


def _loaded(path: FilePath) -> tuple[CredentialType | None, list[Problem]]:
    try:
        source = read_yaml(_content(path))
    except Unreadable as unreadable:
        fault = unreadable.fault
        return None, [Problem(path.name, fault.line, "", fault.problem, fault.remedy)]
    declared, found = _declared(source.data, path.name)
    found += [Finding(fault.path, fault.problem, fault.remedy) for fault in source.faults]
    problems = [_problem(path.name, source, finding) for finding in found]
    return (None if problems else declared), problems


def _content(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(1, f"the file cannot be read: {error.strerror}", "Let the city's process read it.") from error


def _declared(data: object, file_name: str) -> tuple[CredentialType | None, list[Finding]]:
    if not isinstance(data, dict):
        return None, [Finding((), "the file declares no credential type", "Begin with `id:`; see docs/credentials.md.")]
    try:
        declared = CredentialType.model_validate_json(orjson.dumps(data), strict=True)
    except ValidationError as error:
        return None, [_finding(details) for details in error.errors(include_url=False) if not _is_echo(details)]
    return declared, list(findings(declared, file_name))


def _is_echo(details: ErrorDetails) -> bool:
    """Whether it only says that a list is empty because all of its elements have errors of their own."""
    return details["type"] == "too_short" and bool(details["input"])


def _problem(file: str, source: Source, finding: Finding) -> Problem:
    return Problem(file, source.line(finding.path), dotted(finding.path), finding.problem, finding.remedy)


def _finding(details: ErrorDetails) -> Finding:
    path, written = details["loc"], details["input"]
    name = path[-1] if path else "the file"
    match details["type"]:
        case "missing":
            return Finding(path, f"`{name}` is missing", _description(path))
        case "extra_forbidden":
            around = ", ".join(sorted(_fields(_schema_at(path[:-1]))))
            return Finding(path, f"`{name}` is no field here", f"Remove it. The fields here: {around}.")
        case _:
            shown = (
                f"`{written}`" if isinstance(written, str | int | float) and len(str(written)) <= 60 else f"`{name}`"
            )
            return Finding(path, f"{shown}: {details['msg']}", _description(path))


_SCHEMA: Final[JsonObject] = CredentialType.model_json_schema()


def _description(path: Path) -> str:
    if path[-1:] in (("zh",), ("en",)):
        return "Write the text in Chinese and in English, both."
    while path:  # an element of a list is described with the list
        if described := _schema_at(path).get("description"):
            return str(described)
        path = path[:-1]
    return "See docs/credentials.md."


def _schema_at(path: Path) -> JsonObject:
    """The part of the model's JSON Schema that describes the value at a path, with its own description."""
    found = _SCHEMA
    for part in path:
        inner = found.get("items", {}) if isinstance(part, int) else _fields(found).get(part, {})
        found = {**_resolved(inner), **{key: inner[key] for key in ("description",) if key in inner}}
    return found


def _fields(schema: JsonObject) -> JsonObject:
    fields: JsonObject = schema.get("properties", {})
    return fields


def _resolved(schema: JsonObject) -> JsonObject:
    for branch in _branches(schema):
        if "$ref" in branch:
            resolved: JsonObject = _SCHEMA["$defs"][branch["$ref"].rpartition("/")[2]]
            return resolved
    return schema


def _branches(schema: JsonObject) -> Iterator[JsonObject]:
    yield schema
    yield from schema.get("anyOf", ())
