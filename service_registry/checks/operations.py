"""Rules of a card's operations: what is sent to the department, and what is shown of its answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core.documents import JsonObject
from core.source import Path
from service_registry.checks.draft import Draft, found, values
from service_registry.checks.manifest import Rule
from service_registry.manifest import Operation
from service_registry.manifest_values import jmespath_expression
from service_registry.manifest_views import (
    ActionBlock,
    FieldsBlock,
    Format,
    QrBlock,
    Shown,
    SummaryBlock,
    TableBlock,
    TimelineBlock,
    ViewBlock,
)
from service_registry.reading.files import Finding
from service_registry.reading.shapes import ANYTHING, elements, names_under, shape_of, types_of, words_of

_CITIZEN: Final[JsonObject] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "id_number", "phone", "pseudonym")},
    "additionalProperties": False,
}
_ENTERPRISE: Final[JsonObject] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("credit_code", "name")},
    "additionalProperties": False,
}
_ACTING: Final[JsonObject] = {"enum": ["guardian", "helper", "legal_representative", "agent", None]}
_NO_INPUT: Final[JsonObject] = {"type": "object", "properties": {}, "additionalProperties": False}
_TEXTS: Final = frozenset({"string"})
_NUMBERS: Final = frozenset({"integer", "number"})
_FITS: Final[Mapping[Format, frozenset[str]]] = {
    "text": _TEXTS | _NUMBERS | {"boolean", "array"},
    "integer": _NUMBERS,
    "yuan": _NUMBERS | _TEXTS,
    "fen": _NUMBERS | _TEXTS,
    "percent": _NUMBERS,
    "date": _TEXTS,
    "month": _TEXTS,
    "datetime": _TEXTS,
}


def request_bodies_are_known(draft: Draft) -> Iterator[Finding]:
    """A request's body names what there is: fields of the citizen and of the input."""
    for name, operation in draft.manifest.operations.items():
        schema = draft.inputs.get(name)
        entered = _NO_INPUT if schema is None else schema.usable or ANYTHING
        context = {"citizen": _CITIZEN, "enterprise": _ENTERPRISE, "acting": _ACTING, "input": entered}
        known: JsonObject = {"type": "object", "properties": context, "additionalProperties": False}
        for path, expression in _body_expressions(name, operation):
            for problem, remedy in _expression_faults(expression, known):
                yield found(path, problem, remedy)


def _body_expressions(name: str, operation: Operation) -> Iterator[tuple[Path, str]]:
    for path, value in values(dict(operation.request.body), ("operations", name, "request", "body")):
        if isinstance(value, str):
            yield path, value


def _expression_faults(expression: str, known: JsonObject) -> Iterator[tuple[str, str]]:
    try:
        jmespath_expression(expression)
    except ValueError as error:
        yield f"`{expression}`: {error}", "Write `citizen.…`, `input.…`, or a fixed text `'in quotes'`."
        return
    shape, misfits = shape_of(expression, known)
    yield from ((f"`{expression}` {misfit.problem}", misfit.remedy) for misfit in misfits)
    if shape in (known, _CITIZEN):
        yield f"`{expression}` is all that is known of a citizen", "Name the field, as in `citizen.id_number`."
    if shape == _ENTERPRISE:
        yield f"`{expression}` is all that is known of an enterprise", "Name the field, as in `enterprise.name`."


def enterprises_are_named_where_there_is_one(draft: Draft) -> Iterator[Finding]:
    """A card that sends something of an enterprise is for enterprises alone: else there may be none to send of."""
    if set(draft.manifest.audience) == {"enterprise"} or not draft.is_sound("audience"):
        return
    for name, operation in draft.manifest.operations.items():
        for path, expression in _readable(name, operation):
            if names_under(expression, "enterprise") != set():
                problem = f"`{expression}` in a card that is not for enterprises alone"
                yield found(path, problem, "Make `audience: [enterprise]`, or do not send it.")


def what_is_sent_is_consented(draft: Draft) -> Iterator[Finding]:
    """Personal data that is sent stands in `access.consent`, and what stands there is sent."""
    for name, operation in draft.manifest.operations.items():
        if not draft.is_sound("access") or not draft.is_sound("operations", name):
            continue
        consent, sent = draft.manifest.access_of(name).consent, set[str]()
        for path, expression in _readable(name, operation):
            fields = (names_under(expression, "citizen") or set()) & set(_CITIZEN["properties"]) - {"pseudonym"}
            of_enterprise = (names_under(expression, "enterprise") or set()) & set(_ENTERPRISE["properties"])
            fields |= {f"enterprise.{field}" for field in of_enterprise}
            sent |= fields
            for field in sorted(fields - set(consent)):
                remedy = f"Add `{field}` to `access.consent`, so that citizens are asked; or do not send it."
                yield found(path, f"`{field}` is sent without the citizen's consent", remedy)
        own = operation.access is not None and operation.access.consent is not None
        for field in consent:
            if field not in sent:
                remedy = (
                    f"Leave it out{'' if own else f', or give `{name}` an `access.consent` of its own without it'}."
                )
                path = ("operations", name, "access", "consent") if own else ("access", "consent")
                yield found(path, f"`{name}` asks for `{field}` and does not send it", remedy)


