"""Schedules: what a department declares is what a citizen can choose."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service_registry.booking.schedule import WEEKDAYS, BookingPlan, Rules, Weekday, minutes
from service_registry.booking.slots import Slot, check_in_window, moment, opens_for_booking, slots_of
from tests.booking_city import MONDAY, SHANGHAI, at, counters

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]
SPRING_FORWARD, FALL_BACK = date(2026, 3, 29), date(2026, 10, 25)  # Europe/Berlin
TITLE = {"zh": "厅", "en": "Hall"}


def plan(*windows: dict[str, Any], **schedule: Any) -> BookingPlan:
    resource = {"id": "hall", "name": TITLE, "schedule": "s"}
    return BookingPlan.model_validate({"schedules": {"s": {"windows": windows, **schedule}}, "resources": [resource]})


def window(
    opens: str, closes: str, slot_minutes: int = 30, weekdays: tuple[str, ...] = WEEKDAYS, **more: Any
) -> dict[str, Any]:
    return {
        "weekdays": weekdays, "opens": opens, "closes": closes, "slot_minutes": slot_minutes, "capacity": 5, **more
    }  # fmt: skip


def slots(of: BookingPlan, day: date, zone: tzinfo = SHANGHAI) -> tuple[Slot, ...]:
    return slots_of(of, of.resources[0], day, zone)


def clock_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def windows_of_a_day(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Windows that do not overlap, of any length."""
    bounds = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=8)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return [
        window(clock_time(opens), clock_time(closes), draw(st.integers(5, closes - opens)))
        for opens, closes in pairs
        if closes - opens >= 5
    ]


@given(windows_of_a_day().filter(bool), st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.sampled_from(ZONES))
def test_slots_have_their_length_and_never_overlap_in_any_zone(
    windows: list[dict[str, Any]], day: date, zone: ZoneInfo
) -> None:
    found = slots(plan(*windows), day, zone)
    lengths = {timedelta(minutes=one["slot_minutes"]) for one in windows}
    assert {slot.ends_at - slot.starts_at for slot in found} <= lengths
    assert all(earlier.ends_at <= later.starts_at for earlier, later in pairwise(found))
    assert all(slot.starts_at.astimezone(zone).date() == day == slot.day for slot in found)


@given(windows_of_a_day().filter(bool), st.dates(date(2025, 1, 1), date(2028, 12, 31)))
def test_where_clocks_never_shift_a_window_is_filled_to_the_last_slot_that_fits(
    windows: list[dict[str, Any]], day: date
) -> None:
    expected = sum((minutes(one["closes"]) - minutes(one["opens"])) // one["slot_minutes"] for one in windows)
    assert len(slots(plan(*windows), day)) == expected


@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)), st.integers(0, 1440), st.integers(0, 1440), st.sampled_from(ZONES)
)
def test_what_is_earlier_on_the_wall_is_never_later_in_reality(day: date, one: int, other: int, zone: ZoneInfo) -> None:
    earlier, later = sorted((one, other))
    assert moment(day, clock_time(earlier), zone) <= moment(day, clock_time(later), zone)


def test_the_hour_that_is_skipped_has_no_slots_and_the_hour_that_comes_twice_has_both() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = plan(window("00:00", "06:00", 60))
    assert len(slots(night, SPRING_FORWARD, berlin)) == 5
    assert len(slots(night, FALL_BACK, berlin)) == 7
    assert slots(plan(window("02:00", "03:00", 60)), SPRING_FORWARD, berlin) == ()
    assert moment(SPRING_FORWARD, "02:30", berlin) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_closed_days_have_no_slots_and_extra_days_run_like_the_weekday_they_name() -> None:
    saturday = MONDAY + timedelta(days=5)
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    calendar = plan(
        window("09:00", "10:00", 30, weekdays),
        closed_dates=[MONDAY],
        extra_dates=[{"date": saturday, "like": "fri"}],
    )
    assert slots(calendar, MONDAY) == ()
    assert slots(calendar, saturday + timedelta(days=1)) == ()
    assert [slot.starts_at for slot in slots(calendar, saturday)] == [at(9, 0, saturday), at(9, 30, saturday)]


def test_a_window_holds_between_its_dates_and_a_resource_may_close_alone_and_have_its_own_capacity() -> None:
    summer = plan(
        window("08:00", "09:00", 60, until_date=date(2026, 9, 30)),
        window("08:30", "09:30", 60, from_date=date(2026, 10, 1)),
    )
    assert [slot.starts_at for slot in slots(summer, date(2026, 9, 30))] == [at(8, 0, date(2026, 9, 30))]
    assert [slot.starts_at for slot in slots(summer, date(2026, 10, 1))] == [at(8, 30, date(2026, 10, 1))]
    special = summer.resources[0].model_copy(update={"slot_capacity": 1, "closed_dates": (MONDAY,)})
    assert slots_of(summer, special, MONDAY, SHANGHAI) == ()
    assert [slot.capacity for slot in slots_of(summer, special, MONDAY + timedelta(days=1), SHANGHAI)] == [1]


def test_a_day_is_released_at_its_hour_and_check_in_never_outlasts_the_slot() -> None:
    rules = Rules.model_validate(
        {
            "days_ahead": 3,
            "release": "08:00",
            "check_in": {"opens_minutes_before_start": 10, "closes_minutes_after_start": 90},
        }
    )
    assert opens_for_booking(rules, MONDAY, SHANGHAI) == at(8, 0, MONDAY - timedelta(days=3))
    slot = Slot(MONDAY, at(9), at(10), 1)
    assert check_in_window(rules, slot) == (at(8, 50), at(10))
    late = rules.model_copy(update={"check_in": rules.check_in.model_copy(update={"closes_minutes_after_start": 15})})
    assert check_in_window(late, slot) == (at(8, 50), at(9, 15))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"windows": [window("09:00", "09:20")]}, "no slot fits"),
        ({"windows": [window("09:00", "11:00"), window("10:59", "12:00")]}, "two windows overlap"),
        ({"windows": [{**window("09:00", "11:00"), "opens": 630}]}, "in quotes"),
        ({"windows": [window("09:00", "24:01")]}, "pattern"),
        ({"windows": [window("09:00", "11:00", from_date="2026-02-01", until_date="2026-01-01")]}, "before"),
        ({"windows": [window("09:00", "11:00")], "closed_dates": ["2026-10-01"],
          "extra_dates": [{"date": "2026-10-01", "like": "mon"}]}, "stands twice"),
        ({"windows": [window("09:00", "11:00")], "lunch": True}, "Extra inputs"),
        ({"windows": []}, "at least 1"),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_meant_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        BookingPlan.model_validate(
            {"schedules": {"s": change}, "resources": [{"id": "hall", "name": TITLE, "schedule": "s"}]}
        )


def test_every_fault_of_a_plan_is_told_at_once_with_its_place() -> None:
    faulty = counters().booking.model_dump()
    faulty["resources"][1]["schedule"] = "holidays"
    faulty["resources"][2]["path"] = {"matter": "marriage", "hall": "north"}
    faulty["resources"][3]["id"] = faulty["resources"][0]["id"]
    faulty["rules"]["one_live_booking_per"] = [["window"]]
    with pytest.raises(ValidationError) as caught:
        BookingPlan.model_validate(faulty)
    (error,) = caught.value.errors()
    assert [problem["path"] for problem in error["ctx"]["problems"]] == [
        ["resources"],
        ["resources", 1, "schedule"],
        ["resources", 2, "path", "matter"],
        ["rules", "one_live_booking_per", 0],
    ]
    assert "resources[1].schedule: there is no schedule 'holidays'" in error["msg"]
