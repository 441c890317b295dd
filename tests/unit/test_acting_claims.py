"""Taking over an account in which family acted: by whom, with which proof, and what moves with it."""

import asyncio

import pytest

from core.caller import FACE, REAL_NAME, Citizen, StepUpNeeded
from core.text import text
from identity_center.account import Account
from identity_center.acting.errors import ActingEnded, CodeInvalid, CodesLocked, GrantNotFound
from identity_center.errors import RealNameMismatch, SessionNotFound, TokenInvalid
from identity_center.face.errors import FaceNotMatched, ReferenceUnusable
from identity_center.face.examination import Distances
from identity_center.relations.errors import ManagedAccountExists, NotTakenOver
from identity_center.relations.relation import Relation
from identity_center.settings import IdentitySettings
from tests.unit.acting_world import (
    CHILD,
    CHILD_NUMBER,
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    PARKS_ONLY,
    TEEN,
    TEEN_NUMBER,
    ActingWorld,
    limited,
)
from tests.unit.face_support import honest


class Family(ActingWorld):
    """A mother who added her child and her teen, who both have a phone now, confirmed as far as level 1."""

    def __init__(self, settings: IdentitySettings | None = None) -> None:
        super().__init__(settings=settings)
        self.of_child: Relation
        self.of_teen: Relation

    async def begin(self) -> tuple[Citizen, Citizen, Citizen]:
        mother = await self.mother()
        self.of_child = await self.child_of(mother)
        self.of_teen = await self.acting.family.add_child(mother, TEEN, TEEN_NUMBER)
        child, teen = await self.person(CHILD, CHILD_NUMBER, 1), await self.person(TEEN, TEEN_NUMBER, 1)
        return mother, child, teen

    async def code(self, mother: Citizen, relation: Relation) -> str:
        return (await self.acting.claims.hand_over(mother, relation.id)).code

    async def accounts_of(self, number: str) -> int:
        return await self.documents.count(Account, "id_number", self.vault.blind_index("id_number", number))


async def test_a_child_takes_its_account_over_with_the_guardian_s_code() -> None:
    world = Family()
    mother, child, _ = await world.begin()
    token = await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, await world.code(mother, world.of_child))
    now = world.tokens.citizen(token.text)
    assert (now.id, now.session_id, now.assurance) == (world.of_child.person_id, child.session_id, REAL_NAME)
    account = await world.accounts.get(now.id)
    assert not account.managed
    assert await account.opened(world.data_keys, "phone") == "139" + CHILD_NUMBER[-9:-1]
    again = world.tokens.citizen((await world.sign_in(f"openid-{CHILD_NUMBER}", "another-device")).access_token)
    assert again.id == now.id, "signing in with that WeChat leads to the account taken over"
    assert (await world.acts(mother, world.of_child.id)).id == now.id, "the guardian still acts for the child"
    assert await world.accounts_of(CHILD_NUMBER) == 1


async def test_what_the_old_account_had_is_over() -> None:
    world = Family()
    mother, child, _ = await world.begin()
    elsewhere = await world.citizen(f"openid-{CHILD_NUMBER}", "another-device")
    purpose = text("办理", "For it")
    await world.consents.grant(child, card_id="gy.example", department="gy.example", fields=["phone"], purpose=purpose)
    refresh = (await world.sign_in(f"openid-{CHILD_NUMBER}", f"device-{CHILD_NUMBER}")).refresh_token
    child = world.tokens.citizen((await world.sessions.refresh(refresh, f"device-{CHILD_NUMBER}")).access_token)
    before = (await world.sessions.access_token(child.id, child.session_id)).text
    await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, await world.code(mother, world.of_child))
    with pytest.raises(TokenInvalid):
        world.tokens.citizen(before)
    with pytest.raises(SessionNotFound):
        await world.sessions.access_token(elsewhere.id, elsewhere.session_id)
    left = await world.accounts.get(child.id)
    assert left.merged_into == world.of_child.person_id
    assert (left.openid_index, left.phone_sealed, left.name_sealed) == (None, None, None)
    assert not any(consent.live for consent in (await world.consents.consents(child)).items)


async def test_the_session_is_refreshed_in_the_account_taken_over() -> None:
    world = Family()
    mother, child, _ = await world.begin()
    pair = await world.sign_in(f"openid-{CHILD_NUMBER}", "device-1")
    child = world.tokens.citizen(pair.access_token)
    await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, await world.code(mother, world.of_child))
    renewed = await world.sessions.refresh(pair.refresh_token, "device-1")
    assert world.tokens.citizen(renewed.access_token).id == world.of_child.person_id


async def test_name_and_number_alone_take_nothing_over() -> None:
    world = Family()
    _, _, teen = await world.begin()
    with pytest.raises(ManagedAccountExists) as refused:
        await world.accounts.confirm_real_name(teen, TEEN, TEEN_NUMBER)
    assert refused.value.facts == {"ways": ["face", "code"]}
    assert (await world.now(teen)).assurance == 1
    with pytest.raises(RealNameMismatch):
        await world.accounts.confirm_real_name(teen, "周另人", TEEN_NUMBER)


async def test_from_fourteen_on_one_s_own_face_is_enough_and_counts_for_the_session() -> None:
    world = Family()
    _, _, teen = await world.begin()
    token = await world.acting.claims.by_face(teen, TEEN, TEEN_NUMBER, await world.shows_face(teen))
    now = world.tokens.citizen(token.text)
    assert (now.id, now.assurance, now.proved_at[FACE]) == (world.of_teen.person_id, FACE, world.noon)


async def test_under_fourteen_a_face_is_not_even_looked_at() -> None:
    world = Family()
    _, child, _ = await world.begin()
    shown = await world.shows_face(child)
    with pytest.raises(NotTakenOver):
        await world.acting.claims.by_face(child, CHILD, CHILD_NUMBER, shown)
    assert world.examiner.asked == 0


