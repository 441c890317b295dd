"""The book of what is handed over: consent is found live in the very write that enters the release."""

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

from core.caller import Acting
from core.clock import Clock
from core.closing import refusal, still_open
from core.documents import Documents, Patch, WriteRefused
from core.text import Text
from identity_center.access_log import AccessLog, ActedBy, Release
from identity_center.account import Account
from identity_center.acting.rules import ActingRules
from identity_center.consent import ConsentGrant, ConsentService
from identity_center.errors import ConsentNeeded
from identity_center.relations.guardians import Guardians

_ATTEMPTS = 10


@dataclass(frozen=True)
class Handover:
    """What is about to be handed over, and in which capacity it was asked for. `by` stands in the log."""

    card_id: str
    department: str
    fields: tuple[str, ...]
    use: Text
    request_id: str
    acting: Acting | None
    by: ActedBy | None


class Releases:
    """Enters releases, for persons and enterprises alike."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        consents: ConsentService,
        log: AccessLog,
        acting: ActingRules,
        guardians: Guardians,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._consents = consents
        self._log = log
        self._acting = acting
        self._guardians = guardians
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def enter(self, holder_id: str, handover: Handover, account: Account | None = None) -> None:
        """`holder_id` is whose data it is: an account, then given too, or an enterprise. When it returns, the data may
        leave. Raises `ConsentNeeded`, `AccountClosing`, and what `ActingRules.still` raises."""
        lock = self._one_at_a_time.setdefault(holder_id, asyncio.Lock())
        async with lock:
            await self._entered(holder_id, handover, account)

    async def note(self, account_id: str, look: Release) -> None:
        """Enters what needs no consent: that a citizen looked at their own data."""
        async with self._one_at_a_time.setdefault(account_id, asyncio.Lock()):
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    await self._documents.write(*await self._log.appended(account_id, look))
                except WriteRefused:  # another process added to the same log in between
                    if attempt == _ATTEMPTS:
                        raise
                else:
                    return

    async def _entered(self, holder_id: str, handover: Handover, account: Account | None) -> None:
        """Another process may add to the same log, or end consent or permission in between: then all of them are looked
        at again."""
        card_id, department, fields = handover.card_id, handover.department, handover.fields
        for attempt in range(1, _ATTEMPTS + 1):
            may = await self._acting.still(handover.acting)
            grant = await self._consents.covering(holder_id, card_id=card_id, department=department, fields=fields)
            guarded = await self._guardians.for_release(account, grant.granted_by) if grant and account else ()
            if grant is None or guarded is None:
                raise ConsentNeeded(card_id, department, list(fields))
            release = Release(
                grant.id, department, card_id, fields, grant.purpose, handover.use, handover.request_id, handover.by
            )
            entry = await self._log.appended(holder_id, release)
            used = Patch(ConsentGrant, grant.id, add={"releases": 1}, guard=grant.still_live(self._clock.now()))
            same = {operation.id for operation in may}  # a guardian who acts under the consent they gave
            try:
                guards = (one for one in guarded if one.id not in same)
                await self._documents.write(*still_open(holder_id), used, *may, *guards, *entry)
            except WriteRefused as error:
                meaning = refusal(error)
                if attempt == _ATTEMPTS or meaning is not error:
                    raise meaning from error
            else:
                return
