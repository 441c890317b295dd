"""What nobody needs is forgotten, and nothing else."""

import pytest

from core.documents import Document
from core.messages import Message
from identity_center.account import Account
from identity_center.attempts import DailyAttempts
from identity_center.errors import RealNameMismatch, StaffRefused
from identity_center.retention import forget_spent
from identity_center.revocations import Revocation
from identity_center.session import Session
from identity_center.throttle import Attempts
from tests.unit.identity_world import LI_NUMBER, WANG, World


async def counts(world: World, *models: type[Document]) -> list[int]:
    return [await world.documents.count(model, "id") for model in models]


async def test_spent_records_go_and_live_ones_stay() -> None:
    world = World()
    citizen = await world.with_phone()
    await world.with_phone()  # the same device: the first session ends
    with pytest.raises(RealNameMismatch):
        await world.accounts.confirm_real_name(citizen, WANG, LI_NUMBER)
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("nobody", "a guess")
    models = (Revocation, DailyAttempts, Attempts, Session, Account, Message)
    await world.sessions.end_all(await world.citizen(device="another"))  # which is told
    assert await counts(world, *models) == [3, 1, 3, 3, 1, 2]
    assert await forget_spent(world.documents, world.clock, world.settings) == 0
    world.clock.advance(hours=2)
    assert await forget_spent(world.documents, world.clock, world.settings) == 3
    assert await counts(world, *models) == [0, 1, 3, 3, 1, 2]
    world.clock.advance(days=3)
    assert await forget_spent(world.documents, world.clock, world.settings) == 4
    assert await counts(world, *models) == [0, 0, 0, 3, 1, 2]
    world.clock.advance(days=220)
    assert await forget_spent(world.documents, world.clock, world.settings) == 3
    assert await counts(world, *models) == [0, 0, 0, 0, 1, 2]
    world.clock.advance(days=250)
    assert await forget_spent(world.documents, world.clock, world.settings) == 2
    assert await counts(world, *models) == [0, 0, 0, 0, 1, 0]


async def test_a_session_that_has_run_out_is_not_shown() -> None:
    world = World()
    old = await world.citizen(device="old")
    world.clock.advance(days=31)
    new = await world.citizen(device="new")
    assert [view.id for view in await world.sessions.sessions(new)] == [new.session_id]
    assert old.id == new.id


async def test_more_than_a_handful_are_forgotten() -> None:
    world = World()
    await world.documents.write(*(world.revocations.record(f"session-{number}") for number in range(1200)))
    world.clock.advance(hours=2)
    assert await forget_spent(world.documents, world.clock, world.settings) == 1200
