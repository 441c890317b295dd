"""Insight at a city's size: what a visit costs, what a flush costs, how soon exact figures are there.

    python -m bench.insight [--quick] [--json] [--data DIR]

A city like Guiyang's: 1.37 million citizens, 23,000 of them active on a day, 343,000 in a month (`--quick`: a tenth of
it). Each active citizen makes three signed-in requests and uses one card, in an order of chance, into the embedded
store on disk. The yardstick lives in the same process and gets the same events: plain Python sets of ids by day in
memory, united when a month is asked for. It stores nothing and forgets everything.

The bench checks itself: every day's DAU, MAU and uses, and the new citizens of all days, must equal what the plain sets
say. It ends with status 1 when they do not.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import uvloop

from core.clock import ManualClock, SystemClock
from core.documents import Document, Insert
from insight.model import CardUsage, DayUsage, UsageBatch, Visitor
from insight.usage import Insight
from server.adapters.sqlite_documents import SqliteDocuments

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 9, 1)
CARDS = [f"gy.card_{number}" for number in range(20)]
REQUESTS = 3
FLUSHED_AT_ONCE = 1_000  # events between two flushes: 0.2 s at 5,000 requests a second
MERGED_AT_ONCE = 20  # flushes between two checkpoints
CALLS = 100_000


@dataclass(frozen=True)
class Size:
    """`regulars` are the citizens who come at all within a month or two; `active` of them come on a day."""

    citizens: int
    regulars: int
    active: int
    days: int


FULL = Size(citizens=1_370_000, regulars=430_000, active=23_000, days=45)
QUICK = Size(citizens=137_000, regulars=43_000, active=2_300, days=35)


@dataclass
class Plain:
    """The yardstick."""

    days: dict[date, set[str]] = field(default_factory=dict)

    def visit(self, citizen_id: str, moment: datetime) -> None:
        self.days.setdefault(moment.astimezone(SHANGHAI).date(), set()).add(citizen_id)

    def mau(self, day: date) -> int:
        return len(set().union(*(self.days.get(day - timedelta(back), set()) for back in range(30))))


@dataclass(frozen=True)
class HotPath:
    """Microseconds of one call. `plain` is a clock's look at the city's day and the adding to a set."""

    visit_seen_today_us: float
    visit_first_today_us: float
    used_us: float
    plain_visit_us: float
    ratio: float


@dataclass(frozen=True)
class Recording:
    """Events from the call to the disk: flushes and checkpoints included."""

    events: int
    durable_events_per_second: int
    plain_events_per_second: int
    flush_p50_ms: float
    flush_p99_ms: float
    checkpoint_p50_ms: float
    checkpoint_p99_ms: float


@dataclass(frozen=True)
class Queries:
    """Milliseconds of an answer, with the look for what is not merged; `after_an_event` pays for flush and merge."""

    dau_ms: float
    dau_after_an_event_ms: float
    mau_cold_ms: float
    mau_ms: float
    mau_after_an_event_ms: float
    plain_mau_ms: float
    mau_cold_ratio: float
    all_days_ms: float


@dataclass(frozen=True)
class Stored:
    dau: int
    mau: int
    citizens_ever: int
    day_bytes: int
    card_day_bytes: int
    visitor_bytes: int
    file_megabytes: float


class Fault(Exception):
    """The bench found the figures at fault."""


def citizen_id(number: int) -> str:
    """Opaque and in no order, as account ids are."""
    return f"01KB{number * 2654435761 % 2**32:010}{number:012}"


class Bench:
    def __init__(self, size: Size, path: Path) -> None:
        self._size = size
        self._path = path
        self._random = random.Random(20261122)
        self._regulars = self._random.sample(range(size.citizens), size.regulars)
        self._plain = Plain()
        self._flushes: list[float] = []
        self._checkpoints: list[float] = []
        self.last_day = FIRST_DAY + timedelta(size.days - 1)

    async def run(self) -> tuple[Recording, Queries, Stored]:
        documents = await SqliteDocuments.open(self._path)
        self._clock = ManualClock(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 2, tzinfo=UTC))
        self._insight = Insight(documents, self._clock, SHANGHAI)
        recording = await self._record()
        await self._check()
        queries = await self._query(documents)
        stored = await self._stored(documents)
        await documents.close()
        return recording, queries, stored

    async def _record(self) -> Recording:
        seconds = plain_seconds = 0.0
        for _ in range(self._size.days):
            events = self._events()
            started = time.perf_counter()
            await self._live(events)
            between = time.perf_counter()
            for number, _ in events:
                self._plain.visit(number, self._clock.now())
            seconds += between - started
            plain_seconds += time.perf_counter() - between
            self._clock.advance(days=1)
        self._clock.advance(days=-1)
        total = self._size.days * self._size.active * (REQUESTS + 1)
        flushes, checkpoints = percentiles(self._flushes), percentiles(self._checkpoints)
        return Recording(total, round(total / seconds), round(total / plain_seconds), *flushes, *checkpoints)

    def _events(self) -> list[tuple[str, str | None]]:
        """A day: who comes, and which card they use (None: a request that uses none)."""
        active = [citizen_id(number) for number in self._random.sample(self._regulars, self._size.active)]
        events: list[tuple[str, str | None]] = [(one, None) for one in active for _ in range(REQUESTS)]
        events += [(one, self._random.choice(CARDS)) for one in active]
        self._random.shuffle(events)
        return events

    async def _live(self, events: list[tuple[str, str | None]]) -> None:
        insight = self._insight
        for number, start in enumerate(range(0, len(events), FLUSHED_AT_ONCE), 1):
            for who, card in events[start : start + FLUSHED_AT_ONCE]:
                if card is None:
                    insight.visit(who)
                else:
                    insight.used(who, card, "ok")
            self._flushes.append(await timed(insight.flush))
            if number % MERGED_AT_ONCE == 0:
                self._checkpoints.append(await timed(insight.checkpoint))
        self._checkpoints.append(await timed(insight.checkpoint))

    async def _check(self) -> None:
        figures = await self._insight.days(FIRST_DAY, self.last_day)
        for day in figures:
            expect(f"DAU of {day.day}", day.dau, len(self._plain.days[day.day]))
            expect(f"MAU of {day.day}", day.mau, self._plain.mau(day.day))
            expect(f"uses on {day.day}", day.uses.ok, self._size.active)
        ever = len(set().union(*self._plain.days.values()))
        expect("new citizens of all days", sum(day.new_visitors for day in figures), ever)
        expect("citizens ever", (await self._insight.totals()).citizens, ever)

    async def _query(self, documents: SqliteDocuments) -> Queries:
        insight, day = self._insight, self.last_day
        someone = citizen_id(self._regulars[0])

        async def cold() -> float:
            fresh = Insight(documents, self._clock, SHANGHAI)
            return await timed(lambda: fresh.mau(day))

        async def after_an_event(question: Callable[[date], Awaitable[int]]) -> float:
            insight.used(someone, CARDS[0], "ok")
            return await timed(lambda: question(day))

        mau_cold = statistics.median([await cold() for _ in range(7)])
        mau = statistics.median([await timed(lambda: insight.mau(day)) for _ in range(51)])
        started = time.perf_counter()
        plain = [self._plain.mau(day) for _ in range(5)]
        plain_mau = (time.perf_counter() - started) / len(plain)
        return Queries(
            dau_ms=ms(statistics.median([await timed(lambda: insight.dau(day)) for _ in range(51)])),
            dau_after_an_event_ms=ms(statistics.median([await after_an_event(insight.dau) for _ in range(21)])),
            mau_cold_ms=ms(mau_cold),
            mau_ms=ms(mau),
            mau_after_an_event_ms=ms(statistics.median([await after_an_event(insight.mau) for _ in range(21)])),
            plain_mau_ms=ms(plain_mau),
            mau_cold_ratio=round(plain_mau / mau_cold, 1),
            all_days_ms=ms(await timed(lambda: insight.days(FIRST_DAY, day))),
        )

    async def _stored(self, documents: SqliteDocuments) -> Stored:
        days = (await documents.find(DayUsage, "id", limit=1000)).items
        cards = (await documents.find(CardUsage, "id", limit=1000)).items
        visitors = (await documents.find(Visitor, "id", limit=1000)).items
        expect("batches left", await documents.count(UsageBatch, "id"), 0)
        return Stored(
            dau=self._size.active,
            mau=await self._insight.mau(self.last_day),
            citizens_ever=(await self._insight.totals()).citizens,
            day_bytes=mean_bytes(days),
            card_day_bytes=mean_bytes(cards),
            visitor_bytes=mean_bytes(visitors),
            file_megabytes=round(self._path.stat().st_size / 1e6, 1),
        )


def expect(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise Fault(f"{what}: {found:,}, and by plain sets {expected:,}")


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return ms(cuts[49]), ms(cuts[98])


def ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def mean_bytes(documents: Sequence[Document]) -> int:
    return round(statistics.mean(len(Insert(one).stored()) for one in documents))


async def measure_hot_path(path: Path, active: int) -> HotPath:
    """With the machine's own clock, and as many citizens as a day has."""
    insight = Insight(await SqliteDocuments.open(path), SystemClock(), SHANGHAI)
    clock, plain = SystemClock(), Plain()
    ids = [citizen_id(number) for number in range(active)]
    calls = [ids[number % active] for number in range(CALLS)]
    first, seen, used, yardstick = [], [], [], []
    for _ in range(7):
        fresh = Insight(await SqliteDocuments.open(path), SystemClock(), SHANGHAI)
        first.append(loop_us(fresh.visit, ids))
        loop_us(insight.visit, ids)
        seen.append(loop_us(insight.visit, calls))
        used.append(loop_us(lambda one: insight.used(one, CARDS[0], "ok"), calls))
        yardstick.append(loop_us(lambda one: plain.visit(one, clock.now()), calls))
    ratio = statistics.median(one / other for one, other in zip(yardstick, seen, strict=True))
    return HotPath(median(seen), median(first), median(used), median(yardstick), round(ratio, 1))


