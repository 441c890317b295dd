"""From a schedule to the slots of a day: pure functions, computed when asked.

Dates and windows are wall-clock; slots are real time. Where a zone shifts its clocks, a slot keeps its length, the
slots of a day never overlap, and a window has as many of them as real time passes in it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import chain

from service_registry.booking.schedule import (
    WEEKDAYS,
    BookingPlan,
    Resource,
    Rules,
    Schedule,
    Weekday,
    Window,
    minutes,
)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Slot:
    """A stretch of time with places; instants in UTC, the end not part of it."""

    day: date
    starts_at: datetime
    ends_at: datetime
    capacity: int


def slots_of(plan: BookingPlan, resource: Resource, day: date, zone: tzinfo) -> tuple[Slot, ...]:
    """The slots of a resource on a day of the city's calendar, in order; none on a closed day."""
    schedule = plan.schedules[resource.schedule]
    weekday = _runs_like(schedule, day)
    if weekday is None or day in resource.closed_dates:
        return ()
    windows = (window for window in schedule.windows if weekday in window.weekdays and window.holds_on(day))
    found = [_cut(day, one.opens, one.closes, one.slot_minutes, _places(one, resource), zone) for one in windows]
    return tuple(sorted(chain.from_iterable(found), key=lambda slot: slot.starts_at))


def _places(window: Window, resource: Resource) -> int:
    return window.capacity if resource.slot_capacity is None else resource.slot_capacity


def _runs_like(schedule: Schedule, day: date) -> Weekday | None:
    if day in schedule.closed_dates:
        return None
    extra = next((extra.like for extra in schedule.extra_dates if extra.date == day), None)
    return extra or WEEKDAYS[day.weekday()]


@lru_cache(maxsize=4096)
def _cut(day: date, opens: str, closes: str, slot_minutes: int, capacity: int, zone: tzinfo) -> tuple[Slot, ...]:
    """Remembered: in a rush everybody asks for the same day."""
    length = timedelta(minutes=slot_minutes)
    starts_at, closes_at = moment(day, opens, zone), moment(day, closes, zone)
    slots = []
    while starts_at + length <= closes_at:
        slots.append(Slot(day, starts_at, starts_at + length, capacity))
        starts_at += length
    return tuple(slots)


@lru_cache(maxsize=4096)
def moment(day: date, clock_time: str, zone: tzinfo) -> datetime:
    """When the city's clocks show this time on this day, in UTC.

    A time that the clocks show twice is its first showing; a time they skip is the moment of the skip. So what is
    earlier on the wall is never later in reality.
    """
    wall = datetime.combine(day, time()) + minutes(clock_time) * _MINUTE
    by_old_offset = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    skipped_or_same = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if skipped_or_same >= by_old_offset:
        return by_old_offset
    while skipped_or_same.astimezone(zone).replace(tzinfo=None) < wall:
        skipped_or_same += _MINUTE
    return skipped_or_same


def opens_for_booking(rules: Rules, day: date, zone: tzinfo) -> datetime:
    """When a day can first be booked."""
    return moment(day - timedelta(days=rules.days_ahead), rules.release, zone)


def closes_for_booking(rules: Rules, slot: Slot) -> datetime:
    """The moment from which a slot can no longer be booked."""
    return slot.starts_at - rules.book_until_minutes * _MINUTE


def closes_for_cancelling(rules: Rules, slot: Slot) -> datetime:
    """The moment from which a booking of the slot can no longer be cancelled."""
    return slot.starts_at - rules.cancel_until_minutes * _MINUTE


def check_in_window(rules: Rules, slot: Slot) -> tuple[datetime, datetime]:
    """From when, and until before when, a booking of the slot can be used."""
    opens_at = slot.starts_at - rules.check_in.opens_minutes_before_start * _MINUTE
    after_start = rules.check_in.closes_minutes_after_start
    closes_at = slot.ends_at if after_start is None else slot.starts_at + after_start * _MINUTE
    return opens_at, min(closes_at, slot.ends_at)
