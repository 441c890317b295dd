"""Issuing: by staff, who have the holder before them, or by citizens themselves, from their proven identity."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from core.caller import Citizen, Staff
from core.clock import Clock
from core.closing import refusal, still_open
from core.documents import Documents, Duplicate, GuardFailed, Insert, Operation
from core.idempotency import RequestKey, write_once
from core.ids import new_id
from core.resident_id import is_resident_id, normalised
from identity_center.accounts import AccountService
from identity_center.credentials.claims import Holder, Value, checked
from identity_center.credentials.credential import CITY, HOLDER, Content, Credential, live_key, sealed
from identity_center.credentials.errors import (
    CredentialAlreadyHeld,
    CredentialHolderNotConfirmed,
    CredentialNotIssuable,
)
from identity_center.credentials.record import CredentialRecord, Event
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.showing import CredentialShowing
from identity_center.credentials.status_lists import Place, StatusLists
from identity_center.credentials.types import CredentialType
from identity_center.data_keys import DataKeys
from identity_center.errors import InvalidIdNumber, InvalidName, PersonalDataMissing
from identity_center.names import is_name, normalised_name
from identity_center.ports import Authority
from identity_center.vault import Vault

_ATTEMPTS: Final = 30
"""A place at random is taken in one of two cases at worst, so that thirty tries fail once in a thousand million."""


class CredentialIssuing:
    """`zone` is the city's: credentials expire at its midnight."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        zone: tzinfo,
        vault: Vault,
        data_keys: DataKeys,
        accounts: AccountService,
        authority: Authority,
        register: CredentialRegister,
        record: CredentialRecord,
        lists: StatusLists,
        showing: CredentialShowing,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._vault = vault
        self._data_keys = data_keys
        self._accounts = accounts
        self._authority = authority
        self._register = register
        self._record = record
        self._lists = lists
        self._showing = showing

    async def issue(
        self,
        staff: Staff,
        type_id: str,
        holder: Holder,
        given: Mapping[str, Value],
        key: RequestKey | None = None,
        request_id: str = "",
    ) -> Credential:
        """To whom the population authority knows by this name and number, whether they have an account or not.

        Raises `CredentialTypeNotFound`, `CredentialNotIssuable`, `InvalidIdNumber`, `InvalidName`,
        `CredentialClaimsInvalid`, `PresentationTooLarge`, `CredentialHolderNotConfirmed`, `AuthorityUnavailable`,
        `CredentialAlreadyHeld`, `KeyReused`.
        """
        declared = self._register.type(type_id)
        if staff.role not in declared.issue.roles:
            raise CredentialNotIssuable(declared.department.id, declared.issue.own)
        holder = Holder(normalised_name(holder.name), normalised(holder.id_number))
        if not is_resident_id(holder.id_number):
            raise InvalidIdNumber
        if not is_name(holder.name):
            raise InvalidName
        content = Content(holder, checked(declared, given))
        if await self._authority.verify(holder.name, holder.id_number) != "match":
            raise CredentialHolderNotConfirmed
        return await self._issued(declared, content, Event("issued", staff.id, staff.name, request_id=request_id), key)

    async def issue_own(
        self, citizen: Citizen, type_id: str, key: RequestKey | None = None, request_id: str = ""
    ) -> Credential:
        """To the citizen who asks, from what the city has proven of them.

        Raises `CredentialTypeNotFound`, `CredentialNotIssuable`, `StepUpNeeded`, `CredentialAlreadyHeld`, `KeyReused`,
        `AccountClosing`.
        """
        declared = self._register.type(type_id)
        if not declared.issue.own:
            raise CredentialNotIssuable(declared.department.id, self_issued=False)
        citizen.require(declared.assurance.hold, None, self._clock.now())
        content = Content(await self._proven(citizen), checked(declared, {}))
        event = Event("issued", HOLDER, request_id=request_id)
        return await self._issued(declared, content, event, key, still_open(citizen.id))

    async def _proven(self, citizen: Citizen) -> Holder:
        account = await self._accounts.get(citizen.id)
        name = await account.opened(self._data_keys, "name")
        id_number = await account.opened(self._data_keys, "id_number")
        if name is None or id_number is None:
            raise PersonalDataMissing(["name", "id_number"])
        return Holder(name, id_number)

    async def _issued(
        self,
        declared: CredentialType,
        content: Content,
        event: Event,
        key: RequestKey | None,
        only_if: tuple[Operation, ...] = (),
    ) -> Credential:
        """One index refuses the second of two live ones, another a place in the status list that is taken."""
        ended: list[Operation] = []
        for attempt in range(1, _ATTEMPTS + 1):
            place = self._lists.place()
            credential = self._credential(declared, content, event, place)
            self._showing.presentation(declared, credential, content, ())  # whether it can be shown at all
            try:
                return await self._written(credential, event, [*only_if, place.taking, *ended], key)
            except (Duplicate, GuardFailed) as refused:
                meaning = refusal(refused)
                if attempt == _ATTEMPTS or meaning is not refused:
                    raise meaning from refused
                if refused.operation is place.taking:
                    self._lists.is_full(place)
                elif not isinstance(refused, Duplicate) or refused.index != "status":
                    ended = await self._ended(credential)
        raise AssertionError("the last attempt returns or raises")

    async def _written(
        self, credential: Credential, event: Event, beside: list[Operation], key: RequestKey | None
    ) -> Credential:
        begun, entry = self._record.begun(credential, event)
        return await write_once(
            self._documents,
            [*beside, Insert(begun), Insert(entry)],
            key=key,
            result=credential.id,
            find=self._register.existing,
            made=lambda _: begun,
        )

    def _credential(self, declared: CredentialType, content: Content, event: Event, place: Place) -> Credential:
        credential_id = new_id(self._clock)
        person_key = self._vault.blind_index("id_number", content.holder.id_number)
        one_per = declared.issue.one_per
        subject = person_key if one_per == "person" else str(content.given[one_per])
        return Credential(
            id=credential_id,
            type_id=declared.id,
            type_version=declared.version,
            person_key=person_key,
            live_key=live_key(self._vault, declared.id, subject),
            content_sealed=sealed(self._vault, credential_id, content),
            issued_at=self._clock.now(),
            expires_at=self._expiry(declared),
            issued_by=event.by,
            status_list=place.number,
            status_index=place.index,
        )

    def _expiry(self, declared: CredentialType) -> datetime | None:
        """The end of a day: a credential's own second would make its showings recognisable."""
        if declared.issue.valid_days is None:
            return None
        today = self._clock.now().astimezone(self._zone).date()
        return datetime.combine(today + timedelta(days=declared.issue.valid_days + 1), time(), self._zone)

    async def _ended(self, credential: Credential) -> list[Operation]:
        """What lets go of an expired credential, so that the new one takes its place. Raises `CredentialAlreadyHeld`
        when the one that holds the place is not expired."""
        page = await self._documents.find(Credential, "live", credential.live_key, limit=1)
        if not page.items:
            return []  # it was revoked in between
        held = page.items[0]
        if held.standing(self._clock.now()) != "expired":
            raise CredentialAlreadyHeld
        letting_go, entry = self._record.changed(held, Event("expired", CITY), {"live_key": None})
        return [letting_go, Insert(entry)]
