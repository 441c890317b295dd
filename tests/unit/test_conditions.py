"""What a condition means. Every adapter's guards are held to the same in tests/contract."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conditions import Compare, Field, Value, all_of, field, holds, storable

NUMBERS = st.integers(-5, 5) | st.floats(-5, 5)
ORDERED: list[tuple[str, Callable[[Any, Any], bool]]] = [
    ("at_most", lambda left, right: left <= right),
    ("at_least", lambda left, right: left >= right),
    ("below", lambda left, right: left < right),
    ("above", lambda left, right: left > right),
]


@pytest.mark.parametrize(("name", "meaning"), ORDERED)
@given(left=NUMBERS, right=NUMBERS)
def test_orders_numbers_as_arithmetic_does(
    name: str, meaning: Callable[[Any, Any], bool], left: float, right: float
) -> None:
    stored = {"left": left, "right": right}
    assert holds(getattr(field("left"), name)(field("right")), stored) is meaning(left, right)
    assert holds(getattr(field("left"), name)(right), stored) is meaning(left, right)


@pytest.mark.parametrize(("name", "_meaning"), ORDERED)
@pytest.mark.parametrize(("left", "right"), [(None, 1), (1, None), (None, None)])
def test_none_is_in_no_order(name: str, _meaning: object, left: int | None, right: int | None) -> None:
    stored = {"left": left, "right": right}
    assert not holds(getattr(field("left"), name)(field("right")), stored)
    assert not holds(getattr(field("left"), name)(right), stored)


def test_none_equals_none_alone() -> None:
    assert holds(field("a").equals(None), {"a": None})
    assert not holds(field("a").equals(None), {"a": 0})
    assert not holds(field("a").equals(None), {"a": ""})
    assert holds(field("a").differs(None), {"a": False})
    assert holds(field("a").equals(field("b")), {"a": None, "b": None})


def test_a_field_that_was_not_stored_is_none() -> None:
    assert holds(field("new").equals(None), {})
    assert not holds(field("new").at_most(3), {})
    assert not holds(field("taken").at_most(field("new") - 1), {"taken": 0})


@given(taken=st.integers(-9, 9), capacity=st.integers(-9, 9), party=st.integers(-9, 9))
def test_sums_of_fields_and_numbers(taken: int, capacity: int, party: int) -> None:
    stored = {"taken": taken, "capacity": capacity, "party": party}
    assert holds(field("taken").at_most(field("capacity") - party), stored) is (taken <= capacity - party)
    assert holds(field("taken").at_most(field("capacity") - field("party")), stored) is (taken <= capacity - party)
    assert holds(field("taken").equals(field("capacity") + field("party")), stored) is (taken == capacity + party)


@pytest.mark.parametrize("stored", [{"a": 1, "b": None}, {"a": None, "b": 1}, {"a": None, "b": None}])
def test_a_sum_with_none_is_none(stored: dict[str, int | None]) -> None:
    assert holds(field("nothing").equals(field("a") + field("b")), stored)
    assert not holds(field("a").at_least(field("a") + field("b")), stored)


def test_all_parts_must_hold_and_none_is_fulfilled_by_nothing_asked() -> None:
    free, open_ = field("taken").below(1), field("open").equals(True)
    assert holds(all_of(free, open_), {"taken": 0, "open": True})
    assert not holds(all_of(free, open_), {"taken": 0, "open": False})
    assert not holds(all_of(all_of(free), open_), {"taken": 1, "open": True})
    assert holds(all_of(), {})


@given(
    left=st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001 (zones come next)
    right=st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001
    hours=st.integers(-12, 12),
)
def test_instants_compare_as_time_from_whatever_zone(left: datetime, right: datetime, hours: int) -> None:
    here, there = left.replace(tzinfo=UTC), right.replace(tzinfo=timezone(timedelta(hours=hours)))
    stored = {"at": storable(here)}
    assert holds(field("at").at_most(there), stored) is (here <= there)
    assert holds(field("at").equals(there), stored) is (here == there)


def test_conditions_are_plain_data_that_an_adapter_can_read() -> None:
    condition = field("taken").at_most(3)
    assert condition == Compare("le", Field("taken"), Value(3))
    assert field("at").above(datetime(2026, 11, 22, tzinfo=UTC)).right == Value("2026-11-22T00:00:00.000000Z")
    assert hash(all_of(condition)) == hash(all_of(condition))
