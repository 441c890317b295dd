"""Rules of the JSON Schemas of a card's operations.

What a citizen enters is bounded in every part, and labelled in two languages; what a department answers says for each
object whether it may hold more than is named.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from core.documents import JsonObject
from core.source import Path
from service_registry.checks.draft import Draft
from service_registry.checks.manifest import Rule, text_faults
from service_registry.reading.files import Finding
from service_registry.reading.shapes import types_of, words_of
from service_registry.schemas import WholeSchema, compiled

WIDGETS: Final = {
    "text": {"string"},
    "textarea": {"string"},
    "select": {"string", "integer"},
    "radio": {"string", "integer"},
    "date": {"string"},
    "month": {"string"},
    "year": {"integer"},
    "number": {"integer", "number"},
    "money": {"number"},
    "switch": {"boolean"},
}
"""Widgets of a form, each with the types of values it can enter."""
PREFILLS: Final = ("citizen.name", "citizen.phone", "today", "this_month", "this_year")
"""What a form can put in before the citizen types."""
_HINTS: Final = ("x-label", "x-help", "x-labels", "x-widget", "x-prefill")
_BOUNDED_FORMATS: Final = {"date", "date-time", "time"}


def schemas_can_be_used(draft: Draft) -> Iterator[Finding]:
    """Schemas are JSON Schema 2020-12 of an object, and what they refer to is there."""
    for schema in [*draft.inputs.values(), *draft.outputs.values()]:
        yield from schema.findings
        is_whole = not schema.findings and not schema.is_incomplete
        if is_whole and (schema.usable is None or types_of(schema.usable) != {"object"}):
            remedy = "Begin with `type: object`, and name the values in it."
            yield Finding(schema.place(()), "the schema is not of an object", remedy)


def answers_say_what_else_they_hold(draft: Draft) -> Iterator[Finding]:
    """Each object of an output schema decides on `additionalProperties`."""
    for schema, path, part in _parts(draft.outputs):
        if ("object" in types_of(part) or "properties" in part) and "additionalProperties" not in part:
            yield Finding(
                schema.place(path),
                "the object does not say whether it may hold more than is named",
                "Write `additionalProperties: false` (an answer with more is refused) or `true` (the rest is ignored).",
            )


def input_is_bounded(draft: Draft) -> Iterator[Finding]:
    """Everything that can be entered has a type and bounds."""
    for schema, path, part in _entered_values(draft.inputs):
        for problem, remedy in _unbounded(part):
            yield Finding(schema.place(path), problem, remedy)


def _unbounded(part: JsonObject) -> Iterator[tuple[str, str]]:
    types = types_of(part) - {"null"}
    listed = "enum" in part or "const" in part
    if not types:
        yield "the value has no type", "Give `type`, or `enum`."
    if "string" in types and not listed and "maxLength" not in part and part.get("format") not in _BOUNDED_FORMATS:
        yield "a text of any length", "Give `maxLength`, `enum`, or the format date, time or date-time."
    if types & {"number", "integer"} and not listed:
        for bound in ("minimum", "maximum"):
            if bound not in part and f"exclusive{bound.title()}" not in part:
                yield f"a number without `{bound}`", f"Give `{bound}`."
    if "array" in types and "maxItems" not in part:
        yield "a list of any length", "Give `maxItems`."
    if "object" in types and part.get("additionalProperties") is not False:
        yield "an object that takes any field", "Write `additionalProperties: false`."


def forms_are_labelled(draft: Draft) -> Iterator[Finding]:
    """Each field of a form has a label in two languages, and hints that fit it."""
    for schema, path, part in _entered_values(draft.inputs):
        for key in part:
            if key.startswith("x-") and key not in _HINTS:
                yield Finding(schema.place((*path, key)), f"there is no hint `{key}`", f"Use {', '.join(_HINTS)}.")
        if path[-2:-1] == ("properties",) and "x-label" not in part:
            remedy = "Add `x-label` with `zh` and `en`: what the field is called."
            yield Finding(schema.place(path), f"`{path[-1]}` has no label", remedy)
        for where, problem, remedy in [*_hint_faults(part), *_text_faults(part), *_word_faults(part)]:
            yield Finding(schema.place((*path, *where)), problem, remedy)


_Fault = tuple[Path, str, str]


def _hint_faults(part: JsonObject) -> Iterator[_Fault]:
    widget, prefill, types = part.get("x-widget"), part.get("x-prefill"), types_of(part) - {"null"}
    if widget is not None and (not isinstance(widget, str) or widget not in WIDGETS):
        yield ("x-widget",), f"there is no widget `{widget}`", f"Use one of {', '.join(WIDGETS)}."
    elif widget is not None and not types <= WIDGETS[widget]:
        yield ("x-widget",), f"`{widget}` does not enter {' or '.join(sorted(types))}", "Use another widget or type."
    if prefill is not None and prefill not in PREFILLS:
        yield ("x-prefill",), f"a form cannot prefill `{prefill}`", f"Use one of {', '.join(PREFILLS)}."
    if "default" in part and not compiled(part).is_valid(part["default"]):
        yield ("default",), "the default does not fit its own schema", "Correct one of the two."


def _text_faults(part: JsonObject) -> Iterator[_Fault]:
    texts: list[tuple[Path, JsonValue]] = [((key,), part[key]) for key in ("x-label", "x-help") if key in part]
    labels = part.get("x-labels", {})
    texts += [(("x-labels", key), label) for key, label in labels.items()] if isinstance(labels, dict) else []
    for path, written in texts:
        if not isinstance(written, dict) or set(written) != {"zh", "en"}:
            yield path, "not a text in two languages", "Write it as `{zh: ..., en: ...}`."
        else:
            yield from ((path, problem, remedy) for problem, remedy in text_faults(written))


def _word_faults(part: JsonObject) -> Iterator[_Fault]:
    labels, words = part.get("x-labels"), [str(word) for word in part.get("enum", [])]
    if labels is None:
        if words_of(part):
            yield ("enum",), "choices without words for people", "Add `x-labels` with a text for each of them."
        return
    named = set(labels) if isinstance(labels, dict) else set()
    for word in words:
        if word not in named:
            yield ("x-labels",), f"`{word}` has no label", "Add it, in both languages."
    for name in sorted(named - set(words)):
        yield ("x-labels", name), f"`{name}` is none of the choices", "Remove it, or add it to `enum`."


def _parts(schemas: Mapping[str, WholeSchema]) -> Iterator[tuple[WholeSchema, Path, JsonObject]]:
    """All schemas in the usable ones; not what stands in `enum`, `default`, `x-label` and the like."""
    for schema in schemas.values():
        pending: list[tuple[Path, JsonValue]] = [((), schema.usable)]
        while pending:
            path, part = pending.pop()
            if isinstance(part, dict):
                yield schema, path, part
                pending += _inner(path, part)


def _inner(path: Path, part: JsonObject) -> Iterator[tuple[Path, JsonValue]]:
    for key in ("properties", "patternProperties"):
        yield from (((*path, key, name), inner) for name, inner in part.get(key, {}).items())
    for key in ("items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames"):
        yield (*path, key), part.get(key)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from (((*path, key, index), inner) for index, inner in enumerate(part.get(key, ())))


_CONDITIONS: Final = {"not", "if", "then", "else", "anyOf", "oneOf", "allOf", "contains", "propertyNames"}


def _entered_values(schemas: Mapping[str, WholeSchema]) -> Iterator[tuple[WholeSchema, Path, JsonObject]]:
    """Of those, the ones that describe a value; conditions on a value that is described elsewhere are not."""
    for schema, path, part in _parts(schemas):
        keywords = [key for place, key in enumerate(path) if path[place - 1 : place] != ("properties",)]
        if not _CONDITIONS & set(keywords):
            yield schema, path, part


RULES: Final[tuple[Rule, ...]] = (
    schemas_can_be_used,
    answers_say_what_else_they_hold,
    input_is_bounded,
    forms_are_labelled,
)
