"""Insight: every request and every use of a card is told to it, and it answers what the operators ask."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable
from datetime import date, timedelta, tzinfo

from pyroaring import BitMap

from core.clock import Clock
from core.documents import Documents
from core.errors import CityError
from insight.calendar import CityMinute
from insight.checkpoint import checkpoint
from insight.errors import RangeTooLong
from insight.figures import Activity
from insight.flush import Flusher
from insight.model import CardFigures, CardUsage, DayFigures, Outcome, Totals, UsageTotals, Uses, Visitor
from insight.recorder import Recorder
from insight.visitors import Visitors

FLUSH_SECONDS = 0.2
"""What a kill -9 can cost: events of this long, and of the write that was under way."""
CHECKPOINT_SECONDS = 60.0
REMEMBERED = 65_536
"""Citizens kept in memory, to know their number and whether they were seen today."""
LONGEST_RANGE = 366
"""Days that one call of `days` answers."""

_log = logging.getLogger(__name__)


class Insight:
    """Usage of one process, and the figures of all processes on the same documents.

    `visit` and `used` belong to the event loop's thread and wait for nothing. Every figure includes all that this
    process was told before it was asked, and what other processes have flushed. Figures raise `StoreUnavailable`.
    """

    def __init__(self, documents: Documents, clock: Clock, zone: tzinfo, *, remembered: int = REMEMBERED) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._recorder = Recorder(clock, zone, remembered)
        self._visitors = Visitors(documents, remembered)
        self._flusher = Flusher(documents, clock, self._recorder, self._visitors)
        self._activity = Activity(documents)
        self._stopping = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._delayed = False
        self._merging = asyncio.Lock()

    def visit(self, citizen_id: str) -> None:
        """A signed-in citizen made a request."""
        self._recorder.visit(citizen_id)

    def used(self, citizen_id: str, card_id: str, outcome: Outcome) -> None:
        """A signed-in citizen used a card. It counts as a visit as well."""
        self._recorder.used(citizen_id, card_id, outcome)

    async def start(self) -> None:
        """Flushes every 0.2 s and makes a checkpoint every minute, until `stop`."""
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Writes everything down. A store that cannot be reached is reported in the log, and stops nobody."""
        self._stopping.set()
        if self._loop is not None:
            await self._loop
        try:
            await self.checkpoint()
            await self._flusher.end()
        except CityError:
            _log.exception("insight.not_flushed")

    async def flush(self) -> None:
        """Returns when all that was told before is durable. Raises `StoreUnavailable`; then nothing is lost."""
        await self._flusher.flush()

    async def checkpoint(self) -> None:
        """Flushes, and merges what all processes have flushed into the figures. Raises `StoreUnavailable`."""
        await self._flusher.flush()
        async with self._merging:
            await checkpoint(self._documents)

    def today(self) -> date:
        """The city's present day."""
        return CityMinute.of(self._clock.now(), self._zone).day

    async def dau(self, day: date) -> int:
        """Different citizens with at least one signed-in request on that city day."""
        await self.checkpoint()
        return len((await self._activity.day(day)).citizens)

    async def mau(self, day: date) -> int:
        """Different citizens with at least one signed-in request in the 30 city days that end with that one."""
        await self.checkpoint()
        return await self._activity.mau(day)

    async def new_visitors(self, day: date) -> int:
        """Citizens whose first day ever this was."""
        await self.flush()
        return await self._documents.count(Visitor, "first_day", day.isoformat())

    async def day(self, day: date) -> DayFigures:
        return (await self.days(day, day))[0]

    async def days(self, first: date, last: date) -> tuple[DayFigures, ...]:
        """Every day from `first` to `last`, both included. Raises `RangeTooLong` beyond 366 days."""
        length = (last - first).days + 1
        if length > LONGEST_RANGE:
            raise RangeTooLong(LONGEST_RANGE)
        await self.checkpoint()
        return tuple([await self._day(first + timedelta(offset)) for offset in range(length)])

    async def cards(self, day: date) -> tuple[CardFigures, ...]:
        """Each card used on that day, the most used first."""
        await self.checkpoint()
        figures: list[CardFigures] = []
        after = None
        while True:
            page = await self._documents.find(CardUsage, "day", day.isoformat(), after=after)
            figures += map(_card_figures, page.items)
            if (after := page.after) is None:
                return tuple(sorted(figures, key=lambda card: (-card.uses.all, card.card_id)))

    async def hourly(self, day: date, card_id: str | None = None) -> tuple[int, ...]:
        """Uses by hour of the city's clock, 24 numbers: of one card, or of all cards."""
        await self.checkpoint()
        if card_id is None:
            hours = (await self._activity.day(day)).hours
        else:
            usage = await self._documents.get(CardUsage, CardUsage.id_of(day, card_id))
            hours = {} if usage is None else usage.use.hours
        return tuple(hours.get(hour, 0) for hour in range(24))

    async def totals(self) -> Totals:
        await self.checkpoint()
        totals = await self._documents.get(UsageTotals, UsageTotals.ID)
        return Totals(await self._visitors.count(), Uses.of({} if totals is None else totals.outcomes))

    async def _day(self, day: date) -> DayFigures:
        figures, mau = await self._activity.day(day), await self._activity.mau(day)
        new_visitors = await self._documents.count(Visitor, "first_day", day.isoformat())
        return DayFigures(day, len(figures.citizens), mau, new_visitors, Uses.of(figures.outcomes))

    async def _run(self) -> None:
        due = self._clock.monotonic() + CHECKPOINT_SECONDS
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), FLUSH_SECONDS)
            if self._clock.monotonic() < due:
                await self._attempt(self.flush())
            elif await self._attempt(self.checkpoint()):
                due = self._clock.monotonic() + CHECKPOINT_SECONDS

    async def _attempt(self, writing: Awaitable[None]) -> bool:
        """Whether it went well. What did not is tried again by the next turn, and reported once until one does."""
        try:
            await writing
        except Exception:  # noqa: BLE001 - whatever it is, the figures go on when it is over
            if not self._delayed:
                _log.warning("insight.delayed", exc_info=True)
            self._delayed = True
        else:
            self._delayed = False
        return not self._delayed


def _card_figures(usage: CardUsage) -> CardFigures:
    use = usage.use
    return CardFigures(use.card_id, Uses.of(use.outcomes), len(BitMap.deserialize(use.citizens)))