def _readable(name: str, operation: Operation) -> Iterator[tuple[Path, str]]:
    for path, expression in _body_expressions(name, operation):
        try:
            yield path, jmespath_expression(expression)
        except ValueError:
            continue  # `request_bodies_are_known` reports it


def what_is_entered_is_sent(draft: Draft) -> Iterator[Finding]:
    """Nothing is asked for that is not sent to the department."""
    for name, schema in draft.inputs.items():
        operation = draft.manifest.operations.get(name)
        if operation is None or schema.usable is None:
            continue
        named = [names_under(expression, "input") for _, expression in _readable(name, operation)]
        if None in named or not draft.is_sound("operations", name, "request"):
            continue
        unused = set(schema.usable.get("properties", {})) - set[str]().union(*(names or set() for names in named))
        for field in sorted(unused):
            remedy = f"Send it in `request.body` as `input.{field}`, or do not ask for it."
            yield Finding(schema.place(("properties", field)), f"`{field}` is asked for and not sent", remedy)


def a_get_carries_nothing(draft: Draft) -> Iterator[Finding]:
    """A GET has no body, so nothing about a citizen can come to stand in a URL."""
    for name, operation in draft.manifest.operations.items():
        if operation.request.method == "GET" and operation.request.body:
            remedy = "Make it a POST: nothing about a citizen stands in a URL."
            yield found(("operations", name, "request", "body"), "a GET with a body", remedy)


def views_name_what_is_there(draft: Draft) -> Iterator[Finding]:
    """Views name fields of the output schema, in formats that fit them."""
    for name, operation in draft.manifest.operations.items():
        schema = draft.outputs.get(name)
        if schema is None or schema.usable is None:
            continue
        for place, block in enumerate(operation.view):
            for look in _looks(block, schema.usable):
                for problem, remedy in _look_faults(look):
                    yield found(("operations", name, "view", place, *look.path), problem, remedy)


@dataclass(frozen=True)
class _Look:
    """One expression of a block: where it stands, what it looks into, and how what it finds is shown."""

    path: Path
    expression: str
    schema: JsonObject
    fits: frozenset[str] = frozenset()
    format: str = ""
    labels: tuple[str, ...] = ()


def _looks(block: ViewBlock, schema: JsonObject) -> Iterator[_Look]:
    if block.when is not None:
        yield _Look(("when",), block.when, schema)
    match block:
        case SummaryBlock():
            yield _shown((), block, schema)
        case FieldsBlock():
            yield from (_shown(("items", place), item, schema) for place, item in enumerate(block.items))
        case TableBlock() | TimelineBlock():
            yield _Look(("rows",), block.rows, schema, frozenset({"array"}), "rows")
            row = elements(shape_of(block.rows, schema)[0])
            columns = enumerate(block.columns) if isinstance(block, TableBlock) else ()
            yield from (_shown(("columns", place), column, row) for place, column in columns)
            if isinstance(block, TimelineBlock):
                yield from (_shown(("time",), block.time, row), _shown(("event",), block.event, row))
        case QrBlock():
            yield _Look(("value",), block.value, schema, frozenset({"string"}), "qr")


def _shown(path: Path, shown: Shown | SummaryBlock, schema: JsonObject) -> _Look:
    fits = _FITS[shown.format]
    return _Look((*path, "value"), shown.value, schema, fits, shown.format, tuple(shown.labels))


def _look_faults(look: _Look) -> Iterator[tuple[str, str]]:
    shape, misfits = shape_of(look.expression, look.schema)
    yield from ((f"`{look.expression}` {misfit.problem}", misfit.remedy) for misfit in misfits)
    types = types_of(shape) - {"null"}
    if look.fits and not types <= look.fits:
        found_types, fitting = " or ".join(sorted(types)), " or ".join(sorted(look.fits))
        problem = f"`{look.expression}` is {found_types}, and `{look.format}` shows {fitting}"
        yield problem, "Use another format or expression."
    words = words_of(shape)
    for label in look.labels if words else ():
        if label not in words:
            yield f"a label for `{label}`, which `{look.expression}` never is", f"It is {', '.join(sorted(words))}."


def actions_lead_somewhere(draft: Draft) -> Iterator[Finding]:
    """Buttons lead to operations of the card."""
    written = draft.data.get("operations")
    names = list(written) if isinstance(written, dict) else []
    for name, operation in draft.manifest.operations.items():
        for place, block in enumerate(operation.view):
            if isinstance(block, ActionBlock) and block.operation not in names:
                path = ("operations", name, "view", place, "operation")
                yield found(path, f"there is no operation `{block.operation}`", f"Use one of {', '.join(names)}.")


RULES: Final[tuple[Rule, ...]] = (
    request_bodies_are_known,
    enterprises_are_named_where_there_is_one,
    what_is_sent_is_consented,
    what_is_entered_is_sent,
    a_get_carries_nothing,
    views_name_what_is_there,
    actions_lead_somewhere,
)
