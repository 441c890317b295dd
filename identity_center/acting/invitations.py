"""Codes that one person shows and another one enters: to become a helper or agent, or to take an account over.

A code is typed or scanned, works once and for some minutes, and is stored as a keyed digest alone. Entering codes is
counted, right or wrong, so that nobody finds one by trying.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar, Final, Literal

from core.caller import Citizen
from core.clock import Clock, Instant
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Document, Documents, Index, Insert, Patch
from core.ids import new_id
from identity_center.acting.errors import CodeInvalid, CodesLocked
from identity_center.acting.limits import EVERYTHING, ActingLimits
from identity_center.attempts import DailyLimit
from identity_center.settings import ActingSettings
from identity_center.vault import Vault

InvitationKind = Literal["helper", "agent", "handover"]
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: what is read aloud is not mistaken (Crockford's base 32)."""
LENGTH: Final = 10
"""50 bits, for some minutes, at some twenty tries a day and account."""
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


class Invitation(Document):
    """What whoever enters the code will be: a helper of the account `subject_id`, an agent of the enterprise of that
    id, or the owner of that managed account. `grant_id` is what must still be live for it: the legal
    representative's mandate, the guardian's relation."""

    collection: ClassVar[str] = "acting_invitations"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("code", ("code_digest",), unique=True),
        Index("expires_at", ("expires_at",)),
    )

    code_digest: str
    kind: InvitationKind
    giver_id: str
    subject_id: str
    grant_id: str | None = None
    limits: ActingLimits = EVERYTHING
    may_consent: bool = False
    days: int = 0
    created_at: Instant
    expires_at: Instant
    used_by: str | None = None
    became: str | None = None
    """The relation or mandate that was made of it."""


@dataclass(frozen=True)
class IssuedCode:
    """Shown once, to whoever asked for it: `XXXXX-XXXXX`."""

    code: str = field(repr=False)
    expires_at: datetime


class Invitations:
    """Issues codes and finds what they stand for."""

    def __init__(
        self, documents: Documents, clock: Clock, vault: Vault, zone: tzinfo, settings: ActingSettings
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._lives = timedelta(minutes=settings.invitation_minutes)
        self._attempts = DailyLimit(documents, clock, zone, "acting_code", settings.code_attempts_per_day)

    async def issue(
        self,
        kind: InvitationKind,
        citizen: Citizen,
        subject_id: str,
        *,
        grant_id: str | None = None,
        limits: ActingLimits = EVERYTHING,
        may_consent: bool = False,
        days: int = 0,
    ) -> IssuedCode:
        code, now = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), self._clock.now()
        invitation = Invitation(
            id=new_id(self._clock),
            code_digest=self._digest(code),
            kind=kind,
            giver_id=citizen.id,
            subject_id=subject_id,
            grant_id=grant_id,
            limits=limits,
            may_consent=may_consent,
            days=days,
            created_at=now,
            expires_at=now + self._lives,
        )
        await self._documents.write(Insert(invitation))
        return IssuedCode(f"{code[:5]}-{code[5:]}", invitation.expires_at)

    async def found(self, citizen: Citizen, code: str) -> Invitation:
        """The live invitation of that code, or the one that this citizen has used already: an answer may be lost.

        Raises `CodeInvalid`, `CodesLocked`.
        """
        if await self._attempts.take(citizen.id) is None:
            raise CodesLocked(self._attempts.seconds_to_tomorrow())
        page = await self._documents.find(Invitation, "code", self._digest(code), limit=1)
        invitation = page.items[0] if page.items else None
        if invitation is None or invitation.expires_at <= self._clock.now():
            raise CodeInvalid
        if invitation.used_by not in (None, citizen.id):
            raise CodeInvalid
        return invitation

    def using(self, invitation: Invitation, citizen_id: str, became: str | None = None) -> Patch[Invitation]:
        """The operation that uses it up, for the write that makes what it stands for."""
        unused = all_of(stored("used_by").equals(None), stored("expires_at").above(self._clock.now()))
        return Patch(Invitation, invitation.id, set={"used_by": citizen_id, "became": became}, guard=unused)

    def _digest(self, code: str) -> str:
        return self._vault.keyed_digest("acting code", code.upper().translate(_MISREAD)).hex()
