"""Codes that a phone shows: a fresh one every half minute, each good for a minute, so that a screenshot is soon worth
nothing. Tickets and credentials keep to the same times."""

from datetime import UTC, datetime, timedelta

ROTATES = timedelta(seconds=30)
LIVES = timedelta(seconds=60)
CLOCK_SKEW = timedelta(seconds=10)
"""How far a gate's clock may lag behind the city's."""


def half_minute(now: datetime) -> datetime:
    """When the code of this moment was issued: all codes are, on a grid of half minutes."""
    step = int(ROTATES.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // step * step, UTC)
