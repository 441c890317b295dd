"""How often a card may be used, and that nobody loses a use to somebody else's failure."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import StoreUnavailable
from server.adapters.memory_ephemeral import MemoryEphemeral
from service_registry.errors import CardQuotaUsedUp, CitizenQuotaUsedUp, RecordNotFound, UpstreamUnavailable
from service_registry.manifest import Manifest
from service_registry.manifest_values import Quota
from service_registry.quota import QuotaBoard, period_at
from tests.gateway_city import NOON, SHANGHAI, card


def limited(per_citizen: str = "2/day", per_card: str = "5/day") -> Manifest:
    return card(None, limits={"per_citizen": per_citizen, "per_card": per_card}).manifest


def board(start: datetime = NOON) -> tuple[QuotaBoard, ManualClock]:
    clock = ManualClock(start)
    return QuotaBoard(MemoryEphemeral(clock), clock, SHANGHAI), clock


async def use(quotas: QuotaBoard, asked: Manifest, citizen: str = "a", error: Exception | None = None) -> None:
    async with quotas.taken(asked, citizen):
        if error is not None:
            raise error


async def test_a_citizen_uses_a_card_as_often_as_it_allows_until_midnight_in_the_city() -> None:
    quotas, clock = board()
    asked = limited()
    await use(quotas, asked)
    await use(quotas, asked)
    with pytest.raises(CitizenQuotaUsedUp) as refused:
        await use(quotas, asked)
    assert refused.value.retry_after_seconds == 12 * 3600
    assert refused.value.facts == {"limit": 2, "period": "day"}
    clock.advance(hours=12, seconds=-1)
    with pytest.raises(CitizenQuotaUsedUp):
        await use(quotas, asked)
    clock.advance(seconds=1)
    await use(quotas, asked)


async def test_one_citizen_does_not_use_up_anothers_and_all_together_meet_the_cards_limit() -> None:
    quotas, _ = board()
    asked = limited()
    for citizen in ("a", "a", "b", "b", "c"):
        await use(quotas, asked, citizen)
    with pytest.raises(CardQuotaUsedUp) as refused:
        await use(quotas, asked, "c")
    assert refused.value.retry_after_seconds == 12 * 3600
    assert await quotas.left_for(asked, "c") == 1


async def test_cards_have_quotas_of_their_own() -> None:
    quotas, _ = board()
    other = card(None, id="gy.social_security", limits={"per_citizen": "2/day"}).manifest
    asked = limited()
    await use(quotas, asked)
    await use(quotas, asked)
    await use(quotas, other)
    assert await quotas.left_for(other, "a") == 1


async def test_a_use_that_failed_is_given_back_and_one_that_was_answered_is_not() -> None:
    quotas, _ = board()
    asked = limited()
    for error in (UpstreamUnavailable("timeout"), KeyError("x")):
        with suppress(type(error)):
            await use(quotas, asked, error=error)
    assert (await quotas.left_for(asked, "a"), await quotas.left(asked)) == (2, 5)
    with suppress(RecordNotFound):
        await use(quotas, asked, error=RecordNotFound())
    assert (await quotas.left_for(asked, "a"), await quotas.left(asked)) == (1, 4)


async def test_a_use_that_fails_after_midnight_is_not_given_back_to_the_new_day() -> None:
    quotas, clock = board(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC))
    asked = limited("1/day")
    with suppress(KeyError):
        async with quotas.taken(asked, "a"):
            clock.advance(seconds=2)
            await use(quotas, asked)
            raise KeyError
    with pytest.raises(CitizenQuotaUsedUp):
        await use(quotas, asked)


async def test_of_many_at_once_exactly_as_many_pass_as_there_are_uses() -> None:
    quotas, _ = board()
    asked = limited("1000/day", "30/day")
    results = await asyncio.gather(*(use(quotas, asked, f"c{n % 7}") for n in range(100)), return_exceptions=True)
    assert sum(result is None for result in results) == 30
    assert await quotas.left(asked) == 0


async def test_operators_see_what_is_left() -> None:
    quotas, clock = board()
    asked = limited()
    assert await quotas.left(asked) == 5
    await use(quotas, asked)
    assert await quotas.left(asked) == 4
    clock.advance(days=1)
    assert await quotas.left(asked) == 5


async def test_a_limit_lowered_below_what_was_used_leaves_none() -> None:
    quotas, _ = board()
    for _ in range(2):
        await use(quotas, limited())
    assert await quotas.left_for(limited("1/day"), "a") == 0


class _FailingAfterLease(MemoryEphemeral):
    """A store that goes away between taking and giving back."""

    async def give_back(self, key: str, amount: int) -> NoReturn:
        raise StoreUnavailable("ephemeral")


async def test_the_caller_hears_of_the_first_trouble_and_not_of_the_second() -> None:
    clock = ManualClock(NOON)
    quotas = QuotaBoard(_FailingAfterLease(clock), clock, SHANGHAI)
    with pytest.raises(UpstreamUnavailable):
        await use(quotas, limited(), error=UpstreamUnavailable("timeout"))


@pytest.mark.parametrize(
    ("quota", "moment", "name", "seconds"),
    [
        ("1/day", "2026-11-22T23:59:59+08:00", "20261122", 1),
        ("1/day", "2026-11-23T00:00:00+08:00", "20261123", 86400),
        ("1/hour", "2026-11-22T12:00:00+08:00", "20261122T12+0800", 3600),
        ("1/hour", "2026-11-22T12:59:59.5+08:00", "20261122T12+0800", 1),
        ("1/minute", "2026-11-22T12:30:10+08:00", "20261122T1230+0800", 50),
    ],
)
def test_periods_are_the_citys_calendar(quota: str, moment: str, name: str, seconds: int) -> None:
    count, period = quota.split("/")
    found = period_at(Quota(int(count), period), datetime.fromisoformat(moment), SHANGHAI)
    assert (found.name, found.seconds_left) == (name, seconds)


YEAR_2020, YEAR_2035 = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-01-01")
"""Without a zone, as hypothesis wants its bounds."""


@settings(deadline=None)
@given(
    moment=st.datetimes(YEAR_2020, YEAR_2035, timezones=st.just(UTC)),
    period=st.sampled_from(["minute", "hour", "day"]),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"]),
)
def test_a_period_ends_when_it_says_even_where_clocks_are_changed(moment: datetime, period: str, zone: str) -> None:
    quota, city = Quota(1, period), ZoneInfo(zone)
    now = period_at(quota, moment, city)
    assert 1 <= now.seconds_left <= (25 * 3600 if period == "day" else quota.seconds)
    last = moment + timedelta(seconds=now.seconds_left - 1)
    after = moment + timedelta(seconds=now.seconds_left)
    assert period_at(quota, last, city).name == now.name
    assert period_at(quota, after, city).name != now.name
