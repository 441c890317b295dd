"""The register: which credentials there are, whose, and in what state. Every change enters the record in its write."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from core.caller import Citizen, Staff
from core.clock import Clock
from core.documents import Documents, Insert, Page, WriteRefused
from core.resident_id import is_resident_id, normalised
from identity_center.accounts import AccountService
from identity_center.credentials.credential import HOLDER, Content, Credential, opened
from identity_center.credentials.errors import (
    CredentialNotFound,
    CredentialNotIssuable,
    CredentialStateRefused,
    CredentialTypeNotFound,
)
from identity_center.credentials.record import CredentialRecord, Event, Reason, RecordEntry, RecordFault
from identity_center.credentials.status_lists import StatusLists
from identity_center.credentials.types import CredentialType
from identity_center.errors import InvalidIdNumber
from identity_center.vault import Vault

T = TypeVar("T")
_ATTEMPTS: Final = 10
_MOST: Final = 200
"""Credentials of one person that are listed at most."""


class CredentialRegister:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        accounts: AccountService,
        types: Mapping[str, CredentialType],
        record: CredentialRecord,
        lists: StatusLists,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._accounts = accounts
        self._record = record
        self._lists = lists
        self.types = types

    def type(self, type_id: str) -> CredentialType:
        """Raises `CredentialTypeNotFound`."""
        if type_id not in self.types:
            raise CredentialTypeNotFound(sorted(self.types))
        return self.types[type_id]

    async def existing(self, credential_id: str) -> Credential:
        """Anybody's. Raises `CredentialNotFound`."""
        credential = await self._documents.get(Credential, credential_id)
        if credential is None:
            raise CredentialNotFound
        return credential

    async def own(self, citizen: Citizen, credential_id: str) -> Credential:
        """The citizen's own. Raises `CredentialNotFound`, also for somebody else's; `PersonalDataMissing`."""
        credential = await self.existing(credential_id)
        if credential.person_key != await self._accounts.person_key(citizen.id):
            raise CredentialNotFound
        return credential

    async def of_citizen(self, citizen: Citizen) -> tuple[Credential, ...]:
        """Newest first, those that have ended among them. Raises `PersonalDataMissing` before level 2."""
        return await self._of_person(await self._accounts.person_key(citizen.id))

    async def of_holder(self, id_number: str) -> tuple[Credential, ...]:
        """For staff who have the holder's ID card before them. Raises `InvalidIdNumber`."""
        number = normalised(id_number)
        if not is_resident_id(number):
            raise InvalidIdNumber
        return await self._of_person(self._vault.blind_index("id_number", number))

    def content(self, credential: Credential) -> Content:
        """What it says, in clear: for its holder and for what the holder shows. Raises `SealBroken`."""
        return opened(self._vault, credential)

    async def history(self, credential: Credential, limit: int = 50, after: str | None = None) -> Page[RecordEntry]:
        """What happened to it, the newest first."""
        return await self._record.of(credential, limit, after)

    async def fault(self, credential: Credential) -> RecordFault | None:
        """Where its record was tampered with, None when it holds."""
        return await self._record.fault(credential.id)

    async def suspend(self, staff: Staff, credential_id: str, reason: Reason, request_id: str = "") -> Credential:
        """Gates refuse it from now on, until it is resumed. Raises `CredentialStateRefused`, `CredentialNotFound`,
        `CredentialNotIssuable`."""
        event = Event("suspended", staff.id, staff.name, reason, request_id=request_id)
        return await self._moved(credential_id, event, _suspending, staff)

    async def resume(self, staff: Staff, credential_id: str, request_id: str = "") -> Credential:
        """Raises as `suspend` does."""
        event = Event("resumed", staff.id, staff.name, request_id=request_id)
        return await self._moved(credential_id, event, _resuming, staff)

    async def revoke(self, staff: Staff, credential_id: str, reason: Reason, request_id: str = "") -> Credential:
        """For good. Raises as `suspend` does."""
        event = Event("revoked", staff.id, staff.name, reason, request_id=request_id)
        return await self._moved(credential_id, event, _revoking, staff)

    async def give_up(self, citizen: Citizen, credential_id: str, request_id: str = "") -> Credential:
        """The holder ends a credential that they can ask for again. Raises `CredentialNotFound`,
        `CredentialNotIssuable` for one that only staff issue, `CredentialStateRefused`."""
        credential = await self.own(citizen, credential_id)
        declared = self.type(credential.type_id)
        if not declared.issue.own:
            raise CredentialNotIssuable(declared.department.id, self_issued=False)
        event = Event("revoked", HOLDER, reason="holder_asked", request_id=request_id)
        return await self._moved(credential.id, event, _revoking, None)

    async def _of_person(self, person_key: str) -> tuple[Credential, ...]:
        page = await self._documents.find(Credential, "person", person_key, descending=True, limit=_MOST)
        return page.items

    async def _moved(
        self,
        credential_id: str,
        event: Event,
        change: Callable[[Credential], Mapping[str, object]],
        staff: Staff | None,
    ) -> Credential:
        """Somebody else may change it in between, or a gate may enter a showing: then it is looked at again."""

        async def attempt() -> Credential:
            credential = await self.existing(credential_id)
            if staff is not None:
                self._check_role(staff, credential)
            move, entry = self._record.changed(credential, event, change(credential))
            moved = (await self._documents.write(move, Insert(entry))).after(move)
            self._lists.changed(moved.status_list)
            return moved

        return await until_written(attempt)

    def _check_role(self, staff: Staff, credential: Credential) -> None:
        """Of a type that is not loaded any more, every operator may still end what was issued."""
        declared = self.types.get(credential.type_id)
        if declared is not None and staff.role not in declared.issue.roles:
            raise CredentialNotIssuable(declared.department.id, declared.issue.own)


async def until_written(attempt: Callable[[], Awaitable[T]]) -> T:
    """Tries again when somebody else's write came in between."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except WriteRefused:
            continue
    return await attempt()


def _suspending(credential: Credential) -> Mapping[str, object]:
    if credential.state != "valid":
        raise CredentialStateRefused(credential.state)
    return {"state": "suspended", "unusable_list": credential.status_list}


def _resuming(credential: Credential) -> Mapping[str, object]:
    if credential.state != "suspended":
        raise CredentialStateRefused(credential.state)
    return {"state": "valid", "unusable_list": None}


def _revoking(credential: Credential) -> Mapping[str, object]:
    if credential.state == "revoked":
        raise CredentialStateRefused(credential.state)
    return {"state": "revoked", "unusable_list": credential.status_list, "live_key": None}
