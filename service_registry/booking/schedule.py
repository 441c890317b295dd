"""The `booking:` section of a card's manifest: what can be booked, when, and under which rules.

The section is data: every time in it is wall-clock time of the city, every date a day of the city's calendar. What
follows from it (the slots of a day) is computed in slots.py; nothing is generated ahead of time.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from core.text import Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


def _quoted(written: object) -> object:
    if isinstance(written, int):
        raise PydanticCustomError("clock_time", 'write the time in quotes, as in "10:30": bare, YAML reads a number')
    return written


ClockTime = Annotated[str, BeforeValidator(_quoted), StringConstraints(pattern=_TIME)]
"""Wall-clock time of the city, "HH:MM"; "24:00" is the end of the day."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A name for programs: lower-case letters, digits, `_`, `.`, `-`; at most 64."""

Places = Annotated[int, Field(ge=0, le=1_000_000)]


def minutes(clock_time: str) -> int:
    """Minutes after midnight."""
    return int(clock_time[:2]) * 60 + int(clock_time[3:])


class Part(BaseModel):
    """What every part of the section has in common: it never changes, and an unknown field is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(Part):
    """One question on the way to a resource: which department, which matter, which hall."""

    key: Key = Field(description="Name of the level, as used in `resources[].path` and in `one_live_booking_per`.")
    title: Text = Field(description="The question's heading, such as 办理事项.")
    choices: dict[Key, Text] = Field(min_length=1, description="The answers: id and what the citizen reads.")


class Window(Part):
    """A stretch of the day that is cut into slots of equal length; what is left over at its end is not booked."""

    weekdays: tuple[Weekday, ...] = Field(min_length=1, description="The weekdays it holds on.")
    opens: ClockTime = Field(description="When the first slot starts.")
    closes: ClockTime = Field(description="When the last slot has ended at the latest.")
    slot_minutes: int = Field(ge=5, le=1440, description="Length of a slot.")
    capacity: Places = Field(description="Places in each slot, counted in persons.")
    from_date: date | None = Field(default=None, description="First day it holds on; always, when left out.")
    until_date: date | None = Field(default=None, description="Last day it holds on; for ever, when left out.")

    @model_validator(mode="after")
    def _holds_a_slot(self) -> "Window":
        if minutes(self.closes) - minutes(self.opens) < self.slot_minutes:
            raise PydanticCustomError("window", "no slot fits between `opens` and `closes`")
        if self.from_date and self.until_date and self.until_date < self.from_date:
            raise PydanticCustomError("window", "`until_date` is before `from_date`")
        return self

    def holds_on(self, day: date) -> bool:
        return (self.from_date is None or self.from_date <= day) and (self.until_date is None or day <= self.until_date)

    def overlaps(self, other: "Window") -> bool:
        """Whether some moment could lie in both."""
        return (
            bool(set(self.weekdays) & set(other.weekdays))
            and minutes(self.opens) < minutes(other.closes)
            and minutes(other.opens) < minutes(self.closes)
            and (self.from_date or date.min) <= (other.until_date or date.max)
            and (other.from_date or date.min) <= (self.until_date or date.max)
        )


class ExtraDay(Part):
    """A day that runs like another weekday: the Saturday that is worked instead of a bridge day (调休)."""

    date: date
    like: Weekday = Field(description="The weekday whose windows hold on this day.")


class Schedule(Part):
    """When something is open, week by week, and the days that are different."""

    windows: tuple[Window, ...] = Field(min_length=1, description="Opening windows. They must not overlap.")
    closed_dates: tuple[date, ...] = Field(default=(), description="Days without any slot, such as holidays.")
    extra_dates: tuple[ExtraDay, ...] = Field(default=(), description="Days that run like another weekday.")

    @model_validator(mode="after")
    def _is_unambiguous(self) -> "Schedule":
        if any(one.overlaps(other) for one, other in combinations(self.windows, 2)):
            raise PydanticCustomError("schedule", "two windows overlap on the same weekday")
        extra = [day.date for day in self.extra_dates]
        if len(set(extra)) < len(extra) or set(extra) & set(self.closed_dates):
            raise PydanticCustomError("schedule", "a date stands twice in `extra_dates` and `closed_dates`")
        return self


class Resource(Part):
    """One thing that can be booked: a matter's counter in a hall, a park. The leaf of the levels of choice."""

    id: Key = Field(description="Stays the same for ever: bookings and their places are counted under it.")
    name: Text = Field(description="What stands on the booking.")
    path: dict[Key, Key] = Field(default={}, description="The choice that leads here, for each level.")
    address: Text | None = Field(default=None, description="Where to go.")
    note: Text | None = Field(default=None, description="What to bring or to know.")
    schedule: Key = Field(description="Name of one of `schedules`.")
    slot_capacity: Places | None = Field(
        default=None, description="Places in each slot, instead of the capacity its windows give."
    )
    day_capacity: Places | None = Field(
        default=None, description="Places of a whole day, over all slots; no such limit when left out."
    )
    closed_dates: tuple[date, ...] = Field(default=(), description="Days on which this one is closed, and others open.")


