"""What keeps one department's trouble from everybody else: a circuit breaker and a bulkhead for each card."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Literal

from core.clock import Clock
from service_registry.errors import CardBusy, DepartmentAnswered, UpstreamInvalid, UpstreamUnavailable

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class BreakerRules:
    """Opens for `open_seconds` when, of at least `minimum` calls in `window_seconds`, `ratio` or more failed. Then one
    call at a time is let through, and `probes` answers in a row close it again; one failure opens it anew."""

    window_seconds: float = 30.0
    minimum: int = 20
    ratio: float = 0.5
    open_seconds: float = 10.0
    probes: int = 3


@dataclass
class _Interval:
    """The calls of a tenth of the window."""

    begins: float
    calls: int = 0
    failures: int = 0


class Breaker:
    """Counts as a failure only that no answer came (`UpstreamUnavailable`). An answer that is refused or cannot be
    used shows a system that is alive; were it counted, one citizen's odd record could shut the card for all."""

    def __init__(self, clock: Clock, rules: BreakerRules | None = None) -> None:
        self._now = clock.monotonic
        self._rules = rules or BreakerRules()
        self._intervals: deque[_Interval] = deque()
        self._open_until: float | None = None
        self._probing = False
        self._answered_probes = 0

    @property
    def state(self) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if self._now() < self._open_until else "half_open"

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Around one call. Raises `UpstreamUnavailable` ("open") instead of letting it begin."""
        probe = self._admit()
        try:
            yield
        except UpstreamUnavailable:
            self._record(probe, failed=True)
            raise
        except (UpstreamInvalid, DepartmentAnswered):
            self._record(probe, failed=False)
            raise
        else:
            self._record(probe, failed=False)
        finally:
            if probe:
                self._probing = False

    def _admit(self) -> bool:
        """Whether the call is a probe."""
        if self._open_until is None:
            return False
        left = self._open_until - self._now()
        if left > 0 or self._probing:
            raise UpstreamUnavailable("open", retry_after_seconds=max(1, ceil(left)))
        self._probing = True
        return True

    def _record(self, probe: bool, *, failed: bool) -> None:
        if probe:
            self._record_probe(failed=failed)
        elif self._open_until is None:  # what began before it opened says nothing new
            self._count(failed=failed)

    def _record_probe(self, *, failed: bool) -> None:
        if failed:
            self._open()
            return
        self._answered_probes += 1
        if self._answered_probes >= self._rules.probes:
            self._open_until = None

    def _count(self, *, failed: bool) -> None:
        now = self._now()
        while self._intervals and self._intervals[0].begins <= now - self._rules.window_seconds:
            self._intervals.popleft()
        if not self._intervals or now - self._intervals[-1].begins >= self._rules.window_seconds / 10:
            self._intervals.append(_Interval(now))
        self._intervals[-1].calls += 1
        self._intervals[-1].failures += failed
        if not failed:
            return
        calls = sum(interval.calls for interval in self._intervals)
        failures = sum(interval.failures for interval in self._intervals)
        if calls >= self._rules.minimum and failures >= self._rules.ratio * calls:
            self._open()

    def _open(self) -> None:
        self._open_until = self._now() + self._rules.open_seconds
        self._answered_probes = 0
        self._intervals.clear()


class Bulkhead:
    """At most `places` at once; as many again may wait, `wait_seconds` at most. All others are told at once."""

    def __init__(self, places: int, wait_seconds: float = 0.5) -> None:
        self.places = places
        self._free = asyncio.Semaphore(places)
        self._waiting = 0
        self._wait_seconds = wait_seconds

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Raises `CardBusy` when there is none in time."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if self._waiting >= self.places:
            raise CardBusy
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise CardBusy from None
        finally:
            self._waiting -= 1
