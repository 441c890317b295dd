"""Identifiers are opaque, sort by time, and cannot be guessed or made to meet."""

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.ids import derived_id, new_id, new_secret


def test_ids_sort_by_the_time_they_were_made() -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    made: list[str] = []
    for _ in range(50):
        made.append(new_id(clock))
        clock.advance(milliseconds=1)
    assert made == sorted(made)
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", one) for one in made)


def test_ids_of_one_moment_differ() -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    made = {new_id(clock) for _ in range(5_000)}
    assert len(made) == 5_000
    assert len({one[:10] for one in made}) == 1  # the same millisecond
    assert len({one[10:14] for one in made}) > 4_000  # and nothing else in common


def test_secrets_hold_256_bits_and_fit_into_a_url() -> None:
    made = {new_secret() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in made)


@given(st.lists(st.text()), st.lists(st.text()))
def test_derived_ids_are_the_same_for_the_same_parts_alone(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) is (one == other)


def test_derived_ids_know_where_a_part_ends() -> None:
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc"), derived_id("abc", "")}) == 4
    assert re.fullmatch(r"[0-9a-f]{40}", derived_id("citizen", "POST /bookings", "key"))
