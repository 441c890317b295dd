"""The ephemeral port that goes on when the shared store is away: limits, quotas, nonces and values are then this
worker's own. N workers together may allow N times a limit, and what was put before is not found, until it is back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from core.ephemeral import Allowance, Ephemeral, Rate, Subscription
from core.errors import StoreUnavailable
from core.tasks import ended
from server.adapters.quota_leases import Quotas

_log = logging.getLogger(__name__)
T = TypeVar("T")
PROBE_SECONDS = 0.5


class PerWorkerFallback:
    """Over `shared`, and `own` in this worker's memory; `quotas` are the shared ones, sliced or not. Closes them all.

    News are always the shared ones: `publish` and `subscribe` raise `StoreUnavailable` while the store is away.
    """

    def __init__(self, shared: Ephemeral, own: Ephemeral, quotas: Quotas | None = None) -> None:
        self._shared = shared
        self._own = own
        self._quotas = quotas or shared
        self._probing: asyncio.Task[None] | None = None

    @property
    def degraded(self) -> bool:
        """Whether the shared store is away. It is asked again every half second, until it answers."""
        return self._probing is not None

    async def allow(self, key: str, rate: Rate, cost: int = 1) -> Allowance:
        return await self._either(lambda: self._shared.allow(key, rate, cost), lambda: self._own.allow(key, rate, cost))

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        return await self._either(
            lambda: self._quotas.lease(key, want, limit, seconds), lambda: self._own.lease(key, want, limit, seconds)
        )

    async def give_back(self, key: str, amount: int) -> None:
        """To where it was taken: what this worker leased on its own never lowers the shared count."""
        if own := min(amount, await self._own.leased(key)):
            await self._own.give_back(key, own)
        if amount > own:
            await self._either(lambda: self._quotas.give_back(key, amount - own), _nothing)

    async def leased(self, key: str) -> int:
        return await self._either(lambda: self._quotas.leased(key), lambda: self._own.leased(key))

    async def first(self, key: str, seconds: float) -> bool:
        """Nonces are always remembered here too: one that this worker has seen stays used when the store comes or
        goes."""
        new_here = True
        with suppress(StoreUnavailable):  # full: then the shared store alone decides, while there is one
            new_here = await self._own.first(key, seconds)
        if not new_here:
            return False
        return await self._either(lambda: self._shared.first(key, seconds), lambda: self._known(key, seconds))

    async def _known(self, key: str, seconds: float) -> bool:
        """True for a nonce that `first` has just written down; raises `StoreUnavailable` when it could not."""
        return not await self._own.first(key, seconds)

    async def put(self, key: str, value: str, seconds: float) -> None:
        await self._own.take(key)
        await self._either(lambda: self._shared.put(key, value, seconds), lambda: self._own.put(key, value, seconds))

    async def get(self, key: str) -> str | None:
        own = await self._own.get(key)
        return own if own is not None else await self._either(lambda: self._shared.get(key), _none)

    async def take(self, key: str) -> str | None:
        own = await self._own.take(key)
        shared = await self._either(lambda: self._shared.take(key), _none)
        return shared if own is None else own

    async def join(self, line: str, member: str) -> int:
        return await self._either(lambda: self._shared.join(line, member), lambda: self._own.join(line, member))

    async def turn(self, line: str, member: str, rate: Rate, stay: float) -> float:
        return await self._either(
            lambda: self._shared.turn(line, member, rate, stay), lambda: self._own.turn(line, member, rate, stay)
        )

    async def publish(self, channel: str, message: str) -> None:
        await self._shared.publish(channel, message)

    async def subscribe(self, channel: str) -> Subscription:
        return await self._shared.subscribe(channel)

    async def ping(self) -> None:
        """Answers also while degraded, because everything still works; see `degraded`."""
        await self._either(self._shared.ping, self._own.ping)

    async def close(self) -> None:
        if self._probing:
            await ended(self._probing)
        await self._quotas.close()
        await self._shared.close()
        await self._own.close()

    async def _either(self, shared: Callable[[], Awaitable[T]], own: Callable[[], Awaitable[T]]) -> T:
        """The shared answer; this worker's own while the store is away. Only those who were under way when it went
        wait for the deadline."""
        if self._probing is None:
            try:
                return await shared()
            except StoreUnavailable:
                self._degrade()
        return await own()

    def _degrade(self) -> None:
        if self._probing is None:
            _log.warning("the shared ephemeral store is away: limits, quotas and nonces are per worker")
            self._probing = asyncio.create_task(self._probe())

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            with suppress(StoreUnavailable):
                await self._shared.ping()
                break
        _log.warning("the shared ephemeral store is back")
        self._probing = None


async def _none() -> None:
    return None


_nothing = _none
