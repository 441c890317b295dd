"""Consents and releases while somebody acts for somebody."""

import pytest

from core.caller import Citizen
from identity_center.acting.errors import (
    ActingEnded,
    BeyondGrant,
)
from identity_center.errors import ConsentNeeded
from tests.unit.acting_world import (
    CHILD_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    ActingWorld,
    deed,
)


async def release(world: ActingWorld, citizen: Citizen) -> dict[str, str]:
    return await world.personal_data.release(
        citizen.id,
        card_id="gy.social_security",
        department="gy.human_resources",
        fields=["id_number"],
        purpose=deed().use,
        request_id="request-1",
        acting=citizen.acting,
    )


async def consent(world: ActingWorld, citizen: Citizen) -> str:
    granted = await world.consents.grant(
        citizen,
        card_id="gy.social_security",
        department="gy.human_resources",
        fields=["id_number"],
        purpose=deed().purpose,
    )
    return granted.id


async def test_a_guardian_consents_for_the_child_and_the_child_s_log_says_who_acted() -> None:
    world = ActingWorld()
    mother = await world.mother()
    child = await world.acts(mother, (await world.child_of(mother)).id)
    with pytest.raises(ConsentNeeded):
        await release(world, child)
    await consent(world, child)
    assert await release(world, child) == {"id_number": CHILD_NUMBER}
    (entry,) = (await world.log.of(child)).items
    assert entry.by is not None
    assert (entry.by.actor_id, entry.by.capacity) == (mother.id, "guardian")
    assert entry.in_words(deed().use, "周*").zh.endswith("，由周*（监护人）代办")
    assert (await world.log.of(mother)).items == ()
    assert await world.log.fault(child.id) is None


async def test_a_consent_for_a_child_holds_as_long_as_whoever_gave_it_is_a_guardian() -> None:
    world = ActingWorld()
    mother, father = await world.mother(), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.guardians.add((NEIGHBOUR_NUMBER, CHILD_NUMBER))
    hers, his = await world.child_of(mother), await world.child_of(father)
    for_her, for_him = await world.acts(mother, hers.id), await world.acts(father, his.id)
    await consent(world, for_her)
    assert await release(world, for_him)
    await world.acting.relations.end(mother, hers.id)
    with pytest.raises(ConsentNeeded):
        await release(world, for_him)
    await consent(world, for_him)
    assert await release(world, for_him)


async def test_a_helper_consents_to_nothing() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    acting = await world.acts(neighbour, (await world.helped(old, neighbour)).id)
    own = await consent(world, old)
    for attempt in (consent(world, acting), world.consents.revoke(acting, own), world.consents.consents(acting)):
        with pytest.raises(BeyondGrant):
            await attempt
    assert await release(world, acting) == {"id_number": OLD_NUMBER}


async def test_a_permission_that_ends_between_look_and_write_wins_over_the_release() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour)
    acting = await world.acts(neighbour, relation.id)
    await consent(world, old)
    entries = world.log.appended

    async def while_the_person_ends_it(*given: object) -> object:
        await world.acting.relations.end(old, relation.id)
        return await entries(*given)  # type: ignore[arg-type]

    world.log.appended = while_the_person_ends_it  # type: ignore[assignment,method-assign]
    with pytest.raises(ActingEnded):
        await release(world, acting)
    assert (await world.log.of(old)).items == ()


async def test_a_guardian_who_is_none_any_more_at_the_write_has_consented_to_nothing() -> None:
    world = ActingWorld()
    mother, father = await world.mother(), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.guardians.add((NEIGHBOUR_NUMBER, CHILD_NUMBER))
    hers, his = await world.child_of(mother), await world.child_of(father)
    await consent(world, await world.acts(mother, hers.id))
    for_him = await world.acts(father, his.id)
    appended = world.log.appended

    async def while_hers_ends(*given: object) -> object:
        await world.acting.relations.end(mother, hers.id)
        return await appended(*given)  # type: ignore[arg-type]

    world.log.appended = while_hers_ends  # type: ignore[assignment,method-assign]
    with pytest.raises(ConsentNeeded):
        await release(world, for_him)
    assert (await world.log.of(for_him)).items == ()
