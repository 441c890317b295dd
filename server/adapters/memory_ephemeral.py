"""The ephemeral port in this process's memory: all that one process needs. Several processes need Redis.

Nothing is awaited inside a method, so each one is atomic among the tasks of its event loop. There are no timers: what
has ended is dropped by the calls that add something new, a few entries each.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from core.clock import Clock
from core.ephemeral import Allowance, Rate, Subscription
from core.errors import StoreUnavailable

V = TypeVar("V")
CAPACITY = 500_000
"""Entries of one kind. A flood of keys meets it long before memory runs short (about 150 MB of rate-limit buckets)."""
BACKLOG = 1_000
"""News a subscriber may be behind before it loses the oldest."""
LINE_SECONDS = 86_400.0


class MemoryEphemeral:
    """When full, buckets and values make room by dropping what would end soonest; nonces, quotas and lines, which
    must not be forgotten early, raise `StoreUnavailable` instead."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._now = clock.monotonic
        self._buckets: _Expiring[None] = _Expiring(capacity, forgets=True)
        self._values: _Expiring[str] = _Expiring(capacity, forgets=True)
        self._nonces: _Expiring[None] = _Expiring(capacity, forgets=False)
        self._quotas: _Expiring[int] = _Expiring(capacity, forgets=False)
        self._lines: _Expiring[int] = _Expiring(capacity, forgets=False)
        self._places: _Expiring[int] = _Expiring(capacity, forgets=False)
        self._tails: _Expiring[None] = _Expiring(capacity, forgets=False)
        self._turns: _Expiring[None] = _Expiring(capacity, forgets=False)
        self._subscribers: dict[str, set[News]] = {}

    async def allow(self, key: str, rate: Rate, cost: int = 1) -> Allowance:
        # A bucket is kept as the moment at which it will be full again (the generic cell rate algorithm): one number.
        now = self._now()
        per_unit = rate.seconds / rate.limit
        rounding = per_unit / 1000
        spent = max(0.0, self._buckets.end_of(key) - now)
        wanted = spent + cost * per_unit
        if wanted > rate.seconds + rounding:
            return Allowance(False, max(0, int((rate.seconds - spent + rounding) / per_unit)), wanted - rate.seconds)
        self._buckets.put(key, None, now + wanted, now)
        return Allowance(True, int((rate.seconds - wanted + rounding) / per_unit), 0.0)

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        now = self._now()
        taken, end = self._quotas.get(key, now) or (0, now + seconds)
        granted = max(0, min(want, limit - taken))
        if granted:
            self._quotas.put(key, taken + granted, end, now)
        return granted

    async def give_back(self, key: str, amount: int) -> None:
        now = self._now()
        if (quota := self._quotas.get(key, now)) is not None:
            taken, end = quota
            self._quotas.put(key, max(0, taken - amount), end, now)

    async def leased(self, key: str) -> int:
        quota = self._quotas.get(key, self._now())
        return quota[0] if quota else 0

    async def first(self, key: str, seconds: float) -> bool:
        now = self._now()
        if self._nonces.get(key, now) is not None:
            return False
        self._nonces.put(key, None, now + seconds, now)
        return True

    async def put(self, key: str, value: str, seconds: float) -> None:
        now = self._now()
        self._values.put(key, value, now + seconds, now)

    async def get(self, key: str) -> str | None:
        kept = self._values.get(key, self._now())
        return kept[0] if kept else None

    async def take(self, key: str) -> str | None:
        kept = self._values.pop(key, self._now())
        return kept[0] if kept else None

    async def join(self, line: str, member: str) -> int:
        now = self._now()
        place = f"{line}\0{member}"
        known = self._places.get(place, now)
        length, _ = self._lines.get(line, now) or (0, 0.0)
        number = known[0] if known else length + 1
        self._places.put(place, number, now + LINE_SECONDS, now)
        self._lines.put(line, max(length, number), now + LINE_SECONDS, now)
        return number

    async def turn(self, line: str, member: str, rate: Rate, stay: float) -> float:
        now = self._now()
        place = f"{line}\0{member}"
        known = self._turns.get(place, now)
        if known is not None:
            return max(0.0, known[1] - stay - now)
        wanted = max(0.0, self._tails.end_of(line) - now) + rate.seconds / rate.limit
        wait = max(0.0, wanted - rate.seconds)
        self._turns.put(place, None, now + wait + stay, now)
        self._tails.put(line, None, now + wanted, now)
        return wait

    async def publish(self, channel: str, message: str) -> None:
        for subscriber in self._subscribers.get(channel, ()):
            subscriber.receive(message)

    async def subscribe(self, channel: str) -> Subscription:
        subscribers = self._subscribers.setdefault(channel, set())
        news = News(subscribers)
        subscribers.add(news)
        return news

    def entries(self) -> int:
        """How much is remembered, for the operator's figures."""
        kinds = (self._buckets, self._values, self._nonces, self._quotas, self._lines, self._places, self._turns)
        return sum(len(kind) for kind in kinds)

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        for subscribers in self._subscribers.values():
            for news in list(subscribers):
                await news.close()


class _Expiring(Generic[V]):
    """Values that end. A heap holds each key with an end it once had; a key whose end has moved since is put back when
    it comes up, so that extending an entry costs nothing."""

    def __init__(self, capacity: int, *, forgets: bool) -> None:
        self._capacity = capacity
        self._forgets = forgets
        self._kept: dict[str, tuple[V, float]] = {}
        self._ends: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def end_of(self, key: str) -> float:
        """When it ends or ended; 0 when nothing is known of it."""
        kept = self._kept.get(key)
        return kept[1] if kept else 0.0

    def get(self, key: str, now: float) -> tuple[V, float] | None:
        kept = self._kept.get(key)
        return kept if kept and kept[1] > now else None

    def pop(self, key: str, now: float) -> tuple[V, float] | None:
        kept = self._kept.pop(key, None)
        return kept if kept and kept[1] > now else None

    def put(self, key: str, value: V, end: float, now: float) -> None:
        if key not in self._kept:
            self._make_room(now)
            heapq.heappush(self._ends, (end, key))
        self._kept[key] = (value, end)

    def _make_room(self, now: float) -> None:
        for _ in range(2):  # two out for one in: what has ended cannot pile up
            if self._ends and self._ends[0][0] <= now:
                self._settle_first()
        while len(self._kept) >= self._capacity:
            if not self._forgets and self._ends[0][0] > now:
                raise StoreUnavailable("ephemeral")
            self._settle_first()
        if len(self._ends) > 2 * len(self._kept) + 1_000:  # what was taken before its end
            self._ends = [(end, key) for key, (_, end) in self._kept.items()]
            heapq.heapify(self._ends)

    def _settle_first(self) -> None:
        """Drops the key whose end comes first, or puts it back when its end has moved."""
        end, key = heapq.heappop(self._ends)
        kept = self._kept.get(key)
        if kept and kept[1] > end:
            heapq.heappush(self._ends, (kept[1], key))
        elif kept:
            del self._kept[key]


class News:
    """One subscriber's unread messages."""

    def __init__(self, subscribers: "set[News]") -> None:
        self._subscribers = subscribers
        self._unread: deque[str] = deque(maxlen=BACKLOG)
        self._changed = asyncio.Event()

    def receive(self, message: str) -> None:
        self._unread.append(message)
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while self._unread or self in self._subscribers:
            if self._unread:
                yield self._unread.popleft()
            else:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        self._subscribers.discard(self)
        self._unread.clear()
        self._changed.set()
