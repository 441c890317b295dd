"""Slices of shared quotas: hardly a round trip, and never more than the quota, however many workers there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from core.clock import Clock, ManualClock, SystemClock
from server.adapters.quota_leases import LeasedQuotas
from server.adapters.redis_ephemeral import RedisEphemeral
from tests.valkey import let_pass, new_prefix, shared_url

PATIENCE = 15.0


@dataclass(frozen=True)
class Worker:
    """What one process of the city has: a connection of its own, and slices of its own."""

    store: RedisEphemeral
    quotas: LeasedQuotas


@asynccontextmanager
async def workers(
    count: int, clock: Clock | None = None, *, prefix: str | None = None, hold_seconds: float = 60
) -> AsyncIterator[list[Worker]]:
    prefix = prefix or new_prefix()
    stores = [RedisEphemeral.open(shared_url(), prefix=prefix, deadline_seconds=10) for _ in range(count)]
    made = [Worker(store, LeasedQuotas(store, clock or SystemClock(), hold_seconds)) for store in stores]
    try:
        yield made
    finally:
        for worker in made:
            await worker.quotas.close()
            await worker.store.close()


async def test_200_takers_in_two_workers_get_the_limit_and_no_more() -> None:
    async with workers(2) as crew:

        async def take_all(quotas: LeasedQuotas, want: int) -> int:
            taken = 0
            while granted := await quotas.lease("q", want, 5_000, 60):
                taken += granted
            return taken

        takers = (take_all(crew[number % 2].quotas, 1 + number % 3) for number in range(200))
        assert sum(await asyncio.gather(*takers)) == 5_000
        assert await crew[0].store.leased("q") == 5_000


async def test_what_is_in_use_never_exceeds_the_limit_while_some_is_given_back() -> None:
    async with workers(2) as crew:
        limit, in_use, most, granted_in_all = 300, 0, 0, 0

        async def come_and_go(quotas: LeasedQuotas, number: int) -> None:
            nonlocal in_use, most, granted_in_all
            for turn in range(10):
                granted = await quotas.lease("q", 1 + (number * 7 + turn) % 4, limit, 60)
                in_use += granted
                granted_in_all += granted
                most = max(most, in_use)
                await asyncio.sleep(0)
                in_use -= granted
                await quotas.give_back("q", granted)

        await asyncio.gather(*(come_and_go(crew[number % 2].quotas, number) for number in range(200)))
        assert most <= limit < granted_in_all
        for worker in crew:
            await worker.quotas.close()
        assert await crew[0].store.leased("q") == 0


async def test_most_leases_cost_no_round_trip() -> None:
    async with workers(1) as (worker,):
        for _ in range(5_000):
            assert await worker.quotas.lease("q", 1, 100_000, 60) == 1
        assert worker.quotas.round_trips == 5
        assert await worker.quotas.leased("q") == 5_000


async def test_many_who_wait_at_once_are_served_by_one_round_trip() -> None:
    async with workers(1) as (worker,):
        granted = await asyncio.gather(*(worker.quotas.lease("q", 1, 1_000, 60) for _ in range(500)))
        assert sum(granted) == 500
        assert worker.quotas.round_trips == 2


async def test_what_is_unused_goes_back_when_a_worker_ends() -> None:
    async with workers(2) as (one, other):
        await one.quotas.lease("q", 3, 1_000, 60)
        assert await one.store.leased("q") == 10
        await one.quotas.close()
        assert await other.store.leased("q") == 3
        assert await other.quotas.lease("q", 2_000, 1_000, 60) == 997


async def test_what_lies_idle_goes_back_by_itself() -> None:
    async with workers(2, hold_seconds=0.02) as (one, other):
        await one.quotas.lease("q", 1, 1_000, 60)
        async with asyncio.timeout(PATIENCE):
            while await other.store.leased("q") != 1:
                pass
        assert await other.quotas.lease("q", 1_000, 1_000, 60) == 999


async def test_a_slice_ends_with_its_quota() -> None:
    clock, prefix = ManualClock(datetime(2026, 11, 22, tzinfo=UTC)), new_prefix()
    async with workers(2, clock, prefix=prefix) as (one, other):
        await one.quotas.lease("q", 1, 1_000, 60)
        let_pass(shared_url(), prefix, 30)
        clock.advance(seconds=30)
        await other.quotas.lease("q", 1, 1_000, 60)  # joins it halfway: its slice ends with the quota, not in 60 s
        let_pass(shared_url(), prefix, 31)
        clock.advance(seconds=31)
        assert await one.quotas.lease("q", 1_000, 1_000, 60) == 1_000
        assert await other.quotas.lease("q", 1, 1_000, 60) == 0
        await other.quotas.close()
        assert await one.store.leased("q") == 1_000


async def test_a_changed_limit_holds_at_once() -> None:
    async with workers(1) as (worker,):
        assert await worker.quotas.lease("q", 1, 10_000, 60) == 1
        assert await worker.quotas.lease("q", 1_000, 500, 60) == 499
        assert await worker.quotas.lease("q", 1, 1, 60) == 0


async def test_small_quotas_are_exact_in_every_worker() -> None:
    async with workers(2) as crew:
        granted = [await crew[number % 2].quotas.lease("q", 1, 150, 60) for number in range(200)]
        assert granted == [1] * 150 + [0] * 50
