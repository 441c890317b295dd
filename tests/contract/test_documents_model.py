"""The stores against memory: whatever is written in whatever order, they answer alike."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pymongo
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.conditions import Condition, field
from core.documents import (
    Delete,
    Documents,
    Duplicate,
    Insert,
    JsonObject,
    Operation,
    Patch,
    Replace,
    WriteRefused,
    Written,
)
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.mongo_jobs import Job
from server.adapters.mongo_shapes import Shape
from server.adapters.mongo_transaction import Store, attempt
from server.adapters.sqlite_documents import SqliteDocuments
from tests import mongod
from tests.contract.things import NOON, Slot

Together = Callable[[Documents, list[list[Operation]]], Awaitable[list[Written | BaseException]]]
IDS = st.sampled_from(["a", "b", "c", "d"])
CODES = st.sampled_from([None, "A", "B", "é🏞️\0"])
PARKS = st.sampled_from(["p", "q", None])
AMOUNTS = st.integers(-2, 2)


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    return Slot(
        id=draw(IDS), version=draw(st.integers(1, 3)), park=draw(PARKS), code=draw(CODES), taken=draw(AMOUNTS),
        capacity=draw(AMOUNTS), reserve=draw(st.none() | AMOUNTS), opens=draw(st.sampled_from([None, NOON])),
    )  # fmt: skip


@st.composite
def guards(draw: st.DrawFn) -> Condition | None:
    left, right = field(draw(st.sampled_from(["taken", "capacity", "reserve"]))), field("reserve")
    other = draw(st.sampled_from([right, right + 1, right - field("taken"), 0, None]))
    compare = draw(st.sampled_from([left.equals, left.differs, left.at_most, left.at_least, left.below, left.above]))
    return draw(st.sampled_from([None, compare(other)]))


@st.composite
def patches(draw: st.DrawFn) -> Patch[Slot]:
    changes: dict[str, object] = draw(
        st.fixed_dictionaries({}, optional={"code": CODES, "park": PARKS, "reserve": st.none() | AMOUNTS})
    )
    added = draw(st.dictionaries(st.sampled_from(["taken", "capacity"]), AMOUNTS))
    otherwise = draw(st.none() | slots())
    document_id = otherwise.id if otherwise else draw(IDS)
    return Patch(Slot, document_id, set=changes, add=added, guard=draw(guards()), otherwise=otherwise)


OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    slots().map(Insert),
    slots().map(Replace),
    patches(),
    st.builds(Delete, st.just(Slot), IDS, guards()),
)
WRITES = st.lists(st.lists(OPERATIONS, min_size=1, max_size=4), max_size=12)


def outcome(operations: list[Operation], result: Written | BaseException) -> object:
    """What a caller can tell of a write."""
    if isinstance(result, WriteRefused):
        index = result.index if isinstance(result, Duplicate) else None
        return type(result), operations.index(result.operation), index
    assert isinstance(result, Written)
    return [result.after(one) for one in operations if isinstance(one, Patch)]


async def everything(documents: Documents) -> list[Any]:
    found: list[Any] = []
    for index in ("id", "park_opens", "park_taken", "code", "park_code"):
        found.append((await documents.find(Slot, index)).items)
        found.append(await documents.count(Slot, index, at_least="p" if index != "id" else "b"))
    return found


async def outcomes(documents: Documents, writes: list[list[Operation]], how: Together) -> list[object]:
    await documents.write(*(Delete(Slot, one.id) for one in (await documents.find(Slot, "id")).items))
    await documents.write(Insert(Slot(id="a", code="A")))
    results = await how(documents, writes)
    told = [outcome(operations, result) for operations, result in zip(writes, results, strict=True)]
    return [*told, await everything(documents)]


def answers_as_memory_does(io_loop: IOLoop, store: Documents, together: Together | None) -> None:
    memory = MemoryDocuments()

    @settings(max_examples=80, deadline=None)
    @given(writes=WRITES, at_once=st.booleans())
    def alike(writes: list[list[Operation]], *, at_once: bool) -> None:
        how = together if at_once and together else one_by_one
        told = io_loop.run_sync(lambda: outcomes(store, writes, how))
        assert told == io_loop.run_sync(lambda: outcomes(memory, writes, one_by_one))

    try:
        alike()
    finally:
        io_loop.run_sync(store.close)


def test_sqlite_answers_as_memory_does(io_loop: IOLoop, tmp_path: Path) -> None:
    """All at once, SQLite commits them as one transaction; it must not show."""
    store = io_loop.run_sync(lambda: SqliteDocuments.open(tmp_path / "city.db"))
    answers_as_memory_does(io_loop, store, all_at_once)


def test_mongodb_answers_as_memory_does(io_loop: IOLoop) -> None:
    """MongoDB decides an order of its own among those who come at once, so here one transaction carries them all."""
    mongod.empty()
    store = io_loop.run_sync(lambda: MongoDocuments.open(mongod.mongodb(), database=mongod.database_name()))
    answers_as_memory_does(io_loop, store, in_one_transaction)


async def one_by_one(documents: Documents, writes: list[list[Operation]]) -> list[Written | BaseException]:
    return [await _caught(documents.write(*operations)) for operations in writes]


async def all_at_once(documents: Documents, writes: list[list[Operation]]) -> list[Written | BaseException]:
    pending = [documents.write(*operations) for operations in writes]
    return await asyncio.gather(*pending, return_exceptions=True)


async def in_one_transaction(_documents: Documents, writes: list[list[Operation]]) -> list[Written | BaseException]:
    nobody = asyncio.get_running_loop().create_future
    jobs = [Job(tuple(operations), frozenset(), nobody()) for operations in writes]
    async with pymongo.AsyncMongoClient[JsonObject](mongod.mongodb()) as client:
        store = Store(client, client[mongod.database_name()], {Slot: Shape.of(Slot)})
        await attempt(store, jobs, careful=True, seconds=10)
    return [job.error or Written(job.operations, job.stored) for job in jobs]


async def _caught(write: Any) -> Written | BaseException:
    try:
        written: Written = await write
    except WriteRefused as refused:
        return refused
    return written
