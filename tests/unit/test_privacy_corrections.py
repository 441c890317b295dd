"""Correction requests: asked for, decided within the law's time, and never a name typed by staff."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from core.caller import PHONE, REAL_NAME, Staff
from core.closing import AccountClosing
from identity_center.errors import RealNameAlreadyConfirmed
from identity_center.privacy.corrections import after_working_days
from identity_center.privacy.errors import CorrectionDecided, CorrectionNotFound, CorrectionOpen
from tests.privacy_world import WORDS, PrivacyWorld
from tests.unit.identity_world import LI, LI_NUMBER, WANG, WANG_NUMBER

CLERK = Staff("staff-1", "li.na", "operator")


@pytest.mark.parametrize(
    ("asked_on", "due_on"),
    [
        (date(2026, 11, 22), date(2026, 12, 11)),  # a Sunday: Monday is the first day
        (date(2026, 11, 23), date(2026, 12, 14)),
        (date(2026, 11, 27), date(2026, 12, 18)),
        (date(2026, 11, 28), date(2026, 12, 18)),
    ],
)
def test_the_laws_time_is_in_working_days(asked_on: date, due_on: date) -> None:
    assert after_working_days(asked_on, 15) == due_on
    assert due_on.weekday() < 5


async def test_a_request_waits_in_the_queue_without_its_words(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, "name", WORDS)
    assert (asked.state, asked.text, asked.due_on) == ("open", WORDS, date(2026, 12, 11))
    (queued,) = (await world.corrections.queue("open")).items
    assert WORDS not in queued.model_dump_json()
    assert await world.corrections.masked(citizen.id) == {
        "name": "李**",
        "id_number": LI_NUMBER[0] + "*" * 16 + LI_NUMBER[-1],
        "phone": "139****0123",
    }
    read = await world.corrections.read(CLERK, asked.id)
    assert read.text == WORDS
    (entry,) = (await world.staff.log.page()).items
    assert (entry.action, entry.actor_name, entry.subject) == ("correction.read", "li.na", citizen.id)


async def test_of_many_for_one_field_one_waits(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    outcomes = await asyncio.gather(
        *(world.corrections.ask(citizen, "name", WORDS) for _ in range(8)), return_exceptions=True
    )
    assert sorted(isinstance(outcome, CorrectionOpen) for outcome in outcomes) == [False, *[True] * 7]
    await world.corrections.ask(citizen, "phone", "号码已换")
    assert len((await world.corrections.of(citizen)).items) == 2


async def test_an_accepted_name_is_proved_anew_by_the_citizen(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, "name", WORDS)
    decided = await world.corrections.accept(CLERK, asked.id, "已核实，请重新认证")
    assert (decided.state, decided.answer) == ("accepted", "已核实，请重新认证")
    now = await world.now(citizen)
    assert (await world.accounts.me(now)).assurance == PHONE
    assert "identity.correction_accepted" in {one.kind for one in (await world.messages.of(now)).items}
    world.authority.names[LI_NUMBER] = "李小测"  # the authority's register says so by now
    await world.accounts.confirm_real_name(now, "李小测", LI_NUMBER)
    assert (await world.accounts.me(await world.now(now))).assurance == REAL_NAME
    with pytest.raises(RealNameAlreadyConfirmed):
        await world.accounts.confirm_real_name(now, WANG, WANG_NUMBER)
    assert (await world.staff.log.verification()).fault is None


async def test_an_accepted_number_makes_room_for_the_right_one(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, "id_number", "号码是家人的")
    await world.corrections.accept(CLERK, asked.id, "请用本人号码认证")
    now = await world.now(citizen)
    assert (await world.accounts.me(now)).id_number is None
    await world.accounts.confirm_real_name(now, WANG, WANG_NUMBER)
    assert (await world.accounts.me(await world.now(now))).assurance == REAL_NAME


@pytest.mark.parametrize(("what", "level"), [("phone", 0), ("other", REAL_NAME)])
async def test_a_phone_goes_and_anything_else_stays(tmp_path: Path, what: str, level: int) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, what, "已换号")  # type: ignore[arg-type]
    await world.corrections.accept(CLERK, asked.id, "已处理")
    assert (await world.accounts.me(await world.now(citizen))).assurance == level


async def test_a_refusal_says_why_and_changes_nothing(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, "name", WORDS)
    refused = await world.corrections.refuse(CLERK, asked.id, "与公安登记一致")
    assert (refused.state, refused.answer) == ("refused", "与公安登记一致")
    assert (await world.accounts.me(await world.now(citizen))).assurance == REAL_NAME
    for again in (world.corrections.accept, world.corrections.refuse):
        with pytest.raises(CorrectionDecided):
            await again(CLERK, asked.id, "再次")
    with pytest.raises(CorrectionNotFound):
        await world.corrections.read(CLERK, "nothing")
    await world.corrections.ask(citizen, "name", "再次申请")


async def test_of_two_decisions_at_once_one_counts(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    asked = await world.corrections.ask(citizen, "name", WORDS)
    elsewhere = world.elsewhere()
    outcomes = await asyncio.gather(
        world.corrections.accept(CLERK, asked.id, "同意"),
        elsewhere.corrections.refuse(CLERK, asked.id, "不同意"),
        return_exceptions=True,
    )
    assert [isinstance(one, CorrectionDecided) for one in outcomes].count(True) == 1
    state = (await world.corrections.of(citizen)).items[0].state
    assert (await world.accounts.me(await world.now(citizen))).assurance == (1 if state == "accepted" else 2)


async def test_nothing_is_asked_for_an_account_that_closes(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    citizen = await world.with_real_name()
    await world.closings.ask(citizen)
    with pytest.raises(AccountClosing):
        await world.corrections.ask(citizen, "name", WORDS)
    assert LI not in str((await world.corrections.queue("open")).items)
