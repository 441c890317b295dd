"""What a department's answer means, and what is said of an input that does not fit."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CityError
from service_registry.answers import MOST_FINDINGS, check_answer, checked_input, raise_when_unavailable
from service_registry.errors import (
    CardRefused,
    InputInvalid,
    RecordNotFound,
    UpstreamInvalid,
    UpstreamUnavailable,
)
from service_registry.ports import UpstreamResponse
from tests.gateway_city import BALANCE, card

DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]
OPERATION = card(None).operations["balance"]
WITHOUT_INPUT = card(None, operations={"balance": {**BALANCE, "input": None, "request": {"path": "/x"}}}).operations[
    "balance"
]


def answered(status: int, body: object, media_type: str = "application/json") -> UpstreamResponse:
    return UpstreamResponse(status, media_type, body if isinstance(body, bytes) else orjson.dumps(body))


def judged(response: UpstreamResponse) -> CityError | None:
    """What is raised for the response."""
    try:
        raise_when_unavailable(response)
        check_answer(OPERATION, response, "en")
    except CityError as error:
        return error
    return None


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_that_fits_the_card_is_shown(status: int) -> None:
    assert judged(answered(status, {"balance": 5, "more": "than asked"})) is None


@pytest.mark.parametrize(
    ("response", "reason", "at"),
    [
        (answered(200, {"balance": "5"}), "schema", "/properties/balance/type"),
        (answered(200, {}), "schema", "/required"),
        (answered(200, []), "schema", "/type"),
        (answered(200, b"<html>"), "json", None),
        (answered(200, b""), "json", None),
        (answered(200, b'{"balance": 5'), "json", None),
        (answered(200, b'{"balance": NaN}'), "json", None),
        (answered(200, b'{"balance": "\xff"}'), "json", None),
        (answered(200, b"[" * 100_000), "json", None),
        (answered(200, {"balance": 5}, "text/html"), "media_type", None),
        (answered(200, {"balance": 5}, ""), "media_type", None),
        (answered(204, {"balance": 5}), "status", None),
        (answered(206, {"balance": 5}), "status", None),
        (answered(302, {"balance": 5}), "status", None),
        (answered(100, {"balance": 5}), "status", None),
        (answered(401, {"error": "wrong signature"}), "status", None),
        (answered(403, {"error": "forbidden"}), "status", None),
        (answered(404, b"<html>not found</html>", "text/html"), "status", None),
        (answered(404, {"message": "no such page"}), "status", None),
        (answered(404, ["error"]), "status", None),
        (answered(422, {"error": "unforeseen"}), "status", None),
        (answered(422, {"error": ["account_frozen"]}), "status", None),
        (answered(422, {"error": "account_frozen"}, "text/plain"), "status", None),
        (answered(500, {"error": "account_frozen"}), None, None),
    ],
)
def test_an_answer_that_was_not_agreed_upon_is_not_shown(
    response: UpstreamResponse, reason: str | None, at: str | None
) -> None:
    error = judged(response)
    if reason is None:
        assert isinstance(error, UpstreamUnavailable)
    else:
        assert isinstance(error, UpstreamInvalid)
        assert (error.reason, error.at) == (reason, at)


@pytest.mark.parametrize(("status", "reason"), [(500, "status"), (502, "status"), (503, "status"), (429, "throttled")])
def test_a_department_that_says_it_cannot_answer_is_unavailable(status: int, reason: str) -> None:
    error = judged(answered(status, b"<html>"))
    assert isinstance(error, UpstreamUnavailable)
    assert error.reason == reason


def test_no_record_is_an_answer() -> None:
    assert isinstance(judged(answered(404, {"error": "not_found"})), RecordNotFound)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_that_the_card_foresees_is_told_in_the_cards_words(status: int) -> None:
    error = judged(answered(status, {"error": "account_frozen"}))
    assert isinstance(error, CardRefused)
    assert error.facts == {"reason": "account_frozen", "message": "The account is frozen"}


@settings(deadline=None)
@given(status=st.integers(100, 599), body=st.binary(max_size=60), json=st.booleans())
def test_whatever_a_department_sends_is_an_answer_or_one_of_our_errors(status: int, body: bytes, json: bool) -> None:
    judged(answered(status, body, "application/json" if json else "text/html"))


# --- input ---


def findings(entered: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(InputInvalid) as refused:
        checked_input(OPERATION, entered)
    return [(found["pointer"], found["rule"], found["detail"]) for found in refused.value.errors]


def test_all_findings_are_listed_with_pointer_and_rule() -> None:
    assert sorted(findings({"year": 2027, "note": 5, "extra": 1})) == [
        ("", "additionalProperties", "additionalProperties: false"),
        ("/note", "type", "type: string"),
        ("/year", "maximum", "maximum: 2026"),
    ]


def test_a_missing_field_is_pointed_at() -> None:
    with pytest.raises(InputInvalid) as refused:
        checked_input(card(None).operations["withdraw"], {})
    assert refused.value.errors == [{"pointer": "/amount", "rule": "required", "detail": "required"}]


def test_an_operation_without_input_takes_none() -> None:
    assert checked_input(WITHOUT_INPUT, {}) == {}
    with pytest.raises(InputInvalid):
        checked_input(WITHOUT_INPUT, {"year": 2026})


@pytest.mark.parametrize("value", [10**30, -(2**63) - 1, "\ud800", DEEP])
def test_what_not_every_system_can_read_is_no_input(value: object) -> None:
    assert findings({"note": value})[0][1] == "json"


def test_not_a_number_is_null_and_null_is_no_number() -> None:
    assert findings({"year": float("nan")}) == [("/year", "type", "type: integer")]


def test_a_whole_number_is_an_integer_however_it_was_written() -> None:
    checked = checked_input(OPERATION, {"year": 2026.0, "note": "1.0"})
    assert (checked, type(checked["year"])) == ({"year": 2026, "note": "1.0"}, int)


def test_findings_are_bounded() -> None:
    crowded = {**BALANCE, "input": {"type": "object", "additionalProperties": {"type": "integer"}}}
    operation = card(None, operations={"balance": crowded}).operations["balance"]
    with pytest.raises(InputInvalid) as refused:
        checked_input(operation, {f"field{n}/~{'x' * 300}": "a" for n in range(100)})
    assert len(refused.value.errors) == MOST_FINDINGS
    assert all(len(found["pointer"]) <= 200 for found in refused.value.errors)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["year", "note", "secret-name"]),
        st.none() | st.integers() | st.floats() | st.just("secret-value") | st.lists(st.just("secret-value")),
    )
)
def test_what_was_entered_is_never_repeated(entered: dict[str, Any]) -> None:
    said = ""
    try:
        checked_input(OPERATION, entered)
    except InputInvalid as error:
        said = repr(error.errors) + repr(error.facts) + str(error)
    assert "secret" not in said
