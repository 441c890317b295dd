"""Time is handed in, and instants sort as they follow each other."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from core.clock import Instant, ManualClock, SystemClock, instant_text

MOMENTS = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001 (zones come with the strategy)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Asia/Shanghai"), timezone(timedelta(hours=-11, minutes=-30))]),
    allow_imaginary=False,
)


class Event(BaseModel):
    at: Instant


@given(MOMENTS, MOMENTS)
def test_written_instants_sort_as_they_follow_each_other(one: datetime, other: datetime) -> None:
    one, other = one.astimezone(UTC), other.astimezone(UTC)
    assert (instant_text(one) < instant_text(other)) is (one < other)
    assert (instant_text(one) == instant_text(other)) is (one == other)


@given(MOMENTS)
def test_an_instant_is_read_as_it_was_written_and_kept_in_utc(moment: datetime) -> None:
    event = Event(at=moment)
    assert event.at == moment.astimezone(UTC)
    assert event.at.tzinfo is UTC
    assert event.model_dump_json() == f'{{"at":"{instant_text(moment)}"}}'
    assert Event.model_validate_json(event.model_dump_json()) == event


def test_an_instant_has_a_fixed_width_and_ends_in_z() -> None:
    shanghai = datetime(2026, 11, 22, 14, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert instant_text(shanghai) == "2026-11-22T06:30:00.000000Z"


@pytest.mark.parametrize("text", ["2026-11-22T06:30:00", "2026-11-22", "tomorrow", ""])
def test_a_time_without_a_zone_is_no_instant(text: str) -> None:
    with pytest.raises(ValidationError):
        Event.model_validate({"at": text})


def test_the_machines_clock_is_in_utc_and_runs_forward() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.monotonic() <= clock.monotonic()


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 11, 22, 8, tzinfo=ZoneInfo("Asia/Shanghai")))
    assert clock.now() == clock.now() == datetime(2026, 11, 22, tzinfo=UTC)
    before = clock.monotonic()
    clock.advance(minutes=5, seconds=1)
    assert clock.now() == datetime(2026, 11, 22, 0, 5, 1, tzinfo=UTC)
    assert clock.monotonic() - before == 301
