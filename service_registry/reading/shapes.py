"""What a JMESPath expression finds in data of a given JSON Schema, so that a path to nothing is seen before it is used.

`shape_of` follows the expression through the schema. Where the schema says nothing, it says nothing either: `ANYTHING`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jmespath

from core.documents import JsonObject

Node = Mapping[str, Any]
"""A node of jmespath's syntax tree: `type`, `children`, and for some a `value`."""

ANYTHING: Final[JsonObject] = {}
_OF_SAME_LIST: Final = {"sort", "reverse", "sort_by", "to_array"}
_RESULTS: Final = {
    "number": {"length", "sum", "avg", "abs", "ceil", "floor", "to_number"},
    "string": {"join", "to_string", "type"},
    "boolean": {"contains", "starts_with", "ends_with"},
    "array": {"keys", "values"},
}


@dataclass(frozen=True)
class Misfit:
    """Where an expression goes astray: what it does there, and what there is instead."""

    problem: str
    remedy: str


_Misfits = list[Misfit]


def shape_of(expression: str, schema: JsonObject) -> tuple[JsonObject, list[Misfit]]:
    """The schema of what the expression finds, and the places where it looks for what the schema does not have."""
    misfits: _Misfits = []
    return _follow(misfits, jmespath.compile(expression).parsed, schema), misfits


def branches(schema: JsonObject) -> Iterator[JsonObject]:
    """The schema and all alternatives and parts in it, flat."""
    yield schema
    for keyword in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(keyword, ()):
            if isinstance(part, dict):
                yield from branches(part)


def types_of(schema: JsonObject) -> set[str]:
    """The JSON types the schema names; none when it leaves them open."""
    named: set[str] = set()
    for branch in branches(schema):
        kinds = branch.get("type", [])
        named.update([kinds] if isinstance(kinds, str) else kinds)
        named.update(
            _type_name(value) for value in [*branch.get("enum", []), *[branch[k] for k in ("const",) if k in branch]]
        )
    return named


def words_of(schema: JsonObject) -> set[str]:
    """The texts the schema lists as `enum` or `const`."""
    listed: set[str] = set()
    for branch in branches(schema):
        listed.update(value for value in [*branch.get("enum", []), branch.get("const")] if isinstance(value, str))
    return listed


def elements(schema: JsonObject) -> JsonObject:
    """The schema of an element of the list."""
    return _any_of([branch["items"] for branch in branches(schema) if isinstance(branch.get("items"), dict)])


def names_under(expression: str, head: str) -> set[str] | None:
    """The names that the expression takes from `head` (`input.year` gives `year`); None when it takes all of it."""
    names: set[str] = set()
    return names if _collect(names, jmespath.compile(expression).parsed, head) else None


def _collect(names: set[str], node: Node, head: str) -> bool:
    children = [child for child in node["children"] if isinstance(child, dict)]
    if node["type"] == "field" and node["value"] == head:
        return False
    if node["type"] == "subexpression" and (children[0]["type"], children[0].get("value")) == ("field", head):
        if children[1]["type"] != "field":
            return False
        names.add(children[1]["value"])
        children = children[2:]
    takes_all = [child for child in children if not _collect(names, child, head)]
    return not takes_all


def _type_name(value: object) -> str:
    names: dict[type, str] = {
        str: "string",
        bool: "boolean",
        int: "integer",
        float: "number",
        list: "array",
        dict: "object",
    }
    return names.get(type(value), "null")


def _any_of(schemas: list[JsonObject]) -> JsonObject:
    if not schemas:
        return ANYTHING
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _list_of(schema: JsonObject) -> JsonObject:
    return {"type": "array", "items": schema} if schema else {"type": "array"}


def _field(misfits: _Misfits, name: str, schema: JsonObject) -> JsonObject:
    objects = [branch for branch in branches(schema) if "properties" in branch or "additionalProperties" in branch]
    found = [branch["properties"][name] for branch in objects if name in branch.get("properties", {})]
    for branch in objects:
        if not found and isinstance(branch.get("additionalProperties"), dict):
            return _any_of([branch["additionalProperties"]])
    if objects and not found:
        known = sorted({known for branch in objects for known in branch.get("properties", {})})
        misfits.append(Misfit(f"names `{name}`, which is not there", f"There is {', '.join(known) or 'nothing'}."))
    _expect(misfits, schema, "object", f"looks for `{name}` in")
    return _any_of([part for part in found if isinstance(part, dict)])


