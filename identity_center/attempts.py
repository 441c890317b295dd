"""Attempts that are counted before they are made, so that a hundred at once are no more than the limit."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import ClassVar

from core.clock import Clock
from core.conditions import field
from core.documents import Document, Documents, GuardFailed, Index, Patch


class DailyAttempts(Document):
    """How many attempts of one kind somebody made on one day."""

    collection: ClassVar[str] = "identity_attempts"
    indexes: ClassVar[tuple[Index, ...]] = (Index("day", ("day",)),)

    day: date
    used: int


class DailyLimit:
    """At most `per_day` attempts of one kind per account and calendar day of the city; they survive a restart."""

    def __init__(self, documents: Documents, clock: Clock, zone: tzinfo, kind: str, per_day: int) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._kind = kind
        self._per_day = per_day

    async def take(self, account_id: str) -> int | None:
        """Counts one attempt. Returns how many are left after it, or None when there was none left to take."""
        attempts_id, day = self._today(account_id)
        first = DailyAttempts(id=attempts_id, day=day, used=1)
        taken = Patch(
            DailyAttempts, attempts_id, add={"used": 1}, guard=field("used").below(self._per_day), otherwise=first
        )
        try:
            written = await self._documents.write(taken)
        except GuardFailed:
            return None
        return self._per_day - written.after(taken).used

    async def give_back(self, account_id: str) -> None:
        """For an attempt that came to nothing through no doing of the citizen's."""
        attempts_id, _ = self._today(account_id)
        try:
            await self._documents.write(
                Patch(DailyAttempts, attempts_id, add={"used": -1}, guard=field("used").above(0))
            )
        except GuardFailed:
            return  # midnight has passed in between

    def seconds_to_tomorrow(self) -> int:
        """Until the next attempt can be made, rounded up."""
        now = self._clock.now()
        tomorrow = now.astimezone(self._zone).date() + timedelta(days=1)
        return int((datetime.combine(tomorrow, time(), self._zone) - now).total_seconds()) + 1

    def _today(self, account_id: str) -> tuple[str, date]:
        day = self._clock.now().astimezone(self._zone).date()
        return f"{account_id}.{self._kind}.{day.isoformat()}", day
