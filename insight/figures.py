"""The days' figures, kept in memory as long as they are true, and the exact unions of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from pyroaring import BitMap

from core.documents import Documents
from insight.calendar import days_ending
from insight.model import DayUsage, Outcome, UsageTotals

V = TypeVar("V")

MONTH = 30
"""Days of a rolling month."""
KEPT_DAYS = 128
"""Days and unions kept in memory; a day of 23,000 citizens out of 1.37 million takes 47 kB."""


@dataclass(frozen=True, slots=True)
class Day:
    """One city day: who was active, and all uses of cards by outcome and by hour."""

    citizens: BitMap = field(default_factory=BitMap)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    hours: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, usage: DayUsage | None) -> "Day":
        return cls() if usage is None else cls(BitMap.deserialize(usage.visitors), usage.outcomes, usage.hours)


class Activity:
    """Reads each day's document once, and again only when a checkpoint of any process has changed it.

    A changed day ends the unions it is part of, and no others: the union kept for a month leaves out the month's last
    day, so that today's growing figures never cost more than one union of two sets.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._generation: int | None = None
        self._days: OrderedDict[date, Day] = OrderedDict()
        self._unions: OrderedDict[date, BitMap] = OrderedDict()
        # Between reading a document and keeping it, nobody else may learn of a newer one.
        self._reading = asyncio.Lock()

    async def day(self, day: date) -> Day:
        async with self._reading:
            await self._refresh()
            return (await self._read([day]))[0]

    async def mau(self, day: date) -> int:
        async with self._reading:
            await self._refresh()
            earlier = await self._union_before(day)
            return earlier.union_cardinality((await self._read([day]))[0].citizens)

    async def _refresh(self) -> None:
        """Learns which days have changed since the last time."""
        if self._generation is None:
            totals = await self._documents.get(UsageTotals, UsageTotals.ID)
            self._generation = 0 if totals is None else totals.version
        start, after = self._generation + 1, None
        while True:
            changed = await self._documents.find(DayUsage, "generation", at_least=start, after=after)
            for usage in changed.items:
                self._changed(date.fromisoformat(usage.id), Day.of(usage))
                self._generation = usage.generation
            if (after := changed.after) is None:
                return

    def _changed(self, day: date, figures: Day) -> None:
        _keep(self._days, day, figures)
        for end in [end for end in self._unions if timedelta(0) < end - day < timedelta(MONTH)]:
            del self._unions[end]

    async def _read(self, days: list[date]) -> list[Day]:
        known = {day: self._days[day] for day in days if day in self._days}
        missing = [day for day in days if day not in known]
        if missing:
            stored = await self._documents.get_many(DayUsage, [day.isoformat() for day in missing])
            known |= {day: Day.of(stored.get(day.isoformat())) for day in missing}
        for day in days:
            _keep(self._days, day, known[day])
        return [known[day] for day in days]

    async def _union_before(self, day: date) -> BitMap:
        """The citizens of the month that ends with this day, without this day itself."""
        union = self._unions.get(day)
        if union is None:
            days = await self._read(days_ending(day, MONTH)[:-1])
            union = BitMap().union(*(one.citizens for one in days))
        _keep(self._unions, day, union)
        return union


def _keep(kept: OrderedDict[date, V], day: date, value: V) -> None:
    kept[day] = value
    kept.move_to_end(day)
    if len(kept) > KEPT_DAYS:
        kept.popitem(last=False)
