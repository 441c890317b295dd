"""Agents 经办人: named by the legal representative with a code, for some services and some time; ended by either."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.caller import FACE, REAL_NAME, Citizen
from core.clock import Clock
from core.documents import Documents, GuardFailed, Insert, Operation, WriteRefused
from core.ids import new_id
from identity_center.accounts import AccountService
from identity_center.acting.errors import ActingForOneself, CodeInvalid, GrantNotFound, TooManyGrants
from identity_center.acting.invitations import Invitation, Invitations, IssuedCode
from identity_center.acting.limits import ActingLimits
from identity_center.enterprise.enterprise import Enterprise, Mandate, MandateEnd
from identity_center.enterprise.service import FACE_SECONDS, EnterpriseService
from identity_center.relations.helpers import Adults
from identity_center.relations.relation import free_place
from identity_center.revocations import Revocations
from identity_center.settings import EnterpriseSettings

_ATTEMPTS: Final = 10
_LISTED: Final = 100


@dataclass(frozen=True)
class AgentView:
    """An agent as the legal representative sees them: the name masked."""

    mandate: Mandate
    name: str | None
    live: bool


class Agents:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        accounts: AccountService,
        adults: Adults,
        invitations: Invitations,
        enterprises: EnterpriseService,
        revocations: Revocations,
        settings: EnterpriseSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._accounts = accounts
        self._adults = adults
        self._invitations = invitations
        self._enterprises = enterprises
        self._revocations = revocations
        self._most = settings.agents_per_enterprise
        self._longest = settings.agent_days

    async def invite(
        self, citizen: Citizen, enterprise_id: str, limits: ActingLimits, days: int, *, may_consent: bool
    ) -> IssuedCode:
        """A code for whoever is to act for the enterprise. Naming an agent takes the representative's face.

        Raises `StepUpNeeded`, `EnterpriseNotFound`.
        """
        citizen.require(FACE, FACE_SECONDS, self._clock.now())
        _, own = await self._enterprises.represented(citizen, enterprise_id)
        return await self._invitations.issue(
            "agent",
            citizen,
            enterprise_id,
            grant_id=own.id,
            limits=limits,
            may_consent=may_consent,
            days=min(days, self._longest),
        )

    async def inviting(self, invitation: Invitation) -> Enterprise:
        """The enterprise, when whoever made the code still represents it. Raises `CodeInvalid`."""
        enterprise, _ = await self._inviting(invitation)
        return enterprise

    async def accept(self, citizen: Citizen, invitation: Invitation) -> Mandate:
        """Raises `StepUpNeeded`, `NotOfAge`, `ActingForOneself`, `TooManyGrants`, `CodeInvalid`."""
        citizen.require(REAL_NAME, None, self._clock.now())
        account = await self._adults.adult(citizen)
        for attempt in range(1, _ATTEMPTS + 1):
            enterprise, own = await self._inviting(invitation)
            if account.id_number_index == enterprise.representative_key:
                raise ActingForOneself
            mandate, over = await self._placed(citizen.id, enterprise, invitation)
            use = self._invitations.using(invitation, citizen.id, mandate.id)
            named: list[Operation] = [own.used(self._clock.now()), enterprise.acted_for()]
            endings = [operation for old, by in over for operation in self._ending(old, by)]
            try:
                await self._documents.write(use, *named, *endings, Insert(mandate))
            except WriteRefused as error:
                if error.operation is use:
                    raise CodeInvalid from error
                if attempt == _ATTEMPTS:
                    raise
            else:
                await self._revocations.announce(*(old.id for old, _ in over))
                return mandate
        raise AssertionError("the last attempt returns or raises")

    async def of(self, citizen: Citizen, enterprise_id: str) -> tuple[AgentView, ...]:
        """The agents there are and were, the newest hundred. Raises `EnterpriseNotFound`."""
        enterprise, _ = await self._enterprises.represented(citizen, enterprise_id)
        page = await self._documents.find(Mandate, "enterprise", enterprise_id, descending=True, limit=_LISTED)
        now = self._clock.now()
        return tuple(
            [
                AgentView(
                    one,
                    await self._accounts.masked_name(one.account_id),
                    one.is_live(now) and one.term == enterprise.term,
                )
                for one in page.items
                if one.role == "agent"
            ]
        )

    async def end(self, citizen: Citizen, enterprise_id: str, mandate_id: str) -> None:
        """Ends a mandate at once: by the legal representative, or by the agent. Ending again changes nothing.

        Raises `GrantNotFound`, `EnterpriseNotFound`.
        """
        mandate = await self._documents.get(Mandate, mandate_id)
        if mandate is None or mandate.enterprise_id != enterprise_id or mandate.role != "agent":
            raise GrantNotFound
        if mandate.account_id != citizen.id:
            await self._enterprises.represented(citizen, enterprise_id)
        by: MandateEnd = "agent" if mandate.account_id == citizen.id else "enterprise"
        try:
            await self._documents.write(*self._ending(mandate, by))
        except GuardFailed:
            return  # it had ended
        await self._revocations.announce(mandate.id)

    async def _inviting(self, invitation: Invitation) -> tuple[Enterprise, Mandate]:
        own = await self._documents.get(Mandate, invitation.grant_id or "")
        enterprise = await self._documents.get(Enterprise, invitation.subject_id)
        if own is None or enterprise is None or not own.is_live(self._clock.now()) or own.term != enterprise.term:
            raise CodeInvalid
        if not enterprise.operating:
            raise CodeInvalid
        return enterprise, own

    async def _placed(
        self, account_id: str, enterprise: Enterprise, invitation: Invitation
    ) -> tuple[Mandate, list[tuple[Mandate, MandateEnd]]]:
        """The mandate in its place, and what has to end for it: what ran out, and what it takes the place of."""
        now = self._clock.now()
        held = (await self._documents.find(Mandate, "place", enterprise.id, "agent", limit=1000)).items
        over: list[tuple[Mandate, MandateEnd]] = [
            (old, "replaced" if old.account_id == account_id else "run_out")
            for old in held
            if old.account_id == account_id or not old.is_live(now)
        ]
        gone = {old.id for old, _ in over}
        place = free_place([old.place for old in held if old.id not in gone], self._most)
        if place is None:
            raise TooManyGrants("enterprise", self._most)
        return self._mandate(account_id, enterprise, invitation, place, now), over

    def _mandate(
        self, account_id: str, enterprise: Enterprise, invitation: Invitation, place: int, now: datetime
    ) -> Mandate:
        return Mandate(
            id=new_id(self._clock),
            enterprise_id=enterprise.id,
            account_id=account_id,
            role="agent",
            live_enterprise=enterprise.id,
            live_account=account_id,
            place=place,
            term=enterprise.term,
            limits=invitation.limits,
            may_consent=invitation.may_consent,
            since=now,
            expires_at=now + timedelta(days=invitation.days),
        )

    def _ending(self, mandate: Mandate, by: MandateEnd) -> tuple[Operation, Operation]:
        return mandate.ended(by, self._clock.now()), self._revocations.record(mandate.id)
