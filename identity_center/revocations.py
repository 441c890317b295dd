"""What access tokens say that is no longer true, known in every process: sessions and staff accounts that have ended,
citizens whose level was lowered.

A revocation is written in the same atomic write as what it follows from. The process that wrote it knows at once, the
others through the ephemeral store's news, and, should that be lost, from reading the store again twice a second: within
a second in any case. It is forgotten when the last access token it could concern has run out.
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
"""Between the clocks of machines, at most; what was recorded so long ago is read again each time around."""
_WRITES_APART = timedelta(seconds=5)
"""Between a revocation's moment and when others can read it, usually: read again twice a second."""
_AROUND_SECONDS = 10.0
_LISTEN_AGAIN_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Revocation(Document):
    """Access tokens naming `subject` (a session or account) are worth nothing any more; with an `epoch`, only those
    that are of an earlier one."""

    collection: ClassVar[str] = "revocations"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("recorded_at", ("recorded_at",)),
        Index("forget_at", ("forget_at",)),
    )

    subject: str
    epoch: int | None = None
    recorded_at: Instant
    forget_at: Instant


@dataclass(frozen=True)
class _Until:
    """How long something is remembered: until the clock says so *and* so much time has passed. A clock that was set
    forward and back again must not have made anybody forget."""

    moment: datetime
    monotonic: float

    def or_later(self, other: "_Until | None") -> "_Until":
        if other is None:
            return self
        return _Until(max(self.moment, other.moment), max(self.monotonic, other.monotonic))


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
        self._lowered: dict[str, tuple[int, _Until]] = {}
        self._read_up_to: datetime | None = None

    def holds(self, subject: str) -> bool:
        """Whether the subject has ended."""
        return subject in self._until

    def lowered(self, subject: str, epoch: int) -> bool:
        """Whether a token of this epoch says more of the subject than is true now."""
        known = self._lowered.get(subject)
        return known is not None and epoch < known[0]

    def record(self, subject: str, epoch: int | None = None) -> Insert:
        """The operation that revokes, for the write that it follows from: the subject ends, or (with `epoch`) is
        lowered to what tokens of that epoch say. `announce` it, the same way, when the write has succeeded."""
        now = self._clock.now()
        forget_at = now + self._kept
        return Insert(
            Revocation(id=new_id(self._clock), subject=subject, epoch=epoch, recorded_at=now, forget_at=forget_at)
        )

    async def announce(self, *subjects: str, epoch: int | None = None) -> None:
        """Takes effect here at once, elsewhere as soon as the news arrives."""
        for subject in subjects:
            self._learn(subject, epoch)
        try:
            for subject in subjects:
                await self._ephemeral.publish(_CHANNEL, subject if epoch is None else f"{subject} {epoch}")
        except StoreUnavailable:
            _log.warning("revocations were not announced; other processes read them from the store")

    async def load(self, back: timedelta = _CLOCKS_APART) -> None:
        """Reads what was recorded since the last time and a little before (at first, all that matters), and forgets
        what has run out."""
        now = self._clock.now()
        # A clock that was set back has its past before it once more: all of that is read again.
        known = self._read_up_to if self._read_up_to is not None and self._read_up_to <= now else now - self._kept
        since = known - back
        after: str | None = None
        while True:
            page = await self._documents.find(Revocation, "recorded_at", at_least=since, limit=1000, after=after)
            for revocation in page.items:
                self._learn(revocation.subject, revocation.epoch, revocation.forget_at)
            after = page.after
            if after is None:
                break
        self._read_up_to = now
        self._forget(now, self._clock.monotonic())

    def _learn(self, subject: str, epoch: int | None, forget_at: datetime | None = None) -> None:
        """For as long as any token of it can live from now on, or, read from the store, from when it was revoked."""
        now = self._clock.now()
        forget_at = forget_at or now + self._kept
        left = min(max(forget_at - now, timedelta()), self._kept)
        until = _Until(forget_at, self._clock.monotonic() + left.total_seconds())
        if epoch is None:
            self._until[subject] = until.or_later(self._until.get(subject))
            return
        known, kept = self._lowered.get(subject, (0, None))
        self._lowered[subject] = (max(epoch, known), until.or_later(kept))

    def _forget(self, now: datetime, elapsed: float) -> None:
        for subject, until in list(self._until.items()):
            if until.moment <= now and until.monotonic <= elapsed:
                del self._until[subject]
        for subject, (_, until) in list(self._lowered.items()):
            if until.moment <= now and until.monotonic <= elapsed:
                del self._lowered[subject]

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
            await asyncio.sleep(max(self._reload_seconds, _LISTEN_AGAIN_SECONDS))

    async def _hear(self, news: Subscription) -> None:
        try:
            await self.load()  # what was announced before this listened
            async for told in news:
                subject, _, epoch = told.partition(" ")
                self._learn(subject, int(epoch) if epoch else None)
        finally:
            await news.close()

    async def _reload(self) -> None:
        """Usually a look at the last seconds, which costs next to nothing; now and then at the last minute."""
        looked_around, is_away = self._clock.monotonic(), False
        while True:
            await asyncio.sleep(self._reload_seconds)
            around = self._clock.monotonic() - looked_around >= _AROUND_SECONDS
            try:
                await self.load(_CLOCKS_APART if around else _WRITES_APART)
            except StoreUnavailable:
                if not is_away:
                    _log.warning("revocations cannot be read from the store; trying again")
                is_away = True
            else:
                looked_around, is_away = self._clock.monotonic() if around else looked_around, False
