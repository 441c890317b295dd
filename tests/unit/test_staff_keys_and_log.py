"""API keys of departments' systems, and the log of all that staff did."""

import asyncio
from pathlib import Path

import pytest

from core.caller import DepartmentSystem, Staff
from core.documents import Delete, Patch
from identity_center.errors import StaffRefused
from identity_center.staff.api_keys import ApiKey
from identity_center.staff.changes import AddAccount, Disable
from identity_center.staff.errors import ApiKeyInvalid, ApiKeyLimit, ApiKeyNotFound
from identity_center.staff.log import COMMAND_LINE, StaffLogEntry, StaffLogHead
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import NOON, World

PASSWORD = "correct horse battery"


async def departments(world: World | None = None) -> tuple[World, Staff, Staff]:
    """Somebody of the housing fund, and somebody of another department."""
    world = world or World()
    await world.add_staff("fund", "department", PASSWORD, "gy.fund")
    await world.add_staff("parks", "department", PASSWORD, "gy.parks")
    fund, parks = [(await world.staff_sign_in(name, PASSWORD)).staff for name in ("fund", "parks")]
    return world, fund, parks


async def test_a_key_speaks_for_its_department_with_its_scopes() -> None:
    world, fund, _ = await departments()
    made = await world.staff.api_keys.make(fund, "core", ["cards.figures"])
    assert made.text.startswith(f"cstk_{made.key.id}_")
    caller = await world.staff.api_keys.caller_of(made.text)
    assert caller == DepartmentSystem(made.key.id, "gy.fund", frozenset({"cards.figures"}))
    stored = await world.documents.get(ApiKey, made.key.id)
    assert stored is not None
    assert stored.last_used_on == NOON.date()
    assert made.text.rpartition("_")[2] not in stored.model_dump_json()


@pytest.mark.parametrize("change", ["", "x", "cstk_", "cstk_aaaaaaaaaaaa_" + "x" * 43, "CSTK", "+x", "-1", "swap"])
async def test_a_key_is_right_to_the_letter(change: str) -> None:
    world, fund, _ = await departments()
    one, two = [(await world.staff.api_keys.make(fund, "core", ["cards.figures"])).text for _ in range(2)]
    forged = {"+x": one + "x", "-1": one[:-1], "swap": one[:18] + two[18:], "CSTK": one.upper()}.get(change, change)
    with pytest.raises(ApiKeyInvalid):
        await world.staff.api_keys.caller_of(forged)


async def test_a_system_has_the_key_in_use_and_its_successor_and_no_more() -> None:
    world, fund, _ = await departments()
    keys = world.staff.api_keys
    first = await keys.make(fund, "core", ["cards.figures"])
    second = await keys.rotate(fund, first.key.id)
    assert second.key.scopes == first.key.scopes
    assert await keys.caller_of(first.text)
    assert await keys.caller_of(second.text)
    with pytest.raises(ApiKeyLimit):
        await keys.make(fund, "core", ["cards.figures"])
    with pytest.raises(ApiKeyLimit):
        await keys.rotate(fund, first.key.id)
    assert await keys.make(fund, "another", ["cards.figures"])
    world.clock.advance(days=7)
    with pytest.raises(ApiKeyInvalid):
        await keys.caller_of(first.text)
    assert await keys.rotate(fund, second.key.id)


async def test_of_many_made_at_once_two_are_made(tmp_path: Path) -> None:
    world, fund, _ = await departments(World(await SqliteDocuments.open(tmp_path / "city.db")))
    tries = (world.staff.api_keys.make(fund, "core", ["cards.figures"]) for _ in range(8))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, ApiKeyLimit) for answer in answers) == 6
    assert len(await world.staff.api_keys.of_department("gy.fund")) == 2
    await world.documents.close()


async def test_a_key_runs_out_and_a_revoked_one_is_worth_nothing_at_once() -> None:
    world, fund, parks = await departments()
    keys = world.staff.api_keys
    short, long = (
        await keys.make(fund, "core", ["cards.figures"], 30),
        await keys.make(fund, "x", ["cards.figures"], 9999),
    )
    assert (long.key.expires_at - NOON).days == 365
    world.clock.advance(days=30)
    with pytest.raises(ApiKeyInvalid):
        await keys.caller_of(short.text)
    assert await keys.caller_of(long.text)
    for stranger in (keys.revoke, keys.rotate):
        with pytest.raises(ApiKeyNotFound):
            await stranger(parks, long.key.id)
    await keys.revoke(fund, long.key.id)
    with pytest.raises(ApiKeyInvalid):
        await keys.caller_of(long.text)
    with pytest.raises(ApiKeyNotFound):
        await keys.revoke(fund, long.key.id)
    assert [key.is_live(world.clock.now()) for key in await keys.of_department("gy.fund")] == [False, False]
    assert await keys.of_department("gy.parks") == ()


