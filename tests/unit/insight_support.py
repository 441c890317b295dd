"""Documents that misbehave as real stores do, and small helpers for the tests of insight."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from core.clock import ManualClock
from core.conditions import Storable
from core.documents import Document, Operation, Page, Written
from core.errors import StoreUnavailable
from insight.usage import Insight
from server.adapters.memory_documents import MemoryDocuments

D = TypeVar("D", bound=Document)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Guiyang on 22 November 2026."""


def city(documents: MemoryDocuments | None = None, start: datetime = NOON) -> tuple[Insight, ManualClock]:
    clock = ManualClock(start)
    return Insight(documents or MemoryDocuments(), clock, SHANGHAI), clock


class UnsteadyDocuments(MemoryDocuments):
    """Lets other tasks in before and after it acts, in an order that `random` decides; and breaks down when told to.

    `breakdown` concerns the next write: "before" refuses it, "after" carries it out and loses the answer.
    """

    def __init__(self, random: Random | None = None) -> None:
        super().__init__()
        self.breakdown: Literal["before", "after"] | None = None
        self.has_broken_down = asyncio.Event()
        self._random = random

    async def get(self, model: type[D], document_id: str) -> D | None:
        await self._others()
        found = await super().get(model, document_id)
        await self._others()
        return found

    async def get_many(self, model: type[D], document_ids: Sequence[str]) -> dict[str, D]:
        await self._others()
        found = await super().get_many(model, document_ids)
        await self._others()
        return found

    async def find(
        self,
        model: type[D],
        index: str,
        *equals: Storable,
        at_least: Storable = None,
        below: Storable = None,
        descending: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[D]:
        await self._others()
        page = await super().find(
            model, index, *equals, at_least=at_least, below=below, descending=descending, limit=limit, after=after
        )
        await self._others()
        return page

    async def write(self, *operations: Operation) -> Written:
        await self._others()
        breakdown, self.breakdown = self.breakdown, None
        if breakdown:
            self.has_broken_down.set()
        if breakdown == "before":
            raise StoreUnavailable("documents")
        written = await super().write(*operations)
        if breakdown == "after":
            raise StoreUnavailable("documents")
        return written

    async def _others(self) -> None:
        for _ in range(self._random.randrange(4) if self._random else 0):
            await asyncio.sleep(0)
