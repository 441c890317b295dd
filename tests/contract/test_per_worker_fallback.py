"""When Redis is away, limits, quotas and nonces go on in each worker, and it says so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.ephemeral import Rate
from core.errors import StoreUnavailable
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.per_worker_fallback import PerWorkerFallback
from server.adapters.quota_leases import LeasedQuotas
from server.adapters.redis_ephemeral import RedisEphemeral
from tests.valkey import Valkey

PATIENCE = 15.0
RATE = Rate(limit=2, seconds=3_600)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    yield server
    server.kill()


@asynccontextmanager
async def worker_on(server: Valkey) -> AsyncIterator[PerWorkerFallback]:
    clock = SystemClock()
    shared = RedisEphemeral.open(server.url, deadline_seconds=0.3)
    worker = PerWorkerFallback(shared, MemoryEphemeral(clock), LeasedQuotas(shared, clock))
    try:
        yield worker
    finally:
        await worker.close()


async def is_back(worker: PerWorkerFallback) -> None:
    async with asyncio.timeout(PATIENCE):
        while worker.degraded:
            with suppress(StoreUnavailable):
                await worker.publish("nobody", "listens")


async def test_two_workers_share_their_limits_while_the_store_is_there(server: Valkey) -> None:
    async with worker_on(server) as one, worker_on(server) as other:
        assert [(await worker.allow("k", RATE)).allowed for worker in (one, other, one)] == [True, True, False]
        assert [await worker.first("nonce", 60) for worker in (one, other)] == [True, False]
        assert not one.degraded
        await one.ping()


async def test_each_goes_on_alone_when_it_is_away_and_together_when_it_is_back(server: Valkey) -> None:
    async with worker_on(server) as one, worker_on(server) as other:
        await one.ping()
        server.kill()
        for worker in (one, other):
            assert [(await worker.allow("k", RATE)).allowed for _ in range(3)] == [True, True, False]
            assert [await worker.lease("q", 7, 10, 60) for _ in range(3)] == [7, 3, 0]
            assert [await worker.first("nonce", 60) for _ in range(2)] == [True, False]
            assert [await worker.join("line", member) for member in "aba"] == [1, 2, 1]
            await worker.put("k", "it", 60)
            assert await worker.get("k") == "it"
            assert worker.degraded
            await worker.ping()
        server.restart()
        await is_back(one)
        await is_back(other)
        answers = [(await worker.allow("k", RATE)).allowed for worker in (one, other, one)]
        assert answers == [True, True, False]


async def test_a_hanging_store_costs_its_deadline_once(server: Valkey) -> None:
    async with worker_on(server) as worker:
        await worker.ping()
        server.hang()
        async with asyncio.timeout(PATIENCE):  # a deadline each would take five times as long
            for number in range(250):
                assert (await worker.allow(f"k{number}", RATE)).allowed
        assert worker.degraded
        server.go_on()
        await is_back(worker)
        assert await worker.first("nonce", 60)


async def test_all_who_wait_for_one_quota_of_a_hanging_store_wait_for_one_deadline(server: Valkey) -> None:
    async with worker_on(server) as worker:
        await worker.ping()
        server.hang()
        async with asyncio.timeout(PATIENCE):  # a deadline each would take a minute
            granted = await asyncio.gather(*(worker.lease("q", 1, 100_000, 60) for _ in range(200)))
        assert sum(granted) == 200
        assert worker.degraded


async def test_a_nonce_seen_here_stays_used_whether_the_store_comes_or_goes(server: Valkey) -> None:
    async with worker_on(server) as worker:
        assert await worker.first("before", 60)
        server.kill()
        assert not await worker.first("before", 60)
        assert await worker.first("meanwhile", 60)
        server.restart()
        await is_back(worker)
        assert not await worker.first("before", 60)
        assert not await worker.first("meanwhile", 60)


async def test_what_was_put_here_meanwhile_is_found_and_taken_once_when_it_is_back(server: Valkey) -> None:
    async with worker_on(server) as worker:
        await worker.ping()
        server.kill()
        await worker.put("k", "meanwhile", 60)
        server.restart()
        await is_back(worker)
        assert await worker.get("k") == "meanwhile"
        assert [await worker.take("k") for _ in range(2)] == ["meanwhile", None]
        await worker.put("k", "later", 60)
        assert await worker.get("k") == "later"


async def test_what_was_leased_alone_is_not_given_back_to_all(server: Valkey) -> None:
    async with worker_on(server) as worker:
        await worker.ping()
        server.kill()
        assert await worker.lease("q", 4, 10, 60) == 4
        server.restart()
        await is_back(worker)
        assert await worker.lease("q", 5, 10, 60) == 5
        await worker.give_back("q", 4)
        assert await worker.leased("q") == 5
        await worker.give_back("q", 4)
        assert await worker.leased("q") == 1


async def test_news_say_that_they_do_not_reach_the_others(server: Valkey) -> None:
    async with worker_on(server) as worker:
        server.kill()
        with pytest.raises(StoreUnavailable):
            await worker.publish("cards", "one")
        with pytest.raises(StoreUnavailable):
            await worker.subscribe("cards")
