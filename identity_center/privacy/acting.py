"""Acting for others in the copy of a citizen's data, and at the end of their account: relations of both sides, and the
enterprises that the citizen represents or acts for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel

from core.caller import WECHAT, Citizen
from core.clock import Clock
from core.documents import Documents, GuardFailed
from core.paging import every
from core.text import Text, text
from identity_center.account import Account
from identity_center.acting.limits import ActingLimits
from identity_center.enterprise.enterprise import Mandate
from identity_center.enterprise.errors import EnterpriseNotFound
from identity_center.enterprise.service import EnterpriseService
from identity_center.privacy.ports import Leaving
from identity_center.relations.relation import Relation
from identity_center.revocations import Revocations

_RELATIONS, _MANDATES = text("亲属监护与代办关系", "Guardians and helpers"), text("代表或经办的单位", "Enterprises")


class RelationRecord(BaseModel):
    """`side` is the citizen's own: the person who is helped, or the helper. Who the other is, is theirs to show."""

    kind: str
    side: str
    limits: ActingLimits
    since: datetime
    expires_at: datetime
    confirmed_at: datetime
    consented_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    uses: int


class MandateRecord(BaseModel):
    enterprise_id: str
    role: str
    limits: ActingLimits
    may_consent: bool
    since: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    uses: int


class RelationArea:
    name = "relations"
    about: Text = _RELATIONS
    record: type[BaseModel] = RelationRecord

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        for side in ("person", "helper"):
            async for relation in every(self._documents, Relation, side, account_id):
                yield RelationRecord.model_validate({**vars(relation), "side": side})


class MandateArea:
    name = "mandates"
    about: Text = _MANDATES
    record: type[BaseModel] = MandateRecord

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        async for mandate in every(self._documents, Mandate, "account", account_id):
            yield MandateRecord.model_validate(vars(mandate))


class RelationHolding:
    """Both sides end. A guardian of a child who has nobody else cannot leave before the child is taken care of."""

    name = "relations"
    about: Text = _RELATIONS

    def __init__(self, documents: Documents, clock: Clock, revocations: Revocations) -> None:
        self._documents = documents
        self._clock = clock
        self._revocations = revocations

    async def live(self, leaving: Leaving) -> int:
        now = self._clock.now()
        return sum([relation.is_live(now) for _, relation in await self._of(leaving.account_id)])

    async def erase(self, leaving: Leaving) -> int:
        found = await self._of(leaving.account_id)
        for side, relation in found:
            end = relation.ended("person" if side == "person" else "helper", self._clock.now())
            with suppress(GuardFailed):  # it has ended meanwhile
                await self._documents.write(end, self._revocations.record(relation.id))
                await self._revocations.announce(relation.id)
        return len(found)

    async def reasons(self, account_id: str) -> Sequence[str]:
        """What has to be settled before the account can be closed: a child's account that nobody else could open."""
        now = self._clock.now()
        for side, relation in await self._of(account_id):
            if side == "person" or relation.kind != "guardian" or not relation.is_live(now):
                continue
            child = await self._documents.get(Account, relation.person_id)
            others = (await self._documents.find(Relation, "pair", relation.person_id)).items
            alone = not [one for one in others if one.helper_id != account_id and one.is_live(now)]
            if child is not None and child.managed and alone:
                return ("managed_account",)
        return ()

    async def _of(self, account_id: str) -> list[tuple[str, Relation]]:
        """Those that have not ended, with the account's side."""
        return [
            (side, relation)
            for side, index in (("person", "person_place"), ("helper", "helper_place"))
            for relation in [one async for one in every(self._documents, Relation, index, account_id)]
        ]


class MandateHolding:
    """An agent's mandate ends; with a legal representative ends everything that was granted in that name, until the
    next one binds the enterprise. The enterprise itself is no person's."""

    name = "mandates"
    about: Text = _MANDATES

    def __init__(
        self, documents: Documents, clock: Clock, revocations: Revocations, enterprises: EnterpriseService
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._revocations = revocations
        self._enterprises = enterprises

    async def live(self, leaving: Leaving) -> int:
        now = self._clock.now()
        return sum([mandate.is_live(now) for mandate in await self._of(leaving.account_id)])

    async def erase(self, leaving: Leaving) -> int:
        found = await self._of(leaving.account_id)
        for mandate in found:
            if mandate.role == "legal_representative":
                with suppress(EnterpriseNotFound):  # of an earlier term: only the mandate is left to end
                    await self._enterprises.unbind(Citizen(leaving.account_id, "", WECHAT), mandate.enterprise_id)
            with suppress(GuardFailed):
                end = mandate.ended("agent" if mandate.role == "agent" else "unbound", self._clock.now())
                await self._documents.write(end, self._revocations.record(mandate.id))
                await self._revocations.announce(mandate.id)
        return len(found)

    async def _of(self, account_id: str) -> list[Mandate]:
        """Those that have not ended."""
        found = every(self._documents, Mandate, "account", account_id)
        return [mandate async for mandate in found if mandate.live_account is not None]
