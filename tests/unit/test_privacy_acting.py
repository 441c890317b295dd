"""Closing and copying where people act for people: helpers, guardians and their children, enterprises."""

from pathlib import Path

import pytest

from core.caller import Citizen
from core.closing import AccountClosing
from identity_center.account import Account
from identity_center.acting.errors import ActingEnded, BeyondGrant
from identity_center.enterprise.enterprise import Enterprise, Mandate
from identity_center.persons import Person
from identity_center.privacy.errors import ClosingRefused
from identity_center.relations.relation import Relation
from tests.privacy_world import PrivacyWorld
from tests.unit.acting_world import (
    CHILD,
    CHILD_NUMBER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    deed,
)


async def closed(world: PrivacyWorld, citizen: Citizen) -> None:
    await world.closed(await world.fresh(citizen))


@pytest.mark.parametrize("leaving", ["person", "helper"])
async def test_a_relation_ends_with_either_side(tmp_path: Path, leaving: str) -> None:
    world = PrivacyWorld(tmp_path)
    person, helper = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(person, helper)
    acting = await world.acts(helper, relation.id)
    who = person if leaving == "person" else helper
    assert ("relations", 1) in [(loss.name, loss.count) for loss in (await world.closings.view(who)).losses]
    await closed(world, who)
    with pytest.raises(ActingEnded):
        await world.rules.permit(acting, deed())
    ended = await world.documents.get(Relation, relation.id)
    assert ended is not None
    assert (ended.ended_by, ended.live_person, ended.live_helper) == (leaving, None, None)


async def test_a_guardian_sees_to_the_childs_account_first(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    mother = await world.mother()
    relation = await world.child_of(mother)
    with pytest.raises(ClosingRefused) as refused:
        await world.closings.ask(await world.fresh(mother))
    assert refused.value.facts["reasons"] == ["managed_account"]
    child = await world.acts(mother, relation.id)
    copy = await world.copy(child)
    assert copy["account.json"][0]["name"] == CHILD
    assert copy["access_log.json"][-1]["by"]["capacity"] == "guardian"
    await world.closings.ask(child)
    assert await world.sessions.sessions(mother), "the guardian's own sign-ins are not the child's"
    with pytest.raises(ClosingRefused):
        await world.closings.ask(await world.fresh(mother))
    world.clock.advance(days=7)
    await world.erased()
    assert await world.documents.get(Account, child.id) is None
    assert await world.documents.get(Person, world.people.blind_index(CHILD_NUMBER)) is None
    await closed(world, mother)
    assert await world.documents.count(Account, "id") == await world.documents.count(Person, "id") == 0


async def test_a_child_with_an_own_phone_is_not_closed_by_a_guardian(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    mother = await world.mother()
    relation = await world.child_of(mother)
    handed = await world.acting.claims.hand_over(mother, relation.id)
    phone = await world.citizen("openid-child", "device-child")
    await world.accounts.confirm_phone(phone, world.wechat.phone_code("13900001111"))
    token = await world.acting.claims.by_code(await world.now(phone), CHILD, CHILD_NUMBER, handed.code)
    own = world.tokens.citizen(token.text)
    acting = await world.acts(await world.fresh(mother), relation.id)
    with pytest.raises(BeyondGrant):
        await world.closings.ask(acting)
    copy = await world.copy(await world.fresh(own))
    assert len(copy["account.json"]) == 2, "the account whose WeChat moved here is theirs as well"
    await closed(world, own)
    assert await world.documents.get(Account, phone.id) is None


async def test_with_its_representative_an_enterprise_loses_all_that_was_granted(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    owner = await world.mother()
    enterprise = await world.bound(owner, MOTHER_NUMBER)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise.id, agent)
    key = await world.people.person_key(owner.id)
    acting = await world.acts(agent, mandate)
    assert (await world.copy(await world.fresh(owner)))["mandates.json"][0]["role"] == "legal_representative"
    await closed(world, owner)
    with pytest.raises(ActingEnded):
        await world.rules.permit(acting, deed())
    kept = await world.documents.get(Enterprise, enterprise.id)
    assert kept is not None
    assert (kept.representative_key, kept.representative_account) == (None, None)
    assert key not in kept.model_dump_json()
    assert {one.live_account for one in (await world.documents.find(Mandate, "id")).items} == {None}


async def test_nobody_new_acts_for_an_account_that_closes(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    person, helper = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    await world.closings.ask(person)
    with pytest.raises(AccountClosing):
        await world.helped(person, helper)
