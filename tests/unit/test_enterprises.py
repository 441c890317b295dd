"""Enterprises: who binds one, who acts for it, and what the register's news does."""

import asyncio
from datetime import timedelta

import pytest

from core.caller import FACE, Citizen, ForEnterprise, StepUpNeeded
from core.credit_code import check_character
from core.masking import masked_credit_code
from identity_center.acting.errors import (
    ActingEnded,
    ActingForOneself,
    BeyondGrant,
    CodeInvalid,
    GrantNotFound,
    TooManyGrants,
)
from identity_center.acting.limits import EVERYTHING, ActingLimits
from identity_center.enterprise.enterprise import Enterprise, Mandate
from identity_center.enterprise.errors import (
    EnterpriseLocked,
    EnterpriseNotConfirmed,
    EnterpriseNotFound,
    EnterpriseSuspended,
    InvalidCreditCode,
    RegistryUnavailable,
)
from identity_center.settings import EnterpriseSettings, IdentitySettings
from tests.unit.acting_world import (
    COMPANY,
    CREDIT_CODE,
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    NEIGHBOURS,
    OLD_MAN,
    OLD_NUMBER,
    ActingWorld,
    deed,
)

UNITS_ONLY = ActingLimits(mode="only", themes=("enterprise",))


OF_UNIT = deed("gy.enterprise_social_security", "enterprise", "unit")


async def owner_of(world: ActingWorld) -> tuple[Citizen, str]:
    owner = await world.person(MOTHER, MOTHER_NUMBER, 3)
    return owner, (await world.bound(owner, MOTHER_NUMBER)).id


async def own(world: ActingWorld, owner: Citizen) -> Mandate:
    return (await world.acting.enterprises.of(owner))[0].mandate


# --- binding ---


async def test_the_legal_representative_binds_it_with_a_fresh_face_and_acts_for_it() -> None:
    world = ActingWorld()
    owner = await world.person(MOTHER, MOTHER_NUMBER, 3)
    view = await world.bound(owner, MOTHER_NUMBER)
    assert (view.name, view.credit_code, view.operating) == (COMPANY, masked_credit_code(CREDIT_CODE), True)
    acting = await world.acts(owner, view.mandate.id)
    assert (acting.id, acting.served_id, acting.actor_id) == (owner.id, view.id, owner.id)
    assert acting.acting == ForEnterprise(view.mandate.id, view.id, "legal_representative")
    assert acting.assurance == FACE
    (stored,) = (await world.documents.find(Enterprise, "id")).items
    assert CREDIT_CODE not in stored.model_dump_json()
    assert COMPANY not in stored.model_dump_json()
    world.clock.advance(minutes=11)
    with pytest.raises(StepUpNeeded):
        await world.bound(await world.now(owner), MOTHER_NUMBER)


async def test_who_does_not_represent_it_learns_nothing_of_it() -> None:
    world = ActingWorld(settings=IdentitySettings(enterprise=EnterpriseSettings(attempts_per_day=3)))
    stranger = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, MOTHER_NUMBER, True)
    revoked = "91529900MB0000027U"[:17]
    revoked += check_character(revoked)
    world.registry.enterprises[revoked] = (COMPANY, NEIGHBOUR_NUMBER, False)
    unknown = "91529900MB0000035"
    for code in (CREDIT_CODE, revoked, unknown + check_character(unknown)):
        with pytest.raises(EnterpriseNotConfirmed):
            await world.acting.enterprises.bind(stranger, code)
    with pytest.raises(EnterpriseLocked):
        await world.acting.enterprises.bind(stranger, CREDIT_CODE)
    with pytest.raises(InvalidCreditCode):
        await world.acting.enterprises.bind(stranger, CREDIT_CODE[:-1] + "0")
    assert await world.acting.enterprises.of(stranger) == ()


async def test_a_register_that_is_down_costs_no_attempt() -> None:
    world = ActingWorld(settings=IdentitySettings(enterprise=EnterpriseSettings(attempts_per_day=1)))
    owner = await world.person(MOTHER, MOTHER_NUMBER, 3)
    world.registry.down = True
    for _ in range(3):
        with pytest.raises(RegistryUnavailable):
            await world.bound(owner, MOTHER_NUMBER)
    world.registry.down = False
    assert (await world.bound(owner, MOTHER_NUMBER)).live


