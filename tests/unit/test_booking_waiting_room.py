"""The waiting room: everybody's turn comes, in the order of coming, and nobody who has booked waits again."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.clock import ManualClock
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from service_registry.booking.errors import AlreadyBooked, Full, Waiting
from service_registry.booking.service import BookingService
from service_registry.booking.waiting_room import LONGEST_PAUSE, WaitingRoom
from tests.booking_city import EIGHT, SHANGHAI, SUNDAY_EVENING, City, asking, at, citizen, park


class Rush:
    """A park with a waiting room that lets one citizen through each second, and what was counted as use of it."""

    def __init__(self, capacity: int = 30) -> None:
        self.clock = ManualClock(SUNDAY_EVENING)
        self.city = City(MemoryDocuments(), self.clock)
        self.card = park(capacity=capacity, waiting_room={"per_minute": 60, "stay_minutes": 5})
        self.uses: list[tuple[str, str]] = []
        room = WaitingRoom(MemoryEphemeral(self.clock))
        people, signer = self.city.people, self.city.signer
        self.bookings = BookingService(self.city.documents, self.clock, SHANGHAI, people, signer, self, room)

    def used(self, citizen_id: str, card_id: str, outcome: str) -> None:
        assert card_id == self.card.id
        self.uses.append((citizen_id, outcome))

    async def book(self, person: int, hour: int = 8) -> str:
        key = self.city.key(person, f"at {hour}", f"{hour}")
        return (await self.bookings.reserve(citizen(person), self.card, asking(at(hour)), key)).id

    async def wait_of(self, person: int) -> tuple[object, object, int | None]:
        """What somebody who has to wait is told: position, estimate and pause, in seconds."""
        with pytest.raises(Waiting) as told:
            await self.book(person)
        facts = told.value.facts
        return facts["position"], facts["estimate_seconds"], told.value.retry_after_seconds


async def test_on_a_calm_day_nobody_notices_it() -> None:
    rush = Rush()
    for person in range(5):
        assert await rush.book(person)
        rush.clock.advance(seconds=1)


async def test_who_comes_in_a_crowd_is_told_place_and_time_and_keeps_both() -> None:
    rush = Rush()
    await rush.book(0)
    assert [await rush.wait_of(person) for person in (1, 2, 3)] == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    rush.clock.advance(seconds=1)
    assert await rush.wait_of(3) == (2, 2, 2)
    assert await rush.book(1)
    rush.clock.advance(seconds=2)
    assert await rush.book(3)
    assert await rush.book(2)
    assert rush.uses == [(f"citizen-{person}", "ok") for person in (0, 1, 3, 2)]


async def test_nobody_is_sent_away_for_longer_than_a_minute() -> None:
    rush = Rush()
    for person in range(200):
        try:
            await rush.book(person)
        except Waiting:
            continue
    position, estimate, pause = await rush.wait_of(199)
    assert (position, estimate, pause) == (199, 199, LONGEST_PAUSE)


async def test_a_turn_is_for_as_many_tries_as_it_takes_and_then_over() -> None:
    rush = Rush(capacity=1)
    await rush.book(0)
    await rush.wait_of(1)
    rush.clock.advance(seconds=1)
    with pytest.raises(Full):
        await rush.book(1)
    assert await rush.book(1, hour=9)
    await rush.wait_of(2)
    rush.clock.advance(minutes=6)
    for person in (3, 4):
        try:
            await rush.book(person, hour=14)
        except Waiting:
            continue
    await rush.wait_of(2)  # whose turn was over long ago: at the end of the line again


async def test_whoever_has_booked_does_not_wait_to_hear_it_again() -> None:
    rush = Rush()
    booking = await rush.book(0)
    rush.clock.advance(minutes=6)
    for person in range(1, 4):
        try:
            await rush.book(person)
        except Waiting:
            continue
    assert await rush.book(0) == booking
    with pytest.raises((Waiting, AlreadyBooked)):
        await rush.bookings.reserve(citizen(0), rush.card, asking(EIGHT), rush.city.key(0, "another"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), min_size=1, max_size=60))
def test_turns_come_one_a_second_in_the_order_of_coming(comings: list[tuple[int, int]]) -> None:
    """Whoever comes, after whatever pauses, and however often they ask."""

    async def run() -> None:
        rush = Rush(capacity=100)
        turns: dict[int, float] = {}
        for person, pause in comings:
            rush.clock.advance(seconds=pause)
            now = rush.clock.monotonic()
            try:
                await rush.book(person)
            except Waiting as waiting:
                turn = now + float(str(waiting.facts["estimate_seconds"]))
                assert turns.setdefault(person, turn) == turn
            else:
                assert turns.setdefault(person, now) <= now
        assert all(later - earlier >= 1 for earlier, later in pairwise(turns.values()))

    IOLoop.current().run_sync(run)
