"""Enterprises: bound by their legal representatives, who name agents and end what they granted."""

from typing import Annotated

from pydantic import StringConstraints

from core.caller import Capacity
from handlers.acting import CodeView, check_limits
from handlers.family import Days
from handlers.http.contract import Created, NoContent, endpoint
from handlers.http.fields import CityTime, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from identity_center.acting.limits import ActingLimits
from identity_center.enterprise.agents import Agents, AgentView
from identity_center.enterprise.enterprise import MandateEnd
from identity_center.enterprise.service import FACE_SECONDS, EnterpriseService, EnterpriseView
from service_registry.catalogue import Catalogue


class EnterpriseRequest(Request):
    credit_code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    """The unified social credit code (GB 32100)."""


class EnterpriseItem(View):
    id: str
    name: str
    credit_code: str
    """Masked."""
    role: Capacity
    grant_id: str
    """What `POST /api/v1/acting` takes."""
    limits: ActingLimits
    may_consent: bool
    operating: bool
    """Whether the register lists it as operating; while it does not, nobody acts for it."""
    confirmed_at: CityTime
    """When the register last confirmed it."""
    expires_at: CityTime | None
    """Null for the legal representative."""
    live: bool

    @classmethod
    def of(cls, view: EnterpriseView) -> "EnterpriseItem":
        mandate = view.mandate
        return cls(
            id=view.id,
            name=view.name,
            credit_code=view.credit_code,
            role=mandate.role,
            grant_id=mandate.id,
            limits=mandate.limits,
            may_consent=mandate.may_consent,
            operating=view.operating,
            confirmed_at=view.confirmed_at,
            expires_at=mandate.runs_out(),
            live=view.live,
        )


class EnterpriseList(View):
    items: list[EnterpriseItem]


class AgentInvitationRequest(Request):
    limits: ActingLimits
    may_consent: bool
    """Whether the agent may also consent that departments receive the enterprise's data, and read its log."""
    days: Days
    """At most what the city allows (`identity.enterprise.agent_days`)."""


class AgentItem(View):
    id: str
    name: str | None
    """Masked."""
    limits: ActingLimits
    may_consent: bool
    since: CityTime
    expires_at: CityTime
    live: bool
    ended_at: CityTime | None
    ended_by: MandateEnd | None
    uses: int
    used_at: CityTime | None
    """The last time; null when it was not used yet."""

    @classmethod
    def of(cls, view: AgentView) -> "AgentItem":
        mandate = view.mandate
        return cls(
            id=mandate.id,
            name=view.name,
            limits=mandate.limits,
            may_consent=mandate.may_consent,
            since=mandate.since,
            expires_at=mandate.expires_at,
            live=view.live,
            ended_at=mandate.ended_at,
            ended_by=mandate.ended_by,
            uses=mandate.uses,
            used_at=mandate.used_at,
        )


class AgentList(View):
    items: list[AgentItem]


class _Enterprises(Handler):
    def initialize(self, enterprises: EnterpriseService) -> None:
        self.enterprises = enterprises


class Enterprises(_Enterprises):
    @endpoint(who=citizen(assurance=3, max_age_seconds=FACE_SECONDS), rate="sign_in")
    async def post(self, request: EnterpriseRequest) -> Created[EnterpriseItem]:
        """Bind an enterprise that the citizen represents by law, as the register confirms."""
        return Created(EnterpriseItem.of(await self.enterprises.bind(self.citizen, request.credit_code)))

    @endpoint(who=citizen())
    async def get(self) -> EnterpriseList:
        """The enterprises that the citizen may act for, and as what."""
        return EnterpriseList(items=[EnterpriseItem.of(view) for view in await self.enterprises.of(self.citizen)])


class OneEnterprise(_Enterprises):
    @endpoint(who=citizen(assurance=2), rate="write")
    async def delete(self, enterprise_id: str) -> NoContent:
        """Give an enterprise up as its legal representative. All that was granted for it ends at once."""
        await self.enterprises.unbind(self.citizen, enterprise_id)
        return NoContent()


class _Agents(Handler):
    def initialize(self, agents: Agents, catalogue: Catalogue) -> None:
        self.agents = agents
        self.catalogue = catalogue


class AgentInvitations(_Agents):
    @endpoint(who=citizen(assurance=3, max_age_seconds=FACE_SECONDS), rate="write")
    async def post(self, enterprise_id: str, request: AgentInvitationRequest) -> Created[CodeView]:
        """A code for whoever is to act for the enterprise; of its legal representative."""
        check_limits(request.limits, self.catalogue)
        issued = await self.agents.invite(
            self.citizen, enterprise_id, request.limits, request.days, may_consent=request.may_consent
        )
        return Created(CodeView.of(issued))


class EnterpriseAgents(_Agents):
    @endpoint(who=citizen())
    async def get(self, enterprise_id: str) -> AgentList:
        """The enterprise's agents, those that there were too; for its legal representative."""
        return AgentList(items=[AgentItem.of(view) for view in await self.agents.of(self.citizen, enterprise_id)])


class OneAgent(_Agents):
    @endpoint(who=citizen(), rate="write")
    async def delete(self, enterprise_id: str, mandate_id: str) -> NoContent:
        """End an agent's mandate at once: by the legal representative, or by the agent."""
        await self.agents.end(self.citizen, enterprise_id, mandate_id)
        return NoContent()