def median(microseconds: list[float]) -> float:
    return round(statistics.median(microseconds), 2)


def loop_us(call: Callable[[str], None], ids: list[str]) -> float:
    started = time.perf_counter()
    for one in ids:
        call(one)
    return (time.perf_counter() - started) / len(ids) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a tenth of the city, at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument(
        "--data", type=Path, help="a folder on the disk to be measured (default: the system's temporary)"
    )
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    try:
        with tempfile.TemporaryDirectory(dir=options.data) as name:
            hot_path = asyncio.run(measure_hot_path(Path(name) / "hot.db", size.active))
            recording, queries, stored = uvloop.run(Bench(size, Path(name) / "city.db").run())
    except Fault as fault:
        print(f"FAULT: {fault}", file=sys.stderr)
        return 1
    report = {
        "bench": "insight",
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "size": asdict(size),
        "hot_path": asdict(hot_path),
        "recording": asdict(recording),
        "queries": asdict(queries),
        "stored": asdict(stored),
    }
    print(json.dumps(report) if options.json else table(hot_path, recording, queries, stored))
    return 0


def table(hot: HotPath, recording: Recording, queries: Queries, stored: Stored) -> str:
    mau = f"{queries.mau_ms} ms, {queries.mau_after_an_event_ms} ms after an event, {queries.mau_cold_ms} ms cold"
    per_second = f"{recording.durable_events_per_second:,}/s"
    a_day = (
        f"{stored.day_bytes:,} bytes a day, {stored.card_day_bytes:,} a card and day, {stored.visitor_bytes} a citizen"
    )
    rows = [
        ("visit(), already seen today", f"{hot.visit_seen_today_us} µs", f"{hot.plain_visit_us} µs, {hot.ratio} times"),
        ("visit(), first of the day", f"{hot.visit_first_today_us} µs", ""),
        ("used()", f"{hot.used_us} µs", ""),
        ("events, durable", per_second, f"{recording.plain_events_per_second:,}/s in memory"),
        ("flush of 1,000 events", f"p50 {recording.flush_p50_ms} ms, p99 {recording.flush_p99_ms} ms", ""),
        ("checkpoint", f"p50 {recording.checkpoint_p50_ms} ms, p99 {recording.checkpoint_p99_ms} ms", ""),
        (f"DAU ({stored.dau:,})", f"{queries.dau_ms} ms, {queries.dau_after_an_event_ms} ms after an event", ""),
        (f"MAU ({stored.mau:,})", mau, f"{queries.plain_mau_ms} ms, {queries.mau_cold_ratio} times the cold one"),
        ("every day's DAU, MAU and uses", f"{queries.all_days_ms} ms", ""),
        ("stored", a_day, ""),
        ("file", f"{stored.file_megabytes} MB, {stored.citizens_ever:,} citizens ever", ""),
    ]
    return "\n".join(f"{name:32}{figure}{f'   (plain sets: {plain})' if plain else ''}" for name, figure, plain in rows)


if __name__ == "__main__":
    sys.exit(main())
