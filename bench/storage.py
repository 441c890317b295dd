"""The embedded store: durable writes by a crowd and by one caller, and reads, beside a bare sqlite3 loop.

    python -m bench.storage [--quick] [--json] [--data DIR]

A write is what a booking comes down to: a guarded patch of a slot (taken <= capacity - 1) and the insert of a ticket
under a unique index, durable (WAL, synchronous=FULL) when it is acknowledged. The yardstick does the same in the same
tables with the same settings: one thread, rows made beforehand, guard and change in one UPDATE that returns the slot
as the port does, each pair in a savepoint, as many pairs to a commit as there are callers; no port, no documents, no
event loop. Rounds of both are interleaved, because the disk has its moods; medians are shown, and the ratio is the
median of each round's own.

The bench checks itself: after each round, tickets stored = places taken = writes acknowledged. It ends with status 1
when that does not hold.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import orjson
import uvloop

from core.clock import SystemClock
from core.conditions import field
from core.documents import Document, Index, Insert, Operation, Patch
from core.ephemeral import Rate
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_documents import SqliteDocuments, connect
from server.adapters.sqlite_schema import bring_in_step
from server.adapters.sqlite_tables import Table

CALLERS = 100
SLOTS = 100
CAPACITY = 1_000_000
BATCH = 100  # calls between two looks at the clock, where a call is too short for one
PADDING = "5201" * 30  # a ticket is about as large as a booking


class Slot(Document):
    collection: ClassVar[str] = "slots"
    indexes: ClassVar[tuple[Index, ...]] = (Index("day", ("day",)),)

    day: str
    taken: int = 0
    capacity: int = CAPACITY


class Ticket(Document):
    collection: ClassVar[str] = "tickets"
    indexes: ClassVar[tuple[Index, ...]] = (Index("slot_citizen", ("slot", "citizen"), unique=True),)

    slot: str
    citizen: str
    state: str = "reserved"
    details: str = PADDING


@dataclass(frozen=True)
class Writes:
    """Durable two-operation writes."""

    callers: int
    per_second: float
    bare_per_second: float
    ratio: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Reads:
    """Reads, each decoded into its document. `mixed`: a crowd in which each caller does nine reads to a write."""

    get_per_second: int
    find_20_per_second: int
    thread_hops_per_second: int
    mixed_per_second: int
    mixed_get_p50_ms: float
    mixed_get_p99_ms: float


@dataclass(frozen=True)
class Limits:
    """Rate-limit checks in memory, one of which precedes every request."""

    allow_same_key_us: float
    allow_new_key_us: float


class Fault(Exception):
    """The bench found the store at fault."""


def tickets(count: int) -> list[Ticket]:
    """Ids in order of time, as ours are; citizens in no order."""
    return [
        Ticket(id=ticket_id(number), slot=f"s{number % SLOTS}", citizen=f"c{number * 7919 % count:07}")
        for number in range(count)
    ]


def ticket_id(number: int) -> str:
    return f"01KABCDEFGHJKMNPQRST{number:06}"


def slots() -> list[Slot]:
    return [Slot(id=f"s{number}", day=f"2026-11-{number % 30 + 1:02}") for number in range(SLOTS)]


# --- the yardstick ---

BARE_TAKE = """
    UPDATE slots
    SET _json = json_set(_json, '$.taken', json_extract(_json, '$.taken') + 1,
                                '$.version', json_extract(_json, '$.version') + 1)
    WHERE id = ? AND json_extract(_json, '$.taken') <= json_extract(_json, '$.capacity') - 1
    RETURNING _json
