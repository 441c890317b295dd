"""What is sent to a department of what a citizen entered and is."""

from typing import Any

import jmespath
import pytest

from service_registry.templates import citizen_fields, enterprise_fields, filled, texts

CITIZEN = {"name": "张晓梅", "id_number": "11010519491231002X"}


def sent(body: dict[str, Any], entered: dict[str, Any] | None = None) -> dict[str, Any]:
    return filled(body, {text: jmespath.compile(text) for text in texts(body)}, CITIZEN, entered or {})


def test_texts_are_expressions_and_everything_else_stands_as_it_is() -> None:
    body = {"who": "citizen.id_number", "year": "input.year", "kind": "'pension'", "page": 1, "full": True}
    assert sent(body, {"year": 2026}) == {
        "who": "11010519491231002X",
        "year": 2026,
        "kind": "pension",
        "page": 1,
        "full": True,
    }


def test_bodies_nest() -> None:
    body = {"person": {"name": "citizen.name"}, "items": [{"amount": "input.amount"}, "'fixed'", 3]}
    assert sent(body, {"amount": 5}) == {"person": {"name": "张晓梅"}, "items": [{"amount": 5}, "fixed", 3]}


def test_what_was_not_entered_is_left_out() -> None:
    assert sent({"year": "input.year", "who": {"phone": "citizen.phone"}}) == {"who": {}}


def test_an_expression_that_does_not_fit_what_was_entered_finds_nothing() -> None:
    assert sent({"total": "sum(input.amounts)"}, {"amounts": ["a"]}) == {}


@pytest.mark.parametrize(
    ("expression", "fields"),
    [
        ("citizen.id_number", {"id_number"}),
        ("@.citizen.phone", {"phone"}),
        ("join(' ', [citizen.name, citizen.id_number])", {"name", "id_number"}),
        ("{a: citizen.pseudonym}", {"pseudonym"}),
        ("input.agree && citizen.name", {"name"}),
        ("input.citizen.name", set()),
        ("'citizen.name'", set()),
        ("citizen", set()),
        ("input.year", set()),
    ],
)
def test_the_fields_of_the_citizen_are_those_that_are_named(expression: str, fields: set[str]) -> None:
    assert citizen_fields({"a": [{"b": expression}], "c": 1}) == fields


def test_nothing_is_named_in_an_empty_body() -> None:
    assert citizen_fields({}) == frozenset()


def test_an_enterprise_and_the_capacity_are_sent_where_there_are_any() -> None:
    body: dict[str, Any] = {"code": "enterprise.credit_code", "by": "acting", "own": "citizen.name"}
    expressions = {text: jmespath.compile(text) for text in texts(body)}
    enterprise = {"credit_code": "91110000600037341L"}
    for_it = filled(body, expressions, CITIZEN, {}, enterprise=enterprise, acting="agent")
    assert for_it == {"code": "91110000600037341L", "by": "agent", "own": "张晓梅"}
    assert sent(body) == {"own": "张晓梅"}
    assert enterprise_fields(body) == {"credit_code"}
    assert citizen_fields(body) == {"name"}
