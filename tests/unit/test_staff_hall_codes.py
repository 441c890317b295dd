"""The hall's code: level 3 without a face, for the person whom a clerk has seen, once."""

import asyncio
from pathlib import Path

import pytest

from core.caller import Citizen, Staff, StepUpNeeded
from identity_center.errors import InvalidIdNumber
from identity_center.session import Session
from identity_center.settings import IdentitySettings
from identity_center.staff.errors import HallCodeLimit, HallCodeLocked, HallCodeRefused
from identity_center.staff.settings import StaffSettings
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import LI_NUMBER, PHONE_OF_WANG, WANG, WANG_NUMBER, World

CLERK = Staff("clerk-1", "zhao", "hall_clerk", department="gy.halls", scope="hall:city")


async def wang(world: World) -> Citizen:
    citizen = await world.with_phone("openid-wang", PHONE_OF_WANG)
    await world.accounts.confirm_real_name(citizen, WANG, WANG_NUMBER)
    return await world.now(citizen)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


async def test_the_code_raises_the_persons_session_to_level_three() -> None:
    world = World()
    li = await world.with_real_name()
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    assert len(issued.code) == 8
    raised = await world.hall_codes.use(li, issued.code)
    assert raised.assurance == 3
    assert world.tokens.citizen(raised.text).proved_at[3] == world.clock.now()
    session = await world.documents.get(Session, li.session_id)
    assert session is not None
    assert session.face_method == "hall_code"
    (proof,) = await world.hall_codes.proofs(li)
    assert (proof.department, proof.hall, proof.used_at) == ("gy.halls", "city", world.clock.now())
    log = (await world.staff.log.page()).items
    assert [(entry.action, entry.subject, entry.actor_name) for entry in log] == [
        ("hall_code.use", issued.id, ""), ("hall_code.issue", issued.id, "zhao"),
    ]  # fmt: skip


async def test_it_works_once_and_for_ten_minutes() -> None:
    world = World()
    li = await world.with_real_name()
    used = await world.hall_codes.issue(CLERK, LI_NUMBER)
    await world.hall_codes.use(li, used.code)
    with pytest.raises(HallCodeRefused):
        await world.hall_codes.use(li, used.code)
    late = await world.hall_codes.issue(CLERK, LI_NUMBER)
    world.clock.advance(minutes=10)
    with pytest.raises(HallCodeRefused):
        await world.hall_codes.use(li, late.code)


async def test_it_is_worth_nothing_to_anybody_else() -> None:
    world = World()
    li, other = await world.with_real_name(), await wang(world)
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    with pytest.raises(HallCodeRefused):
        await world.hall_codes.use(other, issued.code)
    assert await world.hall_codes.use(li, issued.code)
    assert await world.hall_codes.proofs(other) == ()


async def test_the_same_person_may_hold_another_account() -> None:
    world = World()
    await world.with_real_name()
    second = await world.with_real_name("openid-li-2")
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    assert (await world.hall_codes.use(second, issued.code)).assurance == 3


async def test_a_real_name_comes_first() -> None:
    world = World()
    citizen = await world.with_phone()
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    with pytest.raises(StepUpNeeded):
        await world.hall_codes.use(citizen, issued.code)


async def test_a_later_code_takes_the_place_of_an_earlier_one() -> None:
    world = World()
    li = await world.with_real_name()
    first, second = [await world.hall_codes.issue(CLERK, LI_NUMBER) for _ in range(2)]
    if first.code != second.code:
        with pytest.raises(HallCodeRefused):
            await world.hall_codes.use(li, first.code)
    assert await world.hall_codes.use(li, second.code)


async def test_five_wrong_codes_are_enough_for_one_and_ten_for_a_day() -> None:
    world = World()
    li = await world.with_real_name()
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    for _ in range(5):
        with pytest.raises(HallCodeRefused):
            await world.hall_codes.use(li, another(issued.code))
    with pytest.raises(HallCodeRefused) as refused:
        await world.hall_codes.use(li, issued.code)
    assert refused.value.facts == {"attempts_left": 4}
    for _ in range(4):
        with pytest.raises(HallCodeRefused):
            await world.hall_codes.use(li, "00000000")
    with pytest.raises(HallCodeLocked):
        await world.hall_codes.use(li, "00000000")


async def test_of_two_uses_at_once_one_raises(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    li = await world.with_real_name()
    issued = await world.hall_codes.issue(CLERK, LI_NUMBER)
    answers = await asyncio.gather(*(world.hall_codes.use(li, issued.code) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, HallCodeRefused) for answer in answers) == 3
    assert len(await world.hall_codes.proofs(li)) == 1
    await world.documents.close()


async def test_windows_that_issue_at_once_leave_one_live_code(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    li = await world.with_real_name()
    issued = await asyncio.gather(*(world.hall_codes.issue(CLERK, LI_NUMBER) for _ in range(4)))
    answers = [await asyncio.gather(world.hall_codes.use(li, one.code), return_exceptions=True) for one in issued]
    assert sum(not isinstance(answer, HallCodeRefused) for (answer,) in answers) == 1
    await world.documents.close()


async def test_a_clerk_issues_so_many_a_day_and_none_for_what_is_no_number() -> None:
    world = World(settings=IdentitySettings(staff=StaffSettings(hall_codes_per_day=2)))
    with pytest.raises(InvalidIdNumber):
        await world.hall_codes.issue(CLERK, "520100199003071230")
    for _ in range(2):
        await world.hall_codes.issue(CLERK, LI_NUMBER)
    with pytest.raises(HallCodeLimit):
        await world.hall_codes.issue(CLERK, LI_NUMBER)


async def test_a_face_later_takes_its_place() -> None:
    world = World()
    li = await world.with_real_name()
    await world.hall_codes.use(li, (await world.hall_codes.issue(CLERK, LI_NUMBER)).code)
    await world.sessions.raise_to_face(li, world.clock.now())
    session = await world.documents.get(Session, li.session_id)
    assert session is not None
    assert session.face_method == "face"
