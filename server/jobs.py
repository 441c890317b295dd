"""Work that comes round again: each job in its own task, and no failure of one ends it or another.

Some of it ends or forgets things because of what time it is. A clock that is set wrong for a minute must not close
tomorrow's bookings: those jobs wait until the clock has run steadily for a while.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from core.clock import Clock
from core.errors import CityError
from core.tasks import ended

STEP_SECONDS = 60.0
"""A clock that is further off than this was set; less is what machines correct all the time."""
PATIENCE_SECONDS = 900.0
"""A clock that was set and then ran on for so long is believed."""
log = logging.getLogger("jobs")


@dataclass(frozen=True)
class Job:
    seconds: float
    """Between the end of one run and the start of the next."""
    run: Callable[[], Awaitable[object]]
    believes_the_clock: bool = False
    """Whether it does by the clock what nobody can undo."""


class ClockWatch:
    """Whether the wall clock can be believed: it has gone on as time has passed, or was set a good while ago."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._believed = self._ahead()
        self._seen = self._believed
        self._since = clock.monotonic()

    def is_steady(self) -> bool:
        ahead, now = self._ahead(), self._clock.monotonic()
        if abs(ahead - self._seen) > STEP_SECONDS:
            log.warning("the clock was set", extra={"seconds": round(ahead - self._seen)})
            self._seen, self._since = ahead, now
        if abs(ahead - self._believed) > STEP_SECONDS and now - self._since < PATIENCE_SECONDS:
            return False
        self._believed = self._seen = ahead
        return True

    def _ahead(self) -> float:
        """Of the time that has passed, in seconds from wherever."""
        return self._clock.now().timestamp() - self._clock.monotonic()


@asynccontextmanager
async def running(jobs: Mapping[str, Job], clock: Clock) -> AsyncIterator[None]:
    """Runs the jobs until the block is left; one that is under way then is cancelled."""
    watch = ClockWatch(clock)
    tasks = [asyncio.create_task(_again_and_again(name, job, watch)) for name, job in jobs.items()]
    try:
        yield
    finally:
        await ended(*tasks)


async def _again_and_again(name: str, job: Job, watch: ClockWatch) -> None:
    while True:
        try:
            if not job.believes_the_clock or watch.is_steady():
                await job.run()
        except CityError as error:
            log.warning("job put off", extra={"job": name, "code": error.code})
        except Exception:
            log.exception("job failed", extra={"job": name})
        await asyncio.sleep(job.seconds)
