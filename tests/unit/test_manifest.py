"""What a manifest's small values and models accept, and what they make of it."""

from contextlib import suppress
from datetime import time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service_registry.manifest import Access, Limits, Manifest, Operation, OperationAccess, Upstream
from service_registry.manifest_values import Expression, Quota, duration, duration_text, opening_hours, quota

EXPRESSION: TypeAdapter[str] = TypeAdapter(Expression)


@pytest.mark.parametrize(
    ("written", "seconds"), [("250ms", 0.25), ("3s", 3), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)]
)
def test_a_duration_is_a_whole_number_and_a_unit(written: str, seconds: float) -> None:
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "3", "s", "0s", "-1s", "1.5s", "3 s", "3sec", "٣s", "1234567s", 3, None, ["3s"]]
)
def test_anything_else_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="250ms"):
        duration(written)


@given(st.integers(1, 86_400_000))
@settings(deadline=None)
def test_a_duration_survives_being_written(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    written = duration_text(value)
    if len(written.rstrip("msdh")) <= 6:
        assert duration(written) == value


def test_a_quota_is_a_number_and_a_period() -> None:
    assert quota("20/day") == Quota(20, "day")
    assert quota("5/minute").seconds == 60
    assert str(quota("100/hour")) == "100/hour"


@pytest.mark.parametrize(
    "written", ["", "20", "20/week", "0/day", "-1/day", "1.5/day", "20 / day", "1e9/day", 20, None]
)
def test_anything_else_is_no_quota(written: object) -> None:
    with pytest.raises(ValueError, match="20/day"):
        quota(written)


def test_opening_hours_include_the_opening_minute_and_not_the_closing_one() -> None:
    hours = opening_hours("08:30-17:30")
    assert not hours.include(time(8, 29, 59))
    assert hours.include(time(8, 30))
    assert hours.include(time(17, 29, 59))
    assert not hours.include(time(17, 30))
    assert str(hours) == "08:30-17:30"


@given(st.times())
@settings(deadline=None)
def test_always_is_open_at_any_time(moment: time) -> None:
    assert opening_hours("00:00-24:00").include(moment)


@pytest.mark.parametrize(
    "written",
    ["", "8:30-17:30", "08:30", "17:30-08:30", "08:30-08:30", "25:00-26:00", "24:00-24:00", "08:60-09:00", 830],
)
def test_anything_else_are_no_hours(written: object) -> None:
    with pytest.raises(ValueError, match=r"hours of a day|opening time"):
        opening_hours(written)


@pytest.mark.parametrize(
    "written", ["a", "a.b[0]", "entries[:12].{m: month}", "sort_by(a, &b)[-1]", "!a[?b != 'c']", "a[::2]"]
)
def test_an_expression_is_jmespath(written: str) -> None:
    assert EXPRESSION.validate_python(written) == written


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "at least 1 character"),
        ("a[", "Incomplete expression"),
        ("a b", "Unexpected token"),
        ("a ~", "Unknown token"),
        ("lenght(a)", "no function `lenght`"),
        ("length(a, b)", "takes 1 arguments, and 2"),
        ("sort_by(a)", "takes 2 arguments, and 1"),
        ("`foo`", "in single quotes"),
        ("a" * 501, "at most 500"),
    ],
)
def test_anything_else_is_no_expression(written: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        EXPRESSION.validate_python(written)


@given(st.text(max_size=60) | st.text(alphabet="ab.[]()?&|*@`'\"0:,{}!=<> -", max_size=60))
@example("``")
@example("(" * 500)
@example("!" * 500)
@example("[" * 500)
@settings(deadline=None)
def test_any_text_is_an_expression_or_refused(written: str) -> None:
    with suppress(ValidationError):
        assert EXPRESSION.validate_python(written) == written


def test_what_is_left_out_has_its_documented_default() -> None:
    assert str(Limits().per_citizen) == "100/day"
    assert Upstream(base_url="${SOMEWHERE}").timeout == timedelta(seconds=3)
    assert str(Access(assurance=1).hours) == "00:00-24:00"


def test_an_operation_asks_for_what_it_says_and_else_for_what_the_card_says() -> None:
    card = _card(Access(assurance=2, consent=("id_number",), max_age=3600), OperationAccess(assurance=3, max_age=600))
    asked = card.access_of("submit")
    assert (asked.assurance, asked.max_age, asked.consent) == (3, 600, ("id_number",))
    assert card.access_of("query") == card.access


def test_an_operation_can_ask_for_no_consent_where_the_card_asks_for_some() -> None:
    card = _card(Access(assurance=2, consent=("id_number",)), OperationAccess(consent=()))
    assert card.access_of("submit").consent == ()


def _card(access: Access, own: OperationAccess) -> Manifest:
    text = {"zh": "中", "en": "e"}
    operation = Operation.model_validate(
        {
            "title": text,
            "safe": True,
            "request": {"path": "/x"},
            "output": {},
            "view": [{"block": "notice", "text": text}],
        }
    )
    return Manifest.model_validate(
        {
            "id": "xx.card",
            "version": "1.0.0",
            "kind": "query",
            "name": text,
            "summary": text,
            "department": {"id": "xx.department", "name": text},
            "theme": "housing",
            "item": {"task_code": "0" * 12, "project_type": 1, "promise_days": 0, "on_site_visits": 0, "by_law": text},
            "access": access,
            "operations": {"query": operation, "submit": operation.model_copy(update={"access": own})},
        }
    )
