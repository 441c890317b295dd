"""What a department's HTTP answer means: an output that fits the card, a record that is not there, a refusal that the
card foresees, or a system that does not do its part. And what a citizen's input breaks."""

from typing import Any

import jsonschema_rs
import orjson
from pydantic import JsonValue

from core.documents import JsonObject
from core.text import Language
from service_registry.card import LoadedOperation
from service_registry.errors import (
    CardRefused,
    InputInvalid,
    RecordNotFound,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from service_registry.ports import UpstreamResponse

MOST_FINDINGS = 20


def checked_input(operation: LoadedOperation, entered: JsonObject) -> JsonObject:
    """The input as it can be sent. Raises `InputInvalid` with up to MOST_FINDINGS findings."""
    entered = _as_interchangeable_json(entered)
    if operation.input is None or operation.input_schema is None:
        if entered:
            raise InputInvalid([{"pointer": "", "rule": "additionalProperties", "detail": "takes no input"}])
        return entered
    if operation.input.is_valid(entered):
        return entered
    found = []
    for error in operation.input.iter_errors(entered):
        found.append(_finding(error, operation.input_schema))
        if len(found) == MOST_FINDINGS:
            break
    raise InputInvalid(found)


def raise_when_unavailable(response: UpstreamResponse) -> None:
    """Raises `UpstreamUnavailable` for the statuses by which a system says that it cannot answer."""
    if response.status == 429:
        raise UpstreamUnavailable("throttled")
    if response.status >= 500:
        raise UpstreamUnavailable("status")


def check_answer(operation: LoadedOperation, response: UpstreamResponse, language: Language) -> None:
    """Returns when the body is JSON that fits the output schema. Raises `DepartmentAnswered` or `UpstreamInvalid`."""
    if response.status not in (200, 201, 202):
        _raise_refusal(operation, response, language)
    output = _json(response)
    if not operation.output.is_valid(output):
        first = next(iter(operation.output.iter_errors(output)))
        raise UpstreamInvalid("schema", at=_pointer(first.schema_path))


def _as_interchangeable_json(entered: JsonObject) -> JsonObject:
    """Numbers beyond 64 bits, half characters and nesting without end can be read by some and not by others, so they
    are no input of anybody's; NaN becomes null. 2026.0 becomes 2026: to JSON Schema it is an integer, to many a
    department's system it is not."""
    try:
        whole: JsonObject = orjson.loads(orjson.dumps(entered))
    except (orjson.JSONEncodeError, orjson.JSONDecodeError):
        raise InputInvalid([{"pointer": "", "rule": "json", "detail": "not JSON that every system can read"}]) from None
    return {name: _with_plain_integers(value) for name, value in whole.items()}


def _with_plain_integers(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _with_plain_integers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_plain_integers(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _raise_refusal(operation: LoadedOperation, response: UpstreamResponse, language: Language) -> None:
    """A refusal is believed only when it comes as `{"error": "<code>"}`: a proxy's own 404 page says nothing about
    the citizen's record."""
    if not 400 <= response.status < 500:
        raise UpstreamInvalid("status")
    content = _json(response)
    code = content.get("error") if isinstance(content, dict) else None
    message = operation.operation.refusals.get(code) if isinstance(code, str) else None
    if isinstance(code, str) and message is not None:
        raise CardRefused(code, message.pick(language))
    if isinstance(code, str) and response.status == 404:
        raise RecordNotFound
    raise UpstreamInvalid("status")


def _json(response: UpstreamResponse) -> Any:
    """The body, `Any` until a schema has judged it. A failing status that is not JSON is reported as that status."""
    ok = response.status < 300
    if response.media_type != "application/json":
        raise UpstreamInvalid("media_type" if ok else "status")
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError:
        raise UpstreamInvalid("json" if ok else "status") from None


def _finding(error: jsonschema_rs.ValidationError, schema: JsonObject) -> dict[str, str]:
    """Where, and which keyword of the schema. Nothing of what was entered, not even the name of an unknown field."""
    rule = str(error.schema_path[-1]) if error.schema_path else ""
    path = list(error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        path.append(error.kind.property)
    return {"pointer": _pointer(path), "rule": rule, "detail": _detail(rule, error.schema_path, schema)}


def _detail(rule: str, path: list[str | int], schema: JsonObject) -> str:
    """The keyword with its value when that is short: `maximum: 2026`."""
    place: Any = schema
    try:
        for step in path:
            place = place[step]
    except (KeyError, IndexError, TypeError):
        return rule
    simple = isinstance(place, str | int | float) or (
        isinstance(place, list) and all(isinstance(part, str | int | float) for part in place)
    )
    if not simple or rule == "required":
        return rule
    return f"{rule}: {place if isinstance(place, str) else orjson.dumps(place).decode()}"[:200]


def _pointer(path: list[str | int]) -> str:
    """As RFC 6901 writes it."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)[:200]
