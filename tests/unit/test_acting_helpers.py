"""Helpers: an adult shows a code, another one enters it; or an elder without a phone shows their face."""

import asyncio
from datetime import timedelta

import pytest

from core.caller import FACE, PHONE, REAL_NAME, WECHAT, PersonNeeded, StepUpNeeded
from identity_center.acting.errors import (
    ActingEnded,
    ActingForOneself,
    CodeInvalid,
    CodesLocked,
    GrantNotFound,
    NotOfAge,
    TooManyGrants,
)
from identity_center.acting.invitations import ALPHABET, Invitation
from identity_center.errors import TokenInvalid
from identity_center.face.errors import FaceNotMatched
from identity_center.face.examination import Distances
from identity_center.relations.errors import (
    NotAMinor,
    PersonHasAccount,
)
from identity_center.retention import forget_spent
from identity_center.settings import IdentitySettings, ProofSettings
from tests.unit.acting_world import (
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    NEIGHBOURS,
    OLD_MAN,
    OLD_NUMBER,
    PARKS_ONLY,
    TEEN,
    TEEN_NUMBER,
    ActingWorld,
    deed,
    limited,
)
from tests.unit.face_support import ACTING, honest


async def test_an_adult_shows_a_code_and_another_one_acts_for_them() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    offer = await world.acting.service.read(neighbour, code.code.lower().replace("-", " "))
    assert (offer.name, offer.invitation.limits, offer.invitation.days) == ("唐**", PARKS_ONLY, 30)
    choice = await world.acting.service.accept(neighbour, code.code)
    assert (choice.capacity, choice.name, choice.expires_at) == ("helper", "唐**", world.noon + timedelta(days=30))
    assert await world.acting.service.choices(neighbour) == (choice,)
    acting = await world.acts(neighbour, choice.grant_id)
    assert (acting.id, acting.assurance, set(acting.proved_at)) == (old.id, REAL_NAME, {WECHAT, PHONE, REAL_NAME})
    with pytest.raises(PersonNeeded):
        acting.require(FACE, 600, world.noon)


async def test_the_helper_s_face_is_not_the_person_s_however_it_is_asked_for() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER, 3), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    acting = await world.acts(neighbour, (await world.helped(old, neighbour)).id)
    assert FACE not in acting.proved_at
    with pytest.raises(PersonNeeded):
        acting.require(FACE, None, world.noon)


async def test_a_helper_gets_no_further_than_the_person_and_no_further_than_themself() -> None:
    proofs = ProofSettings(phone_days=40, real_name_days=20, face_minutes=720)
    world = ActingWorld(settings=IdentitySettings(proofs=proofs))
    old = await world.person(OLD_MAN, OLD_NUMBER)
    world.clock.advance(days=10)
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour, days=100)
    world.clock.advance(days=9)
    assert (await world.acts(neighbour, relation.id)).assurance == REAL_NAME
    world.clock.advance(days=2)
    assert (await world.acts(neighbour, relation.id)).assurance == PHONE, "the person's real name has run out"
    await world.accounts.confirm_real_name(await world.now(old), OLD_MAN, OLD_NUMBER)
    assert (await world.acts(neighbour, relation.id)).assurance == REAL_NAME
    world.clock.advance(days=10)
    assert (await world.acts(neighbour, relation.id)).assurance == PHONE, "the helper's real name has run out"


@pytest.mark.parametrize("level", [0, 1])
async def test_both_sides_are_known_people(level: int) -> None:
    world = ActingWorld()
    old, unknown = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, level)
    with pytest.raises(StepUpNeeded):
        await world.acting.helpers.invite(unknown, PARKS_ONLY, 30)
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    with pytest.raises(StepUpNeeded):
        await world.acting.service.accept(unknown, code.code)
    assert await world.acting.relations.relations(old) == ()


async def test_both_sides_are_of_age() -> None:
    world = ActingWorld()
    old, teen = await world.person(OLD_MAN, OLD_NUMBER), await world.person(TEEN, TEEN_NUMBER)
    with pytest.raises(NotOfAge):
        await world.acting.helpers.invite(teen, PARKS_ONLY, 30)
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    with pytest.raises(NotOfAge):
        await world.acting.service.accept(teen, code.code)


async def test_nobody_is_their_own_helper_with_another_wechat_either() -> None:
    world = ActingWorld()
    old = await world.person(OLD_MAN, OLD_NUMBER)
    again = await world.person(OLD_MAN, OLD_NUMBER, openid="openid-second")
    assert again.id != old.id
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    for one in (old, again):
        with pytest.raises(ActingForOneself):
            await world.acting.service.accept(one, code.code)


