"""Any sequence of bookings, cancellings, check-ins, missed slots and changed capacities, against a plain model."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.clock import ManualClock
from core.errors import CityError
from server.adapters.memory_documents import MemoryDocuments
from tests.booking_city import GATE, MONDAY, TUESDAY, City, asking, at, citizen, companion, park

R = TypeVar("R")
STARTS = [at(hour, 0, day) for day in (MONDAY, TUESDAY) for hour in (8, 9, 14)]
HOUR = timedelta(hours=1)
PERSONS = st.integers(1, 6)


@dataclass
class Expected:
    """A booking as the model has it."""

    id: str
    citizen: int
    persons: frozenset[int]
    starts_at: datetime
    state: str = "reserved"

    def holds_places(self) -> bool:
        return self.state in ("reserved", "checked_in")


class Life(RuleBasedStateMachine):
    """The park with 3 places a slot, 5 a day, one booking per person and day, check-in from 30 minutes before."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock(at(6))
        self.city = City(MemoryDocuments(), self.clock)
        self.capacity, self.largest = 3, 3
        self.expected: list[Expected] = []

    def teardown(self) -> None:
        self.loop.close()

    def outcome(self, work: Coroutine[Any, Any, R]) -> R | str:
        """What came out, or the code of the refusal."""
        try:
            return self.loop.run_until_complete(work)
        except CityError as error:
            return error.code

    def holding(self, starts_at: datetime) -> int:
        return sum(len(one.persons) for one in self.expected if one.starts_at == starts_at and one.holds_places())

    def of_day(self, starts_at: datetime) -> list[Expected]:
        return [one for one in self.expected if abs(one.starts_at - starts_at) < 12 * HOUR and one.holds_places()]

    def forecast(self, persons: frozenset[int], starts_at: datetime) -> str:
        same_day = self.of_day(starts_at)
        if self.clock.now() >= starts_at:
            return "booking.too_late_to_book"
        if len(persons) > self.capacity:
            return "booking.full"
        if any(one.persons & persons and one.starts_at + HOUR > self.clock.now() for one in same_day):
            return "booking.already_booked"
        if sum(len(one.persons) for one in same_day) + len(persons) > 5:
            return "booking.day_full"
        return "booking.full" if self.holding(starts_at) + len(persons) > self.capacity else "ok"

    @initialize(capacity=st.integers(1, 4))
    def begin(self, capacity: int) -> None:
        self.capacity = self.largest = capacity

    @rule(person=PERSONS, others=st.sets(PERSONS, max_size=2), starts_at=st.sampled_from(STARTS))
    def reserve(self, person: int, others: set[int], starts_at: datetime) -> None:
        companions = [companion(other) for other in sorted(others - {person})]
        persons = frozenset({person, *others})
        card = park(capacity=self.capacity, day_capacity=5)
        forecast = self.forecast(persons, starts_at)
        done = self.outcome(self.city.bookings.reserve(citizen(person), card, asking(starts_at, *companions)))
        if isinstance(done, str):
            assert done == forecast
            return
        assert forecast == "ok"
        self.expected.append(Expected(done.id, person, persons, starts_at))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if not self.expected:
            return
        one = data.draw(st.sampled_from(self.expected))
        done = self.outcome(self.city.bookings.cancel(citizen(one.citizen), one.id))
        if one.state in ("checked_in", "missed"):
            assert done == "booking.not_cancellable"
        elif one.state == "reserved" and self.clock.now() >= one.starts_at:
            assert done == "booking.too_late_to_cancel"
        else:
            assert not isinstance(done, str)
            one.state = "cancelled"

    @rule(data=st.data())
    def check_in(self, data: st.DataObject) -> None:
        if not self.expected:
            return
        one = data.draw(st.sampled_from(self.expected))
        ticket = self.outcome(self.city.bookings.ticket(citizen(one.citizen), one.id))
        if isinstance(ticket, str):
            assert ticket == "booking.not_live"
            assert one.state != "reserved" or self.clock.now() >= one.starts_at + HOUR
            return
        assert one.state == "reserved"
        done = self.outcome(self.city.bookings.check_in(ticket.token, GATE))
        if self.clock.now() < one.starts_at - HOUR / 2:
            assert done == "booking.check_in_window"
        else:
            assert not isinstance(done, str)
            one.state = "checked_in"

    @rule(minutes=st.sampled_from([1, 30, 60, 240, 720]))
    def advance(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule()
    def close_past(self) -> None:
        due = [one for one in self.expected if one.state == "reserved" and self.clock.now() >= one.starts_at + HOUR]
        assert self.outcome(self.city.bookings.close_past()) == len(due)
        for one in due:
            one.state = "missed"

    @rule(capacity=st.integers(0, 4))
    def publish_another_capacity(self, capacity: int) -> None:
        self.capacity, self.largest = capacity, max(self.largest, capacity)

    @invariant()
    def books_are_right(self) -> None:
        self.loop.run_until_complete(self.city.check_books())
        assert all(self.holding(starts_at) <= self.largest for starts_at in STARTS)
        for one in self.expected:
            booking = self.outcome(self.city.bookings.get(citizen(one.citizen), one.id))
            assert not isinstance(booking, str)
            assert booking.state == one.state


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