def _expect(misfits: _Misfits, schema: JsonObject, kind: str, does: str) -> None:
    types = types_of(schema) - {"null"}
    if types and kind not in types:
        remedy = "JMESPath binds `!` and `.` tighter than `[?…]`; round brackets help."
        misfits.append(Misfit(f"{does} what is {' or '.join(sorted(types))}, no {kind}", remedy))


def _elements(misfits: _Misfits, schema: JsonObject) -> JsonObject:
    _expect(misfits, schema, "array", "takes elements of")
    return elements(schema)


def _values(schema: JsonObject) -> JsonObject:
    parts = [part for branch in branches(schema) for part in branch.get("properties", {}).values()]
    return _any_of([part for part in parts if isinstance(part, dict)])


def _follow(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    kind, children = node["type"], node.get("children", [])
    if kind in _FOLLOWERS:
        return _FOLLOWERS[kind](misfits, node, schema)
    for child in children:  # a comparison, a negation: its parts are read, its result says nothing
        _follow(misfits, child, schema)
    return {"type": "boolean"} if kind in ("comparator", "not_expression") else ANYTHING


def _chain(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    for child in node["children"]:
        schema = _follow(misfits, child, schema)
    return schema


def _index_expression(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    left, *indices = node["children"]
    found = _follow(misfits, left, schema)
    for index in indices:
        if index["type"] == "index":
            found = _elements(misfits, found)
    return found


def _projection(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    left, right, *conditions = node["children"]
    element = _elements(misfits, _follow(misfits, left, schema))
    for condition in conditions:
        _follow(misfits, condition, element)
    return _list_of(_follow(misfits, right, element))


def _value_projection(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    left, right = node["children"]
    return _list_of(_follow(misfits, right, _values(_follow(misfits, left, schema))))


def _flatten(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    found = _follow(misfits, node["children"][0], schema)
    element = _elements(misfits, found)
    return element if types_of(element) == {"array"} else _list_of(element)


def _either(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    found = [_follow(misfits, child, schema) for child in node["children"]]
    return _any_of(found) if all(found) else ANYTHING


def _select_list(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    found = [_follow(misfits, child, schema) for child in node["children"]]
    return _list_of(_any_of(found) if all(found) else ANYTHING)


def _select_dict(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    pairs = {pair["value"]: _follow(misfits, pair["children"][0], schema) for pair in node["children"]}
    return {"type": "object", "properties": pairs, "additionalProperties": False}


def _function(misfits: _Misfits, node: Node, schema: JsonObject) -> JsonObject:
    name, arguments = node["value"], node["children"]
    plain = [_follow(misfits, part, schema) for part in arguments if part["type"] != "expref"]
    each = [
        _follow(misfits, part["children"][0], elements(plain[0]) if plain else ANYTHING)
        for part in arguments
        if part["type"] == "expref"
    ]
    if name == "map" and each:
        return _list_of(each[0])
    if name in ("max", "min", "max_by", "min_by") and plain:
        return elements(plain[0])
    if name in _OF_SAME_LIST and plain:
        return plain[0]
    if name == "not_null":
        return _any_of(plain) if all(plain) else ANYTHING
    return next(({"type": kind} for kind, names in _RESULTS.items() if name in names), ANYTHING)


def _literal(_misfits: _Misfits, node: Node, _schema: JsonObject) -> JsonObject:
    return {"const": node["value"]}


_FOLLOWERS: Final[Mapping[str, Callable[[_Misfits, Node, JsonObject], JsonObject]]] = {
    "identity": lambda _misfits, _node, schema: schema,
    "current": lambda _misfits, _node, schema: schema,
    "field": lambda misfits, node, schema: _field(misfits, node["value"], schema),
    "literal": _literal,
    "subexpression": _chain,
    "pipe": _chain,
    "index_expression": _index_expression,
    "projection": _projection,
    "filter_projection": _projection,
    "value_projection": _value_projection,
    "flatten": _flatten,
    "or_expression": _either,
    "and_expression": _either,
    "multi_select_list": _select_list,
    "multi_select_dict": _select_dict,
    "function_expression": _function,
}
