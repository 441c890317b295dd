"""Electronic credentials in the copy of a citizen's data, and at the end of their account.

A credential is the person's, not an account's: it ends with the person's last account. One that a department issued
ends only with an account that has shown the person's face, or their card in a hall: knowing somebody's name and number
must not be enough to end their papers. What is left then is that a number of a status list is revoked, which gates ask
about, and the record of it, with nothing of the holder.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import BaseModel

from core.clock import Clock
from core.conditions import field
from core.documents import Documents, Insert, Patch, WriteRefused
from core.paging import every
from core.text import Text, text
from identity_center.account import Account
from identity_center.credentials.claims import Value
from identity_center.credentials.credential import HOLDER, Credential, opened
from identity_center.credentials.record import CredentialRecord, Event, RecordEntry
from identity_center.credentials.status_lists import StatusLists
from identity_center.privacy.ports import Leaving
from identity_center.vault import Vault

_NAME = "credentials"
_ABOUT = text("电子证照", "Electronic credentials")


class EventRecord(BaseModel):
    at: datetime
    kind: str
    reason: str | None
    place: str | None
    verdict: str | None
    claims: tuple[str, ...]


class CredentialExport(BaseModel):
    """`says` is what the issuer gave, `events` what happened to it: where it was shown as well."""

    id: str
    type_id: str
    state: str
    issued_at: datetime
    expires_at: datetime | None
    name: str
    id_number: str
    says: dict[str, Value]
    events: list[EventRecord]


class CredentialArea:
    """All of the person, as they stand in the person's wallet."""

    name = _NAME
    about: Text = _ABOUT
    record: type[BaseModel] = CredentialExport

    def __init__(self, documents: Documents, vault: Vault) -> None:
        self._documents = documents
        self._vault = vault

    async def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        account = await self._documents.get(Account, account_id)
        if account is None or account.id_number_index is None or account.real_name_proved_at is None:
            return
        async for credential in every(self._documents, Credential, "person", account.id_number_index):
            content = opened(self._vault, credential)
            events = [
                EventRecord.model_validate(vars(entry))
                async for entry in every(self._documents, RecordEntry, "credential", credential.id)
            ]
            holder = {"name": content.holder.name, "id_number": content.holder.id_number}
            yield CredentialExport.model_validate(
                {**vars(credential), **holder, "says": dict(content.given), "events": events}
            )


class CredentialHolding:
    name = _NAME
    about: Text = _ABOUT

    def __init__(self, documents: Documents, clock: Clock, record: CredentialRecord, lists: StatusLists) -> None:
        self._documents = documents
        self._clock = clock
        self._record = record
        self._lists = lists

    async def live(self, leaving: Leaving) -> int:
        """Valid and suspended ones."""
        now = self._clock.now()
        return sum([credential.standing(now) in ("valid", "suspended") async for credential in self._of(leaving)])

    async def erase(self, leaving: Leaving) -> int:
        """Those issued before the account ended: whoever comes back meanwhile keeps what they are given."""
        count = 0
        async for credential in self._of(leaving):
            if credential.issued_at <= leaving.since:
                await self._ended(credential)
                count += 1
        return count

    async def _of(self, leaving: Leaving) -> AsyncIterator[Credential]:
        if leaving.person_key is not None:
            async for credential in every(self._documents, Credential, "person", leaving.person_key):
                if leaving.face_shown or credential.issued_by == HOLDER:
                    yield credential

    async def _ended(self, credential: Credential) -> None:
        """A gate may enter a showing meanwhile: the next turn looks again."""
        blank: dict[str, object] = {"person_key": None, "content_sealed": "", "live_key": None}
        try:
            if credential.state == "revoked":
                unchanged = field("entries").equals(credential.entries)
                await self._documents.write(Patch(Credential, credential.id, set=blank, guard=unchanged))
                return
            end = {**blank, "state": "revoked", "unusable_list": credential.status_list}
            move, entry = self._record.changed(credential, Event("revoked", HOLDER, reason="holder_asked"), end)
            await self._documents.write(move, Insert(entry))
        except WriteRefused:
            return
        self._lists.changed(credential.status_list)
