"""Guardians: how one becomes one, how far it goes, and how it ends."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import FACE, REAL_NAME, ForPerson, StepUpNeeded
from identity_center.account import Account
from identity_center.acting.errors import (
    ActingEnded,
)
from identity_center.ages import age_on, birthday
from identity_center.errors import AuthorityUnavailable, InvalidIdNumber
from identity_center.relations.errors import (
    FamilyLocked,
    GuardianNeeded,
    GuardianNotConfirmed,
    NotAMinor,
)
from identity_center.relations.relation import Relation
from tests.unit.acting_world import (
    CHILD,
    CHILD_NUMBER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    STUDENT,
    STUDENT_NUMBER,
    TEEN,
    TEEN_NUMBER,
    ActingWorld,
    deed,
    limited,
)
from tests.unit.identity_world import id_number


async def test_a_guardian_adds_a_child_and_acts_for_it_with_their_own_proofs() -> None:
    world = ActingWorld()
    mother = await world.mother()
    relation = await world.child_of(mother)
    assert (relation.kind, relation.helper_id, relation.consented_at) == ("guardian", mother.id, world.noon)
    child = await world.acts(mother, relation.id)
    assert child.id == relation.person_id != mother.id
    assert child.acting == ForPerson(relation.id, mother.id, "guardian")
    assert (child.session_id, child.assurance, child.actor_id) == (mother.session_id, FACE, mother.id)
    child.require(FACE, 600, world.noon)
    me = await world.accounts.me(child)
    assert (me.name, me.id_number, me.phone, me.assurance) == ("周**", "5****************" + CHILD_NUMBER[-1], None, 3)
    account = await world.accounts.get(child.id)
    assert (account.managed, account.openid_index) == (True, None)


async def test_a_child_is_not_confirmed_by_itself_and_no_attempt_is_spent_on_it() -> None:
    world = ActingWorld()
    child = await world.person(CHILD, CHILD_NUMBER, 1)
    with pytest.raises(GuardianNeeded):
        await world.accounts.confirm_real_name(child, CHILD, CHILD_NUMBER)
    assert world.authority.asked == 0


async def test_at_fourteen_one_is_confirmed_like_anybody() -> None:
    world = ActingWorld()
    teen = await world.person(TEEN, TEEN_NUMBER)
    assert teen.assurance == REAL_NAME


@pytest.mark.parametrize(
    ("name", "number"), [(CHILD, CHILD_NUMBER), ("周小慢", CHILD_NUMBER), (STUDENT, STUDENT_NUMBER)]
)
async def test_who_is_no_guardian_learns_only_that(name: str, number: str) -> None:
    world = ActingWorld(settings=limited(family_attempts_per_day=2))
    world.authority.names[CHILD_NUMBER] = CHILD
    stranger = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    for left in (1, 0):
        with pytest.raises(GuardianNotConfirmed) as refused:
            await world.acting.family.add_child(stranger, name, number)
        assert refused.value.facts == {"attempts_left": left}
    with pytest.raises(FamilyLocked):
        await world.acting.family.add_child(stranger, name, number)
    assert await world.acting.relations.relations(stranger) == ()


async def test_adding_somebody_takes_a_fresh_face() -> None:
    world = ActingWorld()
    mother = await world.mother()
    world.clock.advance(seconds=601)
    with pytest.raises(StepUpNeeded):
        await world.child_of(await world.now(mother))
    with pytest.raises(StepUpNeeded):
        await world.acting.family.add_child(await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER), CHILD, CHILD_NUMBER)


async def test_somebody_of_age_is_no_child_and_nobody_is_born_tomorrow() -> None:
    world = ActingWorld()
    mother = await world.mother()
    asked = world.authority.asked
    with pytest.raises(NotAMinor):
        await world.acting.family.add_child(mother, OLD_MAN, OLD_NUMBER)
    for born in ("20261123", "20990101", "99991231"):
        with pytest.raises(InvalidIdNumber):
            await world.acting.family.add_child(mother, "周未来", id_number(f"520100{born}001"))
    assert world.authority.asked == asked


async def test_an_authority_that_is_down_costs_no_attempt() -> None:
    world = ActingWorld(settings=limited(family_attempts_per_day=1))
    mother = await world.mother()
    world.authority.down = True
    for _ in range(3):
        with pytest.raises(AuthorityUnavailable):
            await world.child_of(mother)
    world.authority.down = False
    assert (await world.child_of(mother)).kind == "guardian"


async def test_two_guardians_share_one_account_and_adding_again_changes_nothing() -> None:
    world = ActingWorld()
    mother, father = await world.mother(), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.guardians.add((NEIGHBOUR_NUMBER, CHILD_NUMBER))
    hers, his = await world.child_of(mother), await world.child_of(father)
    assert hers.person_id == his.person_id
    assert await world.child_of(mother) == hers
    assert len(await world.acting.relations.as_helper(mother)) == 1


async def test_two_guardians_at_once_make_one_account() -> None:
    world = ActingWorld()
    mother, father = await world.mother(), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.guardians.add((NEIGHBOUR_NUMBER, CHILD_NUMBER))
    relations = await asyncio.gather(*(world.child_of(one) for one in (mother, father, mother, father)))
    assert len({relation.person_id for relation in relations}) == 1
    key = world.vault.blind_index("id_number", CHILD_NUMBER)
    assert await world.documents.count(Account, "id_number", key) == 1


async def test_a_teen_with_an_account_of_their_own_keeps_it() -> None:
    world = ActingWorld()
    teen, mother = await world.person(TEEN, TEEN_NUMBER), await world.mother()
    relation = await world.acting.family.add_child(mother, TEEN, TEEN_NUMBER)
    assert (relation.person_id, relation.consented_at) == (teen.id, None)
    (view,) = await world.acting.relations.relations(teen)
    assert (view.side, view.name, view.live) == ("person", "周*", True)


async def test_guardianship_ends_with_the_eighteenth_birthday() -> None:
    world = ActingWorld()
    mother = await world.mother()
    world.authority.names[STUDENT_NUMBER] = STUDENT
    world.authority.guardians.add((MOTHER_NUMBER, STUDENT_NUMBER))
    relation = await world.acting.family.add_child(mother, STUDENT, STUDENT_NUMBER)
    world.clock.advance(days=365, hours=11)
    assert (await world.acts(await world.now(mother), relation.id)).id == relation.person_id
    acting = await world.acts(await world.now(mother), relation.id)
    world.clock.advance(hours=1, minutes=1)
    with pytest.raises(ActingEnded):
        await world.acts(await world.now(mother), relation.id)
    with pytest.raises(ActingEnded):
        await world.rules.note(acting, deed())


async def test_the_authority_is_asked_again_and_its_no_ends_the_relation() -> None:
    world = ActingWorld()
    mother = await world.mother()
    relation = await world.child_of(mother)
    acting = await world.acts(mother, relation.id)
    world.authority.guardians.clear()
    world.clock.advance(hours=23)
    assert (await world.acts(await world.now(mother), relation.id)).id == relation.person_id
    world.clock.advance(hours=1)
    with pytest.raises(ActingEnded):
        await world.acts(await world.now(mother), relation.id)
    with pytest.raises(ActingEnded):
        await world.rules.limits(acting)
    ended = await world.documents.get(Relation, relation.id)
    assert ended is not None
    assert (ended.ended_by, ended.live_person) == ("authority", None)


async def test_without_an_answer_a_guardian_goes_on_for_three_days_and_no_longer() -> None:
    world = ActingWorld()
    mother = await world.mother()
    relation = await world.child_of(mother)
    world.authority.down = True
    world.clock.advance(hours=72)
    assert (await world.acts(await world.now(mother), relation.id)).id == relation.person_id
    world.clock.advance(hours=1)
    with pytest.raises(AuthorityUnavailable):
        await world.acts(await world.now(mother), relation.id)
    world.authority.down = False
    assert (await world.acts(await world.now(mother), relation.id)).id == relation.person_id


@given(st.dates(min_value=birthday(CHILD_NUMBER, 0), max_value=birthday(CHILD_NUMBER, 90)))
def test_one_is_as_old_as_birthdays_have_passed(day: object) -> None:
    age = age_on(CHILD_NUMBER, day)  # type: ignore[arg-type]
    assert birthday(CHILD_NUMBER, age) <= day < birthday(CHILD_NUMBER, age + 1)  # type: ignore[operator]


def test_who_was_born_on_a_leap_day_has_a_birthday_every_year() -> None:
    leap = id_number("52010020120229001")
    assert birthday(leap, 14).isoformat() == "2026-03-01"
    assert birthday(leap, 16).isoformat() == "2028-02-29"
    assert age_on(leap, birthday(leap, 14) - timedelta(days=1)) == 13
    assert age_on(leap, birthday(leap, 14)) == 14
