"""Staff sign in with a password, apart from citizens; guessing gets slower and slower."""

import asyncio
from pathlib import Path

import pytest

from core.documents import Insert
from identity_center.errors import (
    InvalidStaffAccount,
    StaffLocked,
    StaffNameTaken,
    StaffNotFound,
    StaffRefused,
    TokenExpired,
    TokenInvalid,
)
from identity_center.settings import IdentitySettings
from identity_center.staff.account import StaffAccount
from identity_center.staff.changes import AddAccount, Disable
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.roles import ROLES, Role
from identity_center.staff.session import StaffSession
from identity_center.staff.settings import StaffSettings
from server.adapters.sqlite_documents import SqliteDocuments
from server.config import Settings
from server.wiring.identity import second_factor_of
from tests.unit.identity_world import World

PASSWORD, WRONG = "correct horse battery", "incorrect horse bat"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


async def staffed() -> World:
    world = World()
    await world.add_staff("li.na", "operator", PASSWORD)
    return world


async def refused(world: World, name: str = "li.na", source: str = HERE) -> str:
    with pytest.raises((StaffRefused, StaffLocked)) as answer:
        await world.staff_sign_in(name, WRONG, source)
    return str(answer.value.code)


@pytest.mark.parametrize("role", ROLES)
async def test_staff_sign_in_with_their_role_for_an_hour(role: Role) -> None:
    world = World()
    await world.add_staff("li.na", role, PASSWORD, department="gy.housing", scope="hall:city")
    grant = await world.staff_sign_in("Li.Na", PASSWORD, HERE)
    staff = world.tokens.staff(grant.token)
    assert staff == grant.staff
    assert (staff.name, staff.role, staff.department, staff.scope) == ("li.na", role, "gy.housing", "hall:city")
    world.clock.advance(minutes=59)
    assert world.tokens.staff(grant.token)
    world.clock.advance(minutes=1)
    with pytest.raises(TokenExpired):
        world.tokens.staff(grant.token)


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike() -> None:
    world = await staffed()
    known = [await refused(world) for _ in range(7)]
    unknown = [await refused(world, "nobody") for _ in range(7)]
    assert known == unknown
    assert known == ["identity.staff_refused"] * 5 + ["identity.staff_locked"] * 2


async def test_each_wrong_password_doubles_the_wait() -> None:
    world = await staffed()
    waits = []
    for _ in range(5):
        await refused(world)
    for _ in range(14):
        with pytest.raises(StaffLocked) as locked:
            await world.staff_sign_in("li.na", PASSWORD, HERE)
        assert locked.value.retry_after_seconds is not None
        waits.append(locked.value.retry_after_seconds - 1)
        world.clock.advance(seconds=locked.value.retry_after_seconds)
        assert await refused(world) == "identity.staff_refused"
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]


async def test_somebody_elses_guessing_locks_nobody_out() -> None:
    world = await staffed()
    for _ in range(8):
        await refused(world, source=ELSEWHERE)
    assert await world.staff_sign_in("li.na", PASSWORD, HERE)


async def test_a_right_password_begins_anew_and_so_does_the_next_day() -> None:
    world = await staffed()
    for _ in range(4):
        await refused(world)
    assert await world.staff_sign_in("li.na", PASSWORD, HERE)
    assert [await refused(world) for _ in range(5)] == ["identity.staff_refused"] * 5
    world.clock.advance(hours=25)
    assert [await refused(world) for _ in range(5)] == ["identity.staff_refused"] * 5


