"""What an expression finds, told from the schema alone: names that are not there are seen, names that are, are not."""

from typing import Any

import jmespath
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from core.documents import JsonObject
from service_registry.reading.shapes import names_under, shape_of, types_of

ENTRY: JsonObject = {
    "type": "object",
    "properties": {"month": {"type": "string"}, "amount": {"type": ["number", "null"]}, "tags": {"type": "array"}},
    "additionalProperties": False,
}
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "total": {"type": "number"},
        "state": {"enum": ["open", "closed"]},
        "entries": {"type": "array", "items": ENTRY},
        "years": {"type": "array", "items": {"type": "array", "items": ENTRY}},
        "owner": {"anyOf": [{"type": "object", "properties": {"name": {"type": "string"}}}, {"type": "null"}]},
        "by_month": {"type": "object", "additionalProperties": ENTRY},
        "free": {"type": "object"},
    },
    "additionalProperties": True,
}
DATA: JsonObject = {
    "total": 3,
    "state": "open",
    "entries": [{"month": "2026-10", "amount": 1, "tags": ["x"]}, {"month": "2026-11", "amount": 2, "tags": []}],
    "years": [[{"month": "2026-12", "amount": 3, "tags": []}]],
    "owner": {"name": "市"},
    "by_month": {"first": {"month": "2026-10", "amount": 1, "tags": []}},
    "free": {"a": {"b": 1}},
}


@pytest.mark.parametrize(
    ("expression", "types"),
    [
        ("total", {"number"}),
        ("state", {"string"}),
        ("entries", {"array"}),
        ("entries[0].month", {"string"}),
        ("entries[-1].amount", {"number", "null"}),
        ("entries[].amount", {"array"}),
        ("entries[:2].month", {"array"}),
        ("entries[?amount > `1`].month | [0]", {"string"}),
        ("entries[*].[month, amount]", {"array"}),
        ("entries[0].{when: month}.when", {"string"}),
        ("years[][].month", {"array"}),
        ("years[0][0].month", {"string"}),
        ("owner.name", {"string"}),
        ("by_month.first.month", {"string"}),
        ("by_month.*.amount", {"array"}),
        ("free.a.b", set()),
        ("max_by(entries, &amount).month", {"string"}),
        ("sort_by(entries, &month)[0].amount", {"number", "null"}),
        ("map(&month, entries)", {"array"}),
        ("sum(entries[].amount)", {"number"}),
        ("length(entries)", {"number"}),
        ("join(', ', entries[].month)", {"string"}),
        ("not_null(owner.name, 'x')", {"string"}),
        ("owner.name || state", {"string"}),
        ("total > `0` && state == 'open'", {"boolean"}),
        ("!entries", {"boolean"}),
        ("'fixed'", {"string"}),
        ("`5`", {"integer"}),
        ("@.total", {"number"}),
        ("keys(free)", {"array"}),
    ],
)
def test_a_path_through_the_schema_is_known(expression: str, types: set[str]) -> None:
    shape, misfits = shape_of(expression, SCHEMA)
    assert (types_of(shape), misfits) == (types, [])
    jsonschema_rs.validate(shape, jmespath.search(expression, DATA))


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("totl", ["totl"]),
        ("entries[0].mnth", ["mnth"]),
        ("entries[].sum", ["sum"]),
        ("entries[?sum > `1`].month", ["sum"]),
        ("sort_by(entries, &date)", ["date"]),
        ("map(&date, entries)", ["date"]),
        ("owner.age", ["age"]),
        ("by_month.january.year", ["year"]),
        ("[totl, total, stat]", ["totl", "stat"]),
        ("entries[0].{when: mnth}", ["mnth"]),
        ("entries[0].{when: month}.then", ["then"]),
        ("entries | [0].year", ["year"]),
        ("nothing || total", ["nothing"]),
        ("!nothing", ["nothing"]),
        ("length(nothing)", ["nothing"]),
    ],
)
def test_a_name_that_is_not_there_is_seen(expression: str, names: list[str]) -> None:
    problems = [misfit.problem for misfit in shape_of(expression, SCHEMA)[1]]
    assert problems == [f"names `{name}`, which is not there" for name in names]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("!entries[?amount > `1`]", "takes elements of what is boolean, no array"),
        ("total[0]", "takes elements of what is number, no array"),
        ("total[]", "takes elements of what is number, no array"),
        ("owner[*].name", "takes elements of what is object, no array"),
        ("entries.month", "looks for `month` in what is array, no object"),
        ("state.open", "looks for `open` in what is string, no object"),
    ],
)
def test_a_step_into_what_has_no_such_step_is_seen(expression: str, problem: str) -> None:
    assert [misfit.problem for misfit in shape_of(expression, SCHEMA)[1]] == [problem]


WORDS = "total entries month amount owner x [0] [] [*] [:1] . * | || & && ! ( ) [? ] == `1` 's' @ , { }"
PARTS = st.sampled_from([*WORDS.split(), "length(", "sort_by(", "map(&", "{a: "])


@given(st.lists(PARTS, max_size=9).map("".join))
@settings(deadline=None)
def test_any_expression_that_can_be_read_can_be_followed(expression: str) -> None:
    """And where nothing was unknown to the schema, what is found is of a type that the schema said."""
    found = _found(expression)
    if found is not None:
        shape, misfits = shape_of(expression, SCHEMA)
        names_under(expression, "entries")
        if not misfits and types_of(shape):
            jsonschema_rs.validate({"type": sorted(types_of(shape))}, found)


def _found(expression: str) -> Any:
    try:
        return jmespath.search(expression, DATA)
    except JMESPathError:
        return None


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("input.year", {"year"}),
        ("input.a.b", {"a"}),
        ("[input.a, citizen.name, join('', [input.b])]", {"a", "b"}),
        ("citizen.name", set()),
        ("input", None),
        ("keys(input)", None),
        ("input.*", None),
        ("input | a", None),
        ("{all: input}", None),
    ],
)
def test_what_is_taken_of_the_input_is_known(expression: str, names: set[str] | None) -> None:
    assert names_under(expression, "input") == names
