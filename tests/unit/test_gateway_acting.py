"""Using a card for somebody: for whom and by whom, what is kept apart, and what is written down before a department is
asked or an answer shown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from core.caller import Citizen, PersonNeeded
from core.idempotency import RequestKey
from identity_center.acting.errors import ActingEnded, BeyondGrant
from identity_center.errors import ConsentNeeded
from server.adapters.departments import DepartmentClient
from service_registry.card import LoadedCard
from service_registry.errors import CitizenQuotaUsedUp, NoActing, UpstreamUnavailable, WrongAudience
from service_registry.gateway import Gateway, GatewayAnswer
from service_registry.quota import QuotaBoard
from tests.gateway_city import BALANCE, KEYS, Counted, Department, Received, card, department
from tests.unit.acting_world import (
    CREDIT_CODE,
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    NO_FUND,
    OLD_MAN,
    OLD_NUMBER,
    ActingWorld,
)
from tests.unit.identity_world import SHANGHAI

CACHED = {"base_url": "${HOUSING_FUND_URL}", "timeout": "2s", "cache": "60s"}
UNIT = {
    **BALANCE,
    "request": {"path": "/units/query", "body": {"code": "enterprise.credit_code", "by": "acting"}},
}
FOR_UNITS = {
    "audience": ["enterprise"],
    "access": {"assurance": 2, "consent": ["enterprise.credit_code"]},
    "operations": {"unit": UNIT},
}
OPEN = {
    "access": {"assurance": 2},
    "operations": {"opening": {**BALANCE, "request": {"path": "/opening", "body": {"by": "acting"}}}},
}


@dataclass
class Served:
    """A gateway over a whole identity centre, and a department that answers whatever it is asked."""

    world: ActingWorld
    gateway: Gateway
    usage: Counted
    office: Department

    async def use(
        self, citizen: Citizen, asked: LoadedCard, operation: str = "balance", key: str | None = None, **entered: Any
    ) -> GatewayAnswer:
        retried = RequestKey(self.world.clock, citizen.served_id, "use", key, str(entered)) if key else None
        return await self.gateway.use(
            citizen, asked, operation, entered, language="zh", request_id="request-1", key=retried
        )

    async def entries(self, citizen: Citizen) -> list[tuple[str, tuple[str, ...]]]:
        """The log of whom it is done for, the oldest first: who acted as what, and which fields were handed over."""
        page = (await self.world.log.of(citizen)).items
        assert await self.world.log.fault(citizen.served_id) is None
        return [(one.by.capacity if one.by else "", one.fields) for one in reversed(page)]

    async def agreed(self, citizen: Citizen, asked: LoadedCard, *fields: str) -> None:
        await self.world.consents.grant(
            citizen,
            card_id=asked.id,
            department=asked.manifest.department.id,
            fields=fields or ("id_number",),
            purpose=asked.manifest.name,
        )

    def card(self, **changes: Any) -> LoadedCard:
        return card(self.office.url, **changes)


def answered(asked: Received) -> tuple[int, object]:
    return (200, {"number": "W-1"}) if asked.path == "/withdrawals" else (200, {"balance": 1000})


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    world, usage = ActingWorld(), Counted()
    async with DepartmentClient(KEYS, world.clock) as client, department(answered, world.clock) as office:
        gateway = Gateway(
            upstream=client,
            personal_data=world.personal_data,
            enterprise_data=world.acting.enterprise_data,
            acting=world.rules,
            usage=usage,
            quotas=QuotaBoard(world.ephemeral, world.clock, SHANGHAI),
            documents=world.documents,
            sealer=world.vault,
            clock=world.clock,
            zone=SHANGHAI,
        )
        yield Served(world, gateway, usage, office)


async def helped(here: Served, **limits: Any) -> tuple[Citizen, Citizen, str]:
    """An old man, who acts for him, and the relation."""
    world = here.world
    old, neighbour = await world.person(OLD_MAN, OLD_NUMBER), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER, 3)
    relation = await world.helped(old, neighbour, **limits)
    return old, await world.acts(neighbour, relation.id), relation.id


async def represented(here: Served) -> tuple[Citizen, Citizen, str]:
    """A mother and her enterprise, acted for by her and by an agent; and the agent's mandate."""
    world = here.world
    owner, agent = await world.person(MOTHER, MOTHER_NUMBER, 3), await world.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    bound = await world.bound(owner, MOTHER_NUMBER)
    mandate = await world.agent(owner, bound.id, agent)
    return await world.acts(owner, bound.mandate.id), await world.acts(agent, mandate), mandate


async def test_the_department_gets_the_person_s_data_and_the_person_s_log_the_helper() -> None:
    async with served() as here:
        old, acting, _ = await helped(here)
        asked = here.card()
        with pytest.raises(ConsentNeeded):
            await here.use(acting, asked)
        assert here.office.received == []
        await here.agreed(old, asked)
        await here.use(acting, asked, year=2026)
        assert here.office.received[0].body == {"id_number": OLD_NUMBER, "year": 2026}
        assert await here.entries(old) == [("helper", ("id_number",))]
        assert [use[0] for use in here.usage.uses] == [acting.actor_id] * 2, "figures count who was there"


