"""Bookings in the copy of a citizen's data, and at the end of their account."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import BaseModel

from core.clock import Clock
from core.conditions import field
from core.documents import Delete, Documents, GuardFailed, Patch
from core.paging import every
from core.text import Text, text
from service_registry.booking.bookings import Booking, giving_back, releasing
from service_registry.booking.party import companions_context
from service_registry.booking.ports import People

_NAME = "bookings"


class Leaving(Protocol):
    """Whose account ends."""

    @property
    def account_id(self) -> str: ...


class CompanionRecord(BaseModel):
    name: str
    id_number: str


class BookingRecord(BaseModel):
    id: str
    card_id: str
    resource_id: str
    name: Text
    starts_at: datetime
    ends_at: datetime
    places: int
    state: str
    booked_at: datetime
    checked_in_at: datetime | None
    companions: list[CompanionRecord]


class BookingArea:
    name = _NAME
    about: Text = text("预约记录（含同行人）", "Bookings, with the companions")
    record: type[BaseModel] = BookingRecord

    def __init__(self, documents: Documents, people: People) -> None:
        self._documents = documents
        self._people = people

    async def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        async for booking in every(self._documents, Booking, "citizen", account_id):
            companions = []
            if booking.companions is not None:
                context = companions_context(booking.id)
                companions = json.loads(await self._people.open(account_id, booking.companions, context))
            yield BookingRecord.model_validate({**vars(booking), "companions": companions})


class BookingHolding:
    """An account takes its bookings with it: a live one is cancelled, and its places come back once, whoever else
    cancels, admits or misses it at that moment."""

    name = _NAME
    about: Text = text("未使用的预约", "Bookings still to be used")

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def live(self, leaving: Leaving) -> int:
        found = every(self._documents, Booking, "citizen", leaving.account_id)
        return sum([booking.state == "reserved" async for booking in found])

    async def erase(self, leaving: Leaving) -> int:
        count = 0
        async for booking in every(self._documents, Booking, "citizen", leaving.account_id):
            await self._gone(booking)
            count += 1
        return count

    async def _gone(self, booking: Booking) -> None:
        """Who has been let in keeps the place until the slot is over; a later turn comes back for it."""
        if booking.state == "checked_in" and booking.ends_at > self._clock.now():
            return
        try:
            await self._documents.write(*forgetting(booking))
        except GuardFailed:
            return  # its state has changed meanwhile: a later turn looks again


def forgetting(booking: Booking) -> list[Patch[Booking] | Delete]:
    """What removes a booking, with the places that it still holds. It is refused when its state has changed."""
    unchanged = Patch(Booking, booking.id, guard=field("state").equals(booking.state))
    holds = booking.state in ("reserved", "checked_in")
    held = [*giving_back(booking), *releasing(booking)] if holds else []
    return [unchanged, *held, Delete(Booking, booking.id)]  # type: ignore[list-item]


async def forget_past(documents: Documents, clock: Clock, kept: timedelta, batch: int) -> int:
    """Removes bookings that were made so long ago and are over. Ids are sortable by time: the oldest stand first. A
    job; it may be stopped at any moment. Returns how many."""
    count, before = 0, clock.now() - kept
    while True:
        page = await documents.find(Booking, "id", limit=batch)
        due = [one for one in page.items if one.booked_at < before and one.over_at < clock.now()]
        for booking in due:
            with suppress(GuardFailed):
                await documents.write(*forgetting(booking))
        count += len(due)
        if len(due) < len(page.items) or not due:
            return count
