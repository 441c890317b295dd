"""What holds of bookings whatever happens: crowds, races, retries, kill -9. Over every store."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from core.conditions import holds
from core.documents import Document, Documents, GuardFailed, Operation, Patch, Written
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.sqlite_documents import SqliteDocuments
from service_registry.booking.bookings import Booking, Inventory
from service_registry.booking.errors import AlreadyBooked, CheckedInAlready, DayFull, Full, NotCancellable, NotLive
from tests import mongod
from tests.booking_city import GATE, MONDAY, City, asking, at, citizen, companion, park
from tests.contract.booking_until_killed import CARD as ENDLESS_PARK

R = TypeVar("R")
STORES = ("memory", "sqlite", "mongo")
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def city_over(store: str, folder: Path) -> AsyncIterator[City]:
    documents: Documents = MemoryDocuments()
    if store == "sqlite":
        documents = await SqliteDocuments.open(folder / "city.sqlite")
    if store == "mongo":
        mongod.empty()
        documents = await MongoDocuments.open(mongod.mongodb(), database=mongod.database_name())
    try:
        yield City(documents)
    finally:
        await documents.close()


async def all_at_once(attempts: Iterable[Awaitable[R]]) -> tuple[list[R], list[type[BaseException]]]:
    """What succeeded, and the kinds of refusals."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)], refused


async def places_left(city: City, capacity: int, day: date = MONDAY) -> int:
    return (await city.bookings.slots(park(capacity=capacity), "qianling", day))[0].places_left


@pytest.mark.parametrize("store", STORES)
async def test_of_300_citizens_for_30_places_exactly_30_get_one(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=30)
        crowd = (city.bookings.reserve(citizen(person), card, asking()) for person in range(300))
        booked, refused = await all_at_once(crowd)
        assert len({booking.id for booking in booked}) == 30
        assert Counter(refused) == {Full: 270}
        assert {booking.id for booking in await city.everything(Booking)} == {booking.id for booking in booked}
        await city.check_books()


class LooksFirst:
    """A store as it must not be: it looks at the guards, and writes a moment later without them."""

    def __init__(self) -> None:
        self.memory = MemoryDocuments()
        self.get, self.get_many, self.find = self.memory.get, self.memory.get_many, self.memory.find
        self.count, self.ping, self.close = self.memory.count, self.memory.ping, self.memory.close

    async def write(self, *operations: Operation) -> Written:
        for operation in operations:
            if isinstance(operation, Patch) and operation.guard is not None:
                found: Document | None = await self.memory.get(operation.model, operation.id)
                stored = None if found is None else found.model_dump(mode="json")
                if stored is not None and not holds(operation.guard, stored):
                    raise GuardFailed(operation)
        await asyncio.sleep(0)
        return await self.memory.write(
            *(replace(operation, guard=None) if isinstance(operation, Patch) else operation for operation in operations)
        )


async def test_the_crowd_oversells_a_store_that_looks_before_it_writes() -> None:
    """The race exists: without guards inside the write, the test above would fail."""
    city = City(LooksFirst())
    crowd = (city.bookings.reserve(citizen(person), park(capacity=30), asking()) for person in range(300))
    booked, _ = await all_at_once(crowd)
    assert len(booked) > 30


@pytest.mark.parametrize("store", STORES)
async def test_a_day_is_not_oversold_through_its_slots(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=20, day_capacity=30)
        hours = (8, 9, 14, 15)
        crowd = (city.bookings.reserve(citizen(n), card, asking(at(hours[n % 4]))) for n in range(200))
        booked, refused = await all_at_once(crowd)
        assert len(booked) == 30
        assert Counter(refused) == {DayFull: 170}
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_parties_at_the_last_places_come_whole_or_not_at_all(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=10)

        def party(n: int) -> Awaitable[Booking]:
            companions = [companion(1000 + n * 10 + place) for place in range(n % 4)]
            return city.bookings.reserve(citizen(n), card, asking(at(8), *companions))

        booked, refused = await all_at_once(party(n) for n in range(3, 40))
        assert set(refused) == {Full}
        taken = sum(booking.places for booking in booked)
        assert taken == 10 - await places_left(city, 10) <= 10
        await city.check_books()
        for n in range(100, 100 + 10 - taken):
            await city.bookings.reserve(citizen(n), card, asking())
        with pytest.raises(Full):
            await city.bookings.reserve(citizen(200), card, asking())