async def test_binding_twice_or_at_once_makes_one_enterprise_and_one_mandate() -> None:
    world = ActingWorld()
    owner = await world.person(MOTHER, MOTHER_NUMBER, 3)
    first = await world.bound(owner, MOTHER_NUMBER)
    again = await asyncio.gather(*(world.bound(owner, MOTHER_NUMBER) for _ in range(4)))
    assert {(view.id, view.mandate.id) for view in again} == {(first.id, first.mandate.id)}
    other = ActingWorld()
    owner = await other.person(MOTHER, MOTHER_NUMBER, 3)
    views = await asyncio.gather(*(other.bound(owner, MOTHER_NUMBER) for _ in range(4)))
    assert len({view.id for view in views}) == 1
    assert len(await other.acting.enterprises.of(owner)) == 1


async def test_from_another_wechat_the_representative_keeps_the_agents() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    second = await world.person(MOTHER, MOTHER_NUMBER, 3, openid="openid-second")
    assert (await world.bound(second, MOTHER_NUMBER)).id == enterprise
    assert (await world.acts(agent, mandate)).served_id == enterprise
    assert await world.acting.enterprises.of(owner) == ()
    with pytest.raises(EnterpriseNotFound):
        await world.acting.enterprises.unbind(owner, enterprise)


# --- agents ---


async def test_an_agent_is_named_with_a_code_and_acts_within_their_scope() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    code = await world.acting.agents.invite(owner, enterprise, UNITS_ONLY, 30, may_consent=False)
    offer = await world.acting.service.read(agent, code.code)
    assert (offer.invitation.kind, offer.name) == ("agent", COMPANY)
    choice = await world.acting.service.accept(agent, code.code)
    assert (choice.capacity, choice.name, choice.expires_at) == ("agent", COMPANY, world.noon + timedelta(days=30))
    acting = await world.acts(agent, choice.grant_id)
    await world.rules.note(acting, OF_UNIT)
    with pytest.raises(BeyondGrant):
        await world.rules.note(acting, deed())
    (view,) = await world.acting.agents.of(owner, enterprise)
    assert (view.name, view.live, view.mandate.uses) == ("何*", True, 1)
    (entry,) = (await world.log.of(await world.acts(owner, (await own(world, owner)).id))).items
    assert entry.in_words(entry.purpose, "何*").zh == "何*（经办人）代本单位办理“社保查询”（参保信息）"
    assert (await world.log.of(agent)).items == ()


async def test_agents_name_nobody_and_end_nobody_but_themselves() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent, other = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3), await world.person(OLD_MAN, OLD_NUMBER)
    mandate, others = await world.agent(owner, enterprise, agent), await world.agent(owner, enterprise, other)
    with pytest.raises(EnterpriseNotFound):
        await world.acting.agents.invite(agent, enterprise, EVERYTHING, 30, may_consent=True)
    with pytest.raises(EnterpriseNotFound):
        await world.acting.agents.end(agent, enterprise, others)
    with pytest.raises(EnterpriseNotFound):
        await world.acting.agents.of(agent, enterprise)
    with pytest.raises(GrantNotFound):
        await world.acting.agents.end(owner, enterprise, (await own(world, owner)).id)
    await world.acting.agents.end(agent, enterprise, mandate)
    with pytest.raises(ActingEnded):
        await world.acts(agent, mandate)


async def test_naming_an_agent_takes_a_fresh_face_and_somebody_else() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    code = await world.acting.agents.invite(owner, enterprise, EVERYTHING, 30, may_consent=True)
    second = await world.person(MOTHER, MOTHER_NUMBER, openid="openid-second")
    for one in (owner, second):
        with pytest.raises(ActingForOneself):
            await world.acting.service.accept(one, code.code)
    world.clock.advance(minutes=11)
    with pytest.raises(StepUpNeeded):
        await world.acting.agents.invite(await world.now(owner), enterprise, EVERYTHING, 30, may_consent=True)


async def test_as_many_agents_as_the_city_allows_also_at_once() -> None:
    world = ActingWorld(settings=IdentitySettings(enterprise=EnterpriseSettings(agents_per_enterprise=2)))
    owner, enterprise = await owner_of(world)
    several = [await world.person(*one) for one in NEIGHBOURS[:6]]
    codes = [
        (await world.acting.agents.invite(owner, enterprise, EVERYTHING, 30, may_consent=False)).code for _ in several
    ]
    tries = await asyncio.gather(
        *(world.acting.service.accept(one, code) for one, code in zip(several, codes, strict=True)),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in tries) == 2
    assert all(isinstance(one, TooManyGrants) for one in tries if isinstance(one, BaseException))