async def test_what_the_permission_or_the_card_does_not_allow_asks_nobody_and_writes_nothing() -> None:
    async with served() as here:
        old, acting, _ = await helped(here, limits=NO_FUND)
        await here.agreed(old, here.card())
        for asked, operation, refusal in (
            (here.card(theme="housing"), "balance", BeyondGrant),
            (here.card(access={"assurance": 2, "consent": ["id_number"], "acting": []}), "balance", NoActing),
            (here.card(access={"assurance": 2, "acting": ["guardian"]}), "balance", NoActing),
            (here.card(audience=["enterprise"]), "balance", WrongAudience),
            (here.card(), "withdraw", PersonNeeded),
        ):
            with pytest.raises(refusal):
                await here.use(acting, asked, operation)
        assert here.office.received == []
        assert await here.entries(old) == []


async def test_one_operation_may_be_kept_for_the_person_alone() -> None:
    async with served() as here:
        old, acting, _ = await helped(here)
        own = {**BALANCE, "access": {"acting": []}}
        asked = here.card(operations={"balance": BALANCE, "details": own})
        await here.agreed(old, asked)
        await here.use(acting, asked, "balance")
        with pytest.raises(NoActing):
            await here.use(acting, asked, "details")
        await here.use(old, asked, "details")


async def test_a_kept_answer_is_shown_to_a_helper_and_that_is_written_down_too() -> None:
    async with served() as here:
        old, acting, relation = await helped(here)
        asked = here.card(upstream=CACHED)
        await here.agreed(old, asked)
        assert not (await here.use(old, asked)).earlier
        assert (await here.use(acting, asked)).earlier
        assert await here.entries(old) == [("", ("id_number",)), ("helper", ())]
        await here.world.acting.relations.end(old, relation)
        with pytest.raises(ActingEnded):
            await here.use(acting, asked)
        assert len(here.office.received) == 1


async def test_a_use_that_hands_nothing_over_is_written_down_before_the_department_is_asked() -> None:
    async with served() as here:
        old, acting, _ = await helped(here)
        asked = here.card(**OPEN)
        await here.use(acting, asked, "opening")
        await here.use(old, asked, "opening")
        assert await here.entries(old) == [("helper", ())]
        assert [one.body for one in here.office.received] == [{"by": "helper"}, {}]


async def test_a_repeated_submission_is_told_to_the_log_each_time_and_to_the_department_once() -> None:
    async with served() as here:
        world = here.world
        mother = await world.mother()
        child = await world.acts(mother, (await world.child_of(mother)).id)
        asked = here.card()
        first = await here.use(child, asked, "withdraw", "key-1", amount=5)
        again = await here.use(child, asked, "withdraw", "key-1", amount=5)
        assert (first.earlier, again.earlier) == (False, True)
        assert len(here.office.received) == 1
        assert await here.entries(child) == [("guardian", ()), ("guardian", ())]


async def test_a_department_that_is_not_asked_leaves_no_entry() -> None:
    async with served() as here:
        old, acting, _ = await helped(here)
        with pytest.raises(UpstreamUnavailable):
            await here.use(acting, card(None, **OPEN), "opening")
        assert await here.entries(old) == []


async def test_an_enterprise_s_card_sends_the_enterprise_s_data_and_says_who_acts() -> None:
    async with served() as here:
        representing, acting, _ = await represented(here)
        asked = here.card(**FOR_UNITS)
        await here.agreed(representing, asked, "enterprise.credit_code")
        await here.use(representing, asked, "unit")
        await here.use(acting, asked, "unit")
        assert [one.body for one in here.office.received] == [
            {"code": CREDIT_CODE, "by": "legal_representative"}, {"code": CREDIT_CODE, "by": "agent"},
        ]  # fmt: skip
        fields = ("enterprise.credit_code",)
        assert await here.entries(acting) == [("legal_representative", fields), ("agent", fields)]
        own = Citizen(acting.id, acting.session_id, 2)
        assert await here.entries(own) == []
        with pytest.raises(WrongAudience):
            await here.use(own, asked, "unit")


async def test_an_agent_s_own_data_stands_in_the_agent_s_log_and_the_use_in_the_enterprise_s() -> None:
    async with served() as here:
        _, acting, _ = await represented(here)
        own = Citizen(acting.id, acting.session_id, 2)
        asked = here.card(audience=["enterprise"])
        await here.agreed(own, asked)
        await here.use(acting, asked)
        assert here.office.received[0].body == {"id_number": NEIGHBOUR_NUMBER}
        assert await here.entries(own) == [("", ("id_number",))]
        assert await here.entries(acting) == [("agent", ())]


async def test_answers_and_quotas_are_those_of_whom_it_is_done_for() -> None:
    async with served() as here:
        world = here.world
        representing, acting, _ = await represented(here)
        other_owner = await world.person(OLD_MAN, OLD_NUMBER, 3)
        other = await world.bound(other_owner, OLD_NUMBER, "91110000600037341L")
        agent = Citizen(acting.id, acting.session_id, 2)
        for_other = await world.acts(agent, await world.agent(other_owner, other.id, agent))
        asked = here.card(**{**FOR_UNITS, "upstream": CACHED, "limits": {"per_citizen": "1/day"}})
        for one in (representing, await world.acts(other_owner, other.mandate.id)):
            await here.agreed(one, asked, "enterprise.credit_code")
        assert not (await here.use(acting, asked, "unit")).earlier
        assert not (await here.use(for_other, asked, "unit")).earlier, "another enterprise, another answer"
        assert (await here.use(representing, asked, "unit")).earlier
        here.world.clock.advance(seconds=61)
        with pytest.raises(CitizenQuotaUsedUp):
            await here.use(representing, asked, "unit")
        assert [one.body["code"] for one in here.office.received] == [CREDIT_CODE, "91110000600037341L"]
