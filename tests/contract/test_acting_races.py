"""Acting for somebody, over every store: an end wins over every use that is not written by then, a place is given once,
and a person has one account, however many come at the same moment."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

import pytest

from core.caller import Citizen
from core.documents import Documents
from identity_center.account import Account
from identity_center.acting.errors import ActingEnded, CodeInvalid, TooManyGrants
from identity_center.acting.limits import EVERYTHING
from identity_center.enterprise.enterprise import Enterprise, Mandate
from identity_center.relations.relation import Relation
from tests.unit.acting_world import (
    CHILD_NUMBER,
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    NEIGHBOURS,
    OLD_MAN,
    OLD_NUMBER,
    TEEN,
    TEEN_NUMBER,
    ActingWorld,
    deed,
    limited,
)

R = TypeVar("R")


async def all_at_once(attempts: Iterable[Awaitable[R]]) -> tuple[list[R], list[type[BaseException]]]:
    """What succeeded, and the kinds of refusals."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)], refused


async def released(world: ActingWorld, citizen: Citizen) -> None:
    await world.personal_data.release(
        citizen.id,
        card_id="gy.social_security",
        department="gy.human_resources",
        fields=["id_number"],
        purpose=deed().use,
        request_id="request-1",
        acting=citizen.acting,
    )


async def consented(world: ActingWorld, citizen: Citizen) -> None:
    await world.consents.grant(
        citizen,
        card_id="gy.social_security",
        department="gy.human_resources",
        fields=["id_number"],
        purpose=deed().purpose,
    )


async def test_what_is_not_written_when_a_relation_ends_is_not_done(documents: Documents) -> None:
    world = ActingWorld(documents)
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour)
    acting = await world.acts(neighbour, relation.id)
    await consented(world, old)
    other = ActingWorld(documents, clock=world.clock, vault=world.vault, ephemeral=world.ephemeral)

    async def end() -> None:
        await other.acting.relations.end(old, relation.id)

    uses = [released(world, acting) if number % 2 else world.rules.note(acting, deed()) for number in range(12)]
    done, refused = await all_at_once([*uses[:6], end(), *uses[6:]])
    entries = (await world.log.of(old, limit=100)).items
    ended = await documents.get(Relation, relation.id)
    assert ended is not None
    assert len(entries) == len(done) - 1 == ended.uses, "as many entries as uses that were told yes"
    assert set(refused) <= {ActingEnded}
    assert await world.log.fault(old.id) is None
    for use in (released(world, acting), other.rules.note(acting, deed())):
        with pytest.raises(ActingEnded):
            await use


async def test_what_is_not_written_when_the_representative_changes_is_not_done(documents: Documents) -> None:
    world = ActingWorld(documents)
    owner, heir = await world.person(MOTHER, MOTHER_NUMBER, 3), await world.person(OLD_MAN, OLD_NUMBER, 3)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    enterprise = (await world.bound(owner, MOTHER_NUMBER)).id
    acting = await world.acts(agent, await world.agent(owner, enterprise, agent))
    await all_at_once([*(world.rules.note(acting, deed()) for _ in range(4)), world.bound(heir, OLD_NUMBER)])
    stored = await documents.get(Enterprise, enterprise)
    assert stored is not None
    assert (stored.term, stored.representative_account) == (2, heir.id)
    with pytest.raises(ActingEnded):
        await world.rules.note(acting, deed())
    live = (await documents.find(Mandate, "pair", enterprise)).items
    assert [(mandate.account_id, mandate.term) for mandate in live] == [(heir.id, 2)]
    assert await world.log.fault(enterprise) is None


async def test_a_code_makes_one_helper(documents: Documents) -> None:
    world = ActingWorld(documents)
    old = await world.person(OLD_MAN, OLD_NUMBER)
    several = [await world.person(*one) for one in NEIGHBOURS[:5]]
    code = (await world.acting.helpers.invite(old, EVERYTHING, 30)).code
    made, refused = await all_at_once(world.acting.service.accept(one, code) for one in several)
    assert (len(made), set(refused)) == (1, {CodeInvalid})
    assert len(await world.acting.relations.relations(old)) == 1


async def test_as_many_helpers_as_there_are_places(documents: Documents) -> None:
    world = ActingWorld(documents, settings=limited(helpers_per_person=3))
    old = await world.person(OLD_MAN, OLD_NUMBER)
    several = [await world.person(*one) for one in NEIGHBOURS[:8]]
    codes = [(await world.acting.helpers.invite(old, EVERYTHING, 30)).code for _ in several]
    made, refused = await all_at_once(
        world.acting.service.accept(one, code) for one, code in zip(several, codes, strict=True)
    )
    assert (len(made), set(refused)) == (3, {TooManyGrants})
    assert await documents.count(Relation, "person_place", old.id, "helper") == 3


async def test_a_child_has_one_account_however_many_guardians_add_it(documents: Documents) -> None:
    world = ActingWorld(documents)
    mother, father = await world.mother(), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.guardians.add((NEIGHBOUR_NUMBER, CHILD_NUMBER))
    made, refused = await all_at_once(world.child_of(one) for one in (mother, father, mother, father))
    assert (len({relation.person_id for relation in made}), refused) == (1, [])
    assert await documents.count(Account, "id_number", world.vault.blind_index("id_number", CHILD_NUMBER)) == 1


async def test_a_managed_account_never_stands_beside_an_own_one(documents: Documents) -> None:
    world = ActingWorld(documents)
    mother, teen = await world.mother(), await world.person(TEEN, TEEN_NUMBER, 1)
    await all_at_once(
        [
            world.acting.family.add_child(mother, TEEN, TEEN_NUMBER),
            world.accounts.confirm_real_name(teen, TEEN, TEEN_NUMBER),
        ]
    )
    accounts = (await documents.find(Account, "id_number", world.vault.blind_index("id_number", TEEN_NUMBER))).items
    (relation,) = await world.acting.relations.as_helper(mother)
    assert [account.id for account in accounts] == [relation.person_id]


async def test_of_two_phones_one_takes_an_account_over(documents: Documents) -> None:
    world = ActingWorld(documents)
    mother, first = await world.mother(), await world.person(TEEN, TEEN_NUMBER, 1)
    second = await world.person(TEEN, TEEN_NUMBER, 1, openid="openid-second")
    relation = await world.acting.family.add_child(mother, TEEN, TEEN_NUMBER)
    faces = [(one, await world.shows_face(one)) for one in (first, second)]
    made, refused = await all_at_once(
        world.acting.claims.by_face(one, TEEN, TEEN_NUMBER, shown) for one, shown in faces
    )
    assert (len(made), len(refused)) == (1, 1)
    taken = await documents.get(Account, relation.person_id)
    assert taken is not None
    assert not taken.managed
    assert await documents.count(Account, "openid", taken.openid_index) == 1
