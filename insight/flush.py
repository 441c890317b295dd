"""The flush: events leave memory as one batch, written together with the citizens' new numbers, exactly once."""

import asyncio
from collections.abc import Mapping
from datetime import date

from pyroaring import BitMap

from core.clock import Clock
from core.conditions import field
from core.documents import Delete, Documents, Insert, Operation, Patch, WriteRefused
from core.ids import new_id
from insight.model import CardUse, DayUse, UsageBatch, UsageWriter, serialised
from insight.recorder import CardEvents, DayEvents, Events, Recorder
from insight.visitors import Numbering, Visitors

ATTEMPTS = 100
"""Each refusal means that another process got its flush through, so this many in a row are a fault, not a race."""


class Flusher:
    """Writes what a recorder has taken in. Events whose write did not succeed are kept for the next flush."""

    def __init__(self, documents: Documents, clock: Clock, recorder: Recorder, visitors: Visitors) -> None:
        self._documents = documents
        self._clock = clock
        self._recorder = recorder
        self._visitors = visitors
        self._writer = new_id(clock)
        self._sequence = 0
        self._unwritten: Events = {}
        self._flushing = asyncio.Lock()

    async def flush(self) -> None:
        """Returns when all that was recorded before is durable. Raises `StoreUnavailable`; then nothing is lost."""
        async with self._flushing:
            if self._unwritten:
                await self._write()
            self._unwritten = self._recorder.take()
            if self._unwritten:
                await self._write()

    async def end(self) -> None:
        """Takes the writer's own document away. For after the last flush."""
        await self._documents.write(Delete(UsageWriter, self._writer))

    async def _write(self) -> None:
        """A write whose answer was lost may have succeeded. The writer's sequence tells: each batch moves it on."""
        for attempt in range(1, ATTEMPTS + 1):
            numbering = await self._visitors.numbered(_first_days(self._unwritten))
            try:
                await self._documents.write(self._next(), self._batch(numbering), *numbering.operations)
            except WriteRefused:
                self._visitors.forget(numbering)
                if await self._is_written():
                    break
                if attempt == ATTEMPTS:
                    raise
            else:
                self._visitors.remember(numbering)
                break
        self._sequence += 1
        self._unwritten = {}

    def _next(self) -> Operation:
        return Patch(
            UsageWriter,
            self._writer,
            add={"sequence": 1},
            guard=field("sequence").equals(self._sequence),
            otherwise=UsageWriter(id=self._writer, sequence=1),
        )

    def _batch(self, numbering: Numbering) -> Operation:
        days = tuple(_day_use(day, events, numbering) for day, events in self._unwritten.items())
        return Insert(UsageBatch(id=new_id(self._clock), days=days))

    async def _is_written(self) -> bool:
        writer = await self._documents.get(UsageWriter, self._writer)
        return writer is not None and writer.sequence > self._sequence


def _first_days(events: Events) -> Mapping[str, date]:
    """Each citizen's earliest day; the latest days are put in first and overwritten by earlier ones."""
    return {citizen_id: day for day in sorted(events, reverse=True) for citizen_id in events[day].citizens}


def _day_use(day: date, events: DayEvents, numbering: Numbering) -> DayUse:
    cards = tuple(_card_use(card_id, card, numbering) for card_id, card in events.cards.items())
    return DayUse(day=day, visitors=_numbers(events.citizens, numbering), cards=cards)


def _card_use(card_id: str, card: CardEvents, numbering: Numbering) -> CardUse:
    return CardUse(
        card_id=card_id,
        outcomes=dict(card.outcomes),
        hours=dict(card.hours),
        citizens=_numbers(card.citizens, numbering),
    )


def _numbers(citizens: set[str], numbering: Numbering) -> bytes:
    return serialised(BitMap([numbering.number(citizen_id) for citizen_id in citizens]))