@pytest.mark.parametrize("ended_by", ["enterprise", "agent"])
async def test_a_mandate_is_ended_at_once_also_for_tokens_that_are_out(ended_by: str) -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    _, token = await world.acting.service.choose(agent, mandate)
    await world.acting.agents.end(owner if ended_by == "enterprise" else agent, enterprise, mandate)
    with pytest.raises(ActingEnded):
        world.tokens.citizen(token.text)
    (view,) = await world.acting.agents.of(owner, enterprise)
    assert (view.live, view.mandate.ended_by) == (False, ended_by)
    await world.acting.agents.end(owner, enterprise, mandate)
    assert await world.agent(owner, enterprise, agent) != mandate, "and may be named again"


async def test_a_mandate_runs_out() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent, days=2)
    world.clock.advance(days=2)
    with pytest.raises(ActingEnded):
        await world.acts(await world.now(agent), mandate)
    assert await world.acting.service.choices(agent) == ()


# --- the register's news ---


async def test_a_new_representative_ends_all_that_the_last_one_granted() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent, heir = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER), await world.person(OLD_MAN, OLD_NUMBER, 3)
    mandate = await world.agent(owner, enterprise, agent)
    acting, owners = await world.acts(agent, mandate), (await own(world, owner)).id
    pending = await world.acting.agents.invite(owner, enterprise, EVERYTHING, 30, may_consent=False)
    assert (await world.bound(heir, OLD_NUMBER)).id == enterprise
    for one, grant in ((agent, mandate), (owner, owners)):
        with pytest.raises(ActingEnded):
            await world.acts(one, grant)
    with pytest.raises(ActingEnded):
        await world.rules.still(acting.acting)
    with pytest.raises(CodeInvalid):
        await world.acting.service.accept(agent, pending.code)
    assert await world.acting.enterprises.of(owner) == ()
    assert [view.live for view in await world.acting.agents.of(heir, enterprise)] == [False]


async def test_the_register_is_asked_again_after_a_day_and_its_no_ends_everything() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, OLD_NUMBER, True)
    world.clock.advance(hours=23)
    assert (await world.acts(await world.now(agent), mandate)).served_id == enterprise
    world.clock.advance(hours=1)
    with pytest.raises(ActingEnded):
        await world.acts(await world.now(agent), mandate)
    with pytest.raises(EnterpriseNotFound):
        await world.acting.agents.of(owner, enterprise)
    stored = await world.documents.get(Mandate, mandate)
    assert stored is not None
    assert stored.ended_by == "registry"


async def test_the_job_hears_of_it_without_anybody_asking() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    assert await world.acting.enterprises.recheck_due() == 0
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, OLD_NUMBER, True)
    world.clock.advance(hours=24, seconds=1)
    assert await world.acting.enterprises.recheck_due() == 1
    assert await world.acting.enterprises.recheck_due() == 0
    assert world.revocations.holds(mandate)


async def test_a_revoked_enterprise_is_suspended_and_goes_on_when_it_operates_again() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    acting = await world.acts(agent, mandate)
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, MOTHER_NUMBER, False)
    world.clock.advance(hours=24, seconds=1)
    await world.acting.enterprises.recheck_due()
    for attempt in (world.acts(await world.now(agent), mandate), world.rules.note(acting, deed())):
        with pytest.raises(EnterpriseSuspended):
            await attempt
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, MOTHER_NUMBER, True)
    world.clock.advance(hours=24, seconds=1)
    assert (await world.acts(await world.now(agent), mandate)).served_id == enterprise


async def test_without_an_answer_it_goes_on_for_three_days_and_no_longer() -> None:
    world = ActingWorld()
    owner, _ = await owner_of(world)
    mandate = await own(world, owner)
    world.registry.down = True
    world.clock.advance(hours=72)
    assert await world.acting.enterprises.recheck_due() == 0
    assert (await world.acts(await world.now(owner), mandate.id)).served_id
    world.clock.advance(hours=1)
    with pytest.raises(RegistryUnavailable):
        await world.acts(await world.now(owner), mandate.id)


async def test_unbinding_ends_everything_and_another_may_bind() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    await world.acting.enterprises.unbind(owner, enterprise)
    with pytest.raises(ActingEnded):
        await world.acts(agent, mandate)
    assert await world.acting.enterprises.of(owner) == ()
    assert (await world.bound(owner, MOTHER_NUMBER)).id == enterprise
    with pytest.raises(ActingEnded):
        await world.acts(agent, mandate)
