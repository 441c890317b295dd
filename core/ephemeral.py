"""What may be lost in a crash without anyone being wronged: rate limits, quotas, nonces, positions, news.

This module is the port. Adapters: server/adapters/memory (one process) and Redis; tests/contract/test_ephemeral.py is
what each must pass. Every method is atomic. A store that cannot be reached raises `StoreUnavailable`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Rate:
    """At most `limit` in any `seconds`, refilled evenly (a token bucket: a full burst, then a steady trickle)."""

    limit: int
    seconds: float

    def __post_init__(self) -> None:
        if self.limit < 1 or self.seconds <= 0:
            raise ValueError(f"a rate of {self.limit} in {self.seconds} s allows nothing")


@dataclass(frozen=True)
class Allowance:
    """The answer of a rate limit: whether it is allowed, how many more are, and the seconds until the next one is."""

    allowed: bool
    remaining: int
    retry_after_seconds: float


class Subscription(Protocol):
    """News of one channel, from the moment of subscribing. A slow reader loses the oldest news first."""

    def __aiter__(self) -> AsyncIterator[str]: ...

    async def close(self) -> None: ...


class Ephemeral(Protocol):
    """The port itself. Keys are colon-separated texts of ours, never a stranger's text."""

    async def allow(self, key: str, rate: Rate, cost: int = 1) -> Allowance:
        """Takes `cost` from the bucket `key`, or takes nothing and says when it would be there."""
        ...

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        """Borrows up to `want` of a quota of `limit`; returns how many were granted (0 when it is used up).

        The quota lives `seconds` from its first lease. All leases together never exceed `limit`.
        """
        ...

    async def give_back(self, key: str, amount: int) -> None:
        """Returns what was leased and not used. More than was leased, or an ended quota: no effect beyond zero."""
        ...

    async def leased(self, key: str) -> int:
        """How much of a quota is taken now."""
        ...

    async def first(self, key: str, seconds: float) -> bool:
        """True for the first caller with this key within `seconds`, False for all others: a nonce's single use."""
        ...

    async def put(self, key: str, value: str, seconds: float) -> None: ...

    async def get(self, key: str) -> str | None: ...

    async def take(self, key: str) -> str | None:
        """The value, removed: of two concurrent takers exactly one gets it."""
        ...

    async def join(self, line: str, member: str) -> int:
        """The member's number in a waiting line, from 1; joining again gives the same number.

        A place that is not asked for in a day is given up, and so is a line that nobody joins for a day.
        """
        ...

    async def turn(self, line: str, member: str, rate: Rate, stay: float) -> float:
        """The seconds until the member's turn in a line that lets members through at `rate`; 0.0 when it has come.

        Turns are given out in the order of asking, each once. Asking again gives the same turn, until `stay` seconds
        after it came. A line that nobody stood in lets `rate.limit` members through at once.
        """
        ...

    async def publish(self, channel: str, message: str) -> None: ...

    async def subscribe(self, channel: str) -> Subscription: ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...
