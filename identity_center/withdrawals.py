"""Withdrawing a proof, by staff or by the city's own systems: a number given up, a name the authority takes back, a
face that was not the citizen's."""

from typing import Literal

from core.clock import Clock
from core.documents import Documents, WriteRefused
from core.messages import MessageKind
from core.resident_id import normalised
from identity_center.account import Account
from identity_center.lowering import Lowering
from identity_center.notices import FACE_WITHDRAWN, PHONE_WITHDRAWN, REAL_NAME_WITHDRAWN
from identity_center.persons import Persons, without_real_name
from identity_center.revocations import Revocations
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.vault import Vault

Proof = Literal["phone", "real_name", "face"]
Reason = Literal["authority", "given_up", "misuse", "citizen"]
"""The authority took it back; the number was given up or handed on; somebody else used it; the citizen asked."""
_KINDS: dict[Proof, MessageKind] = {
    "phone": PHONE_WITHDRAWN,
    "real_name": REAL_NAME_WITHDRAWN,
    "face": FACE_WITHDRAWN,
}
_MOST = 100
_TRIES = 10


class Withdrawals:
    """Takes effect in every process within a second: access tokens that say more are to be refreshed first. Who did it
    and why stands in the staff's log, in the same write."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        persons: Persons,
        revocations: Revocations,
        log: StaffLog,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._persons = persons
        self._revocations = revocations
        self._log = log

    async def of_account(self, account_id: str, proof: Proof, reason: Reason, by: Actor) -> int:
        """Returns how many accounts were lowered: 1, or 0 when there is no such account or proof."""
        return int(await self._withdrawn(account_id, proof, reason, by))

    async def of_id_number(self, id_number: str, proof: Proof, reason: Reason, by: Actor) -> int:
        """All accounts of a person."""
        return await self._all("id_number", normalised(id_number), proof, reason, by)

    async def of_phone(self, phone: str, proof: Proof, reason: Reason, by: Actor) -> int:
        """All accounts with this number: 11 digits in mainland China, else E.164."""
        return await self._all("phone", phone, proof, reason, by)

    async def _all(self, kind: str, value: str, proof: Proof, reason: Reason, by: Actor) -> int:
        index = self._vault.blind_index(kind, value)
        found = await self._documents.find(Account, kind, index, limit=_MOST)
        return sum([await self._withdrawn(account.id, proof, reason, by) for account in found.items])

    async def _withdrawn(self, account_id: str, proof: Proof, reason: Reason, by: Actor) -> bool:
        """Whether there was something to withdraw. The account may change meanwhile: then it is read again."""
        for attempt in range(1, _TRIES + 1):
            account = await self._documents.get(Account, account_id)
            change = {} if account is None else self._change(account, proof)
            if account is None or not change:
                return False
            lowering = Lowering()
            lowering.add(account, change, _KINDS[proof], self._revocations, self._clock)
            if proof == "real_name":
                lowering.operations += await self._persons.leaving(account)
            event = Event("proof.withdraw", by, account_id, {"proof": proof, "reason": reason})
            try:
                await self._log.written(event, *lowering.operations)
            except WriteRefused:
                if attempt == _TRIES:
                    raise
            else:
                await lowering.announce(self._revocations)
                return True
        return False

    def _change(self, account: Account, proof: Proof) -> dict[str, object]:
        """The account's fields without the proof; none when it does not have it. A number that is no longer the
        citizen's is forgotten."""
        match proof:
            case "phone" if account.phone_proved_at is not None:
                return {"phone_proved_at": None, "phone_index": None, "phone_sealed": None}
            case "real_name" if account.real_name_proved_at is not None:
                return without_real_name(self._clock)
            case "face" if account.face_matched_at is not None:
                return {"face_matched_at": None, "face_ended_at": self._clock.now()}
        return {}
