"""The operations of the API as its own description lists them, and values made from their schemas: fitting, and not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.running_city import RunningCity

Json = dict[str, Any]
SAMPLE_TEXTS = (
    "x",
    "sample-of-16-characters",
    "000000",
    "00000000",
    "key:choice",
    "x/y",
    "42",
    "x" * 43,
    "2026-11-30",
    "2026-11-30T09:00:00+08:00",
)
"""Texts of which one fits any pattern or format that the API has. A new pattern may need a new one."""

WRONG: dict[str, Any] = {
    "null": None, "boolean": True, "integer": 7, "number": 7.5, "string": "text", "array": ["text"], "object": {"a": 1},
}  # fmt: skip
"""One value of each JSON type."""


@dataclass(frozen=True)
class Operation:
    """`who` is what the description says of who may call."""

    method: str
    path: str
    who: str
    parameters: tuple[Json, ...]
    request: Json | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def needs_sign_in(self) -> bool:
        return self.who != "anyone"

    @property
    def takes_key(self) -> bool:
        return any(parameter["in"] == "header" for parameter in self.parameters)

    @property
    def path_names(self) -> list[str]:
        return re.findall(r"{([a-z_]+)}", self.path)

    def queries(self) -> Iterator[Json]:
        return (parameter for parameter in self.parameters if parameter["in"] == "query")

    def at(self, value: str = "unknown") -> str:
        """The address, with `value` for each part of the path."""
        query = "&".join(f"{one['name']}={sample(one['schema'], {})}" for one in self.queries() if one["required"])
        return re.sub(r"{[a-z_]+}", lambda _: value, self.path) + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Description:
    operations: tuple[Operation, ...]
    schemas: Json


async def described(city: RunningCity) -> Description:
    document = (await city.client.get("/api/openapi.json")).raise_for_status().json()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            who = re.search(r"Who may call: (.*)\.$", operation["description"])
            assert who is not None
            content = operation.get("requestBody", {"content": {"application/json": {"schema": None}}})["content"]
            schema = content["application/json"]["schema"]
            found.append(Operation(method.upper(), path, who[1], tuple(operation["parameters"]), schema))
    return Description(tuple(found), document["components"]["schemas"])


def sample(schema: Json, schemas: Json) -> Any:
    """A value that fits the schema, and that nothing in the city answers to."""
    schema = _resolved(schema, schemas)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "string":
        return next(text for text in SAMPLE_TEXTS if _fits(text, schema))
    if schema.get("type") == "boolean":
        return False
    if schema.get("type") == "array":
        return [sample(schema["items"], schemas)] * schema.get("minItems", 0)
    if schema.get("type") == "object":
        return {name: sample(schema["properties"][name], schemas) for name in schema.get("required", [])}
    return schema.get("minimum", 1)


def misfits(schema: Json, schemas: Json, at: str = "") -> Iterator[tuple[str, Any]]:
    """Values that break the schema, each with a JSON Pointer to where it does."""
    resolved = _resolved(schema, schemas)
    for name, value in WRONG.items():
        if not _is_allowed(name, schema, schemas):
            yield at, value
    if resolved.get("const") is True:
        yield from ((at, value) for value in (False, 1, 1.0))  # to Python the latter two are True
    match resolved.get("type"):
        case "string":
            yield from ((at, text) for text in _wrong_texts(resolved))
        case "array":
            yield from _wrong_arrays(resolved, schemas, at)
        case "object" if "properties" in resolved:
            yield from _wrong_objects(resolved, schemas, at)


def texts_in(schema: Json, schemas: Json, whole: Any) -> Iterator[tuple[str, Any]]:
    """Each field of text, as a function of what to put there: its name, and the body around a `TEXT` to replace."""
    resolved = _resolved(schema, schemas)
    for name, field in resolved.get("properties", {}).items():
        if _resolved(field, schemas).get("type") == "string":
            yield name, {**whole, name: "TEXT"}


def _resolved(schema: Json, schemas: Json) -> Json:
    """Without reference, and without the null that an optional field may be."""
    if "$ref" in schema:
        return _resolved(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return next(_resolved(one, schemas) for one in schema["anyOf"] if one.get("type") != "null")
    return schema


def _is_allowed(kind: str, schema: Json, schemas: Json) -> bool:
    if "$ref" in schema:
        return _is_allowed(kind, _resolved(schema, schemas), schemas)
    if "anyOf" in schema:
        return any(_is_allowed(kind, one, schemas) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return WRONG[kind] in schema.get("enum", [schema.get("const")])
    wanted = schema.get("type")
    fits_pattern = kind != "string" or _fits(WRONG["string"], schema)
    return (wanted == kind and fits_pattern) or (wanted == "number" and kind == "integer")


def _fits(text: str, schema: Json) -> bool:
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    if "format" in schema:
        return text == {"date": SAMPLE_TEXTS[-2], "date-time": SAMPLE_TEXTS[-1]}[schema["format"]]
    return re.search(schema.get("pattern", ""), text) is not None


def _wrong_texts(schema: Json) -> Iterator[str]:
    """Too long, empty, with control characters, and days and times that are none: as far as the schema speaks of it."""
    candidates = ["", " ", "x\0y", "line\nbreak", "😀", "x" * 60_000]
    if schema.get("format", "").startswith("date"):
        candidates += ["2026-02-30", "2026-11-22T25:00:00+08:00", "2026-11-22T09:00:00", "0", "now"]
    yield from (text for text in candidates if not _fits(text, schema))
    if "maxLength" in schema:
        yield "长" * (schema["maxLength"] + 1)


def _wrong_arrays(schema: Json, schemas: Json, at: str) -> Iterator[tuple[str, Any]]:
    least = schema.get("minItems", 0)
    good = sample(schema["items"], schemas)
    if "maxItems" in schema:
        yield at, [good] * (schema["maxItems"] + 1)
    if least:
        yield at, [good] * (least - 1)
    for pointer, item in misfits(schema["items"], schemas, f"{at}/0"):
        yield pointer, [item, *[good] * (least - 1)]


def _wrong_objects(schema: Json, schemas: Json, at: str) -> Iterator[tuple[str, Any]]:
    good = sample(schema, schemas)
    for name in schema.get("required", []):
        yield f"{at}/{name}", {known: value for known, value in good.items() if known != name}
    yield at, {**good, "unexpected": "4c1b8e"}
    for name, field in schema["properties"].items():
        for pointer, value in misfits(field, schemas, f"{at}/{name}"):
            yield pointer, {**good, name: value}
