"""Whatever happens in whatever order, every figure equals what plain Python sets say."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal, NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.documents import Operation, Patch, Written
from core.errors import StoreUnavailable
from insight.model import CardFigures, Outcome, Totals, Uses
from insight.usage import Insight
from tests.unit.insight_support import NOON, SHANGHAI, UnsteadyDocuments

PROCESSES = 2
CITIZENS = st.sampled_from("abcdefghij")
CARDS = st.sampled_from(["gy.housing_fund", "gy.scenic_spots"])
OUTCOMES = st.sampled_from(["ok", "refused", "failed"])
PROCESS = st.integers(0, PROCESSES - 1)
BREAKDOWN = st.sampled_from(["before", "after"])


def shuffled(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - an order of events, not a secret


class Event(NamedTuple):
    citizen: str
    moment: datetime
    card: str | None = None
    outcome: Outcome | None = None

    @property
    def day(self) -> date:
        return self.moment.astimezone(SHANGHAI).date()


@dataclass
class Memory:
    """What a process has not made durable: the events of a write that failed, and those since."""

    unwritten: list[Event] = field(default_factory=list)
    fresh: list[Event] = field(default_factory=list)


class City:
    """Processes on one store, and beside them the yardstick: a list of the events that are durable."""

    def __init__(self, random: Random | None = None) -> None:
        self.documents = UnsteadyDocuments(random)
        self.clock = ManualClock(NOON)
        self.durable: list[Event] = []
        self.processes = [self._process() for _ in range(PROCESSES)]
        self.memories = [Memory() for _ in range(PROCESSES)]

    def _process(self) -> Insight:
        return Insight(self.documents, self.clock, SHANGHAI, remembered=4)

    def visit(self, process: int, citizen: str) -> None:
        self.processes[process].visit(citizen)
        self.memories[process].fresh.append(Event(citizen, self.clock.now()))

    def used(self, process: int, citizen: str, card: str, outcome: Outcome) -> None:
        self.processes[process].used(citizen, card, outcome)
        self.memories[process].fresh.append(Event(citizen, self.clock.now(), card, outcome))

    def move(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    async def flush(self, process: int) -> None:
        await self.processes[process].flush()
        self._all_durable(process)

    async def flush_in_trouble(self, process: int, breakdown: Literal["before", "after"]) -> None:
        memory = self.memories[process]
        if not memory.unwritten:
            memory.unwritten, memory.fresh = memory.fresh, []
        if await self._goes_well(self.processes[process].flush(), breakdown):
            self._all_durable(process)
        elif breakdown == "after":
            self.durable += memory.unwritten
            memory.unwritten = []

    async def checkpoint_in_trouble(self, process: int, breakdown: Literal["before", "after"]) -> None:
        await self.flush(process)
        await self._goes_well(self.processes[process].checkpoint(), breakdown)

    async def _goes_well(self, writing: Awaitable[None], breakdown: Literal["before", "after"]) -> bool:
        """True when there was nothing to write, or when the breakdown hit a write that had to be repeated anyway."""
        self.documents.breakdown = breakdown
        try:
            await writing
        except StoreUnavailable:
            return False
        finally:
            self.documents.breakdown = None
        return True

    def crash(self, process: int) -> None:
        self.processes[process] = self._process()
        self.memories[process] = Memory()

    async def restart(self, process: int) -> None:
        await self.processes[process].stop()
        self._all_durable(process)
        self.crash(process)

    async def all_at_once(self) -> None:
        """All processes flush, merge and answer at the same time, in an order of chance."""
        today = self.processes[0].today()
        await asyncio.gather(
            *(process.checkpoint() for process in self.processes),
            *(process.mau(today) for process in self.processes),
            *(process.flush() for process in self.processes),
        )
        for process in range(PROCESSES):
            self._all_durable(process)

    def _all_durable(self, process: int) -> None:
        memory = self.memories[process]
        self.durable += memory.unwritten + memory.fresh
        self.memories[process] = Memory()

    async def compare(self, process: int, days_back: int) -> None:
        insight = self.processes[process]
        day = insight.today() - timedelta(days_back)
        figures = await insight.day(day)
        self._all_durable(process)
        events = set(self.durable)
        first_days = {event.citizen: event.day for event in sorted(events, key=lambda event: event.day, reverse=True)}
        month = (day - timedelta(29), day)
        assert figures.dau == len({event.citizen for event in events if event.day == day})
        assert figures.mau == len({event.citizen for event in events if month[0] <= event.day <= month[1]})
        assert figures.new_visitors == sum(first == day for first in first_days.values())
        assert await insight.totals() == Totals(len(first_days), self._uses(self.durable))
        await self._compare_cards(insight, day)

    async def _compare_cards(self, insight: Insight, day: date) -> None:
        uses = [event for event in self.durable if event.day == day and event.card]
        assert set(await insight.cards(day)) == {
            CardFigures(card, self._uses(own), len({event.citizen for event in own}))
            for card in {event.card for event in uses if event.card}
            if (own := [event for event in uses if event.card == card])
        }
        hours = Counter(event.moment.astimezone(SHANGHAI).hour for event in uses)
        assert await insight.hourly(day) == tuple(hours[hour] for hour in range(24))

    @staticmethod
    def _uses(events: list[Event]) -> Uses:
        return Uses.of(Counter(event.outcome for event in events if event.outcome))


Step = tuple[str, tuple[object, ...]]
EVENT = st.one_of(
    st.tuples(st.just("visit"), st.tuples(PROCESS, CITIZENS)),
    st.tuples(st.just("used"), st.tuples(PROCESS, CITIZENS, CARDS, OUTCOMES)),
)
STEP = st.one_of(
    EVENT,
    EVENT,
    EVENT,
    st.tuples(st.just("move"), st.tuples(st.integers(-3000, 15_000))),
    st.tuples(st.just("flush"), st.tuples(PROCESS)),
    st.tuples(st.just("flush_in_trouble"), st.tuples(PROCESS, BREAKDOWN)),
    st.tuples(st.just("checkpoint_in_trouble"), st.tuples(PROCESS, BREAKDOWN)),
    st.tuples(st.just("crash"), st.tuples(PROCESS)),
    st.tuples(st.just("restart"), st.tuples(PROCESS)),
    st.tuples(st.just("all_at_once"), st.tuples()),
    st.tuples(st.just("compare"), st.tuples(PROCESS, st.integers(-1, 35))),
)


async def live(city: City, steps: list[Step]) -> None:
    for name, arguments in steps:
        done = getattr(city, name)(*arguments)
        if done is not None:
            await done


async def compare(city: City) -> None:
    for process in range(PROCESSES):
        for days_back in (0, 1, 7, 29, 30):
            await city.compare(process, days_back)


@settings(max_examples=120, deadline=None)
@given(st.lists(cast("st.SearchStrategy[Step]", STEP), max_size=40), st.randoms(use_true_random=False))
def test_figures_equal_plain_sets(steps: list[Step], random: Random) -> None:
    async def run() -> None:
        city = City(random)
        await live(city, steps)
        await compare(city)

    asyncio.run(run())


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=30), st.integers(0, 2**32))
def test_processes_at_the_same_time_count_everything_once(steps: list[Step], seed: int) -> None:
    async def run() -> None:
        city = City(shuffled(seed))
        for start in range(0, len(steps), 5):
            await live(city, steps[start : start + 5])
            await city.all_at_once()
        await compare(city)

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(40))
async def test_of_two_late_tellings_at_once_the_earlier_first_day_stays(seed: int) -> None:
    documents, clock = UnsteadyDocuments(shuffled(seed)), ManualClock(NOON)
    processes = [Insight(documents, clock, SHANGHAI) for _ in range(3)]
    for process in processes:
        process.visit("a")
        clock.advance(days=1)
    await processes[2].flush()
    await asyncio.gather(*(process.flush() for process in processes))
    today = processes[0].today()
    assert [await processes[0].new_visitors(today - timedelta(back)) for back in (3, 2, 1)] == [1, 0, 0]


async def test_a_process_whose_knowledge_is_old_learns_anew() -> None:
    documents, clock = UnsteadyDocuments(), ManualClock(NOON)
    first, second = (Insight(documents, clock, SHANGHAI) for _ in range(2))
    today = first.today()
    second.visit("a")
    await second.flush()
    clock.advance(days=-2)
    first.visit("a")
    await first.flush()
    clock.advance(days=1)
    second.visit("a")
    assert [await second.new_visitors(today - timedelta(back)) for back in (2, 1, 0)] == [1, 0, 0]


@pytest.mark.parametrize("seed", range(100))
async def test_figures_asked_for_at_the_same_time_do_not_bring_back_old_ones(seed: int) -> None:
    documents, clock = UnsteadyDocuments(shuffled(seed)), ManualClock(NOON)
    watching, working = (Insight(documents, clock, SHANGHAI) for _ in range(2))
    today = working.today()
    working.visit("a")
    await working.checkpoint()
    working.visit("b")
    await asyncio.gather(*(watching.mau(today) for _ in range(3)), working.checkpoint(), watching.dau(today))
    assert [await watching.dau(today), await watching.mau(today)] == [2, 2]


class CarelessDocuments(UnsteadyDocuments):
    """A store that does not look at guards: what keeps two processes apart is gone."""

    async def write(self, *operations: Operation) -> Written:
        return await super().write(*(_unguarded(operation) for operation in operations))


def _unguarded(operation: Operation) -> Operation:
    if isinstance(operation, Patch):
        return Patch(operation.model, operation.id, operation.set, operation.add, None, operation.otherwise)
    return operation


def test_the_race_is_real_without_guards_citizens_share_a_number() -> None:
    async def run() -> None:
        documents = CarelessDocuments(shuffled(1))
        clock = ManualClock(NOON)
        first, second = (Insight(documents, clock, SHANGHAI) for _ in range(2))
        first.visit("a")
        second.visit("b")
        await asyncio.gather(first.flush(), second.flush())
        assert await first.dau(first.today()) == 1

    asyncio.run(run())
