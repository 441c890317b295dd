"""What has ended before its access tokens have: sessions and staff accounts, known in every process.

A revocation is written in the same atomic write as what it follows from. The process that wrote it knows at once, the
others through the ephemeral store's news, and, should that be lost, from reading the store again every few seconds. It
is forgotten when the last access token it could concern has run out.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from core.clock import Clock, Instant
from core.documents import Document, Documents, Index, Insert
from core.ephemeral import Ephemeral, Subscription
from core.errors import StoreUnavailable
from core.ids import new_id
from identity_center.settings import IdentitySettings

_CHANNEL = "identity:revoked"
_CLOCKS_APART = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class Revocation(Document):
    """That access tokens naming `subject` (a session or staff account) are worth nothing any more."""

    collection: ClassVar[str] = "revocations"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("recorded_at", ("recorded_at",)),
        Index("forget_at", ("forget_at",)),
    )

    subject: str
    recorded_at: Instant
    forget_at: Instant


@dataclass(frozen=True)
class _Until:
    """How long a subject is remembered: until the clock says so *and* so much time has passed. A clock that was set
    forward and back again must not have made anybody forget."""

    moment: datetime
    monotonic: float


class Revocations:
    """The revoked subjects, in memory. `run` keeps them up to date; until `load` has returned, serve nobody."""

    def __init__(self, documents: Documents, ephemeral: Ephemeral, clock: Clock, settings: IdentitySettings) -> None:
        self._documents = documents
        self._ephemeral = ephemeral
        self._clock = clock
        self._reload_seconds = settings.revocation_reload_seconds
        longest = max(settings.tokens.access_minutes, settings.tokens.staff_minutes)
        self._kept = timedelta(minutes=longest) + _CLOCKS_APART
        self._until: dict[str, _Until] = {}
        self._read_up_to: datetime | None = None

    def holds(self, subject: str) -> bool:
        return subject in self._until

    def record(self, subject: str) -> Insert:
        """The operation that revokes, for the write that ends the subject. `announce` it when that has succeeded."""
        now = self._clock.now()
        revocation = Revocation(id=new_id(self._clock), subject=subject, recorded_at=now, forget_at=now + self._kept)
        return Insert(revocation)

    async def announce(self, *subjects: str) -> None:
        """Takes effect here at once, elsewhere as soon as the news arrives."""
        for subject in subjects:
            self._remember(subject)
        try:
            for subject in subjects:
                await self._ephemeral.publish(_CHANNEL, subject)
        except StoreUnavailable:
            _log.warning("revocations were not announced; other processes read them from the store")

    async def load(self) -> None:
        """Reads what was recorded since the last time (at first, all that matters) and forgets what has run out."""
        now, elapsed = self._clock.now(), self._clock.monotonic()
        # A clock that was set back has its past before it once more: all of that is read again.
        known = self._read_up_to if self._read_up_to is not None and self._read_up_to <= now else now - self._kept
        since = known - _CLOCKS_APART
        after: str | None = None
        while True:
            page = await self._documents.find(Revocation, "recorded_at", at_least=since, limit=1000, after=after)
            for revocation in page.items:
                self._remember(revocation.subject, revocation.forget_at)
            after = page.after
            if after is None:
                break
        self._read_up_to = now
        for subject, until in list(self._until.items()):
            if until.moment <= now and until.monotonic <= elapsed:
                del self._until[subject]

    def _remember(self, subject: str, forget_at: datetime | None = None) -> None:
        """For as long as any token of it can live from now on, or, read from the store, from when it was revoked."""
        now = self._clock.now()
        forget_at = forget_at or now + self._kept
        left = min(max(forget_at - now, timedelta()), self._kept)
        until = _Until(forget_at, self._clock.monotonic() + left.total_seconds())
        earlier = self._until.get(subject, until)
        self._until[subject] = _Until(max(earlier.moment, until.moment), max(earlier.monotonic, until.monotonic))

    async def run(self) -> None:
        """Listens and reads again, until cancelled. A store that is away for a while is waited for."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._reload())

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear(await self._ephemeral.subscribe(_CHANNEL))
            except StoreUnavailable:
                _log.warning("news of revocations cannot be heard; reading them from the store meanwhile")
            await asyncio.sleep(self._reload_seconds)

    async def _hear(self, news: Subscription) -> None:
        try:
            await self.load()  # what was announced before this listened
            async for subject in news:
                self._remember(subject)
        finally:
            await news.close()

    async def _reload(self) -> None:
        while True:
            await asyncio.sleep(self._reload_seconds)
            try:
                await self.load()
            except StoreUnavailable:
                _log.warning("revocations cannot be read from the store; trying again")
