"""Slices of shared quotas: most requests are counted in the worker, without a round trip to the store.

A worker borrows a hundredth of a quota at a time and hands it out. What all workers hold has been taken from the quota,
so together they never exceed it. The price: near the end, a worker may refuse what another still holds; therefore
what is not used within `HOLD_SECONDS` goes back. Quotas below 200 are too small to slice: each lease of them is a call.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from core.clock import Clock
from core.errors import StoreUnavailable
from core.tasks import ended

_log = logging.getLogger(__name__)
SHARE = 100
HOLD_SECONDS = 1.0
NEAR_END_SECONDS = 5.0
"""So close to a quota's end nothing is given back: it could arrive after the end and count for the next one."""


class Borrowed(NamedTuple):
    """What was granted of a quota, and the seconds until that quota ends."""

    granted: int
    seconds_left: float


class Quotas(Protocol):
    """The part of the ephemeral port that counts quotas."""

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int: ...

    async def give_back(self, key: str, amount: int) -> None: ...

    async def leased(self, key: str) -> int: ...

    async def close(self) -> None: ...


class Lender(Quotas, Protocol):
    """Quotas that say when they end."""

    async def borrow(self, key: str, want: int, limit: int, seconds: float) -> Borrowed: ...


@dataclass
class _Slice:
    """What this worker holds of one quota. `wanted` is what callers wait for while more is being borrowed."""

    limit: int
    unused: int = 0
    wanted: int = 0
    ends: float = 0.0
    idle_since: float = 0.0
    failures: int = 0
    borrowing: asyncio.Lock = field(default_factory=asyncio.Lock)


class LeasedQuotas:
    """Quotas of `store`, handed out of slices. `round_trips` counts the calls to the store."""

    def __init__(self, store: Lender, clock: Clock, hold_seconds: float = HOLD_SECONDS) -> None:
        self._store = store
        self._now = clock.monotonic
        self._hold_seconds = hold_seconds
        self._slices: dict[str, _Slice] = {}
        self._returning: asyncio.Task[None] | None = None
        self.round_trips = 0

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        size = limit // SHARE
        held = self._slices.get(key)
        if held is not None and held.limit != limit:
            await self._return(key)
            held = None
        if size < 2:
            self.round_trips += 1
            return await self._store.lease(key, want, limit, seconds)
        held = held or self._slices.setdefault(key, _Slice(limit))
        if self._available(held) < want:
            await self._borrow(key, held, want, size, seconds)
        granted = max(0, min(want, self._available(held)))
        held.unused -= granted
        held.idle_since = self._now()
        return granted

    async def give_back(self, key: str, amount: int) -> None:
        held = self._slices.get(key)
        if held is not None and self._now() < held.ends:
            kept = max(0, min(amount, held.limit // SHARE - held.unused))
            held.unused += kept
            amount -= kept
        if amount > 0:
            self.round_trips += 1
            await self._store.give_back(key, amount)

    async def leased(self, key: str) -> int:
        """Without what this worker holds unused; what others hold counts as taken."""
        taken = await self._store.leased(key)
        held = self._slices.get(key)
        return max(0, taken - self._available(held)) if held else taken

    async def close(self) -> None:
        """Gives back what is unused. Raises nothing: what cannot be given back ends with its quota."""
        if self._returning:
            await ended(self._returning)
        for key in list(self._slices):
            await self._return(key)

    def _available(self, held: _Slice) -> int:
        return held.unused if self._now() < held.ends else 0

    async def _borrow(self, key: str, held: _Slice, want: int, size: int, seconds: float) -> None:
        """One call for all that wait here. A slice is trusted until the quota's end as the store told it."""
        held.wanted += want
        failures = held.failures
        try:
            async with held.borrowing:
                if held.failures > failures:  # while this waited: it does not wait for another deadline
                    raise StoreUnavailable("ephemeral")
                available = self._available(held)
                if available >= want:
                    return
                held.unused = available  # what outlived its quota is worth nothing
                asked = self._now()
                self.round_trips += 1
                try:
                    borrowed = await self._store.borrow(key, max(size, held.wanted) - available, held.limit, seconds)
                except StoreUnavailable:
                    held.failures += 1
                    raise
                held.unused += borrowed.granted
                held.ends = asked + borrowed.seconds_left
        finally:
            held.wanted -= want
        held.idle_since = self._now()
        if self._returning is None or self._returning.done():
            self._returning = asyncio.create_task(self._return_idle())

    async def _return_idle(self) -> None:
        while self._slices:
            await asyncio.sleep(self._hold_seconds / 2)
            since = self._now() - self._hold_seconds
            for key, held in list(self._slices.items()):
                if held.idle_since <= since and not held.wanted:
                    await self._return(key)

    async def _return(self, key: str) -> None:
        held = self._slices.pop(key, None)
        if held is None or not held.unused or held.ends - self._now() < NEAR_END_SECONDS:
            return
        amount, held.unused = held.unused, 0
        self.round_trips += 1
        try:
            await self._store.give_back(key, amount)
        except StoreUnavailable:
            _log.warning("%d unused uses of a quota could not be given back", amount)
