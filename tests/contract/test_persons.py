"""One real name on several accounts, and levels taken back: what holds over every store, in any crowd."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caller import PHONE, REAL_NAME, Citizen
from core.documents import Documents
from core.messages import Message
from identity_center.account import Account
from identity_center.errors import PersonalDataMissing, RealNameInUse, TokenExpired
from identity_center.persons import Person
from identity_center.settings import IdentitySettings, PersonSettings
from identity_center.staff.log import Actor
from server.adapters.memory_documents import MemoryDocuments
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, World

OPERATOR, AUTHORITY = Actor("operator-1", "li.na", "operator"), Actor(name="authority")


def ruled(documents: Documents, **rule: Any) -> World:
    return World(documents, settings=IdentitySettings(person=PersonSettings(**rule)))


async def confirmed(world: World, openid: str) -> Citizen:
    """Li, on one more WeChat account and device."""
    citizen = await world.citizen(openid, f"device of {openid}")
    await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    return await world.now(citizen)


async def level_of(world: World, citizen: Citizen) -> int:
    return (await world.accounts.me(await world.now(citizen))).assurance


async def told(world: World, citizen: Citizen) -> list[str]:
    return [item.kind.removeprefix("identity.") for item in (await world.messages.of(citizen)).items]


async def test_two_accounts_are_one_person_and_each_hears_of_the_other(documents: Documents) -> None:
    world = ruled(documents)
    first = await confirmed(world, "first")
    second = await confirmed(world, "second")
    assert [await level_of(world, one) for one in (first, second)] == [REAL_NAME, REAL_NAME]
    assert await told(world, first) == ["second_account"]
    assert await told(world, second) == []
    assert await world.people.person_key(first.id) == await world.people.person_key(second.id)


async def test_a_third_takes_the_name_off_the_one_that_has_longest_not_confirmed_it(documents: Documents) -> None:
    world = ruled(documents)
    first, second = await confirmed(world, "first"), await confirmed(world, "second")
    world.clock.advance(days=1)
    await world.accounts.confirm_real_name(await world.now(first), LI, LI_NUMBER)  # the second is the older one now
    token = (await world.sessions.access_token(second.id, second.session_id)).text
    third = await confirmed(world, "third")
    assert [await level_of(world, one) for one in (first, second, third)] == [REAL_NAME, PHONE, REAL_NAME]
    assert await told(world, second) == ["real_name_moved"]
    with pytest.raises(TokenExpired):
        world.tokens.citizen(token)
    with pytest.raises(PersonalDataMissing):
        await world.people.person_key(second.id)
    await world.accounts.confirm_real_name(await world.now(second), LI, LI_NUMBER)  # and it can take it back
    assert [await level_of(world, one) for one in (first, second, third)] == [PHONE, REAL_NAME, REAL_NAME]


async def test_knowing_name_and_number_takes_nothing_from_an_account_that_showed_the_face(documents: Documents) -> None:
    world = ruled(documents, accounts=1)
    holder = await confirmed(world, "holder")
    await world.sessions.raise_to_face(holder, world.clock.now())
    thief = await world.citizen("thief", "device of a thief")
    await world.accounts.confirm_phone(thief, world.wechat.phone_code(PHONE_OF_LI))
    for _ in range(2):
        with pytest.raises(RealNameInUse):
            await world.accounts.confirm_real_name(thief, LI, LI_NUMBER)
    assert await level_of(world, holder) == 3
    assert await told(world, holder) == ["second_account_refused"], "once a day"
    assert await level_of(world, thief) == PHONE


async def test_a_holder_is_let_in_however_often_strangers_came_before(documents: Documents) -> None:
    world = ruled(documents)
    for number in range(4):
        await confirmed(world, f"stranger-{number}")
    holder = await confirmed(world, "holder")
    await world.sessions.raise_to_face(holder, world.clock.now())
    for number in range(4):
        await confirmed(world, f"more-{number}")
    assert await level_of(world, holder) == 3


@pytest.mark.parametrize(("beyond", "levels"), [("refuse", [2, 1]), ("allow", [2, 2]), ("move", [1, 2])])
async def test_the_rule_is_the_citys(documents: Documents, beyond: str, levels: list[int]) -> None:
    world = ruled(documents, accounts=1, beyond=beyond)
    first = await confirmed(world, "first")
    second = await world.citizen("second", "another device")
    await world.accounts.confirm_phone(second, world.wechat.phone_code(PHONE_OF_LI))
    outcome = await asyncio.gather(world.accounts.confirm_real_name(second, LI, LI_NUMBER), return_exceptions=True)
    assert isinstance(outcome[0], RealNameInUse) == (beyond == "refuse")
    assert [await level_of(world, one) for one in (first, second)] == levels
    assert len(await told(world, first)) == 1, "the one before is told in any case"


@pytest.mark.parametrize(("beyond", "accounts"), [("move", 2), ("refuse", 2), ("move", 1), ("allow", 1)])
async def test_in_a_crowd_no_more_are_let_in_than_the_rule_says(
    documents: Documents, beyond: str, accounts: int
) -> None:
    world, crowd = ruled(documents, accounts=accounts, beyond=beyond), 8
    citizens = [await world.citizen(f"openid-{number}", f"device-{number}") for number in range(crowd)]
    for citizen in citizens:
        await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
    outcomes = await asyncio.gather(
        *(world.accounts.confirm_real_name(citizen, LI, LI_NUMBER) for citizen in citizens), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} <= {type(None), RealNameInUse}
    levels = [await level_of(world, citizen) for citizen in citizens]
    expected = crowd if beyond == "allow" else accounts
    assert levels.count(REAL_NAME) == expected
    assert outcomes.count(None) == (crowd if beyond != "refuse" else accounts)
    (person,) = (await documents.find(Person, "id")).items
    holding = {citizen.id for citizen, level in zip(citizens, levels, strict=True) if level == REAL_NAME}
    assert set(person.accounts) == holding
    moved = [
        message.account_id
        for message in (await documents.find(Message, "id", limit=100)).items
        if message.kind == "identity.real_name_moved"
    ]
    assert sorted(moved) == sorted({citizen.id for citizen in citizens} - holding if beyond == "move" else [])


# --- withdrawing ---


@pytest.mark.parametrize(("proof", "level"), [("phone", 0), ("real_name", PHONE), ("face", REAL_NAME)])
async def test_a_proof_that_is_withdrawn_counts_no_more_anywhere(documents: Documents, proof: Any, level: int) -> None:
    world = ruled(documents)
    citizen = await confirmed(world, "li")
    raised = await world.sessions.raise_to_face(citizen, world.clock.now())
    elsewhere = World(documents, clock=world.clock, vault=world.vault)
    assert elsewhere.tokens.citizen(raised.text).assurance == 3
    assert await world.withdrawals.of_account(citizen.id, proof, "misuse", OPERATOR) == 1
    with pytest.raises(TokenExpired):
        world.tokens.citizen(raised.text)
    await elsewhere.revocations.load()
    with pytest.raises(TokenExpired):
        elsewhere.tokens.citizen(raised.text)
    now = await world.now(citizen)
    assert (now.assurance, sorted(now.proved_at)) == (level, list(range(level + 1)))
    assert (await world.accounts.me(now)).assurance == level
    assert await told(world, citizen) == [f"{proof}_withdrawn"]
    assert await world.withdrawals.of_account(citizen.id, proof, "misuse", OPERATOR) == 0, "there is none left"


async def test_what_is_withdrawn_can_be_proved_again(documents: Documents) -> None:
    world = ruled(documents)
    citizen = await confirmed(world, "li")
    await world.sessions.raise_to_face(citizen, world.clock.now())
    await world.withdrawals.of_account(citizen.id, "real_name", "authority", AUTHORITY)
    assert await level_of(world, citizen) == PHONE
    world.clock.advance(minutes=1)
    await world.accounts.confirm_real_name(await world.now(citizen), LI, LI_NUMBER)
    assert await level_of(world, citizen) == REAL_NAME, "the face shown before counts no more"
    world.clock.advance(minutes=1)
    await world.sessions.raise_to_face(await world.now(citizen), world.clock.now())
    assert await level_of(world, citizen) == 3


async def test_all_accounts_of_a_person_or_number_are_lowered_and_room_is_made(documents: Documents) -> None:
    world = ruled(documents, beyond="refuse")
    first, second = await confirmed(world, "first"), await confirmed(world, "second")
    assert await world.withdrawals.of_id_number(LI_NUMBER, "real_name", "authority", AUTHORITY) == 2
    assert [await level_of(world, one) for one in (first, second)] == [PHONE, PHONE]
    third = await confirmed(world, "third")
    assert await level_of(world, third) == REAL_NAME
    assert await world.withdrawals.of_phone(PHONE_OF_LI, "phone", "given_up", OPERATOR) == 3
    assert [await level_of(world, one) for one in (first, second, third)] == [0, 0, 0]
    assert (await world.accounts.me(first)).phone is None
    assert await world.withdrawals.of_phone("13900000000", "phone", "given_up", OPERATOR) == 0
    assert await world.withdrawals.of_account("nobody", "face", "misuse", OPERATOR) == 0


async def test_a_token_made_while_a_proof_was_being_withdrawn_does_not_survive_it(documents: Documents) -> None:
    """It was made from what was true when it was begun."""
    world = ruled(documents)
    citizen = await confirmed(world, "li")
    before = await world.accounts.get(citizen.id)
    await world.withdrawals.of_account(citizen.id, "real_name", "authority", AUTHORITY)
    session = await world.sessions._live_session(citizen.id, citizen.session_id)
    late = world.sessions._access_token(before, session)
    assert late.assurance == REAL_NAME
    with pytest.raises(TokenExpired):
        world.tokens.citizen(late.text)


async def test_withdrawals_and_confirmations_at_once_end_in_one_of_the_two(documents: Documents) -> None:
    world = ruled(documents)
    citizen = await confirmed(world, "li")
    for _ in range(5):
        outcomes = await asyncio.gather(
            world.withdrawals.of_account(citizen.id, "real_name", "misuse", OPERATOR),
            world.accounts.confirm_real_name(await world.now(citizen), LI, LI_NUMBER),
            return_exceptions=True,
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
        account = await world.accounts.get(citizen.id)
        (person,) = (await documents.find(Person, "id")).items
        assert (citizen.id in person.accounts) == (account.real_name_proved_at is not None)
        world.clock.advance(days=1)


@given(st.lists(st.tuples(st.sampled_from(["confirm", "withdraw", "face"]), st.integers(0, 4)), max_size=20))
@settings(max_examples=40, deadline=None)
def test_in_any_order_a_person_has_the_accounts_that_are_confirmed_and_no_more(acts: list[tuple[str, int]]) -> None:
    async def live() -> None:
        world = ruled(MemoryDocuments())
        citizens = [await world.citizen(f"openid-{number}", f"device-{number}") for number in range(5)]
        for citizen in citizens:
            await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_LI))
        for act, number in acts:
            world.clock.advance(hours=25)
            citizen = citizens[number]
            if act == "withdraw":
                await world.withdrawals.of_account(citizen.id, "real_name", "misuse", OPERATOR)
            elif act == "confirm":
                await asyncio.gather(world.accounts.confirm_real_name(citizen, LI, LI_NUMBER), return_exceptions=True)
            else:
                await asyncio.gather(world.sessions.raise_to_face(citizen, world.clock.now()), return_exceptions=True)
            accounts = (await world.documents.find(Account, "id")).items
            holding = {account.id for account in accounts if account.real_name_proved_at is not None}
            persons = (await world.documents.find(Person, "id")).items
            assert len(holding) <= 2
            assert holding == {one for person in persons for one in person.accounts}

    asyncio.run(live())
