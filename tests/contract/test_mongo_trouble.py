"""A MongoDB that is killed, stands still or is not there: nothing acknowledged is lost, and work resumes by itself."""

import asyncio
import gc
import itertools
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pymongo
import pytest

from core.documents import Documents, Insert, JsonObject, Patch
from core.errors import StoreUnavailable
from core.queries import PAGE_LIMIT
from server.adapters.mongo_documents import MongoDocuments
from tests.contract.test_sqlite_processes import kill, read_lines, started
from tests.contract.things import Slot, Ticket
from tests.mongod import Mongod, database_name


@asynccontextmanager
async def opened(url: str, deadline_seconds: float) -> AsyncIterator[MongoDocuments]:
    documents = await MongoDocuments.open(url, database=database_name(), deadline_seconds=deadline_seconds)
    try:
        yield documents
    finally:
        await documents.close()


@pytest.fixture(scope="module")
def second_server() -> Iterator[Mongod]:
    server = Mongod()
    yield server
    server.remove()
    collect_sockets()


@pytest.fixture
def own_server(second_server: Mongod) -> Iterator[Mongod]:
    """A server that a test may kill, with nothing in it."""
    collect_sockets()
    if not second_server.runs():
        second_server.start()
    with pymongo.MongoClient[JsonObject](second_server.url) as client:
        client.drop_database(database_name())
    yield second_server
    collect_sockets()


def collect_sockets() -> None:
    """PyMongo leaves a socket to the garbage collector when it is told to close while it connects, as it often does
    when the server is away. Here is the place where that is no fault of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Crowd:
    """Callers who take places, one after the other, and remember what they were told."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.acknowledged: set[str] = set()
        self.unavailable = 0
        self._enough = False
        self._told = asyncio.Event()
        self._numbers = itertools.count()

    async def caller(self) -> None:
        while not self._enough:
            name = str(next(self._numbers))
            slot = f"s{len(name)}"
            try:
                await self.documents.write(
                    Patch(Slot, slot, add={"taken": 1}, otherwise=Slot(id=slot, taken=1)),
                    Insert(Ticket(id=name, slot=slot, citizen=name)),
                )
            except StoreUnavailable:
                self.unavailable += 1
            else:
                self.acknowledged.add(name)
            self._told.set()

    @asynccontextmanager
    async def at_work(self, callers: int) -> AsyncIterator[None]:
        working = [asyncio.ensure_future(self.caller()) for _ in range(callers)]
        yield
        self._enough = True
        await asyncio.gather(*working)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._told.clear()
                await self._told.wait()


async def tickets_and_places(documents: Documents) -> tuple[set[str], int]:
    tickets: set[str] = set()
    after: str | None = None
    while True:
        page = await documents.find(Ticket, "id", limit=PAGE_LIMIT, after=after)
        tickets.update(ticket.id for ticket in page.items)
        if (after := page.after) is None:
            break
    return tickets, sum(slot.taken for slot in (await documents.find(Slot, "id")).items)


async def test_what_was_acknowledged_survives_kill_9_of_the_server(
    own_server: Mongod, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(own_server.url, deadline_seconds=1.0) as documents:
        crowd = Crowd(documents)
        async with crowd.at_work(20):
            await crowd.until(lambda: len(crowd.acknowledged) > 200)
            own_server.kill()
            await crowd.until(lambda: crowd.unavailable >= 20)
            with pytest.raises(StoreUnavailable):
                await documents.get(Slot, "s1")
            with pytest.raises(StoreUnavailable):
                await documents.ping()
            before = len(crowd.acknowledged)
            await asyncio.to_thread(own_server.start)
            await crowd.until(lambda: len(crowd.acknowledged) > before + 100)  # by itself
        tickets, taken = await tickets_and_places(documents)
    assert crowd.acknowledged <= tickets
    assert taken == len(tickets)
    assert "citizen" not in caplog.text


async def test_a_server_that_stands_still_is_unavailable_until_it_goes_on(own_server: Mongod) -> None:
    async with opened(own_server.url, deadline_seconds=1.0) as documents:
        crowd = Crowd(documents)
        async with crowd.at_work(20):
            await crowd.until(lambda: len(crowd.acknowledged) > 100)
            own_server.pause()
            await crowd.until(lambda: crowd.unavailable >= 20)
            with pytest.raises(StoreUnavailable):
                await documents.get(Slot, "s1")
            before = len(crowd.acknowledged)
            own_server.go_on()
            await crowd.until(lambda: len(crowd.acknowledged) > before + 100)
        tickets, taken = await tickets_and_places(documents)
    assert crowd.acknowledged <= tickets
    assert taken == len(tickets)


async def test_a_server_that_is_not_there_cannot_be_opened(own_server: Mongod) -> None:
    own_server.kill()
    with pytest.raises(StoreUnavailable):
        await MongoDocuments.open(own_server.url, deadline_seconds=0.5)


async def test_workers_that_are_killed_lose_and_halve_nothing_and_let_the_others_go_on(own_server: Mongod) -> None:
    url = own_server.url.replace("/?", f"/{database_name()}?")
    workers = [started(url, 20, prefix) for prefix in ("first ", "second ")]
    acknowledged = set[str]()
    for worker in workers:
        acknowledged |= await asyncio.to_thread(read_lines, worker, 200)
        acknowledged |= kill(worker)
    async with opened(url, deadline_seconds=20.0) as documents:
        for number in range(7):  # what they had in hand is free as soon as the server has ended their transactions
            await documents.write(Patch(Slot, f"s{number}", set={"park": "free"}))
        tickets, taken = await tickets_and_places(documents)
    assert acknowledged <= tickets
    assert taken == len(tickets)
