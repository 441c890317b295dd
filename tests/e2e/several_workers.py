"""A city of several workers, asked on connections of their own, so that every worker answers some of them."""

import asyncio
from collections.abc import Callable

import httpx

from tests.e2e.processes import command_of, family
from tests.running_city import RunningCity

WORKERS = 2
ASKED = 16
SECONDS = 60.0


def workers(city: RunningCity) -> set[int]:
    return {pid for pid in family(city.process.pid) if " -m server.worker" in command_of(pid)}


async def asked_of_all(city: RunningCity, path: str, headers: dict[str, str] | None = None) -> list[httpx.Response]:
    """Answers on new connections, which the workers take in turn."""
    each_its_own = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=city.url, trust_env=False, timeout=60, limits=each_its_own) as client:
        return await asyncio.gather(*(client.get(path, headers=headers) for _ in range(ASKED)))


async def everywhere(
    city: RunningCity, path: str, headers: dict[str, str] | None, holds: Callable[[httpx.Response], bool]
) -> None:
    """Returns as soon as every answer is as it should be."""
    async with asyncio.timeout(SECONDS):
        while not all(map(holds, await asked_of_all(city, path, headers))):  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(0.05)