# --- the log ---


async def actions(world: World) -> list[tuple[str, str]]:
    return [(entry.actor_name, entry.action) for entry in reversed((await world.staff.log.page(limit=100)).items)]


async def test_what_staff_do_is_written_down_with_who_did_it() -> None:
    world, fund, _ = await departments()
    await world.staff.api_keys.make(fund, "core", ["cards.figures"])
    for name in ("fund", "nobody"):
        with pytest.raises(StaffRefused):
            await world.staff_sign_in(name, "a wrong password")
    await world.staff.sessions.sign_out(fund)
    await world.staff.administration.carry_out(COMMAND_LINE, Disable(name="parks"))
    assert await actions(world) == [
        ("command line", "account.add"), ("command line", "account.add"), ("fund", "session.sign_in"),
        ("parks", "session.sign_in"), ("fund", "api_key.make"), ("", "session.refused"), ("", "session.refused"),
        ("fund", "session.sign_out"), ("command line", "account.disable"),
    ]  # fmt: skip
    of_fund = await world.staff.log.page(actor_id=fund.id)
    assert {entry.actor_name for entry in of_fund.items} == {"fund"}
    known, unknown = [entry for entry in (await world.staff.log.page()).items if entry.action == "session.refused"][
        ::-1
    ]
    assert (known.subject, unknown.subject) == (fund.id, "")
    assert (await world.staff.log.verification()).fault is None


async def test_what_is_refused_leaves_nothing_behind() -> None:
    world, _, _ = await departments()
    before = await actions(world)
    with pytest.raises(Exception, match="staff_name_taken"):
        await world.staff.administration.carry_out(COMMAND_LINE, AddAccount(name="fund", role="gate"))
    assert await actions(world) == before


@pytest.mark.parametrize("number", [1, 3, 4])
async def test_an_altered_or_removed_entry_is_found_and_named(number: int) -> None:
    world, _, _ = await departments()
    assert (await world.staff.log.verification()).entries == 4
    await world.documents.write(Patch(StaffLogEntry, f"staff.{number}", set={"actor_name": "somebody else"}))
    fault = (await world.staff.log.verification()).fault
    assert fault is not None
    assert (fault.number, fault.fault) == (number, "altered")
    await world.documents.write(Delete(StaffLogEntry, f"staff.{number}"))
    fault = (await world.staff.log.verification()).fault
    assert fault is not None
    assert (fault.number, fault.fault) == (number, "missing")


async def test_a_log_cut_off_at_its_end_is_found() -> None:
    world, _, _ = await departments()
    head = await world.documents.get(StaffLogHead, "staff")
    assert head is not None
    await world.documents.write(Delete(StaffLogEntry, "staff.4"))
    assert (await world.staff.log.verification()).fault is not None
    await world.documents.write(Delete(StaffLogHead, "staff"))
    assert (await world.staff.log.verification()).fault is not None


async def test_a_head_put_back_alone_is_found() -> None:
    world, fund, _ = await departments()
    earlier = await world.documents.get(StaffLogHead, "staff")
    assert earlier is not None
    await world.staff.sessions.sign_out(fund)
    await world.documents.write(Patch(StaffLogHead, "staff", set={"number": earlier.number, "seal": earlier.seal}))
    fault = (await world.staff.log.verification()).fault
    assert fault is not None
    assert (fault.number, fault.fault) == (6, "missing")


async def test_many_at_once_in_several_processes_get_a_number_each(tmp_path: Path) -> None:
    """Two centres over one database, as two workers have it: none waits for the other's lock."""
    first = World(await SqliteDocuments.open(tmp_path / "city.db"))
    second = World(await SqliteDocuments.open(tmp_path / "city.db"), vault=first.vault, clock=first.clock)
    await asyncio.gather(
        *(
            world.staff.log.done(Staff("a", "a", "gate"), f"{number}", {})
            for number in range(20)
            for world in (first, second)
        )
    )
    found = await first.staff.log.verification()
    assert (found.entries, found.fault) == (40, None)
    await second.documents.close()
    await first.documents.close()
