"""Work that comes round again: each job in its own task, and no failure of one ends it or another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.errors import CityError
from core.tasks import ended

log = logging.getLogger("jobs")


@dataclass(frozen=True)
class Job:
    seconds: float
    """Between the end of one run and the start of the next."""
    run: Callable[[], Awaitable[object]]


@asynccontextmanager
async def running(jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Runs the jobs until the block is left; one that is under way then is cancelled."""
    tasks = [asyncio.create_task(_again_and_again(name, job)) for name, job in jobs.items()]
    try:
        yield
    finally:
        await ended(*tasks)


async def _again_and_again(name: str, job: Job) -> None:
    while True:
        try:
            await job.run()
        except CityError as error:
            log.warning("job put off", extra={"job": name, "code": error.code})
        except Exception:
            log.exception("job failed", extra={"job": name})
        await asyncio.sleep(job.seconds)
