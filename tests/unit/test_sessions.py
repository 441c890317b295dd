"""Staying signed in, and ending it: on purpose, by theft, by time."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from core.caller import FACE, REAL_NAME, Citizen, StepUpNeeded
from core.clock import ManualClock
from core.conditions import Storable
from core.documents import Document, Page, Patch
from core.ephemeral import Subscription
from core.errors import StoreUnavailable
from identity_center.errors import RefreshRefused, SessionNotFound, TokenInvalid, WeChatCodeInvalid
from identity_center.revocations import Revocation
from identity_center.session import Session, refresh_token
from identity_center.sessions import MOST_SESSIONS
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import NOON, InBetween, World

D = TypeVar("D", bound=Document)


async def test_a_login_code_works_once() -> None:
    world = World()
    code = world.wechat.login_code("openid-li")
    await world.sessions.sign_in(code, "device-1")
    with pytest.raises(WeChatCodeInvalid):
        await world.sessions.sign_in(code, "device-1")


async def test_each_refresh_gives_a_new_token_and_uses_up_the_old() -> None:
    world = World()
    pair = await world.sign_in()
    seen = {pair.refresh_token}
    for _ in range(20):
        world.clock.advance(minutes=20)
        pair = await world.sessions.refresh(pair.refresh_token, "device-1")
        assert world.tokens.citizen(pair.access_token).assurance == 0
        seen.add(pair.refresh_token)
    assert len(seen) == 21


async def test_a_lost_answer_is_given_again_for_thirty_seconds() -> None:
    world = World()
    first = await world.sign_in()
    lost = await world.sessions.refresh(first.refresh_token, "device-1")
    world.clock.advance(seconds=30)
    again = await world.sessions.refresh(first.refresh_token, "device-1")
    assert again.refresh_token == lost.refresh_token
    assert await world.sessions.refresh(again.refresh_token, "device-1")


async def test_a_token_used_twice_ends_the_session_and_its_access_tokens() -> None:
    world = World()
    first = await world.sign_in()
    second = await world.sessions.refresh(first.refresh_token, "device-1")
    world.clock.advance(seconds=31)
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(first.refresh_token, "device-1")
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(second.refresh_token, "device-1")
    for pair in (first, second):
        with pytest.raises(TokenInvalid):
            world.tokens.citizen(pair.access_token)
    session = (await world.documents.find(Session, "id")).items[0]
    assert session.end_reason == "token_reused"


async def test_a_token_older_than_the_last_two_ends_the_session_within_the_grace_time_too() -> None:
    world = World()
    first = await world.sign_in()
    second = await world.sessions.refresh(first.refresh_token, "device-1")
    third = await world.sessions.refresh(second.refresh_token, "device-1")
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(first.refresh_token, "device-1")
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(third.refresh_token, "device-1")


async def test_another_device_is_refused_and_the_owner_goes_on() -> None:
    world = World()
    pair = await world.sign_in()
    for device in ("device-2", "", "device-1 "):
        with pytest.raises(RefreshRefused):
            await world.sessions.refresh(pair.refresh_token, device)
    assert await world.sessions.refresh(pair.refresh_token, "device-1")


async def test_a_guessed_token_is_refused_and_ends_nothing() -> None:
    """Knowing a session's id is not enough to end it."""
    world = World()
    pair = await world.sign_in()
    session_id, _, digest = pair.refresh_token.split(".")
    guesses = ["", ".", "..", "x", f"{session_id}.1.", f"{session_id}.1.{'A' * 43}", f"{session_id}.2.{digest}"]
    guesses += [
        f"{session_id}.0.{digest}",
        f"{session_id}.-1.{digest}",
        f"{session_id}.١.{digest}",
        f"other.1.{digest}",
    ]
    guesses += [f"{session_id}.{'9' * 5000}.{digest}", f"{session_id}.1.{digest}.", f"{session_id}.1.密", "\0.1.\0"]
    for guess in guesses:
        with pytest.raises(RefreshRefused):
            await world.sessions.refresh(guess, "device-1")
    assert await world.sessions.refresh(pair.refresh_token, "device-1")


async def test_after_a_restored_backup_a_newer_token_is_refused_and_ends_nothing() -> None:
    world = World()
    pair = await world.sign_in()
    newer = await world.sessions.refresh(pair.refresh_token, "device-1")
    await world.documents.write(Patch(Session, pair.refresh_token.partition(".")[0], set={"generation": 1}))
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(newer.refresh_token, "device-1")
    assert await world.sessions.refresh(pair.refresh_token, "device-1")


async def test_the_key_without_the_database_makes_no_token() -> None:
    world = World()
    await world.sign_in()
    session = (await world.documents.find(Session, "id")).items[0]
    guessed = session.model_copy(update={"seed": "a guess"})
    assert refresh_token(world.vault, guessed) != refresh_token(world.vault, session)


