"""What is checked and written down whenever somebody acts for somebody: the one place that reads permissions.

A permission is looked at before a use, and found live again *in* the write that does it: a release of data, an entry of
the log, a booking, a consent. One that ends in between wins.
"""

import asyncio
from weakref import WeakValueDictionary

from core.caller import Acting, Citizen, ForPerson
from core.clock import Clock
from core.deeds import Deed
from core.documents import Documents, Operation, WriteRefused
from identity_center.access_log import AccessLog, Release, acted_by
from identity_center.acting.errors import ActingEnded, BeyondGrant
from identity_center.acting.limits import EVERYTHING, ActingLimits
from identity_center.enterprise.enterprise import Enterprise, Mandate, under
from identity_center.enterprise.errors import EnterpriseSuspended
from identity_center.relations.guardians import Guardians
from identity_center.relations.relation import Relation

_ATTEMPTS = 10


class ActingRules:
    """For somebody who acts for themself every method says yes and adds nothing."""

    def __init__(self, documents: Documents, clock: Clock, log: AccessLog, guardians: Guardians) -> None:
        self._documents = documents
        self._clock = clock
        self._log = log
        self._guardians = guardians
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def limits(self, citizen: Citizen) -> ActingLimits:
        """What may be used in this capacity. Raises `ActingEnded`, `EnterpriseSuspended`."""
        match citizen.acting:
            case None:
                return EVERYTHING
            case ForPerson():
                return (await self._relation(citizen.acting)).limits
            case _:
                return (await self._mandate(citizen.acting))[0].limits

    async def permit(self, citizen: Citizen, deed: Deed) -> None:
        """Raises `BeyondGrant`, and what `limits` raises."""
        if citizen.acting is None:
            return
        limits = await self.limits(citizen)
        if not limits.allow(card_id=deed.card_id, theme=deed.theme, operation=deed.operation):
            raise BeyondGrant

    async def still(self, acting: Acting | None) -> tuple[Operation, ...]:
        """For the write of what is done in this capacity: refuses it when the permission has ended by then.

        Raises `ActingEnded` and `EnterpriseSuspended` when it has ended already.
        """
        match acting:
            case None:
                return ()
            case ForPerson():
                return ((await self._relation(acting)).used(self._clock.now()),)
            case _:
                return tuple(under(*await self._mandate(acting), self._clock.now()))

    async def for_consents(self, citizen: Citizen) -> tuple[Operation, ...]:
        """For the write that gives or withdraws a consent: by oneself from 14 on, for a minor by a guardian, for an
        enterprise by its legal representative or an agent who may. Raises `GuardianNeeded`, `BeyondGrant`, and what
        `still` raises."""
        match citizen.acting:
            case None:
                await self._guardians.check_own_consent(citizen.id)
                return ()
            case ForPerson():
                if citizen.acting.kind != "guardian":
                    raise BeyondGrant
                return await self.still(citizen.acting)
            case _:
                mandate, enterprise = await self._mandate(citizen.acting)
                if not mandate.may_consent:
                    raise BeyondGrant
                return tuple(under(mandate, enterprise, self._clock.now()))

    async def noted(self, citizen: Citizen, deed: Deed) -> tuple[Operation, ...]:
        """For the write of a use: the permission is live and covers it, and the log of whom it is done for tells.

        The entry is numbered, so the write is refused when another entry came first: ask again then. Raises what
        `permit` raises.
        """
        if citizen.acting is None:
            return ()
        await self.permit(citizen, deed)
        by = acted_by(citizen)
        entry = Release("", deed.department, deed.card_id, (), deed.purpose, deed.use, deed.request_id, by)
        return (*await self.still(citizen.acting), *await self._log.appended(citizen.served_id, entry))

    async def note(self, citizen: Citizen, deed: Deed) -> None:
        """As `noted`, written at once: for a use that writes nothing else. Returns when it is in the log."""
        if citizen.acting is None:
            return
        lock = self._one_at_a_time.setdefault(citizen.served_id, asyncio.Lock())
        async with lock:
            for attempt in range(1, _ATTEMPTS + 1):
                noted = await self.noted(citizen, deed)
                try:
                    await self._documents.write(*noted)
                except WriteRefused:
                    if attempt == _ATTEMPTS:
                        raise
                else:
                    return

    async def _relation(self, acting: ForPerson) -> Relation:
        relation = await self._documents.get(Relation, acting.grant_id)
        if relation is None or not await self._guardians.holds(relation):
            raise ActingEnded
        return relation

    async def _mandate(self, acting: Acting) -> tuple[Mandate, Enterprise]:
        mandate = await self._documents.get(Mandate, acting.grant_id)
        enterprise = None if mandate is None else await self._documents.get(Enterprise, mandate.enterprise_id)
        if mandate is None or enterprise is None or not mandate.is_live(self._clock.now()):
            raise ActingEnded
        if mandate.term != enterprise.term:
            raise ActingEnded
        if not enterprise.operating:
            raise EnterpriseSuspended
        return mandate, enterprise