async def test_a_hundred_guesses_at_once_are_five(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    await world.add_staff("li.na", "operator", PASSWORD)
    answers = await asyncio.gather(*(refused(world) for _ in range(100)))
    assert sorted(answers) == ["identity.staff_locked"] * 95 + ["identity.staff_refused"] * 5
    await world.documents.close()


async def test_signing_out_works_at_once() -> None:
    world = await staffed()
    token, other = [(await world.staff_sign_in("li.na", PASSWORD, HERE)).token for _ in range(2)]
    staff = world.tokens.staff(token)
    await world.staff.sessions.sign_out(staff)
    await world.staff.sessions.sign_out(staff)
    with pytest.raises(TokenInvalid):
        world.tokens.staff(token)
    assert world.tokens.staff(other)


async def test_a_disabled_account_is_out_at_once_and_for_good() -> None:
    world = await staffed()
    token = (await world.staff_sign_in("li.na", PASSWORD, HERE)).token
    await world.staff.administration.carry_out(COMMAND_LINE, Disable(name="LI.NA"))
    with pytest.raises(TokenInvalid):
        world.tokens.staff(token)
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("li.na", PASSWORD, HERE)
    for name in ("li.na", "nobody"):
        with pytest.raises(StaffNotFound):
            await world.staff.administration.carry_out(COMMAND_LINE, Disable(name=name))


async def test_a_name_belongs_to_one() -> None:
    world = await staffed()
    with pytest.raises(StaffNameTaken):
        await world.add_staff("LI.NA", "gate", PASSWORD)
    assert [account.name for account in await world.staff.accounts()] == ["li.na"]


async def test_an_account_from_before_there_were_posts_has_one_of_its_role() -> None:
    stored = {"id": "a", "name": "li.na", "name_key": "li.na", "role": "gate", "password_hash": "x",
              "created_at": "2026-11-22T04:00:00.000000Z"}  # fmt: skip
    account = StaffAccount.model_validate(stored)
    assert [(post.role, post.department, post.scope) for post in account.posts] == [("gate", "city", "")]
    assert StaffAccount.model_validate_json(account.model_dump_json()) == account


def test_in_production_everybody_with_hands_has_a_second_factor_unless_the_city_says_otherwise() -> None:
    everybody = tuple(role for role in ROLES if role != "gate")
    said = IdentitySettings(staff=StaffSettings(second_factor=("operator",)))
    assert second_factor_of(Settings()) == ()
    assert second_factor_of(Settings(profile="production")) == everybody
    assert second_factor_of(Settings(profile="production", identity=said)) == ("operator",)
    assert second_factor_of(Settings(identity=said)) == ("operator",)


async def test_the_sessions_of_an_account_have_an_end() -> None:
    """Many gates can share an account; beyond that the oldest sign-ins end."""
    world = await staffed()
    first = await world.staff_sign_in("li.na", PASSWORD, HERE)
    old = await world.documents.get(StaffSession, first.staff.session_id)
    assert old is not None
    copies = [old.model_copy(update={"id": f"copy-{number}"}) for number in range(499)]
    await world.documents.write(*(Insert(copy) for copy in copies))
    world.clock.advance(minutes=1)
    newest = await world.staff_sign_in("li.na", PASSWORD, HERE)
    live = await world.staff.sessions.live(newest.staff.id)
    assert len(live) == 500
    assert live[0].id == newest.staff.session_id


@pytest.mark.parametrize(
    ("name", "role", "password", "field"),
    [
        ("", "gate", PASSWORD, "name"), ("a b", "gate", PASSWORD, "name"), ("李娜", "gate", PASSWORD, "name"),
        ("a", "department", PASSWORD, "department"), ("a", "hall_clerk", PASSWORD, "department"),
        ("a" * 65, "gate", PASSWORD, "name"), ("a\n", "gate", PASSWORD, "name"), ("a", "gate", "short", "password"),
        ("a", "gate", "x" * 129, "password"), ("a", "root", PASSWORD, "role"),
    ],
)  # fmt: skip
async def test_what_makes_no_staff_account(name: str, role: Role, password: str, field: str) -> None:
    world = World()
    wanted = AddAccount.model_construct(name=name, role=role, department="", scope="")
    with pytest.raises(InvalidStaffAccount) as invalid:
        await world.staff.administration.carry_out(COMMAND_LINE, wanted, password)
    assert invalid.value.facts == {"field": field}
    assert await world.documents.count(StaffAccount, "id") == 0


@pytest.mark.parametrize("scope", ["hall", "hall:", "park:x", "hall:a b", "card:" + "x" * 65])
async def test_a_post_is_narrowed_to_a_hall_or_a_card(scope: str) -> None:
    with pytest.raises(InvalidStaffAccount) as invalid:
        await World().add_staff("a", "gate", PASSWORD, scope=scope)
    assert invalid.value.facts == {"field": "scope"}


@pytest.mark.parametrize("password", ["", "x" * 100_000, "密" * 100, "a\0b"])
async def test_any_text_can_be_tried_as_a_password(password: str) -> None:
    world = await staffed()
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("li.na", password, HERE)


async def test_hashing_leaves_the_event_loop_free() -> None:
    """Other citizens' requests go on while a password is hashed."""
    world = await staffed()
    signing_in = asyncio.create_task(world.staff_sign_in("li.na", PASSWORD, HERE))
    turns = 0
    while not signing_in.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    assert await signing_in