"""


def bare_writes(path: Path, count: int, group: int) -> float:
    """Writes per second of the bare loop."""
    table = Table(Ticket)
    rows = [(f"s{number % SLOTS}", table.row(*_stored(ticket))) for number, ticket in enumerate(tickets(count))]
    with closing(connect(path, 5.0)) as connection:
        for made in (Table(Slot), table):
            bring_in_step(connection, made)
        for slot in slots():
            connection.execute(Table(Slot).insert, Table(Slot).row(*_stored(slot)))
        started = time.perf_counter()
        _bare_loop(connection, rows, table.insert, group)
        seconds = time.perf_counter() - started
        check(count, *_bare_counts(connection))
    return count / seconds


def _bare_loop(
    connection: sqlite3.Connection, rows: Sequence[tuple[str, list[object]]], insert: str, group: int
) -> None:
    execute = connection.cursor().execute
    for start in range(0, len(rows), group):
        execute("BEGIN IMMEDIATE")
        for slot, row in rows[start : start + group]:
            execute("SAVEPOINT caller")
            if not execute(BARE_TAKE, (slot,)).fetchall():
                raise Fault("the bare loop took no place")
            execute(insert, row)
            execute("RELEASE caller")
        execute("COMMIT")


def _bare_counts(connection: sqlite3.Connection) -> tuple[int, int]:
    (stored,) = connection.execute("SELECT count(*) FROM tickets").fetchone()
    (taken,) = connection.execute("SELECT sum(json_extract(_json, '$.taken')) FROM slots").fetchone()
    return stored, taken


def _stored(document: Document) -> tuple[str, dict[str, object]]:
    text = Insert(document).stored().decode()
    return text, orjson.loads(text)


# --- the store ---


async def store_writes(path: Path, count: int, callers: int) -> tuple[float, list[float]]:
    """Writes per second through the port, and the seconds each took."""
    documents = await SqliteDocuments.open(path)
    await documents.write(*(Insert(slot) for slot in slots()))
    await documents.prepare([Ticket])
    seconds, latencies = await _crowd(documents, count, callers)
    taken = sum(slot.taken for slot in (await documents.find(Slot, "id", limit=SLOTS)).items)
    check(count, await documents.count(Ticket, "id"), taken)
    await documents.close()
    return count / seconds, latencies


async def _crowd(documents: SqliteDocuments, count: int, callers: int) -> tuple[float, list[float]]:
    waiting = iter([taking(ticket) for ticket in tickets(count)])  # made beforehand, as the yardstick's rows are
    latencies: list[float] = []

    async def caller() -> None:
        for operations in waiting:
            started = time.perf_counter()
            await documents.write(*operations)
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - started, latencies


def taking(ticket: Ticket) -> tuple[Operation, Operation]:
    free = field("taken").at_most(field("capacity") - 1)
    return Patch(Slot, ticket.slot, add={"taken": 1}, guard=free), Insert(ticket)


def check(acknowledged: int, stored: int, taken: int) -> None:
    if not acknowledged == stored == taken:
        raise Fault(f"{acknowledged} writes acknowledged, {stored} tickets stored, {taken} places taken")


def measure_writes(folder: Path, rounds: int, count: int, callers: int) -> Writes:
    bare, store, latencies = [], [], list[float]()
    for number in range(rounds):
        bare.append(bare_writes(folder / f"bare-{callers}-{number}.db", count, callers))
        per_second, seconds = uvloop.run(store_writes(folder / f"store-{callers}-{number}.db", count, callers))
        store.append(per_second)
        latencies += seconds
    cuts = statistics.quantiles(latencies, n=100)
    return Writes(
        callers=callers,
        per_second=round(statistics.median(store)),
        bare_per_second=round(statistics.median(bare)),
        ratio=round(statistics.median(one / other for one, other in zip(store, bare, strict=True)), 2),
        p50_ms=round(cuts[49] * 1000, 2),
        p99_ms=round(cuts[98] * 1000, 2),
    )


async def measure_reads(path: Path, count: int) -> Reads:
    documents = await SqliteDocuments.open(path)
    await documents.write(*(Insert(slot) for slot in slots()))
    await _crowd(documents, count, CALLERS)
    numbers = itertools.count()

    async def get() -> None:
        if await documents.get(Ticket, ticket_id(next(numbers) * 7919 % count)) is None:
            raise Fault("a stored ticket was not found")

    async def find() -> None:
        if len((await documents.find(Ticket, "slot_citizen", f"s{next(numbers) % SLOTS}", limit=20)).items) != 20:
            raise Fault("stored tickets were not found")

    async def hop() -> None:
        await asyncio.get_running_loop().run_in_executor(None, len, "")

    gets, finds, hops = await per_second(get), await per_second(find), await per_second(hop)
    mixed, latencies = await _mixed(documents, get, count)
    await documents.close()
    cuts = statistics.quantiles(latencies, n=100)
    return Reads(gets, finds, hops, mixed, round(cuts[49] * 1000, 3), round(cuts[98] * 1000, 3))


async def _mixed(documents: SqliteDocuments, get: Callable[[], Awaitable[None]], count: int) -> tuple[int, list[float]]:
    latencies: list[float] = []
    until = time.perf_counter() + 1.0
    numbers = itertools.count(count)

    async def caller() -> None:
        while time.perf_counter() < until:
            number = next(numbers)
            slot = f"s{number % SLOTS}"
            await documents.write(*taking(Ticket(id=ticket_id(number), slot=slot, citizen=f"new {number}")))
            for _ in range(9):
                started = time.perf_counter()
                await get()
                latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return round(len(latencies) / 9 * 10 / (time.perf_counter() - started)), latencies


async def per_second(call: Callable[[], Awaitable[None]]) -> int:
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < 0.5:
        for _ in range(BATCH):
            await call()
        done += BATCH
    return round(done / (time.perf_counter() - started))


async def measure_limits() -> Limits:
    store, rate, numbers = MemoryEphemeral(SystemClock()), Rate(1_000_000_000, 3_600), itertools.count()
    same = await per_second(lambda: _allowed(store, "one caller", rate))
    new = await per_second(lambda: _allowed(store, f"caller {next(numbers)}", Rate(10, 3_600)))
    return Limits(round(1e6 / same, 2), round(1e6 / new, 2))


async def _allowed(store: MemoryEphemeral, key: str, rate: Rate) -> None:
    if not (await store.allow(key, rate)).allowed:
        raise Fault("a caller within the limit was sent away")


# --- the report ---


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument(
        "--data", type=Path, help="a folder on the disk to be measured (default: the system's temporary)"
    )
    options = parser.parse_args()
    rounds, count = (5, 4_000) if options.quick else (9, 20_000)
    try:
        with tempfile.TemporaryDirectory(dir=options.data) as name:
            folder = Path(name)
            crowd = measure_writes(folder, rounds, count, CALLERS)
            single = measure_writes(folder, 3, count // 10, 1)
            reads = uvloop.run(measure_reads(folder / "reads.db", count))
        limits = uvloop.run(measure_limits())
    except Fault as fault:
        print(f"FAULT: {fault}", file=sys.stderr)
        return 1
    report = {
        "bench": "storage",
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
        "crowd": asdict(crowd),
        "single": asdict(single),
        "reads": asdict(reads),
        "limits": asdict(limits),
    }
    print(json.dumps(report) if options.json else _table(crowd, single, reads, limits))
    return 0


def _table(crowd: Writes, single: Writes, reads: Reads, limits: Limits) -> str:
    lines = [f"{'durable two-operation writes':34}{'store/s':>10}{'bare/s':>10}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}"]
    lines += [
        f"{f'  {one.callers} concurrent callers':34}{one.per_second:>10,.0f}{one.bare_per_second:>10,.0f}"
        f"{one.ratio:>8.2f}{one.p50_ms:>9.2f}{one.p99_ms:>9.2f}"
        for one in (crowd, single)
    ]
    return "\n".join(
        [
            *lines,
            f"{'get by id':34}{reads.get_per_second:>10,}/s",
            f"{'find, pages of 20':34}{reads.find_20_per_second:>10,}/s",
            f"{'(to a thread and back)':34}{reads.thread_hops_per_second:>10,}/s",
            f"{'100 callers, 9 gets to a write':34}{reads.mixed_per_second:>10,}/s",
            f"{'  a get: p50, p99':34}{reads.mixed_get_p50_ms:>10} ms, {reads.mixed_get_p99_ms} ms",
            f"{'rate-limit check: known, new key':34}{limits.allow_same_key_us:>10} µs, {limits.allow_new_key_us} µs",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
