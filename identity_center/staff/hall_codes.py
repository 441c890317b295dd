"""The hall's code: a clerk has seen the person and their ID card, and that raises the person's session to level 3.

So that a face is never the only way. The code is bound to the ID number that the clerk read from the card: it does
nothing in the session of anybody else, whoever learns of it.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import ClassVar

from core.caller import REAL_NAME, Citizen, Staff, StepUpNeeded
from core.clock import Clock, Instant
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Document, Documents, Duplicate, GuardFailed, Index, Insert, Patch
from core.ids import new_id
from core.resident_id import is_resident_id, normalised
from identity_center.accounts import AccountService
from identity_center.attempts import DailyLimit
from identity_center.errors import InvalidIdNumber, PersonalDataMissing
from identity_center.sessions import SessionService
from identity_center.staff.errors import HallCodeLimit, HallCodeLocked, HallCodeRefused
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.staff.settings import StaffSettings
from identity_center.tokens import AccessToken
from identity_center.vault import Vault

_DIGITS = 8
_TRIES = 5
"""Wrong codes that one issued code survives."""


class HallCode(Document):
    """`live_person` is the person until the code is used or another takes its place; the code itself is not stored.

    Kept as the record of what was proved in which hall: the citizen reads it, too.
    """

    collection: ClassVar[str] = "hall_codes"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("person", ("live_person",), unique=True),
        Index("used", ("used_by", "used_at")),
        Index("issued_at", ("issued_at",)),
    )

    live_person: str | None
    digest: str
    tries: int = 0
    department: str
    hall: str
    issued_by: str
    issued_at: Instant
    expires_at: Instant
    used_by: str | None = None
    used_at: Instant | None = None


@dataclass(frozen=True)
class IssuedCode:
    """For the clerk to tell the person, once."""

    id: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class HallProof:
    """When and where somebody saw the citizen and their ID card."""

    department: str
    hall: str
    issued_at: datetime
    used_at: datetime


class HallCodes:
    """A person has one live code at most; issuing another makes the first worthless."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        zone: tzinfo,
        accounts: AccountService,
        sessions: SessionService,
        log: StaffLog,
        settings: StaffSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._accounts = accounts
        self._sessions = sessions
        self._log = log
        self._valid_for = timedelta(minutes=settings.hall_code_minutes)
        self._issuing = DailyLimit(documents, clock, zone, "hall_code_issue", settings.hall_codes_per_day)
        self._trying = DailyLimit(documents, clock, zone, "hall_code", settings.hall_code_attempts_per_day)

    async def issue(self, clerk: Staff, id_number: str) -> IssuedCode:
        """For the person in front of the clerk. Whether the city knows the number is not told.

        Raises `InvalidIdNumber`, `HallCodeLimit`.
        """
        id_number = normalised(id_number)
        if not is_resident_id(id_number):
            raise InvalidIdNumber
        if await self._issuing.take(clerk.id) is None:
            raise HallCodeLimit(self._issuing.seconds_to_tomorrow())
        person = self._vault.blind_index("id_number", id_number)
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        while True:
            issued = self._issued(clerk, person, code)
            event = Event("hall_code.issue", Actor.of(clerk), issued.id, {"hall": issued.hall} if issued.hall else {})
            earlier = (await self._documents.find(HallCode, "person", person, limit=1)).items
            replaced = [Patch(HallCode, old.id, set={"live_person": None}) for old in earlier]
            try:
                await self._log.written(event, *replaced, Insert(issued))
            except Duplicate:
                continue  # another window issued one for the same person at the same moment: the later one counts
            return IssuedCode(issued.id, code, issued.expires_at)

    async def use(self, citizen: Citizen, code: str) -> AccessToken:
        """Level 3 by the hall, for this session. Counted before it is compared.

        Raises `StepUpNeeded` before level 2, `HallCodeLocked`, `HallCodeRefused`, `SessionNotFound`.
        """
        try:
            person = await self._accounts.person_key(citizen.id)
        except PersonalDataMissing:
            raise StepUpNeeded(REAL_NAME, None) from None
        left = await self._trying.take(citizen.id)
        if left is None:
            raise HallCodeLocked(self._trying.seconds_to_tomorrow())
        issued = await self._tried(person)
        if issued is None or not hmac.compare_digest(issued.digest, self._digest(issued.id, code)):
            raise HallCodeRefused(left)
        now = self._clock.now()
        used = Patch(
            HallCode,
            issued.id,
            set={"live_person": None, "used_by": citizen.id, "used_at": now},
            guard=all_of(stored("live_person").equals(person), stored("expires_at").above(now)),
        )
        event = Event("hall_code.use", Actor(role="citizen"), issued.id, {"issued_by": issued.issued_by})
        write = partial(self._log.written, event, used)
        try:
            return await self._sessions.raise_to_face(citizen, now, "hall_code", write)
        except GuardFailed as error:
            raise HallCodeRefused(left) from error

    async def proofs(self, citizen: Citizen) -> tuple[HallProof, ...]:
        """The citizen's own, newest first."""
        page = await self._documents.find(HallCode, "used", citizen.id, descending=True, limit=100)
        return tuple(
            HallProof(code.department, code.hall, code.issued_at, code.used_at)
            for code in page.items
            if code.used_at is not None
        )

    def _issued(self, clerk: Staff, person: str, code: str) -> HallCode:
        now, code_id = self._clock.now(), new_id(self._clock)
        kind, _, hall = clerk.scope.partition(":")
        return HallCode(
            id=code_id,
            live_person=person,
            digest=self._digest(code_id, code),
            department=clerk.department,
            hall=hall if kind == "hall" else "",
            issued_by=clerk.id,
            issued_at=now,
            expires_at=now + self._valid_for,
        )

    async def _tried(self, person: str) -> HallCode | None:
        """The person's live code, with one more try counted on it; None when there is none, or it has had enough."""
        live = (await self._documents.find(HallCode, "person", person, limit=1)).items
        if not live:
            return None
        one_more = Patch(HallCode, live[0].id, add={"tries": 1}, guard=stored("tries").below(_TRIES))
        try:
            return (await self._documents.write(one_more)).after(one_more)
        except GuardFailed:
            return None

    def _digest(self, code_id: str, code: str) -> str:
        return self._vault.keyed_digest("hall code", code_id, code).hex()
