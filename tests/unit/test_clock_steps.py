"""A machine's clock is set, forwards or back: what was promised holds, what was ended stays ended, nothing is sold
twice."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import CityError
from core.idempotency import Receipt, forget_expired
from core.ids import new_id
from identity_center.errors import RefreshRefused, TokenExpired, TokenInvalid
from identity_center.sessions import TokenPair
from server.adapters.memory_documents import MemoryDocuments
from server.jobs import PATIENCE_SECONDS, ClockWatch, Job, running
from service_registry.booking.bookings import Booking, Inventory
from service_registry.booking.errors import AlreadyBooked
from tests.booking_city import City, asking, at, citizen, companion, park
from tests.unit.identity_world import World

DAY = timedelta(days=1)


def test_a_step_moves_the_wall_and_not_the_time_that_has_passed() -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    clock.step(hours=-3)
    assert (clock.now(), clock.monotonic()) == (datetime(2026, 11, 21, 21, tzinfo=UTC), 0.0)


class TestIds:
    @given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=30))
    def test_they_differ_whatever_the_clock_does_and_sort_by_what_it_says(self, steps: list[int]) -> None:
        clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
        made: list[tuple[datetime, str]] = []
        for seconds in steps:
            clock.step(seconds=seconds)
            made += [(clock.now(), new_id(clock)) for _ in range(3)]
        assert len({one for _, one in made}) == len(made)
        in_order = [moment for moment, _ in sorted(made, key=lambda one: one[1])]
        assert in_order == sorted(in_order)


class TestTokens:
    @pytest.mark.parametrize("minutes", [-180, -10, 10, 180])
    async def test_a_session_survives_a_clock_that_is_set_and_set_right_again(self, minutes: int) -> None:
        world = World()
        pair = await world.sign_in()
        for step in (minutes, -minutes):
            world.clock.step(minutes=step)
            pair = await world.sessions.refresh(pair.refresh_token, "device-1")
            assert world.tokens.citizen(pair.access_token)

    async def test_a_token_from_the_future_is_good_again_when_that_has_come(self) -> None:
        """Another process refuses it until then; a phone that is refused gets a new one, which is good at once."""
        world = World()
        pair = await world.sign_in()
        world.clock.step(minutes=-10)
        other = World(world.documents, clock=world.clock, vault=world.vault)
        with pytest.raises(TokenInvalid):
            other.tokens.citizen(pair.access_token)
        renewed = await world.sessions.refresh(pair.refresh_token, "device-1")
        assert other.tokens.citizen(renewed.access_token)
        world.clock.advance(minutes=10)
        assert other.tokens.citizen(pair.access_token)

    async def test_a_clock_that_is_ahead_ends_access_tokens_and_no_sessions(self) -> None:
        world = World()
        pair = await world.sign_in()
        world.clock.step(hours=3)
        with pytest.raises(TokenExpired):
            world.tokens.citizen(pair.access_token)
        assert world.tokens.citizen((await world.sessions.refresh(pair.refresh_token, "device-1")).access_token)

    @pytest.mark.parametrize("hours", [-3, 0, 3])
    async def test_a_stolen_refresh_token_is_noticed_whatever_the_clock_says(self, hours: int) -> None:
        world = World()
        first = await world.sign_in()
        second = await world.sessions.refresh(first.refresh_token, "device-1")
        third = await world.sessions.refresh(second.refresh_token, "device-1")
        world.clock.step(hours=hours)
        for token in (first.refresh_token, third.refresh_token):  # the copy, and then nobody
            with pytest.raises(RefreshRefused):
                await world.sessions.refresh(token, "device-1")


class TestRevocations:
    async def signed_out(self, world: World) -> TokenPair:
        pair = await world.sign_in()
        await world.sessions.sign_out(world.tokens.citizen(pair.access_token))
        return pair

    async def test_who_has_signed_out_stays_out_when_the_clock_goes_forward_and_back(self) -> None:
        world = World()
        pair = await self.signed_out(world)
        world.clock.step(hours=3)
        await world.revocations.load()
        world.clock.step(hours=-3)
        await world.revocations.load()
        with pytest.raises(TokenInvalid):
            world.tokens.citizen(pair.access_token)

    async def test_who_has_signed_out_stays_out_while_the_clock_repeats_the_past(self) -> None:
        """The token lives as long again by a clock that was set back, and so does the memory of its end."""
        world = World()
        pair = await self.signed_out(world)
        world.clock.step(minutes=-50)
        for _ in range(13):
            world.clock.advance(minutes=5)
            await world.revocations.load()
            with pytest.raises((TokenInvalid, TokenExpired)):
                world.tokens.citizen(pair.access_token)

    async def test_after_a_step_back_other_processes_still_learn_from_the_store(self) -> None:
        world = World()
        other = World(world.documents, clock=world.clock, vault=world.vault)  # the news do not reach it
        await other.revocations.load()
        world.clock.step(minutes=-10)
        pair = await self.signed_out(world)
        await other.revocations.load()
        with pytest.raises(TokenInvalid):
            other.tokens.citizen(pair.access_token)

    async def test_they_are_forgotten_in_the_end(self) -> None:
        world = World()
        pair = await world.sign_in()
        session = world.tokens.citizen(pair.access_token).session_id
        await self.signed_out(world)
        assert world.revocations.holds(session)
        for _ in range(3):
            world.clock.advance(minutes=62)
            await world.revocations.load()
        assert not world.revocations.holds(session)


class TestReceipts:
    @pytest.mark.parametrize("hours", [-48, -3, 3, 23])
    async def test_a_retry_finds_what_the_first_request_made(self, hours: int) -> None:
        city = City(MemoryDocuments())
        card = park(one_live_booking_per=[], days_ahead=30)
        monday = at(8, day=city.clock.now().date() + 3 * DAY)
        booking = await city.bookings.reserve(citizen(1), card, asking(monday), city.key(1, "k"))
        city.clock.step(hours=hours)
        await forget_expired(city.documents, city.clock)
        again = await city.bookings.reserve(citizen(1), card, asking(monday), city.key(1, "k"))
        assert again.id == booking.id
        assert len(await city.everything(Booking)) == 1

    async def test_a_receipt_that_a_wrong_clock_has_ended_still_counts_when_the_clock_is_right(self) -> None:
        city = City(MemoryDocuments())
        booking = await city.bookings.reserve(citizen(1), park(), asking(), city.key(1, "k"))
        city.clock.step(hours=25)
        assert await city.key(1, "k").earlier_result(city.documents) is None
        with pytest.raises(CityError):  # the slot is over by that clock; and nothing is booked by it
            await city.bookings.reserve(citizen(1), park(), asking(), city.key(1, "k"))
        city.clock.step(hours=-25)
        assert (await city.bookings.reserve(citizen(1), park(), asking(), city.key(1, "k"))).id == booking.id
        assert await city.documents.count(Receipt, "id") == 1


class TestBookings:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(-90, 90), st.integers(0, 5), st.booleans()), max_size=40))
    def test_nothing_is_oversold_whatever_the_clock_does(self, moves: list[tuple[int, int, bool]]) -> None:
        async def lived() -> None:
            city, card = City(MemoryDocuments()), park(capacity=3, day_capacity=4)
            for minutes, person, comes in moves:
                city.clock.step(minutes=minutes)
                party = [companion(person + 100)] if person % 2 else []
                with contextlib.suppress(CityError):
                    if comes:
                        await city.bookings.reserve(citizen(person), card, asking(at(8 + person % 2), *party))
                    for booking in [] if comes else await city.everything(Booking):
                        await city.bookings.cancel(citizen(person), booking.id)
                await city.check_books()
                assert all(one.taken <= 4 for one in await city.everything(Inventory))

        asyncio.run(lived())

    async def test_one_booking_for_each_person_whatever_the_clock_does(self) -> None:
        city, card = City(MemoryDocuments()), park()
        await city.bookings.reserve(citizen(1), card, asking())
        for hours in (-5, 9, -4):
            city.clock.step(hours=hours)
            with pytest.raises(AlreadyBooked):
                await city.bookings.reserve(citizen(1), card, asking(at(9)))


class TestJobs:
    """Closing and forgetting wait while the clock is not to be believed."""

    def watch(self) -> tuple[ManualClock, ClockWatch]:
        clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
        return clock, ClockWatch(clock)

    def test_a_clock_that_runs_is_believed(self) -> None:
        clock, watch = self.watch()
        for _ in range(100):
            clock.advance(hours=1)
            clock.step(seconds=20)  # machines correct their clocks by so little all the time
            assert watch.is_steady()

    @pytest.mark.parametrize("hours", [-3, 3, 24 * 365])
    def test_one_that_is_set_is_not_until_it_is_right_again(self, hours: int) -> None:
        clock, watch = self.watch()
        clock.step(hours=hours)
        assert not watch.is_steady()
        clock.advance(minutes=5)
        assert not watch.is_steady()
        clock.step(hours=-hours)
        assert watch.is_steady()

    def test_one_that_was_set_and_runs_on_is_believed_in_the_end(self) -> None:
        clock, watch = self.watch()
        clock.step(hours=3)
        assert not watch.is_steady()
        clock.advance(seconds=PATIENCE_SECONDS - 1)
        assert not watch.is_steady()
        clock.advance(seconds=1)
        assert watch.is_steady()

    def test_one_that_is_set_again_and_again_is_not_believed(self) -> None:
        clock, watch = self.watch()
        for _ in range(20):
            clock.step(hours=1)
            clock.advance(seconds=PATIENCE_SECONDS / 2)
            assert not watch.is_steady()

    async def test_tomorrows_bookings_outlive_a_clock_that_is_wrong_for_a_while(self) -> None:
        city = City(MemoryDocuments())
        booking = await city.bookings.reserve(citizen(1), park(), asking())
        rounds, others = asyncio.Semaphore(0), asyncio.Semaphore(0)

        async def close() -> None:
            await city.bookings.close_past()
            rounds.release()

        async def something_else() -> None:
            others.release()

        jobs = {"close": Job(0.0, close, believes_the_clock=True), "else": Job(0.0, something_else)}
        async with running(jobs, city.clock):
            await rounds.acquire()
            city.clock.step(days=2)
            for _ in range(20):
                await others.acquire()  # which goes on
            assert (await city.bookings.get(citizen(1), booking.id)).state == "reserved"
            city.clock.step(days=-2)
            while rounds.locked():
                await others.acquire()
            city.clock.step(days=2)
            city.clock.advance(seconds=PATIENCE_SECONDS)
            while (await city.bookings.get(citizen(1), booking.id)).state == "reserved":
                city.clock.advance(seconds=PATIENCE_SECONDS)
                await others.acquire()
        assert (await city.bookings.get(citizen(1), booking.id)).state == "missed"
