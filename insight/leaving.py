"""What figures know of one citizen: on which days they were here, and which cards they used. Exact counting needs a
number for each citizen, and whose number it is stands in one place alone (`Visitor`)."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from typing import Protocol

from pydantic import BaseModel
from pyroaring import BitMap

from core.conditions import field
from core.documents import Delete, Documents, GuardFailed, Insert
from core.ids import new_secret
from core.paging import every
from core.text import Text, text
from insight.model import CardUsage, DayUsage, Visitor

_NAME = "usage"


class Leaving(Protocol):
    """Whose account ends."""

    @property
    def account_id(self) -> str: ...


class UsageRecord(BaseModel):
    """A city day with at least one request, and the cards used on it."""

    day: date
    cards: list[str]


class UsageArea:
    name = _NAME
    about: Text = text("使用日期和使用过的服务", "Days of use, and the services used")
    record: type[BaseModel] = UsageRecord

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        visitor = await self._documents.get(Visitor, account_id)
        if visitor is None:
            return
        async for usage in every(self._documents, DayUsage, "id"):
            if usage.id >= visitor.first_day.isoformat() and visitor.number in BitMap.deserialize(usage.visitors):
                day = date.fromisoformat(usage.id)
                yield UsageRecord(day=day, cards=await self._cards(day, visitor.number))

    async def _cards(self, day: date, number: int) -> list[str]:
        found = every(self._documents, CardUsage, "day", day.isoformat())
        return [usage.use.card_id async for usage in found if number in BitMap.deserialize(usage.use.citizens)]


class UsageHolding:
    """The number stays, so that figures of past days stay true; whose it was is forgotten."""

    name = _NAME
    about: Text = text("使用统计", "Figures of use")

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def live(self, _leaving: Leaving) -> int:
        return 0

    async def erase(self, leaving: Leaving) -> int:
        visitor = await self._documents.get(Visitor, leaving.account_id)
        if visitor is None:
            return 0
        nobody = visitor.model_copy(update={"id": f"erased.{new_secret()}"})
        with suppress(GuardFailed):  # an event of an earlier day came in late: a later turn looks again
            gone = Delete(Visitor, visitor.id, guard=field("first_day").equals(visitor.first_day.isoformat()))
            await self._documents.write(gone, Insert(nobody))
        return 1
