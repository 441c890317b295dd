"""SQLite against memory: whatever is written in whatever order, both answer alike."""

import asyncio
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.conditions import Condition, field
from core.documents import (
    Delete,
    Documents,
    Duplicate,
    Insert,
    Operation,
    Patch,
    Replace,
    WriteRefused,
    Written,
)
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.sqlite_documents import SqliteDocuments
from tests.contract.things import NOON, Slot

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


async def outcomes(documents: Documents, writes: list[list[Operation]], *, together: bool) -> list[object]:
    await documents.write(*(Delete(Slot, one.id) for one in (await documents.find(Slot, "id")).items))
    await documents.write(Insert(Slot(id="a", code="A")))
    pending = [documents.write(*operations) for operations in writes]
    if together:
        results = await asyncio.gather(*pending, return_exceptions=True)
    else:
        results = [await _caught(one) for one in pending]
    told = [outcome(operations, result) for operations, result in zip(writes, results, strict=True)]
    return [*told, await everything(documents)]


def test_both_adapters_answer_alike(io_loop: IOLoop, tmp_path: Path) -> None:
    memory = MemoryDocuments()
    sqlite = io_loop.run_sync(lambda: SqliteDocuments.open(tmp_path / "city.db"))

    @settings(max_examples=80, deadline=None)
    @given(writes=WRITES, together=st.booleans())
    def alike(writes: list[list[Operation]], *, together: bool) -> None:
        """`together`: all at once, so that SQLite commits them as one transaction; it must not show."""
        told = io_loop.run_sync(lambda: outcomes(sqlite, writes, together=together))
        assert told == io_loop.run_sync(lambda: outcomes(memory, writes, together=together))

    alike()
    io_loop.run_sync(sqlite.close)


async def _caught(write: Any) -> Written | BaseException:
    try:
        written: Written = await write
    except WriteRefused as refused:
        return refused
    return written