async def test_somebody_else_s_face_or_no_photo_takes_nothing_over() -> None:
    world = Family()
    _, _, teen = await world.begin()
    shown = await world.shows_face(teen)
    actions = [frame for frame in shown.frames if frame != "neutral"]
    world.examiner.answer = honest(actions, Distances(0.9, 0.9, 0.2))  # type: ignore[arg-type]
    with pytest.raises(FaceNotMatched):
        await world.acting.claims.by_face(teen, TEEN, TEEN_NUMBER, shown)

    async def none(_number: str) -> None:
        return None

    world.authority.photo = none  # type: ignore[assignment,method-assign]
    with pytest.raises(ReferenceUnusable):
        await world.acting.claims.by_face(teen, TEEN, TEEN_NUMBER, shown)
    assert (await world.accounts.get(world.of_teen.person_id)).managed


async def test_an_elder_with_a_first_phone_takes_over_and_can_end_what_was_granted() -> None:
    world = ActingWorld()
    neighbour = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.authority.names[OLD_NUMBER] = OLD_MAN
    shown = await world.shows_face(neighbour)
    relation = await world.acting.family.add_elder(neighbour, OLD_MAN, OLD_NUMBER, PARKS_ONLY, 30, shown)
    old = await world.person(OLD_MAN, OLD_NUMBER, 1)
    with pytest.raises(ManagedAccountExists) as refused:
        await world.accounts.confirm_real_name(old, OLD_MAN, OLD_NUMBER)
    assert refused.value.facts == {"ways": ["face"]}
    token = await world.acting.claims.by_face(old, OLD_MAN, OLD_NUMBER, await world.shows_face(old))
    owner = world.tokens.citizen(token.text)
    await world.acting.relations.end(owner, relation.id)
    with pytest.raises(ActingEnded):
        await world.acts(neighbour, relation.id)


async def test_codes_are_the_guardian_s_for_that_child_and_work_once() -> None:
    world = Family()
    mother, child, teen = await world.begin()
    stranger = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    with pytest.raises(GrantNotFound):
        await world.acting.claims.hand_over(stranger, world.of_child.id)
    code = await world.code(mother, world.of_child)
    with pytest.raises(CodeInvalid):
        await world.acting.claims.by_code(teen, TEEN, TEEN_NUMBER, code)
    with pytest.raises(CodeInvalid):
        await world.acting.service.accept(stranger, code)
    invitation = await world.acting.helpers.invite(mother, PARKS_ONLY, 30)
    with pytest.raises(CodeInvalid):
        await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, invitation.code)
    await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, code)
    with pytest.raises(GrantNotFound):
        await world.acting.claims.hand_over(mother, world.of_child.id)


async def test_a_code_is_worth_what_the_guardian_is() -> None:
    world = Family()
    mother, child, _ = await world.begin()
    code = await world.code(mother, world.of_child)
    await world.acting.relations.end(mother, world.of_child.id)
    with pytest.raises(CodeInvalid):
        await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, code)
    world.clock.advance(minutes=11)
    with pytest.raises(StepUpNeeded):
        await world.acting.claims.hand_over(await world.now(mother), world.of_teen.id)


async def test_codes_are_not_found_by_trying() -> None:
    world = Family(settings=limited(code_attempts_per_day=2))
    _, child, _ = await world.begin()
    for _ in range(2):
        with pytest.raises(CodeInvalid):
            await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, "00000-00000")
    with pytest.raises(CodesLocked):
        await world.acting.claims.by_code(child, CHILD, CHILD_NUMBER, "00000-00000")


async def test_who_is_somebody_already_takes_over_nobody() -> None:
    world = Family()
    mother, _, _ = await world.begin()
    shown = await world.shows_face(mother)
    with pytest.raises(NotTakenOver):
        await world.acting.claims.by_face(mother, TEEN, TEEN_NUMBER, shown)
    nobody = await world.person(MOTHER, MOTHER_NUMBER, 1, openid="openid-second")
    with pytest.raises(NotTakenOver):
        await world.acting.claims.by_face(nobody, MOTHER, MOTHER_NUMBER, await world.shows_face(nobody))


async def test_of_two_who_take_over_at_once_one_does() -> None:
    world = Family()
    _, _, teen = await world.begin()
    second = await world.person(TEEN, TEEN_NUMBER, 1, openid="openid-second")
    both = [(one, await world.shows_face(one)) for one in (teen, second)]
    tries = await asyncio.gather(
        *(world.acting.claims.by_face(one, TEEN, TEEN_NUMBER, shown) for one, shown in both), return_exceptions=True
    )
    assert sorted(isinstance(one, NotTakenOver) for one in tries) == [False, True]
    assert await world.accounts_of(TEEN_NUMBER) == 1


async def test_of_confirming_oneself_and_being_added_at_once_there_comes_one_account_or_the_teen_s_own_first() -> None:
    """Whichever write is first, the other one finds it: never is there a managed account beside an own one."""
    for _ in range(10):
        world = ActingWorld()
        mother, teen = await world.mother(), await world.person(TEEN, TEEN_NUMBER, 1)
        await asyncio.gather(
            world.acting.family.add_child(mother, TEEN, TEEN_NUMBER),
            world.accounts.confirm_real_name(teen, TEEN, TEEN_NUMBER),
            return_exceptions=True,
        )
        key = world.vault.blind_index("id_number", TEEN_NUMBER)
        accounts = (await world.documents.find(Account, "id_number", key)).items
        assert len(accounts) == 1
        (relation,) = await world.acting.relations.as_helper(mother)
        assert relation.person_id == accounts[0].id