@pytest.mark.parametrize("store", STORES)
async def test_of_many_cancellings_one_gives_the_places_back(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=10, day_capacity=10)
        booking = await city.bookings.reserve(citizen(1), card, asking(at(8), companion(2), companion(3)))
        await city.bookings.reserve(citizen(4), card, asking(at(8), companion(5)))
        cancelled, refused = await all_at_once(city.bookings.cancel(citizen(1), booking.id) for _ in range(30))
        assert not refused
        assert {one.state for one in cancelled} == {"cancelled"}
        assert {inventory.taken for inventory in await city.everything(Inventory)} == {2}
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_a_freed_place_goes_to_exactly_one_of_those_who_wait(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=1)
        booking = await city.bookings.reserve(citizen(0), card, asking())
        waiting = [city.bookings.reserve(citizen(person), card, asking()) for person in range(1, 30)]
        leaving = [city.bookings.cancel(citizen(0), booking.id) for _ in range(5)]
        done, refused = await all_at_once([*waiting[:15], *leaving, *waiting[15:]])
        assert set(refused) == {Full}
        assert len([one for one in done if one.state == "reserved"]) <= 1
        assert all(one.state in ("reserved", "cancelled") for one in done)
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_one_person_in_many_parties_comes_with_one_of_them(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card, request = park(capacity=100), asking(at(8), companion(99))
        parties = (city.bookings.reserve(citizen(person), card, request) for person in range(20))
        booked, refused = await all_at_once(parties)
        assert len(booked) == 1
        assert Counter(refused) == {AlreadyBooked: 19}
        assert await places_left(city, 100) == 98
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_a_request_that_is_sent_many_times_books_once(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=1, one_live_booking_per=[])
        retries = (city.bookings.reserve(citizen(1), card, asking(), city.key(1, "k")) for _ in range(20))
        booked, refused = await all_at_once(retries)
        assert not refused
        assert len({booking.id for booking in booked}) == 1
        assert len(await city.everything(Booking)) == 1
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_a_ticket_shown_at_many_gates_admits_once(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(check_in={"opens_minutes_before_start": 1440})
        booking = await city.bookings.reserve(citizen(1), card, asking())
        ticket = await city.bookings.ticket(citizen(1), booking.id)
        admitted, refused = await all_at_once(city.bookings.check_in(ticket.token, GATE) for _ in range(20))
        assert len(admitted) == 1
        assert Counter(refused) == {CheckedInAlready: 19}
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_a_booking_is_either_used_or_cancelled(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(check_in={"opens_minutes_before_start": 1440})
        for person in range(20):
            booking = await city.bookings.reserve(citizen(person), card, asking())
            ticket = await city.bookings.ticket(citizen(person), booking.id)
            enter, leave = city.bookings.check_in(ticket.token, GATE), city.bookings.cancel(citizen(person), booking.id)
            done, refused = await all_at_once([enter, leave] if person % 2 else [leave, enter])
            assert len(done) == 1
            assert refused[0] in (NotCancellable, NotLive)
        await city.check_books()


@pytest.mark.parametrize("store", STORES)
async def test_what_was_missed_is_closed_once_by_however_many_jobs(store: str, tmp_path: Path) -> None:
    async with city_over(store, tmp_path) as city:
        card = park(capacity=200, day_capacity=200)
        await all_at_once(city.bookings.reserve(citizen(person), card, asking()) for person in range(150))
        city.clock.advance(hours=13)
        closed, refused = await all_at_once(city.bookings.close_past(limit=100) for _ in range(4))
        assert not refused
        assert sum(closed) == 100
        assert await city.bookings.close_past() == 50
        assert {inventory.taken for inventory in await city.everything(Inventory)} == {0}
        await city.check_books()


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite"
    reserved: set[str] = set()
    cancelled: set[str] = set()
    for generation in range(2):
        lines = acknowledged_until_killed(path, first_person=generation * 1_000_000, enough=400)
        assert not [line for line in lines if line.startswith("refused")]
        reserved |= {line.split()[1] for line in lines if line.startswith("reserved")}
        cancelled |= {line.split()[1] for line in lines if line.startswith("cancelled")}
    documents = await SqliteDocuments.open(path)
    try:
        city = City(documents)
        states = {booking.id: booking.state for booking in await city.everything(Booking)}
        assert len(reserved) >= 400
        assert cancelled
        assert reserved <= set(states)
        assert {states[booking] for booking in cancelled} == {"cancelled"}
        await city.check_books()
        booking = await city.bookings.reserve(citizen(9_000_000), ENDLESS_PARK, asking())
        assert booking.state == "reserved"
    finally:
        await documents.close()


def acknowledged_until_killed(path: Path, first_person: int, enough: int) -> list[str]:
    """Whole lines the process wrote before the kill -9 that ended it in the midst of its work."""
    command = [sys.executable, "-m", "tests.contract.booking_until_killed", str(path), str(first_person)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(enough)]
        process.kill()
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]
