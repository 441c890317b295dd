"""What the city tells a citizen: in their language, of their own things, read when they have read it."""

import asyncio

import pytest

import identity_center.notices
from core.documents import BadCursor, Duplicate
from core.messages import Message, MessageKind, Messages, message
from core.text import text
from identity_center.errors import RefreshRefused
from identity_center.notices import NEW_DEVICE, NOTICES, PHONE_CHANGED
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, PHONE_OF_WANG, World


async def kinds(world: World, device: str = "device-1") -> list[str]:
    items = (await world.messages.of(await world.citizen(device=device))).items
    return [item.kind.removeprefix("identity.") for item in items]


async def test_messages_come_newest_first_page_by_page_and_are_read_once() -> None:
    world = World()
    citizen = await world.citizen()
    for _ in range(5):
        await world.documents.write(message(NEW_DEVICE, citizen.id, world.clock))
        world.clock.advance(minutes=1)
    first = await world.messages.of(citizen, limit=3)
    rest = await world.messages.of(citizen, limit=3, after=first.after)
    assert [page.unread for page in (first, rest)] == [5, 5]
    items = [*first.items, *rest.items]
    assert [item.at for item in items] == sorted((item.at for item in items), reverse=True)
    assert (len(items), rest.after) == (5, None)
    assert items[0].title.zh == "新设备登录"
    read = [items[0].id, items[1].id]
    assert await world.messages.read(citizen, read) == 3
    read_at = (await world.messages.of(citizen)).items[0].read_at
    world.clock.advance(minutes=1)
    assert await world.messages.read(citizen, [*read, "nothing"]) == 3
    assert (await world.messages.of(citizen)).items[0].read_at == read_at is not None
    with pytest.raises(BadCursor):
        await world.messages.of(citizen, after="x")


async def test_nobody_reads_or_marks_somebody_elses() -> None:
    world = World()
    li, wang = await world.citizen("openid-li"), await world.citizen("openid-wang")
    await world.documents.write(message(NEW_DEVICE, li.id, world.clock))
    assert (await world.messages.of(wang)).items == ()
    (theirs,) = (await world.messages.of(li)).items
    assert await world.messages.read(wang, [theirs.id]) == 0
    assert await world.messages.unread(li) == 1


async def test_news_that_is_to_be_told_once_is() -> None:
    world = World()
    citizen = await world.citizen()
    once = message(NEW_DEVICE, citizen.id, world.clock, once="today")
    await world.documents.write(once)
    for again in (once, message(NEW_DEVICE, citizen.id, world.clock, once="today")):
        with pytest.raises(Duplicate):
            await world.documents.write(again)
    await world.documents.write(message(PHONE_CHANGED, citizen.id, world.clock, once="today"))
    assert await world.messages.unread(citizen) == 2


async def test_a_message_of_a_newer_version_is_shown_as_one() -> None:
    world = World()
    citizen = await world.citizen()
    unknown = MessageKind("identity.of_tomorrow", text("明日", "Tomorrow"), text("明日", "Tomorrow"))
    await world.documents.write(message(unknown, citizen.id, world.clock))
    (item,) = (await world.messages.of(citizen)).items
    assert (item.kind, item.title.en) == ("identity.of_tomorrow", "A message")
    later = Messages(world.documents, world.clock, [unknown])
    assert (await later.of(citizen)).items[0].title.en == "Tomorrow"


def test_every_notice_is_in_the_list_with_its_own_code_and_both_languages() -> None:
    declared = [one for one in vars(identity_center.notices).values() if isinstance(one, MessageKind)]
    assert sorted(kind.code for kind in declared) == sorted(kind.code for kind in NOTICES)
    assert len({kind.code for kind in NOTICES}) == len(NOTICES)
    for kind in NOTICES:
        assert kind.code.startswith("identity.")
        assert kind.title.zh != kind.title.en
        assert kind.body.zh != kind.body.en


async def test_a_sign_in_on_another_device_is_told_and_not_the_first_nor_a_known_one() -> None:
    world = World()
    await world.citizen(device="phone")
    assert await kinds(world, "phone") == []
    tablet = await world.citizen(device="tablet")
    assert await kinds(world, "tablet") == ["new_device"]
    (told,) = (await world.messages.of(tablet)).items
    assert told.about == tablet.session_id
    world.clock.advance(seconds=1)
    await world.sessions.end_all(await world.citizen(device="tablet"))
    assert await kinds(world, "phone") == ["signed_out_everywhere", "new_device"]


async def test_a_copied_token_is_told_once_however_often_it_is_used() -> None:
    world = World()
    first = await world.sign_in()
    await world.sessions.refresh(first.refresh_token, "device-1")
    world.clock.advance(seconds=31)
    again = (world.sessions.refresh(first.refresh_token, "device-1") for _ in range(5))
    outcomes = await asyncio.gather(*again, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {RefreshRefused}
    (stored,) = (await world.documents.find(Message, "id")).items
    assert (stored.kind, stored.about) == ("identity.token_reused", first.refresh_token.partition(".")[0])
    assert await kinds(world) == ["token_reused"]


async def test_another_phone_number_is_told_and_the_same_one_is_not() -> None:
    world = World()
    citizen = await world.with_phone()
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
    assert await world.messages.unread(citizen) == 0
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_WANG))
    assert [item.kind for item in (await world.messages.of(citizen)).items] == ["identity.phone_changed"]


async def test_no_message_holds_anything_personal() -> None:
    world = World()
    for openid in ("one", "two", "three"):
        citizen = await world.citizen(openid, f"device of {openid}")
        await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
        await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_WANG))
        await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    stored = (await world.documents.find(Message, "id", limit=100)).items
    assert len(stored) == 6
    assert set(stored[0].model_dump()) == {
        "id", "version", "account_id", "unread_by", "kind", "about", "at", "read_at",
    }  # fmt: skip
