"""Bookings over a replica set of three whose primary is killed, stands still, or has lost the others: what was
acknowledged is there, nothing is sold twice, nobody waits for ever, and work goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pymongo
import pytest

from core.documents import JsonObject
from core.errors import StoreUnavailable
from core.idempotency import RequestKey
from server.adapters.mongo_documents import MongoDocuments
from service_registry.booking.bookings import Booking, Inventory
from service_registry.booking.errors import DayFull, Full
from tests.booking_city import City, asking, at, citizen, park
from tests.contract.test_mongo_trouble import collect_sockets
from tests.e2e.processes import eventually
from tests.mongod import Mongod, ReplicaSet

T = TypeVar("T")
CAPACITY, DAY_CAPACITY, CROWD = 3, 5, 16
DATABASE = "cst_test"
CARD = park(capacity=CAPACITY, day_capacity=DAY_CAPACITY)
NEVER = 60.0
"""Seconds after which a call counts as one that hangs: the deadline of every store call is 5."""


@pytest.fixture(scope="module")
def replica_set() -> Iterator[ReplicaSet]:
    members = ReplicaSet()
    members.start()
    yield members
    members.remove()
    collect_sockets()


@asynccontextmanager
async def city_on(replica_set: ReplicaSet) -> AsyncIterator[City]:
    """With nothing in it; the set is whole."""
    await asyncio.to_thread(replica_set.start)
    with pymongo.MongoClient[JsonObject](replica_set.url) as client:
        client.drop_database(DATABASE)
    documents = await MongoDocuments.open(replica_set.url, database=DATABASE)
    try:
        yield City(documents)
    finally:
        await documents.close()
        collect_sockets()


class Rush:
    """Citizens who book and cancel, one thing after the other. Whoever gets no answer asks again with the same key.

    `live` are bookings that were acknowledged and that nobody has begun to cancel: never more than there are places.
    """

    def __init__(self, city: City) -> None:
        self.city = city
        self.reserved: set[str] = set()
        self.cancelled: set[str] = set()
        self.live: set[str] = set()
        self.unavailable = 0
        self._over = False
        self._told = asyncio.Event()

    @property
    def acknowledged(self) -> int:
        return len(self.reserved) + len(self.cancelled)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as crowd:
            for person in range(CROWD):
                crowd.create_task(self._person(person))
            yield
            self._over = True

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(NEVER):
            while not condition():
                self._told.clear()
                await self._told.wait()

    async def goes_on(self, more: int = 60) -> None:
        enough = self.acknowledged + more
        await self.until(lambda: self.acknowledged >= enough)

    async def _person(self, person: int) -> None:
        number = 0
        while not self._over:
            number += 1
            key = self.city.key(person, f"{number}")
            try:
                booking = await self._answered(lambda: self._reserve(person, key))  # noqa: B023  # called at once
            except (Full, DayFull):
                await asyncio.sleep(0)
                continue
            self.reserved.add(booking.id)
            self.live.add(booking.id)
            assert len(self.live) <= DAY_CAPACITY
            self._told.set()
            await asyncio.sleep(0)
            self.live.remove(booking.id)
            await self._answered(lambda: self.city.bookings.cancel(citizen(person), booking.id))  # noqa: B023
            self.cancelled.add(booking.id)
            self._told.set()

    def _reserve(self, person: int, key: RequestKey) -> Coroutine[Any, Any, Booking]:
        return self.city.bookings.reserve(citizen(person), CARD, asking(at(8 + person % 2)), key)

    async def _answered(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The store's first answer that is not `StoreUnavailable`; that itself has to come in time."""
        while True:
            try:
                async with asyncio.timeout(NEVER):
                    return await ask()
            except StoreUnavailable:
                self.unavailable += 1
                self._told.set()


async def check(rush: Rush) -> None:
    city = rush.city
    states = {booking.id: booking.state for booking in await city.everything(Booking)}
    assert rush.reserved <= states.keys()
    assert {states[booking] for booking in rush.cancelled} == {"cancelled"}
    assert all(inventory.taken <= DAY_CAPACITY for inventory in await city.everything(Inventory))
    await city.check_books()


async def check_it_follows(member: Mongod, city: City) -> None:
    """A member that was away has, in the end, what the others have, and nothing else."""
    bookings = {booking.id for booking in await city.everything(Booking)}
    url = f"{member.url}&readPreference=secondaryPreferred"
    with pymongo.MongoClient[JsonObject](url) as client:
        stored = client[DATABASE]["bookings"]
        await eventually(lambda: {one["_id"] for one in stored.find({}, {"_id": 1})} == bookings, "it follows", NEVER)


async def test_a_primary_that_is_killed_costs_nobody_anything(replica_set: ReplicaSet) -> None:
    async with city_on(replica_set) as city:
        rush = Rush(city)
        async with rush.at_work():
            for _ in range(2):  # the second time it is the one that was elected
                await rush.goes_on()
                primary = await asyncio.to_thread(replica_set.primary)
                primary.kill()
                await rush.goes_on()
                await asyncio.to_thread(replica_set.start)
                assert (await asyncio.to_thread(replica_set.states))[primary.address] == "SECONDARY"
            await rush.goes_on()
        await check(rush)
        await check_it_follows(primary, city)


async def test_a_primary_that_stands_still_is_replaced_and_follows_when_it_goes_on(replica_set: ReplicaSet) -> None:
    async with city_on(replica_set) as city:
        rush = Rush(city)
        async with rush.at_work():
            await rush.goes_on()
            primary = await asyncio.to_thread(replica_set.primary)
            primary.pause()
            try:
                await rush.goes_on()  # under another one
            finally:
                primary.go_on()
            await asyncio.to_thread(replica_set.start)
            await rush.goes_on()
        await check(rush)
        await check_it_follows(primary, city)


async def test_without_a_majority_nothing_is_promised_and_nobody_waits_for_ever(replica_set: ReplicaSet) -> None:
    async with city_on(replica_set) as city:
        rush = Rush(city)
        async with rush.at_work():
            await rush.goes_on()
            primary = await asyncio.to_thread(replica_set.primary)
            others = [member for member in replica_set.members if member is not primary]
            for member in others:
                member.kill()
            await rush.until(lambda: rush.unavailable >= CROWD)
            promised = rush.acknowledged
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(city.documents.ping(), NEVER)
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(city.documents.get(Booking, "one"), NEVER)
            assert rush.acknowledged == promised
            await asyncio.to_thread(replica_set.start)
            await rush.goes_on()
        await check(rush)
