"""MongoDB under reservations: one hot slot, and spread over 500, by one worker and by several, beside a bare client.

    python -m bench.mongo [--quick] [--json] [--url mongodb://…] [--workers 2]

A reservation is a guarded patch of a slot (taken <= capacity - 1) and the insert of a ticket under a unique index,
acknowledged by a majority and journalled. The yardstick is the textbook's way in the same server: a transaction for
each caller through PyMongo's `with_transaction`, with a conditional update and an insert, by as many callers at once.
Rounds of both are interleaved; medians are shown.

The bench checks itself: after each round, tickets stored = places taken = writes acknowledged; and in the last one,
more callers than places contend from all workers, and exactly as many win as there are places. It ends with status 1
when that does not hold. Without --url it starts the test suite's own mongod in a temporary folder.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context

import uvloop
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession

from bench.storage import Fault, Slot, Ticket, taking
from core.documents import GuardFailed, Insert, JsonObject, Patch
from server.adapters.mongo_documents import MongoDocuments
from tests.mongod import Mongod

CALLERS = 100
SLOTS = 500
DATABASE = "cst_bench"
PLENTY = 1_000_000_000


@dataclass(frozen=True)
class Round:
    acknowledged: int
    refused: int
    seconds: float
    latencies: list[float]


@dataclass(frozen=True)
class Figure:
    """Acknowledged reservations per second by all workers together, and what one waits for its own."""

    load: str
    workers: int
    per_second: int
    transaction_each_per_second: int | None
    p50_ms: float
    p99_ms: float


async def fresh(url: str, slots: int, capacity: int) -> MongoDocuments:
    client = AsyncMongoClient[JsonObject](url)
    await client.drop_database(DATABASE)
    await client.close()
    documents = await MongoDocuments.open(url, database=DATABASE)
    await documents.prepare([Slot, Ticket])
    await documents.write(*(Insert(Slot(id=f"s{one}", day="2026-11-22", capacity=capacity)) for one in range(slots)))
    return documents


async def check(url: str, acknowledged: int) -> None:
    documents = await MongoDocuments.open(url, database=DATABASE)
    stored = await documents.count(Ticket, "id")
    taken = sum(slot.taken for slot in (await documents.find(Slot, "id", limit=SLOTS)).items)
    await documents.close()
    if not acknowledged == stored == taken:
        raise Fault(f"{acknowledged} writes acknowledged, {stored} tickets stored, {taken} places taken")


async def crowd(take: Callable[[Ticket], Awaitable[bool]], worker: int, slots: int, seconds: float) -> Round:
    """Callers who reserve, each one after the other, until the time is over."""
    latencies: list[float] = []
    outcomes = {True: 0, False: 0}
    until = time.perf_counter() + seconds

    async def caller(number: int) -> None:
        turn = 0
        while time.perf_counter() < until:
            name = f"{worker}-{number}-{turn}"
            ticket = Ticket(id=name, slot=f"s{(number * 7919 + turn * 104_729) % slots}", citizen=name)
            turn += 1
            started = time.perf_counter()
            outcomes[await take(ticket)] += 1
            latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return Round(outcomes[True], outcomes[False], time.perf_counter() - started, latencies)


async def through_the_port(url: str, worker: int, slots: int, seconds: float) -> Round:
    documents = await MongoDocuments.open(url, database=DATABASE)
    await documents.prepare([Slot, Ticket])

    async def take(ticket: Ticket) -> bool:
        try:
            await documents.write(*taking(ticket))
        except GuardFailed:
            return False
        return True

    finished = await crowd(take, worker, slots, seconds)
    await documents.close()
    return finished


async def a_transaction_each(url: str, slots: int, seconds: float) -> Round:
    client = AsyncMongoClient[JsonObject](url)
    database = client.get_database(DATABASE, write_concern=WriteConcern("majority"))

    async def take(ticket: Ticket) -> bool:
        free = {"_id": ticket.slot, "$expr": {"$lte": ["$taken", {"$subtract": ["$capacity", 1]}]}}
        stored = ticket.model_dump(mode="json", exclude={"id"}) | {"_id": ticket.id}

        async def both(session: AsyncClientSession) -> bool:
            changes = {"$inc": {"taken": 1, "version": 1}}
            if await database["slots"].find_one_and_update(free, changes, session=session) is None:
                return False
            await database["tickets"].insert_one(stored, session=session)
            return True

        async with client.start_session() as session:
            return await session.with_transaction(both)

    finished = await crowd(take, 0, slots, seconds)
    await client.close()
    return finished


def in_a_worker(url: str, worker: int, slots: int, seconds: float) -> Round:
    return uvloop.run(through_the_port(url, worker, slots, seconds))


def by_workers(pool: ProcessPoolExecutor, url: str, workers: int, slots: int, seconds: float) -> Round:
    running = [pool.submit(in_a_worker, url, worker, slots, seconds) for worker in range(workers)]
    rounds = [one.result() for one in running]
    return Round(
        sum(one.acknowledged for one in rounds),
        sum(one.refused for one in rounds),
        statistics.mean(one.seconds for one in rounds),
        [latency for one in rounds for latency in one.latencies],
    )


async def prepared(url: str, slots: int, capacity: int) -> None:
    await (await fresh(url, slots, capacity)).close()


def measure(pool: ProcessPoolExecutor, url: str, workers: int, slots: int, rounds: int, seconds: float) -> Figure:
    ours, theirs, latencies = list[float](), list[float](), list[float]()
    for _ in range(rounds):
        uvloop.run(prepared(url, slots, PLENTY))
        finished = by_workers(pool, url, workers, slots, seconds)
        uvloop.run(check(url, finished.acknowledged))
        ours.append(finished.acknowledged / finished.seconds)
        latencies += finished.latencies
        if workers == 1:
            uvloop.run(prepared(url, slots, PLENTY))
            bare = uvloop.run(a_transaction_each(url, slots, seconds))
            uvloop.run(check(url, bare.acknowledged))
            theirs.append(bare.acknowledged / bare.seconds)
    cuts = statistics.quantiles(latencies, n=100)
    return Figure(
        load="one hot slot" if slots == 1 else f"{slots} slots",
        workers=workers,
        per_second=round(statistics.median(ours)),
        transaction_each_per_second=round(statistics.median(theirs)) if theirs else None,
        p50_ms=round(cuts[49] * 1000, 1),
        p99_ms=round(cuts[98] * 1000, 1),
    )


def nothing_is_oversold(pool: ProcessPoolExecutor, url: str, workers: int, places: int, seconds: float) -> int:
    """All workers contend for fewer places than they want. Returns how many were sent away."""
    uvloop.run(prepared(url, 1, places))
    finished = by_workers(pool, url, workers, 1, seconds)
    uvloop.run(check(url, finished.acknowledged))
    if finished.acknowledged != places or not finished.refused:
        raise Fault(f"{finished.acknowledged} won {places} places; {finished.refused} were refused")
    return finished.refused


async def measure_single(url: str, seconds: float) -> dict[str, int]:
    """Operations of one document, each by itself: a counter for each caller, and reads by id."""
    documents = await fresh(url, SLOTS, PLENTY)
    done = {"counted": 0, "read": 0}

    async def counting(number: int) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            await documents.write(Patch(Slot, f"s{number}", add={"taken": 1}))
            done["counted"] += 1

    async def reading(number: int) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            if await documents.get(Slot, f"s{number}") is None:
                raise Fault("a stored slot was not found")
            done["read"] += 1

    for work in (counting, reading):
        await asyncio.gather(*(work(number) for number in range(CALLERS)))
    taken = sum(slot.taken for slot in (await documents.find(Slot, "id", limit=SLOTS)).items)
    await documents.close()
    if taken != done["counted"]:
        raise Fault(f"{done['counted']} acknowledged, {taken} counted")
    return {name: round(count / seconds) for name, count in done.items()}


def measured(url: str, workers: int, rounds: int, seconds: float) -> tuple[list[Figure], int, dict[str, int]]:
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        figures = [
            measure(pool, url, count, slots, rounds, seconds)
            for count in dict.fromkeys((1, workers))
            for slots in (1, SLOTS)
        ]
        refused = nothing_is_oversold(pool, url, workers, places=500, seconds=seconds)
    return figures, refused, uvloop.run(measure_single(url, seconds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--url", help="a MongoDB replica set to be measured (its database cst_bench is dropped)")
    parser.add_argument("--workers", type=int, default=2, help="processes that write at once (default: 2)")
    options = parser.parse_args()
    rounds, seconds = (1, 1.5) if options.quick else (5, 3.0)
    server = None if options.url else Mongod()
    try:
        if server is not None:
            server.start()
        url = options.url or (server.url if server else "")
        figures, refused, single = measured(url, options.workers, rounds, seconds)
    except Fault as fault:
        print(f"FAULT: {fault}", file=sys.stderr)
        return 1
    finally:
        if server is not None:
            server.remove()
    report = {
        "bench": "mongo",
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "reservations": [asdict(one) for one in figures],
        "refused_when_contended": refused,
        "one_document_writes_per_second": single["counted"],
        "gets_per_second": single["read"],
    }
    print(json.dumps(report) if options.json else _table(figures, refused, single))
    return 0


def _table(figures: list[Figure], refused: int, single: dict[str, int]) -> str:
    lines = [
        f"{f'reservations, {CALLERS} callers a worker':38}{'port/s':>9}{'one by one/s':>14}{'p50 ms':>9}{'p99 ms':>9}"
    ]
    for one in figures:
        bare = f"{one.transaction_each_per_second:,}" if one.transaction_each_per_second is not None else ""
        name = f"  {one.load}, {one.workers} worker{'s' if one.workers > 1 else ''}"
        lines.append(f"{name:38}{one.per_second:>9,}{bare:>14}{one.p50_ms:>9}{one.p99_ms:>9}")
    lines.append(f"{'writes of one document':38}{single['counted']:>9,}")
    lines.append(f"{'gets by id':38}{single['read']:>9,}")
    lines.append(f"500 contended places: 500 won, {refused:,} refused")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
