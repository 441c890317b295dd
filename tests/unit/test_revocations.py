"""What access tokens say that is no longer true: known everywhere, also when the news of it was lost."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import ValidationError

from core.clock import ManualClock
from identity_center.errors import TokenExpired
from identity_center.settings import IdentitySettings
from identity_center.staff.log import Actor
from server.adapters.memory_ephemeral import MemoryEphemeral
from tests.unit.identity_world import NOON, World

OPERATOR, AUTHORITY = Actor("operator-1", "li.na", "operator"), Actor(name="authority")


async def comes_true(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        for _ in iter(holds, True):
            await asyncio.sleep(0)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("news_arrives", [True, False])
async def test_a_lowered_level_reaches_the_other_processes(news_arrives: bool) -> None:
    here = World()
    settings = here.settings.model_copy(update={"revocation_reload_seconds": 5 if news_arrives else 0.01})
    ephemeral = here.ephemeral if news_arrives else MemoryEphemeral(here.clock)
    there = World(here.documents, clock=here.clock, vault=here.vault, ephemeral=ephemeral, settings=settings)
    listening = asyncio.create_task(there.revocations.run())
    citizen = await here.with_real_name()
    token = (await here.sessions.access_token(citizen.id, citizen.session_id)).text
    assert there.tokens.citizen(token).assurance == 2
    await here.withdrawals.of_account(citizen.id, "real_name", "authority", AUTHORITY)
    await comes_true(lambda: there.revocations.lowered(citizen.id, 0))
    with pytest.raises(TokenExpired):
        there.tokens.citizen(token)
    fresh = (await here.sessions.access_token(citizen.id, citizen.session_id)).text
    assert there.tokens.citizen(fresh).assurance == 1
    await ended(listening)


async def test_a_level_lowered_twice_is_not_lifted_by_late_news_of_the_first_time() -> None:
    world = World()
    for epoch in (2, 1):
        await world.revocations.announce("account", epoch=epoch)
    assert [world.revocations.lowered("account", epoch) for epoch in (0, 1, 2, 3)] == [True, True, False, False]
    assert not world.revocations.lowered("another", 0)
    assert not world.revocations.holds("account")


async def test_a_lowered_level_is_known_after_a_restart_and_forgotten_when_no_token_can_be_left() -> None:
    before = World()
    citizen = await before.with_real_name()
    await before.withdrawals.of_account(citizen.id, "phone", "given_up", OPERATOR)
    after = World(before.documents, clock=before.clock, vault=before.vault)
    await after.revocations.load()
    assert after.revocations.lowered(citizen.id, 0)
    after.clock.advance(minutes=62)
    await after.revocations.load()
    assert not after.revocations.lowered(citizen.id, 0)


async def test_what_a_machine_wrote_whose_clock_is_behind_is_found_when_looking_around() -> None:
    here = World()
    late = ManualClock(NOON - timedelta(seconds=40))
    there = World(here.documents, clock=late, vault=here.vault)
    await here.revocations.load()
    await here.documents.write(there.revocations.record("session"))
    await here.revocations.load(timedelta(seconds=5))
    assert not here.revocations.holds("session")
    await here.revocations.load()
    assert here.revocations.holds("session")


def test_lost_news_is_made_good_within_a_second() -> None:
    assert IdentitySettings().revocation_reload_seconds <= 1
    with pytest.raises(ValidationError):
        IdentitySettings(revocation_reload_seconds=1.5)
