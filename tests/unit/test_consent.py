"""Nothing leaves without a consent that is live at that moment, and everything that leaves is written down."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from core.caller import Citizen
from core.documents import Delete, Documents, Insert, Patch
from core.idempotency import RequestKey
from core.text import text
from identity_center.access_log import AccessLogEntry, AccessLogHead, AccessView, Release
from identity_center.chain import ChainFault
from identity_center.consent import ConsentGrant, ConsentView
from identity_center.errors import ConsentNeeded, ConsentNotFound, PersonalDataMissing
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, InBetween, World

PURPOSE = text("查询公积金账户", "See the housing fund account")
USE = text("查询余额", "Balance")
CARD, CENTRE = "gy.housing_fund", "gy.housing_fund_centre"


async def granted(world: World, citizen: Citizen, *fields: str, card: str = CARD) -> ConsentView:
    return await world.consents.grant(
        citizen, card_id=card, department=CENTRE, fields=fields, purpose=PURPOSE, separate=fields
    )


async def released(
    world: World, citizen: Citizen, *fields: str, card: str = CARD, department: str = CENTRE
) -> dict[str, str]:
    return await world.personal_data.release(
        citizen.id, card_id=card, department=department, fields=fields, purpose=USE, request_id="request-1"
    )


async def log(world: World, citizen: Citizen) -> list[AccessView]:
    return list((await world.log.of(citizen)).items)


async def test_no_consent_no_data_and_no_entry() -> None:
    world = World()
    citizen = await world.with_real_name()
    with pytest.raises(ConsentNeeded) as refused:
        await released(world, citizen, "name", "id_number")
    assert refused.value.facts == {"card": CARD, "department": CENTRE, "fields": ["id_number", "name"]}
    assert await log(world, citizen) == []


async def test_what_was_consented_to_is_released_and_written_down() -> None:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "name", "id_number", "phone")
    assert await released(world, citizen, "name", "id_number") == {"name": LI, "id_number": LI_NUMBER}
    assert await released(world, citizen, "phone") == {"phone": PHONE_OF_LI}
    newest, oldest = await log(world, citizen)
    assert (oldest.number, oldest.fields, oldest.purpose) == (1, ("id_number", "name"), PURPOSE)
    assert (newest.number, newest.fields, newest.request_id) == (2, ("phone",), "request-1")
    assert (newest.department, newest.card, newest.use) == (CENTRE, CARD, USE)
    assert newest.in_words(text("公积金中心", "Housing fund centre")) == text(
        "公积金中心获取了您的手机号码，用途：查询公积金账户（查询余额）",
        "Housing fund centre received your phone number. Purpose: See the housing fund account (Balance)",
    )
    assert (await world.consents.consents(citizen)).items[0].releases == 2


async def test_nothing_asked_needs_nothing() -> None:
    world = World()
    citizen = await world.citizen()
    assert await released(world, citizen) == {}
    assert await log(world, citizen) == []


@pytest.mark.parametrize(
    ("fields", "card", "department"),
    [(["id_number"], CARD, CENTRE), (["name"], "gy.other", CENTRE), (["name"], CARD, "gy.other_centre")],
)
async def test_a_consent_reaches_no_further_than_it_says(fields: Collection[str], card: str, department: str) -> None:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "name")
    with pytest.raises(ConsentNeeded):
        await released(world, citizen, *fields, card=card, department=department)


async def test_one_citizens_consent_is_not_anothers() -> None:
    world = World()
    li, other = await world.with_real_name("openid-1"), await world.with_real_name("openid-2")
    grant = await granted(world, li, "name")
    with pytest.raises(ConsentNeeded):
        await released(world, other, "name")
    with pytest.raises(ConsentNotFound):
        await world.consents.revoke(other, grant.id)
    with pytest.raises(ConsentNotFound):
        await world.consents.revoke(li, "no such consent")


async def test_a_revoked_consent_ends_at_once() -> None:
    world = World()
    citizen = await world.with_real_name()
    grant = await granted(world, citizen, "name")
    await released(world, citizen, "name")
    revoked = await world.consents.revoke(citizen, grant.id)
    assert await world.consents.revoke(citizen, grant.id) == revoked
    with pytest.raises(ConsentNeeded):
        await released(world, citizen, "name")
    assert [each.live for each in (await world.consents.consents(citizen)).items] == [False]
    await granted(world, citizen, "name")
    assert await released(world, citizen, "name") == {"name": LI}


async def test_a_consent_runs_out() -> None:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "name")
    world.clock.advance(days=365)
    with pytest.raises(ConsentNeeded):
        await released(world, citizen, "name")


async def test_a_consent_revoked_in_the_last_moment_counts() -> None:
    documents = InBetween()
    world = World(documents)
    citizen = await world.with_real_name()
    grant = await granted(world, citizen, "name")
    documents.happens = Patch(ConsentGrant, grant.id, set={"live_account": None})
    with pytest.raises(ConsentNeeded):
        await released(world, citizen, "name")
    assert await log(world, citizen) == []


async def test_a_wider_consent_takes_the_place_of_a_narrower_one_and_leaves_others() -> None:
    world = World()
    citizen = await world.with_real_name()
    narrow = await granted(world, citizen, "name")
    beside = await granted(world, citizen, "name", card="gy.other")
    phone = await granted(world, citizen, "phone")
    wide = await granted(world, citizen, "name", "id_number")
    live = {each.id for each in (await world.consents.consents(citizen)).items if each.live}
    assert live == {wide.id, phone.id, beside.id}
    assert narrow.id not in live
    await world.consents.revoke(citizen, wide.id)
    with pytest.raises(ConsentNeeded):
        await released(world, citizen, "name")


async def test_consenting_again_lasts_from_then() -> None:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "name")
    world.clock.advance(days=300)
    await granted(world, citizen, "name")
    world.clock.advance(days=300)
    assert await released(world, citizen, "name") == {"name": LI}


async def test_twenty_taps_are_one_consent(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    citizen = await world.with_real_name()
    grants = await asyncio.gather(*(granted(world, citizen, "name", "phone") for _ in range(20)))
    live = [each for each in (await world.consents.consents(citizen)).items if each.live]
    assert len(live) == 1
    assert live[0].id in {grant.id for grant in grants}
    await world.documents.close()


async def test_a_repeated_request_finds_the_first_consent() -> None:
    world = World()
    citizen = await world.with_real_name()
    grants = []
    for _ in range(2):
        key = RequestKey(world.clock, citizen.id, "consents", "key-1", "digest")
        grants.append(
            await world.consents.grant(
                citizen, card_id=CARD, department=CENTRE, fields=["name"], purpose=PURPOSE, key=key
            )
        )
    assert grants[0].id == grants[1].id
    assert len((await world.consents.consents(citizen)).items) == 1


@pytest.mark.parametrize("field", ["name", "id_number", "phone", "openid", "no such thing"])
async def test_what_the_account_does_not_hold_is_asked_for(field: str) -> None:
    world = World()
    citizen = await world.citizen()
    await granted(world, citizen, field)
    with pytest.raises(PersonalDataMissing) as missing:
        await released(world, citizen, field)
    assert missing.value.facts == {"fields": [field]}
    assert await log(world, citizen) == []


async def test_citizens_see_their_own_data_and_their_log_says_that_they_looked() -> None:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "phone")
    await released(world, citizen, "phone")
    seen = await world.personal_data.reveal(citizen, ["name", "id_number"], "request-2")
    assert seen == {"name": LI, "id_number": LI_NUMBER}
    look, _ = await log(world, citizen)
    assert (look.number, look.fields, look.request_id) == (2, ("id_number", "name"), "request-2")
    assert (look.department, look.card) == ("citizen", "")
    assert look.in_words(text("", "")) == text(
        "您本人查看了自己的身份证号码、姓名", "You looked at your own ID number, name"
    )
    assert await world.log.fault(citizen.id) is None


async def test_what_the_account_does_not_hold_is_not_revealed_and_not_logged() -> None:
    world = World()
    citizen = await world.with_phone()
    with pytest.raises(PersonalDataMissing):
        await world.personal_data.reveal(citizen, ["phone", "name"], "request-1")
    assert await log(world, citizen) == []


async def test_looks_and_releases_at_once_are_one_chain(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    citizen = await world.with_real_name()
    await granted(world, citizen, "name")
    looks = (world.personal_data.reveal(citizen, ["phone"], f"request-{number}") for number in range(20))
    await asyncio.gather(*looks, *(released(world, citizen, "name") for _ in range(20)))
    assert [entry.number for entry in await log(world, citizen)] == list(range(40, 0, -1))
    assert await world.log.fault(citizen.id) is None
    await world.documents.close()


async def test_fifty_releases_at_once_are_fifty_entries_in_one_chain(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    citizen = await world.with_real_name()
    await granted(world, citizen, "name")
    await asyncio.gather(*(released(world, citizen, "name") for _ in range(50)))
    numbers = [entry.number for entry in await log(world, citizen)]
    assert numbers == list(range(50, 0, -1))
    assert await world.log.fault(citizen.id) is None
    await world.documents.close()


async def test_two_processes_keep_one_chain(tmp_path: Path) -> None:
    here = World(await SqliteDocuments.open(tmp_path / "city.db"))
    there = World(await SqliteDocuments.open(tmp_path / "city.db"), vault=here.vault)
    citizen = await here.with_real_name()
    await granted(here, citizen, "name")
    await asyncio.gather(*(released(world, citizen, "name") for world in (here, there) for _ in range(10)))
    assert len(await log(there, citizen)) == 20
    assert await there.log.fault(citizen.id) is None
    await here.documents.close()
    await there.documents.close()


async def chain(entries: int) -> tuple[World, Citizen]:
    world = World()
    citizen = await world.with_real_name()
    await granted(world, citizen, "name", "phone")
    for number in range(entries):
        world.clock.advance(minutes=1)
        await released(world, citizen, "name" if number % 2 else "phone")
    return world, citizen


async def entry(documents: Documents, citizen: Citizen, number: int) -> AccessLogEntry:
    found = await documents.get(AccessLogEntry, f"{citizen.id}.{number}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"fields": ("phone",)},
        {"purpose": text("另", "x")},
        {"use": text("另一用途", "another")},
        {"department": "gy.other"},
        {"request_id": "r"},
        {"card": "gy.x"},
    ],
)
async def test_an_altered_entry_is_found(change: dict[str, object]) -> None:
    world, citizen = await chain(5)
    await world.documents.write(Patch(AccessLogEntry, f"{citizen.id}.2", set=change))
    assert await world.log.fault(citizen.id) == ChainFault(2, "altered")


@pytest.mark.parametrize("number", [1, 3, 5])
async def test_a_removed_entry_is_found(number: int) -> None:
    world, citizen = await chain(5)
    await world.documents.write(Delete(AccessLogEntry, f"{citizen.id}.{number}"))
    assert await world.log.fault(citizen.id) == ChainFault(number, "missing")


async def test_reordered_entries_are_found() -> None:
    world, citizen = await chain(5)
    third, fourth = await entry(world.documents, citizen, 3), await entry(world.documents, citizen, 4)
    await world.documents.write(Delete(AccessLogEntry, third.id), Delete(AccessLogEntry, fourth.id))
    swapped = (third.model_copy(update={"number": 4}), fourth.model_copy(update={"number": 3}))
    await world.documents.write(*(Insert(each.model_copy(update={"version": 1})) for each in swapped))
    assert await world.log.fault(citizen.id) == ChainFault(3, "altered")


async def test_an_entry_put_back_in_place_of_a_later_one_is_found() -> None:
    """Both have the right number and a right seal; what follows was chained to one of them only."""
    world, citizen = await chain(3)
    second, hidden = await entry(world.documents, citizen, 2), await entry(world.documents, citizen, 3)
    back = Patch(AccessLogHead, citizen.id, set={"number": 2, "seal": second.seal})
    await world.documents.write(Delete(AccessLogEntry, hidden.id), back)
    await released(world, citizen, "name")
    await released(world, citizen, "name")
    assert await world.log.fault(citizen.id) is None
    await world.documents.write(Delete(AccessLogEntry, hidden.id), Insert(hidden))
    assert await world.log.fault(citizen.id) == ChainFault(4, "altered")


async def test_an_altered_head_is_found() -> None:
    world, citizen = await chain(3)
    await world.documents.write(Patch(AccessLogHead, citizen.id, set={"number": 4}))
    assert await world.log.fault(citizen.id) == ChainFault(4, "missing")


async def test_a_chain_cannot_be_written_anew_without_the_key() -> None:
    world, citizen = await chain(1)
    forger = World(world.documents)  # has the database and another key
    invented = Release("consent", CENTRE, CARD, ("phone",), PURPOSE, USE, "request-2")
    second = await forger.log.appended(citizen.id, invented)
    await world.documents.write(*second)
    assert await world.log.fault(citizen.id) == ChainFault(2, "altered")


async def test_each_department_knows_a_citizen_by_another_name() -> None:
    world = World()
    citizen, other = await world.citizen("openid-1"), await world.citizen("openid-2")
    names = {
        (account, department): await world.personal_data.pseudonym(account, department)
        for account in (citizen.id, other.id)
        for department in (CENTRE, "gy.other")
    }
    assert len(set(names.values())) == 4
    assert names[citizen.id, CENTRE] == await world.personal_data.pseudonym(citizen.id, CENTRE)
    assert citizen.id not in names[citizen.id, CENTRE]