class CheckIn(Part):
    """When a booking can be used at the gate or the counter."""

    opens_minutes_before_start: int = Field(default=30, ge=0, le=1440)
    closes_minutes_after_start: int | None = Field(
        default=None, ge=1, le=1440, description="When it closes, at the latest with the slot's end (the default)."
    )


class WaitingRoomRule(Part):
    """For a card that a whole city wants at once: citizens who book are let through in the order of coming."""

    per_minute: int = Field(ge=1, le=600_000, description="How many citizens are let through in a minute.")
    stay_minutes: int = Field(
        default=5, ge=1, le=60, description="How long a citizen whose turn has come may take to book."
    )


class Rules(Part):
    """Who may book how much, from when, until when."""

    one_live_booking_per: tuple[tuple[Key, ...], ...] = Field(
        default=(),
        description="Each entry is one rule: of these together, a person has one live booking at a time. Parts are "
        "`card`, `resource`, `day`, or a level's key; `[[resource, day]]` is one booking per resource and day. The "
        "rule counts persons by ID number: the citizen and every companion, in whoever's party they come.",
    )
    companions_max: int = Field(
        default=0, ge=0, le=20, description="Companions beside the citizen, each with name and ID number; 0 for none."
    )
    days_ahead: int = Field(default=7, ge=0, le=365, description="How many days before it a day can be booked.")
    release: ClockTime = Field(default="00:00", description="Time of day at which the newest day can first be booked.")
    book_until_minutes: int = Field(default=0, ge=0, le=43200, description="Booking ends so long before the start.")
    cancel_until_minutes: int = Field(
        default=0, ge=0, le=43200, description="Cancelling ends so long before the start."
    )
    check_in: CheckIn = CheckIn()
    waiting_room: WaitingRoomRule | None = Field(
        default=None, description="Before a rush; without it everybody books at once."
    )


class BookingPlan(Part):
    """The `booking:` section of a manifest. With it, a card of kind `booking` needs no department system at all."""

    levels: tuple[Level, ...] = Field(default=(), description="The questions that lead to a resource, in their order.")
    schedules: dict[Key, Schedule] = Field(min_length=1, description="Opening times, by name, shared by resources.")
    resources: tuple[Resource, ...] = Field(min_length=1, description="What can be booked.")
    rules: Rules = Rules()

    @model_validator(mode="after")
    def _is_consistent(self) -> "BookingPlan":
        """Raises one error naming every fault: `ctx["problems"]` lists {"path": [...], "message": ...}."""
        problems = [{"path": list(path), "message": message} for path, message in _problems(self)]
        if problems:
            sentences = [f"{_dotted(problem['path'])}: {problem['message']}" for problem in problems]
            raise PydanticCustomError(
                "booking_plan", "{sentences}", {"sentences": "; ".join(sentences), "problems": problems}
            )
        return self

    @cached_property
    def by_id(self) -> dict[str, Resource]:
        return {resource.id: resource for resource in self.resources}


Path = tuple[str | int, ...]


def _problems(plan: BookingPlan) -> Iterator[tuple[Path, str]]:
    """What the parts of a plan say against one another."""
    levels = {level.key: level for level in plan.levels}
    if len(levels) < len(plan.levels):
        yield ("levels",), "two levels have the same key"
    for reserved in sorted({"card", "resource", "day"} & set(levels)):
        yield ("levels",), f"a level cannot be called {reserved!r}"
    if len(plan.by_id) < len(plan.resources):
        yield ("resources",), "two resources have the same id"
    for place, resource in enumerate(plan.resources):
        yield from _resource_problems(plan, levels, ("resources", place), resource)
    known = {"card", "resource", "day", *levels}
    for place, parts in enumerate(plan.rules.one_live_booking_per):
        if not parts or not set(parts) <= known:
            yield ("rules", "one_live_booking_per", place), f"names something else than {sorted(known)}"
    rules = [frozenset(parts) for parts in plan.rules.one_live_booking_per]
    if len(set(rules)) < len(rules):
        yield ("rules", "one_live_booking_per"), "the same rule stands there twice"


def _resource_problems(
    plan: BookingPlan, levels: dict[str, Level], path: Path, resource: Resource
) -> Iterator[tuple[Path, str]]:
    if resource.schedule not in plan.schedules:
        yield (*path, "schedule"), f"there is no schedule {resource.schedule!r}"
    if set(resource.path) != set(levels):
        yield (*path, "path"), f"must answer exactly the levels {sorted(levels)}"
    for key, choice in resource.path.items():
        if key in levels and choice not in levels[key].choices:
            yield (*path, "path", key), f"level {key!r} has no choice {choice!r}"


def _dotted(path: object) -> str:
    parts = path if isinstance(path, list) else [path]
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(str(part) for part in parts))
