"""Choosing whom one acts for, and becoming a helper or agent with a code.

A token for acting is bound to the session of whoever is at the device and ends with it. It is not refreshed: with one's
own token another one is asked for, and every time the permission is looked at anew. No token for acting gives one.
"""

from dataclasses import dataclass
from datetime import datetime

from core.caller import REAL_NAME, Capacity, Citizen, ForEnterprise, ForPerson
from core.clock import Clock
from core.documents import Documents
from identity_center.account import Standing, standing
from identity_center.accounts import AccountService
from identity_center.acting.errors import CodeInvalid, GrantNotFound
from identity_center.acting.invitations import Invitation, Invitations
from identity_center.acting.limits import ActingLimits
from identity_center.enterprise.agents import Agents
from identity_center.enterprise.enterprise import Mandate
from identity_center.enterprise.service import EnterpriseService
from identity_center.relations.helpers import Helpers
from identity_center.relations.relation import Relation
from identity_center.relations.service import RelationService
from identity_center.sessions import SessionService
from identity_center.settings import ProofSettings
from identity_center.tokens import AccessToken, AccessTokens


@dataclass(frozen=True)
class Choice:
    """Somebody whom the citizen may act for. A person's name is masked, an enterprise's is not."""

    grant_id: str
    capacity: Capacity
    name: str | None
    limits: ActingLimits
    may_consent: bool
    expires_at: datetime | None
    """None: as long as the capacity itself, a minor's childhood or a representative's term."""


@dataclass(frozen=True)
class Offer:
    """What a code stands for, to be read before it is accepted."""

    invitation: Invitation
    name: str | None


class ActingService:
    """Works with the citizen's own token alone; the HTTP floor refuses any other."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        accounts: AccountService,
        sessions: SessionService,
        tokens: AccessTokens,
        invitations: Invitations,
        relations: RelationService,
        helpers: Helpers,
        enterprises: EnterpriseService,
        agents: Agents,
        proofs: ProofSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._invitations = invitations
        self._relations = relations
        self._helpers = helpers
        self._enterprises = enterprises
        self._agents = agents
        self._proofs = proofs

    async def choices(self, citizen: Citizen) -> tuple[Choice, ...]:
        """Persons first, then enterprises."""
        persons = [await self._person(relation) for relation in await self._relations.as_helper(citizen)]
        enterprises = [_under(view.mandate, view.name) for view in await self._enterprises.of(citizen) if view.live]
        return (*persons, *enterprises)

    async def choose(self, citizen: Citizen, grant_id: str) -> tuple[Choice, AccessToken]:
        """An access token for acting under this relation or mandate.

        Raises `GrantNotFound`, `ActingEnded`, `EnterpriseSuspended`, `AuthorityUnavailable`, `RegistryUnavailable`,
        `SessionNotFound`.
        """
        own = await self._sessions.standing(citizen)
        relation = await self._documents.get(Relation, grant_id)
        if relation is not None and relation.helper_id == citizen.id:
            return await self._for_person(citizen, own, relation)
        mandate = await self._documents.get(Mandate, grant_id)
        if mandate is not None and mandate.account_id == citizen.id:
            return await self._for_enterprise(citizen, own, mandate)
        raise GrantNotFound

    async def read(self, citizen: Citizen, code: str) -> Offer:
        """What the code stands for. Raises `CodeInvalid`, `CodesLocked`."""
        invitation = await self._invitations.found(citizen, code)
        if invitation.kind == "helper":
            return Offer(invitation, await self._accounts.masked_name(invitation.subject_id))
        if invitation.kind == "agent":
            return Offer(invitation, self._enterprises.name(await self._agents.inviting(invitation)))
        raise CodeInvalid

    async def accept(self, citizen: Citizen, code: str) -> Choice:
        """Accepts what the code stands for; accepting again gives what the first time made.

        Raises `StepUpNeeded`, `CodeInvalid`, `CodesLocked`, `NotOfAge`, `ActingForOneself`, `TooManyGrants`.
        """
        citizen.require(REAL_NAME, None, self._clock.now())
        invitation = await self._invitations.found(citizen, code)
        if invitation.became is not None:
            return await self._made_before(citizen, invitation.became)
        if invitation.kind == "helper":
            return await self._person(await self._helpers.accept(citizen, invitation))
        if invitation.kind == "agent":
            return await self._enterprise(await self._agents.accept(citizen, invitation))
        raise CodeInvalid

    async def _made_before(self, citizen: Citizen, grant_id: str) -> Choice:
        made = [choice for choice in await self.choices(citizen) if choice.grant_id == grant_id]
        if not made:
            raise CodeInvalid
        return made[0]

    async def _person(self, relation: Relation) -> Choice:
        name = await self._accounts.masked_name(relation.person_id)
        may_consent = relation.kind == "guardian"
        return Choice(relation.id, relation.kind, name, relation.limits, may_consent, relation.runs_out())

    async def _enterprise(self, mandate: Mandate) -> Choice:
        return _under(mandate, self._enterprises.name(await self._enterprises.confirmed(mandate)))

    async def _for_person(self, citizen: Citizen, own: Standing, relation: Relation) -> tuple[Choice, AccessToken]:
        relation = await self._relations.confirmed(relation)
        acting = ForPerson(relation.id, citizen.id, relation.kind)
        person = await self._accounts.get(relation.person_id)
        most = acting.most_assurance
        if relation.kind == "helper":  # who never gets further than the person would themself
            most = min(most, standing(person, self._clock.now(), self._proofs).assurance)
        token = self._tokens.for_citizen(person.id, citizen.session_id, lowered(own, most), acting, person.epoch)
        return await self._person(relation), token

    async def _for_enterprise(self, citizen: Citizen, own: Standing, mandate: Mandate) -> tuple[Choice, AccessToken]:
        choice = await self._enterprise(mandate)
        acting = ForEnterprise(mandate.id, mandate.enterprise_id, mandate.role)
        return choice, self._tokens.for_citizen(citizen.id, citizen.session_id, own, acting)


def _under(mandate: Mandate, name: str) -> Choice:
    return Choice(mandate.id, mandate.role, name, mandate.limits, mandate.may_consent, mandate.runs_out())


def lowered(standing: Standing, most: int) -> Standing:
    """At most that level, with the times of the proofs up to it."""
    proofs = {level: proof for level, proof in standing.proofs.items() if level <= most}
    return Standing(min(standing.assurance, most), proofs, standing.epoch)