async def test_a_code_works_once_for_ten_minutes_and_a_lost_answer_can_be_asked_for_again() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    other = await world.person(MOTHER, MOTHER_NUMBER)
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    first = await world.acting.service.accept(neighbour, code.code)
    assert await world.acting.service.accept(neighbour, code.code) == first
    with pytest.raises(CodeInvalid):
        await world.acting.service.accept(other, code.code)
    late = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    world.clock.advance(minutes=10)
    for attempt in (world.acting.service.read, world.acting.service.accept):
        with pytest.raises(CodeInvalid):
            await attempt(other, late.code)


async def test_of_many_who_enter_one_code_one_becomes_the_helper() -> None:
    world = ActingWorld()
    old = await world.person(OLD_MAN, OLD_NUMBER)
    several = [await world.person(*neighbour) for neighbour in NEIGHBOURS[:5]]
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    tries = await asyncio.gather(
        *(world.acting.service.accept(one, code.code) for one in several), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in tries) == 1
    assert all(isinstance(one, CodeInvalid) for one in tries if isinstance(one, BaseException))
    assert len(await world.acting.relations.relations(old)) == 1


async def test_entering_codes_is_counted_right_or_wrong() -> None:
    world = ActingWorld(settings=limited(code_attempts_per_day=3))
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    code = await world.acting.helpers.invite(old, PARKS_ONLY, 30)
    await world.acting.service.read(neighbour, code.code)
    for wrong in ("00000-00000", "x"):
        with pytest.raises(CodeInvalid):
            await world.acting.service.read(neighbour, wrong)
    with pytest.raises(CodesLocked):
        await world.acting.service.accept(neighbour, code.code)
    world.clock.advance(days=1)
    assert await world.acting.service.choices(neighbour) == ()


async def test_a_stolen_database_shows_no_code_and_spent_ones_are_forgotten() -> None:
    world = ActingWorld()
    old = await world.person(OLD_MAN, OLD_NUMBER)
    code = (await world.acting.helpers.invite(old, PARKS_ONLY, 30)).code
    (kept,) = (await world.documents.find(Invitation, "id")).items
    assert code not in kept.model_dump_json()
    assert code.replace("-", "") not in kept.model_dump_json()
    assert set(code.replace("-", "")) <= set(ALPHABET)
    world.clock.advance(days=2)
    await forget_spent(world.documents, world.clock, world.settings)
    assert (await world.documents.find(Invitation, "id")).items == ()


async def test_as_many_helpers_and_persons_as_the_city_allows() -> None:
    world = ActingWorld(settings=limited(helpers_per_person=2, persons_per_helper=1, code_attempts_per_day=50))
    old, mother = await world.person(OLD_MAN, OLD_NUMBER), await world.person(MOTHER, MOTHER_NUMBER)
    several = [await world.person(*neighbour) for neighbour in NEIGHBOURS[:4]]
    for helper in several[:2]:
        await world.helped(old, helper)
    with pytest.raises(TooManyGrants) as of_person:
        await world.helped(old, several[2])
    assert of_person.value.facts == {"whose": "person", "most": 2}
    with pytest.raises(TooManyGrants) as of_helper:
        await world.helped(mother, several[0])
    assert of_helper.value.facts == {"whose": "helper", "most": 1}
    (first, _second) = await world.acting.relations.relations(old)
    await world.acting.relations.end(old, first.relation.id)
    await world.helped(old, several[2])


async def test_what_ran_out_takes_nobody_s_place() -> None:
    world = ActingWorld(settings=limited(helpers_per_person=1))
    old, mother = await world.person(OLD_MAN, OLD_NUMBER), await world.person(MOTHER, MOTHER_NUMBER)
    await world.helped(old, mother, days=1)
    world.clock.advance(days=1)
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(await world.now(old), neighbour)
    views = {view.relation.id: view for view in await world.acting.relations.relations(old)}
    assert [view.live for view in views.values()].count(True) == 1
    assert views[relation.id].live


