"""The ephemeral port on Redis: rate limits, quotas with and without slices, and the latency a call adds.

    python -m bench.redis [--quick] [--json]

The server is the Valkey of the tests' wheel (or `CST_TEST_REDIS`), on this machine, so it shares the processors with
the caller. The yardstick is redis.asyncio itself in the same loop: the same script, called by EVALSHA, one call after
another on one connection and by a crowd on a connection each. Rounds are interleaved; medians are shown, and a ratio
is the median of each round's own.

The bench checks itself: what was allowed and granted is exactly what the limits say. It ends with status 1 when not.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import uvloop
from redis.asyncio import BlockingConnectionPool, Redis

from core.clock import SystemClock
from core.ephemeral import Rate
from server.adapters.quota_leases import LeasedQuotas
from server.adapters.redis_ephemeral import RedisEphemeral
from server.adapters.redis_scripts import ALLOW
from tests.valkey import forget, new_prefix, shared_url

CROWD = 100
RATE = Rate(limit=1_000_000, seconds=86_400)
LIMIT = 100_000
"""So a slice is 1,000."""


class Fault(Exception):
    """The bench found the store at fault."""


@dataclass(frozen=True)
class Round:
    bare_crowd_per_second: float
    allow_crowd_per_second: float
    bare_alone_us: float
    allow_alone_us: float
    lease_crowd_per_second: float
    sliced_crowd_per_second: float
    sliced_alone_us: float
    round_trips_per_1000_leases: float


async def crowd(count: int, callers: int, call: Callable[[int], Awaitable[Any]]) -> float:
    """Seconds for `count` calls."""
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await call(number)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - started


async def measure(url: str, count: int) -> Round:
    prefix = new_prefix()
    store = RedisEphemeral.open(url, prefix=prefix, deadline_seconds=10)
    pool = BlockingConnectionPool.from_url(url, max_connections=CROWD, decode_responses=True)
    client = Redis.from_pool(pool)
    try:
        return await measure_round(store, bare_caller(client, prefix), count)
    finally:
        await store.close()
        await client.aclose()
        await pool.disconnect()
        forget(url, prefix)


def bare_caller(client: Redis, prefix: str) -> Callable[[int], Awaitable[None]]:
    script: Any = client.register_script(ALLOW.text)

    async def bare(number: int) -> None:
        await script(keys=[f"{prefix}bare:{number % 500}"], args=[RATE.limit, RATE.seconds * 1000, 1])

    return bare


async def measure_round(store: RedisEphemeral, bare: Callable[[int], Awaitable[None]], count: int) -> Round:
    quotas = LeasedQuotas(store, SystemClock())

    async def allow(number: int) -> None:
        if not (await store.allow(f"k{number % 500}", RATE)).allowed:
            raise Fault("a call far below the limit was refused")

    async def lease(_number: int) -> None:
        await store.lease("exact", 1, LIMIT, 3600)

    async def sliced(_number: int) -> None:
        await quotas.lease("sliced", 1, LIMIT, 3600)

    for warm in (bare, allow):
        await crowd(CROWD, CROWD, warm)
    alone = max(200, count // 20)
    measured = Round(
        bare_crowd_per_second=count / await crowd(count, CROWD, bare),
        allow_crowd_per_second=count / await crowd(count, CROWD, allow),
        bare_alone_us=await crowd(alone, 1, bare) / alone * 1e6,
        allow_alone_us=await crowd(alone, 1, allow) / alone * 1e6,
        lease_crowd_per_second=count / await crowd(count, CROWD, lease),
        sliced_crowd_per_second=count / await crowd(count, CROWD, sliced),
        sliced_alone_us=await crowd(alone, 1, sliced) / alone * 1e6,
        round_trips_per_1000_leases=quotas.round_trips * 1000 / (count + alone),
    )
    await quotas.close()
    if await store.leased("exact") != count or await store.leased("sliced") != count + alone:
        raise Fault("leases were miscounted")
    await check_limits(store)
    return measured


async def check_limits(store: RedisEphemeral) -> None:
    answers = await asyncio.gather(*(store.allow("check", Rate(100, 86_400)) for _ in range(300)))
    if sum(one.allowed for one in answers) != 100:
        raise Fault("a limit of 100 was not 100")


def summary(rounds: list[Round]) -> dict[str, float]:
    names = asdict(rounds[0])
    figures = {name: round(statistics.median(getattr(one, name) for one in rounds), 1) for name in names}
    crowds = [one.allow_crowd_per_second / one.bare_crowd_per_second for one in rounds]
    alone = [one.allow_alone_us / one.bare_alone_us for one in rounds]
    return figures | {
        "crowd_ratio_to_bare": round(statistics.median(crowds), 2),
        "alone_ratio_to_bare": round(statistics.median(alone), 2),
    }


def show(figures: dict[str, float]) -> None:
    for name, figure in figures.items():
        print(f"{name.replace('_', ' '):<32} {figure:>12,}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.redis", description="The ephemeral port on Redis.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    arguments = parser.parse_args()
    count, rounds = (4_000, 3) if arguments.quick else (20_000, 5)
    url = shared_url()
    try:
        figures = summary([uvloop.run(measure(url, count)) for _ in range(rounds)])
    except Fault as fault:
        print(f"fault: {fault}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(figures))
    else:
        show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
