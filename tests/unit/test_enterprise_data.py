"""What leaves of an enterprise: under its own consent, into its own log, while whoever acts may."""

import pytest

from core.caller import Citizen
from identity_center.acting.errors import (
    ActingEnded,
    BeyondGrant,
)
from identity_center.enterprise.enterprise import Mandate
from identity_center.enterprise.errors import EnterpriseSuspended
from identity_center.errors import ConsentNeeded, PersonalDataMissing
from tests.unit.acting_world import (
    COMPANY,
    CREDIT_CODE,
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    ActingWorld,
    deed,
)


async def owner_of(world: ActingWorld) -> tuple[Citizen, str]:
    owner = await world.person(MOTHER, MOTHER_NUMBER, 3)
    return owner, (await world.bound(owner, MOTHER_NUMBER)).id


async def own(world: ActingWorld, owner: Citizen) -> Mandate:
    return (await world.acting.enterprises.of(owner))[0].mandate


async def release(world: ActingWorld, citizen: Citizen, *fields: str) -> dict[str, str]:
    return await world.acting.enterprise_data.release(
        citizen,
        card_id="gy.enterprise_social_security",
        department="gy.human_resources",
        fields=fields or ("credit_code",),
        purpose=deed().use,
        request_id="request-1",
    )


async def consent(world: ActingWorld, citizen: Citizen) -> str:
    granted = await world.consents.grant(
        citizen,
        card_id="gy.enterprise_social_security",
        department="gy.human_resources",
        fields=["enterprise.credit_code", "enterprise.name"],
        purpose=deed().purpose,
    )
    return granted.id


async def test_an_enterprise_s_data_leaves_under_its_own_consent_into_its_own_log() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    acting = await world.acts(agent, await world.agent(owner, enterprise, agent))
    representing = await world.acts(owner, (await own(world, owner)).id)
    with pytest.raises(ConsentNeeded):
        await release(world, acting)
    with pytest.raises(BeyondGrant):
        await consent(world, acting)
    given = await consent(world, representing)
    assert await release(world, acting, "credit_code", "name") == {"credit_code": CREDIT_CODE, "name": COMPANY}
    (entry,) = (await world.log.of(representing)).items
    assert entry.in_words(deed().use, "何*").zh.startswith("参保信息获取了本单位的统一社会信用代码、单位名称")
    assert await world.log.fault(enterprise) is None
    await world.consents.revoke(representing, given)
    with pytest.raises(ConsentNeeded):
        await release(world, acting)


async def test_an_agent_who_may_consents_for_the_enterprise_and_for_no_other() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    acting = await world.acts(agent, await world.agent(owner, enterprise, agent, may_consent=True))
    await consent(world, acting)
    assert await release(world, acting)
    (kept,) = (await world.consents.consents(await world.acts(owner, (await own(world, owner)).id))).items
    assert (await world.consents.consents(agent)).items == ()
    assert kept.live


async def test_whoever_acts_for_none_has_none_to_hand_over() -> None:
    world = ActingWorld()
    owner, _ = await owner_of(world)
    with pytest.raises(PersonalDataMissing):
        await release(world, owner)
    acting = await world.acts(owner, (await own(world, owner)).id)
    with pytest.raises(PersonalDataMissing):
        await release(world, acting, "representative")


async def test_a_mandate_that_ends_between_look_and_write_wins_over_the_release() -> None:
    world = ActingWorld()
    owner, enterprise = await owner_of(world)
    agent = await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    mandate = await world.agent(owner, enterprise, agent)
    acting = await world.acts(agent, mandate)
    await consent(world, await world.acts(owner, (await own(world, owner)).id))
    appended = world.log.appended

    async def while_the_owner_ends_it(*given: object) -> object:
        await world.acting.agents.end(owner, enterprise, mandate)
        return await appended(*given)  # type: ignore[arg-type]

    world.log.appended = while_the_owner_ends_it  # type: ignore[assignment,method-assign]
    with pytest.raises(ActingEnded):
        await release(world, acting)


async def test_a_representative_who_changes_between_look_and_write_wins_too() -> None:
    world = ActingWorld()
    owner, _ = await owner_of(world)
    representing = await world.acts(owner, (await own(world, owner)).id)
    heir = await world.person(OLD_MAN, OLD_NUMBER, 3)
    await consent(world, representing)
    appended = world.log.appended

    async def while_another_binds_it(*given: object) -> object:
        await world.bound(heir, OLD_NUMBER)
        return await appended(*given)  # type: ignore[arg-type]

    world.log.appended = while_another_binds_it  # type: ignore[assignment,method-assign]
    with pytest.raises(ActingEnded):
        await release(world, representing)


async def test_a_suspension_between_look_and_write_wins_as_well() -> None:
    world = ActingWorld()
    owner, _ = await owner_of(world)
    representing = await world.acts(owner, (await own(world, owner)).id)
    await consent(world, representing)
    world.clock.advance(hours=24, seconds=1)
    world.registry.enterprises[CREDIT_CODE] = (COMPANY, MOTHER_NUMBER, False)
    appended = world.log.appended

    async def while_the_register_revokes_it(*given: object) -> object:
        await world.acting.enterprises.recheck_due()
        return await appended(*given)  # type: ignore[arg-type]

    world.log.appended = while_the_register_revokes_it  # type: ignore[assignment,method-assign]
    with pytest.raises(EnterpriseSuspended):
        await release(world, representing)
