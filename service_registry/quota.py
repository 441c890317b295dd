"""How often a card may be used: by one citizen, and by all of them together, per minute, hour or day of the city."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.ephemeral import Ephemeral
from core.errors import StoreUnavailable
from service_registry.errors import CardQuotaUsedUp, CitizenQuotaUsedUp, DepartmentAnswered
from service_registry.manifest import Manifest
from service_registry.manifest_values import Quota

SLACK_SECONDS = 60
"""A quota outlives its period by this much, so that what began before midnight can be given back after it."""


@dataclass(frozen=True)
class Period:
    """The running minute, hour or day: its name inside a key, and the whole seconds until it ends (at least 1)."""

    name: str
    seconds_left: int


class QuotaBoard:
    """Takes, gives back and shows. Quotas live on the ephemeral port: after its loss they start anew."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock, zone: ZoneInfo) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._zone = zone

    @asynccontextmanager
    async def taken(self, card: Manifest, citizen_id: str) -> AsyncIterator[None]:
        """One use of both quotas for what happens inside, kept only when the department answered (yes or no).

        Raises `CitizenQuotaUsedUp` or `CardQuotaUsedUp`, and takes nothing then.
        """
        keys = await self._take(card, citizen_id)
        try:
            yield
        except DepartmentAnswered:
            raise
        except BaseException:
            with suppress(StoreUnavailable):  # what went wrong inside is what the caller should hear of
                for key in keys:
                    await self._ephemeral.give_back(key, 1)
            raise

    async def left(self, card: Manifest) -> int:
        """Uses left to all citizens together in the running period."""
        key, _ = self._card_key(card)
        return max(0, card.limits.per_card.count - await self._ephemeral.leased(key))

    async def left_for(self, card: Manifest, citizen_id: str) -> int:
        """Uses left to one citizen in the running period."""
        key, _ = self._citizen_key(card, citizen_id)
        return max(0, card.limits.per_citizen.count - await self._ephemeral.leased(key))

    async def _take(self, card: Manifest, citizen_id: str) -> tuple[str, str]:
        own, total = card.limits.per_citizen, card.limits.per_card
        citizen_key, citizen_seconds = self._citizen_key(card, citizen_id)
        card_key, card_seconds = self._card_key(card)
        if not await self._ephemeral.lease(citizen_key, 1, own.count, citizen_seconds + SLACK_SECONDS):
            raise CitizenQuotaUsedUp(own.count, own.period, citizen_seconds)
        if not await self._ephemeral.lease(card_key, 1, total.count, card_seconds + SLACK_SECONDS):
            await self._ephemeral.give_back(citizen_key, 1)
            raise CardQuotaUsedUp(total.period, card_seconds)
        return citizen_key, card_key

    def _citizen_key(self, card: Manifest, citizen_id: str) -> tuple[str, int]:
        period = self._period(card.limits.per_citizen)
        return f"quota:citizen:{card.id}:{citizen_id}:{period.name}", period.seconds_left

    def _card_key(self, card: Manifest) -> tuple[str, int]:
        period = self._period(card.limits.per_card)
        return f"quota:card:{card.id}:{period.name}", period.seconds_left

    def _period(self, quota: Quota) -> Period:
        return period_at(quota, self._clock.now(), self._zone)


def period_at(quota: Quota, now: datetime, zone: ZoneInfo) -> Period:
    """The minute, hour or day of the zone's calendar that `now` lies in."""
    local = now.astimezone(zone)
    if quota.period == "day":
        ends = _midnight(local.date() + timedelta(days=1), zone)
        return Period(local.strftime("%Y%m%d"), max(1, ceil(ends.timestamp() - now.timestamp())))
    layout = "%Y%m%dT%H%z" if quota.period == "hour" else "%Y%m%dT%H%M%z"
    into = local.second + local.microsecond / 1e6 + (local.minute * 60 if quota.period == "hour" else 0)
    return Period(local.strftime(layout), max(1, ceil(quota.seconds - into)))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
