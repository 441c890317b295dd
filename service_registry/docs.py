"""docs/cards.md and docs/card.schema.json, from the manifest's models: `python -m service_registry.docs`."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.documents import JsonObject
from service_registry.checks import manifest, operations, schemas
from service_registry.checks.schemas import PREFILLS, WIDGETS
from service_registry.manifest import Manifest
from service_registry.scaffold import STARTERS

_HERE: Final = Path(__file__).parent
_PREFACE: Final = _HERE / "cards_preface.md"
_DOCS: Final = _HERE.parent / "docs"
_HINTS: Final = (
    ("`x-label`", "`{zh, en}`: what the field is called. Every field has one."),
    ("`x-help`", "`{zh, en}`: a sentence below it."),
    ("`x-labels`", "`{choice: {zh, en}}`: words for each choice of an `enum`."),
    ("`x-widget`", f"How it is entered: {', '.join(f'`{name}`' for name in WIDGETS)}."),
    ("`x-prefill`", f"What the form puts in first: {', '.join(f'`{name}`' for name in PREFILLS)}."),
    ("`default`", "What the form puts in first when it is always the same."),
)


def card_schema() -> str:
    """The JSON Schema of card.yaml, for editors and other programs."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def cards_markdown() -> str:
    """The reference of service cards, whole."""
    parts = [
        _PREFACE.read_text("utf-8").rstrip(),
        "<!-- What follows is generated from service_registry/manifest.py: cst docs -->",
        "## Every field",
        *_sections(),
        *_hints(),
        *_rules(),
        *_examples(),
    ]
    return "\n\n".join(parts) + "\n"


def _sections() -> Iterator[str]:
    """The manifest, then each part of it in the order in which it is first spoken of."""
    schema = Manifest.model_json_schema()
    parts, names = schema["$defs"], ["Manifest"]
    parts["Manifest"] = schema
    for name in names:  # grows while it is walked
        names += [
            other for other in dict.fromkeys(_references(parts[name])) if other not in (*names, "Text", "JsonValue")
        ]
        yield _section(name, parts[name], parts)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for key, part in schema.items():
            if key != "$defs":
                yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _section(name: str, schema: JsonObject, parts: JsonObject) -> str:
    required = schema.get("required", [])
    rows = [
        f"| `{field}` | {_type(part)} | {_default(field, part, required)} | {_meaning(part, parts)} |"
        for field, part in schema.get("properties", {}).items()
    ]
    heading = f"### {name}\n\n{_one_line(schema.get('description', ''))}"
    return heading + "\n\n| field | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows)


def _meaning(part: JsonObject, parts: JsonObject) -> str:
    """The field's own words, or those of what it holds."""
    return _one_line(part.get("description") or next((parts[name]["description"] for name in _references(part)), ""))


def _one_line(written: str) -> str:
    return " ".join(written.split()).replace("|", "\\|")


def _default(field: str, part: JsonObject, required: list[str]) -> str:
    if field in required:
        return "required"
    default = part.get("default")
    if isinstance(default, dict) and default:
        return "as there"
    return "" if default in (None, [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"


def _type(part: JsonObject) -> str:
    for keyword, written in _TYPES.items():
        if keyword in part:
            return written(part)
    if part.get("type") == "array":
        return f"list of {_type(part.get('items', {}))}"
    if part.get("type") in ("integer", "number"):
        return str(part["type"]) + _range(part)
    if part.get("type") == "string":
        return "text" + (f" of at most {part['maxLength']} characters" if "maxLength" in part else "")
    return "true or false" if part.get("type") == "boolean" else "JSON"


def _reference(part: JsonObject) -> str:
    name = part["$ref"].rpartition("/")[2]
    return {"Text": "`{zh, en}`", "JsonValue": "JSON"}.get(name, f"[{name}](#{name.lower()})")


def _either(part: JsonObject) -> str:
    kinds = [_type(one) for one in part.get("anyOf") or part["oneOf"] if one.get("type") != "null"]
    return " or ".join(kinds)


def _map(part: JsonObject) -> str:
    values = list(part.get("patternProperties", {}).values()) or [part["additionalProperties"]]
    held = _type(values[0]) if isinstance(values[0], dict) else "JSON"
    return "JSON object" if held == "JSON" else f"name → {held}"


def _range(part: JsonObject) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    return (
        "" if low is None and high is None else f" {low if low is not None else ''}–{high if high is not None else ''}"
    )


_TYPES: Final[dict[str, Callable[[JsonObject], str]]] = {
    "$ref": _reference,
    "anyOf": _either,
    "oneOf": _either,
    "enum": lambda part: " \\| ".join(f"`{json.dumps(value)}`".replace('"', "") for value in part["enum"]),
    "const": lambda part: f"`{part['const']}`",
    "patternProperties": _map,
    "additionalProperties": _map,
    "format": lambda part: "[expression](https://jmespath.org)" if part["format"] == "jmespath" else part["format"],
    "examples": lambda part: f"text, such as `{part['examples'][0]}`",
}


def _hints() -> Iterator[str]:
    yield "## Hints for forms\n\nIn the JSON Schema of an operation's input, beside each field's own keywords:"
    yield "| keyword | meaning |\n|---|---|\n" + "\n".join(f"| {name} | {meaning} |" for name, meaning in _HINTS)


def _rules() -> Iterator[str]:
    yield "## What the checker looks for\n\nBeside the form of every field, in this order:"
    rules = [*manifest.RULES, *schemas.RULES, *operations.RULES]
    yield "\n".join(f"- {rule.__doc__}" for rule in rules)


def _examples() -> Iterator[str]:
    yield "## A whole card of each kind\n\nThese are what `cst card new` starts from."
    for kind in ("query", "booking", "link"):
        files = sorted((STARTERS / kind).rglob("*.*"))
        for path in files:
            name, language = path.relative_to(STARTERS / kind).as_posix(), path.suffix.removeprefix(".")
            yield f"### {kind}: {name}\n\n```{language}\n{path.read_text('utf-8').rstrip()}\n```"


def main() -> int:
    for name, content in (("cards.md", cards_markdown()), ("card.schema.json", card_schema())):
        (_DOCS / name).write_text(content, "utf-8")
        sys.stdout.write(f"wrote docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