async def test_two_refreshes_at_once_get_the_same_token(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    pair = await world.sign_in()
    for _ in range(5):
        pairs = await asyncio.gather(*(world.sessions.refresh(pair.refresh_token, "device-1") for _ in range(20)))
        assert len({each.refresh_token for each in pairs}) == 1
        assert pairs[0].refresh_token != pair.refresh_token
        pair = pairs[0]
    await world.documents.close()


async def test_a_refresh_and_a_sign_out_at_once_leave_nothing_alive(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    for number in range(20):
        pair = await world.sign_in(device=f"device-{number}")
        citizen = world.tokens.citizen(pair.access_token)
        refreshed, _ = await asyncio.gather(
            world.sessions.refresh(pair.refresh_token, f"device-{number}"),
            world.sessions.sign_out(citizen),
            return_exceptions=True,
        )
        if not isinstance(refreshed, BaseException):
            with pytest.raises(TokenInvalid):
                world.tokens.citizen(refreshed.access_token)
            with pytest.raises(RefreshRefused):
                await world.sessions.refresh(refreshed.refresh_token, f"device-{number}")
    assert await world.sessions.sessions(citizen) == ()
    await world.documents.close()


async def test_a_session_that_ends_during_its_refresh_is_refused() -> None:
    documents = InBetween()
    world = World(documents)
    pair = await world.sign_in()
    session_id = pair.refresh_token.partition(".")[0]
    documents.happens = Patch(Session, session_id, set={"ended_at": NOON, "live_account": None})
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(pair.refresh_token, "device-1")


@pytest.mark.parametrize(("days_between", "lives"), [(29, 180 // 29), (31, 0)])
async def test_a_session_ends_when_unused_and_when_old(days_between: int, lives: int) -> None:
    world = World()
    pair = await world.sign_in()
    refreshes = 0
    while True:
        world.clock.advance(days=days_between)
        try:
            pair = await world.sessions.refresh(pair.refresh_token, "device-1")
        except RefreshRefused:
            break
        refreshes += 1
    assert refreshes == lives


async def test_refreshing_makes_no_proof_younger() -> None:
    world = World()
    await world.with_real_name()
    pair = await world.sign_in()
    await world.sessions.raise_to_face(world.tokens.citizen(pair.access_token), NOON)
    for _ in range(3):
        world.clock.advance(minutes=11)
        pair = await world.sessions.refresh(pair.refresh_token, "device-1")
        refreshed = world.tokens.citizen(pair.access_token)
        assert refreshed.assurance == FACE
        assert set(refreshed.proved_at.values()) == {NOON}
        with pytest.raises(StepUpNeeded):
            refreshed.require(FACE, 600, world.clock.now())


async def test_a_new_sign_in_knows_the_person_and_has_seen_no_face() -> None:
    world = World()
    citizen = await world.with_real_name()
    await world.sessions.raise_to_face(citizen, NOON)
    assert (await world.citizen()).assurance == REAL_NAME


async def test_a_face_raises_the_session_that_showed_it_and_no_other() -> None:
    world = World()
    here = await world.with_real_name()
    there = await world.citizen(device="device-2")
    raised = world.tokens.citizen((await world.sessions.raise_to_face(here, NOON)).text)
    assert (raised.assurance, raised.proved_at[FACE]) == (FACE, NOON)
    assert (await world.now(there)).assurance == REAL_NAME
    raised.require(FACE, 600, NOON + timedelta(minutes=10))
    with pytest.raises(StepUpNeeded):
        raised.require(FACE, 600, NOON + timedelta(minutes=11))


async def test_a_face_without_a_name_raises_nothing() -> None:
    world = World()
    with pytest.raises(StepUpNeeded) as refused:
        await world.sessions.raise_to_face(await world.with_phone(), NOON)
    assert refused.value.assurance == REAL_NAME


async def test_signing_out_works_at_once_and_twice() -> None:
    world = World()
    citizen = await world.with_real_name()
    pair = await world.sign_in()
    citizen = world.tokens.citizen(pair.access_token)
    await world.sessions.sign_out(citizen)
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(pair.access_token)
    with pytest.raises(RefreshRefused):
        await world.sessions.refresh(pair.refresh_token, "device-1")
    with pytest.raises(SessionNotFound):
        await world.sessions.access_token(citizen.id, citizen.session_id)
    with pytest.raises(SessionNotFound):
        await world.sessions.raise_to_face(citizen, NOON)
    await world.sessions.sign_out(citizen)


async def test_a_citizen_sees_and_ends_their_sessions() -> None:
    world = World()
    phone, tablet = await world.citizen(device="phone"), await world.citizen(device="tablet")
    listed = await world.sessions.sessions(phone)
    assert {(view.id, view.current) for view in listed} == {(phone.session_id, True), (tablet.session_id, False)}
    await world.sessions.end(phone, tablet.session_id)
    assert [view.id for view in await world.sessions.sessions(phone)] == [phone.session_id]
    with pytest.raises(SessionNotFound):
        await world.sessions.end(phone, tablet.session_id)


async def test_nobody_ends_or_borrows_somebody_elses_session() -> None:
    world = World()
    li, wang = await world.citizen("openid-li"), await world.citizen("openid-wang")
    with pytest.raises(SessionNotFound):
        await world.sessions.end(wang, li.session_id)
    with pytest.raises(SessionNotFound):
        await world.sessions.access_token(wang.id, li.session_id)
    assert (await world.now(li)).id == li.id


async def test_signing_out_everywhere() -> None:
    world = World()
    pairs = [await world.sign_in(device=f"device-{number}") for number in range(5)]
    other = await world.sign_in("openid-wang")
    await world.sessions.end_all(world.tokens.citizen(pairs[0].access_token))
    for pair in pairs:
        with pytest.raises(TokenInvalid):
            world.tokens.citizen(pair.access_token)
    assert world.tokens.citizen(other.access_token)


async def test_signing_in_again_on_a_device_ends_its_earlier_session() -> None:
    world = World()
    before, again = await world.sign_in(), await world.sign_in()
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(before.access_token)
    citizen = world.tokens.citizen(again.access_token)
    assert [view.id for view in await world.sessions.sessions(citizen)] == [citizen.session_id]


async def test_sessions_do_not_pile_up() -> None:
    world = World()
    for number in range(MOST_SESSIONS + 5):
        citizen = await world.citizen(device=f"device-{number}")
    assert len(await world.sessions.sessions(citizen)) == MOST_SESSIONS
    assert await world.documents.count(Session, "live", citizen.id) == MOST_SESSIONS


async def test_a_revocation_is_known_after_a_restart_and_forgotten_in_time() -> None:
    before = World()
    pair = await before.sign_in()
    await before.sessions.sign_out(before.tokens.citizen(pair.access_token))
    after = World(before.documents, clock=before.clock, vault=before.vault)
    await after.revocations.load()
    with pytest.raises(TokenInvalid):
        after.tokens.citizen(pair.access_token)
    session_id = pair.refresh_token.partition(".")[0]
    after.clock.advance(minutes=62)
    await after.revocations.load()
    assert not after.revocations.holds(session_id)


async def heard(world: World, subject: str) -> None:
    """Lets the listener run until it knows."""
    async with asyncio.timeout(5):
        for _ in iter(lambda: world.revocations.holds(subject), True):
            await asyncio.sleep(0)


async def test_a_revocation_reaches_the_other_processes() -> None:
    here = World()
    there = World(here.documents, clock=here.clock, vault=here.vault, ephemeral=here.ephemeral)
    listening = asyncio.create_task(there.revocations.run())
    pair = await here.sign_in()
    citizen = here.tokens.citizen(pair.access_token)
    assert there.tokens.citizen(pair.access_token)
    await here.sessions.sign_out(citizen)
    await heard(there, citizen.session_id)
    with pytest.raises(TokenInvalid):
        there.tokens.citizen(pair.access_token)
    await ended(listening)


async def test_news_that_was_lost_is_read_from_the_store() -> None:
    here = World()
    settings = here.settings.model_copy(update={"revocation_reload_seconds": 0.01})
    there = World(here.documents, clock=here.clock, vault=here.vault, settings=settings)  # hears nothing of `here`
    listening = asyncio.create_task(there.revocations.run())
    citizen = await here.citizen()
    await here.sessions.sign_out(citizen)
    await heard(there, citizen.session_id)
    await ended(listening)


class Away(MemoryEphemeral):
    """An ephemeral store that cannot be reached."""

    async def publish(self, channel: str, message: str) -> None:
        raise StoreUnavailable("ephemeral")

    async def subscribe(self, channel: str) -> Subscription:
        raise StoreUnavailable("ephemeral")


class Unsteady(MemoryDocuments):
    """A store that misses every other reading of a list."""

    missed = 0

    async def find(self, model: type[D], index: str, *equals: Storable, **bounds: Any) -> Page[D]:
        self.missed += 1
        if self.missed % 2 and model is Revocation:
            raise StoreUnavailable("documents")
        return await super().find(model, index, *equals, **bounds)


async def test_signing_out_works_while_stores_are_away() -> None:
    documents = Unsteady()
    clock = ManualClock(NOON)
    here = World(documents, clock=clock, ephemeral=Away(clock))
    settings = here.settings.model_copy(update={"revocation_reload_seconds": 0.001})
    there = World(documents, clock=clock, vault=here.vault, ephemeral=Away(clock), settings=settings)
    listening = asyncio.create_task(there.revocations.run())
    pair = await here.sign_in()
    citizen = here.tokens.citizen(pair.access_token)
    await here.sessions.sign_out(citizen)
    for world in (here, there):
        await heard(world, citizen.session_id)
        with pytest.raises(TokenInvalid):
            world.tokens.citizen(pair.access_token)
    assert documents.missed > 1
    await ended(listening)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_more_revocations_than_a_page_are_all_read() -> None:
    world = World()
    citizens = [Citizen(f"account-{number}", f"session-{number}", 0) for number in range(1500)]
    await world.documents.write(*(world.revocations.record(citizen.session_id) for citizen in citizens))
    assert await world.documents.count(Revocation, "id") == 1500
    await world.revocations.load()
    assert all(world.revocations.holds(citizen.session_id) for citizen in citizens)
