"""The body of a call to a department, as a manifest declares it: JSON whose texts are JMESPath expressions over
`{citizen, enterprise, acting, input}`.

Of citizen and enterprise there is what the expressions name as `citizen.<field>`, `enterprise.<field>`, and nothing
more: what is not named is not released, so it is not there to be sent.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult
from pydantic import JsonValue

from core.documents import JsonObject

Expressions = Mapping[str, ParsedResult]
"""Compiled JMESPath expressions by their text."""


def citizen_fields(body: JsonValue) -> frozenset[str]:
    """The fields of the citizen that the body names: of `name`, `id_number`, `phone`, `pseudonym`."""
    return frozenset[str]().union(*(_named(text, "citizen") for text in texts(body)))


def enterprise_fields(body: JsonValue) -> frozenset[str]:
    """The fields of the enterprise that the body names: of `credit_code`, `name`."""
    return frozenset[str]().union(*(_named(text, "enterprise") for text in texts(body)))


def texts(value: JsonValue) -> Iterator[str]:
    """Every text of the template, each of them an expression; keys are not."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def filled(
    body: Mapping[str, JsonValue],
    expressions: Expressions,
    citizen: Mapping[str, str],
    entered: JsonObject,
    *,
    enterprise: Mapping[str, str] | None = None,
    acting: str | None = None,
) -> JsonObject:
    """The JSON to send. A member that comes out null is left out: an optional field that was not entered."""
    context: JsonObject = {"citizen": citizen, "enterprise": enterprise or {}, "acting": acting, "input": entered}
    filled_in: JsonObject = _filled(dict(body), expressions, context)
    return filled_in


def evaluated(expression: ParsedResult, data: object) -> Any:
    """What the expression finds, or None when it cannot be evaluated on this data: a sum of texts, a text compared with
    a number, for which jmespath raises what Python raises.

    `Any`: JSON of any shape, which the caller judges.
    """
    try:
        return expression.search(data)
    except (JMESPathError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        return None


def _filled(value: JsonValue, expressions: Expressions, context: JsonObject) -> Any:
    if isinstance(value, str):
        return evaluated(expressions[value], context)
    if isinstance(value, list):
        return [_filled(part, expressions, context) for part in value]
    if isinstance(value, dict):
        members = {name: _filled(part, expressions, context) for name, part in value.items()}
        return {name: member for name, member in members.items() if member is not None}
    return value


@lru_cache(maxsize=4096)
def _named(expression: str, whose: str) -> frozenset[str]:
    return frozenset(_fields_under(whose, jmespath.compile(expression).parsed))


def _fields_under(whose: str, node: Any) -> Iterator[str]:
    """`node` is a node of jmespath's syntax tree: `{type, children, value?}`."""
    children = node["children"]
    if node["type"] == "subexpression":
        path = [child for child in children if child["type"] != "current"]
        names = [child["value"] if child["type"] == "field" else None for child in path[:2]]
        if len(names) == 2 and names[0] == whose and names[1] is not None:
            yield names[1]
    for child in children:
        if isinstance(child, dict):
            yield from _fields_under(whose, child)