async def test_of_ten_who_accept_at_once_as_many_as_there_are_places_become_helpers() -> None:
    world = ActingWorld(settings=limited(helpers_per_person=3))
    old = await world.person(OLD_MAN, OLD_NUMBER)
    several = [await world.person(*neighbour) for neighbour in NEIGHBOURS[:10]]
    codes = [(await world.acting.helpers.invite(old, PARKS_ONLY, 30)).code for _ in several]
    tries = await asyncio.gather(
        *(world.acting.service.accept(one, code) for one, code in zip(several, codes, strict=True)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in tries) == 3
    assert all(isinstance(one, TooManyGrants) for one in tries if isinstance(one, BaseException))


async def test_a_new_permission_takes_the_place_of_the_last_one_of_the_same_two() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    wide = await world.helped(old, neighbour)
    acting = await world.acts(neighbour, wide.id)
    narrow = await world.helped(old, neighbour, PARKS_ONLY)
    with pytest.raises(ActingEnded):
        await world.rules.permit(acting, deed())
    assert [choice.grant_id for choice in await world.acting.service.choices(neighbour)] == [narrow.id]


@pytest.mark.parametrize("side", ["person", "helper"])
async def test_either_side_ends_it_at_once_also_for_tokens_that_are_out(side: str) -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour)
    _, token = await world.acting.service.choose(neighbour, relation.id)
    assert world.tokens.citizen(token.text).id == old.id
    ended = await world.acting.relations.end(old if side == "person" else neighbour, relation.id)
    assert ended.ended_by == side
    with pytest.raises(ActingEnded):
        world.tokens.citizen(token.text)
    with pytest.raises(ActingEnded):
        await world.acts(neighbour, relation.id)
    assert (await world.now(neighbour)).id == neighbour.id, "the helper's own sign-in goes on"
    assert (await world.acting.relations.end(old, relation.id)).ended_by == side, "ending again changes nothing"


async def test_the_end_reaches_a_process_that_did_not_write_it() -> None:
    here = ActingWorld()
    there = ActingWorld(here.documents, clock=here.clock, vault=here.vault, ephemeral=here.ephemeral)
    old, neighbour = await here.person(OLD_MAN, OLD_NUMBER), await here.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await here.helped(old, neighbour)
    _, token = await here.acting.service.choose(neighbour, relation.id)
    assert there.tokens.citizen(token.text).id == old.id
    await here.acting.relations.end(old, relation.id)
    with pytest.raises(ActingEnded):
        await there.rules.permit(there.tokens.citizen(token.text), deed())
    await there.revocations.load()
    with pytest.raises(ActingEnded):
        there.tokens.citizen(token.text)


async def test_acting_ends_with_the_helper_s_session_and_with_the_person_s_account_s_tokens() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await world.helped(old, neighbour)
    _, token = await world.acting.service.choose(neighbour, relation.id)
    await world.sessions.end_all(old)
    assert world.tokens.citizen(token.text).id == old.id, "the person's own sign-ins are another matter"
    await world.sessions.sign_out(neighbour)
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(token.text)


async def test_nobody_ends_or_uses_a_relation_of_others() -> None:
    world = ActingWorld()
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    stranger = await world.person(MOTHER, MOTHER_NUMBER)
    relation = await world.helped(old, neighbour)
    for one in (stranger, old):
        with pytest.raises(GrantNotFound):
            await world.acts(one, relation.id)
    with pytest.raises(GrantNotFound):
        await world.acting.relations.end(stranger, relation.id)
    with pytest.raises(GrantNotFound):
        await world.acts(neighbour, "unknown")


async def test_an_elder_without_a_phone_agrees_with_their_face_on_the_helper_s() -> None:
    world = ActingWorld()
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.names[OLD_NUMBER] = OLD_MAN
    shown = await world.shows_face(neighbour)
    relation = await world.acting.family.add_elder(neighbour, OLD_MAN, OLD_NUMBER, PARKS_ONLY, 30, shown)
    assert relation.kind == "helper"
    assert relation.proof is not None
    acting = await world.acts(neighbour, relation.id)
    assert (acting.assurance, (await world.accounts.me(acting)).name) == (REAL_NAME, "唐**")
    assert (await world.now(neighbour)).proved_at[FACE] == world.noon, "the helper's own proofs stay as they were"


async def test_a_face_that_does_not_match_makes_no_helper() -> None:
    world = ActingWorld()
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.names[OLD_NUMBER] = OLD_MAN
    shown = await world.shows_face(neighbour)
    actions = [action for action in ACTING if action in shown.frames]
    world.examiner.answer = honest(sorted(actions, key=shown.frames.index), Distances(0.9, 0.9, 0.2))
    with pytest.raises(FaceNotMatched):
        await world.acting.family.add_elder(neighbour, OLD_MAN, OLD_NUMBER, PARKS_ONLY, 30, shown)
    assert await world.acting.service.choices(neighbour) == ()


async def test_who_has_an_account_is_asked_there_and_a_minor_elsewhere() -> None:
    world = ActingWorld()
    await world.person(OLD_MAN, OLD_NUMBER)
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    shown = await world.shows_face(neighbour)
    with pytest.raises(PersonHasAccount):
        await world.acting.family.add_elder(neighbour, OLD_MAN, OLD_NUMBER, PARKS_ONLY, 30, shown)
    with pytest.raises(NotAMinor):
        await world.acting.family.add_elder(neighbour, TEEN, TEEN_NUMBER, PARKS_ONLY, 30, shown)
    with pytest.raises(ActingForOneself):
        await world.acting.family.add_elder(neighbour, NEIGHBOUR, NEIGHBOUR_NUMBER, PARKS_ONLY, 30, shown)
