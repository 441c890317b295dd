"""Time comes from a clock that is handed in, so that a test can say what time it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from pydantic import AfterValidator, AwareDatetime, PlainSerializer


def instant_text(moment: datetime) -> str:
    """UTC, fixed width, so that instants sort as text: `2026-11-22T06:30:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first and the last day of the calendar, with an offset
        raise ValueError("outside of the calendar") from error


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
"""A moment, kept in UTC and written so that stored instants sort as they follow each other."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for deadlines and measuring."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is moved. Used by tests and by `cst` rehearsals."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, **duration: float) -> None:
        """Moves on by a `timedelta` given in its own keywords: `advance(minutes=5)`."""
        step = timedelta(**duration)
        self._now += step
        self._elapsed += step.total_seconds()

    def step(self, **duration: float) -> None:
        """Is set to another time, forwards or (with negative figures) back, as a machine's clock may be: no time passes
        by it."""
        self._now += timedelta(**duration)
