"""The second factor: a code of an authenticator app, or one of the recovery codes that stand in for a lost phone."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from core.clock import Clock, Instant
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Delete, Document, Documents, Index, Insert, Operation, Patch
from identity_center.staff import totp
from identity_center.staff.account import StaffAccount
from identity_center.staff.errors import NothingToConfirm, StaffCodeNeeded, StaffCodeRefused
from identity_center.staff.roles import Role
from identity_center.throttle import Throttle
from identity_center.vault import Vault

RECOVERY_CODES = 10
OFFERED_FOR = timedelta(minutes=10)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for something else: ten of these are 49 bits."""
_LENGTH = 10


class RecoveryCode(Document):
    """One code, under the keyed digest that is its id. It is used once."""

    collection: ClassVar[str] = "staff_recovery_codes"
    indexes: ClassVar[tuple[Index, ...]] = (Index("unused", ("unused_by",)), Index("account", ("account_id",)))

    account_id: str
    unused_by: str | None
    """The account, until the code is used."""
    used_at: Instant | None = None


@dataclass(frozen=True)
class Proof:
    """That the second factor is right, if these operations are written: whoever comes second with the same code finds
    them refused. `attempts` is what to forget then."""

    method: Literal["none", "app", "recovery_code"]
    operations: tuple[Operation, ...] = ()
    attempts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A second factor for the authenticator app to take up, until `expires_at`."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    expires_at: datetime

    def qr_svg(self) -> str:
        return totp.qr_svg(self.uri)


@dataclass(frozen=True)
class Confirmed:
    """What makes an offered factor the account's, and the recovery codes in clear: they are shown once."""

    operations: tuple[Operation, ...]
    recovery_codes: tuple[str, ...] = field(repr=False)


class SecondFactor:
    """`required` are the roles that cannot work without one; `issuer` is what the app shows above the code."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        throttle: Throttle,
        required: Collection[Role],
        issuer: str,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._throttle = throttle
        self._required = frozenset(required)
        self._issuer = issuer

    def is_required(self, role: Role) -> bool:
        return role in self._required

    async def proof(self, account: StaffAccount, code: str) -> Proof:
        """Each attempt is counted on the account, wherever it comes from: only who knows the password gets here.

        Raises `StaffCodeNeeded` when there is no code, `StaffCodeRefused`, `StaffLocked`.
        """
        if account.totp_sealed is None:
            return Proof("none")
        if not code:
            raise StaffCodeNeeded
        attempts = await self._throttle.take("staff code", account.id)
        if totp.is_code(code):
            return Proof("app", (self._of_app(account, code),), (attempts,))
        used = self._of_recovery(account, code)
        if await self._documents.get(RecoveryCode, used.id) is None:
            raise StaffCodeRefused
        return Proof("recovery_code", (used,), (attempts,))

    async def forget(self, proof: Proof) -> None:
        for attempts in proof.attempts:
            await self._throttle.forget(attempts)

    async def recovery_codes_left(self, account_id: str) -> int:
        return await self._documents.count(RecoveryCode, "unused", account_id)

    async def offer(self, account: StaffAccount) -> Offer:
        """A new secret for the account, in force only once it is confirmed; an earlier offer is void."""
        secret, until = totp.new_secret(), self._clock.now() + OFFERED_FOR
        offered = {
            "totp_offered_sealed": self._vault.seal(secret, totp_context(account.id)),
            "totp_offered_until": until,
        }
        await self._documents.write(Patch(StaffAccount, account.id, set=offered))
        return Offer(secret, totp.provisioning_uri(secret, account.name, self._issuer), until)

    async def confirmation(self, account: StaffAccount, code: str) -> Confirmed:
        """Raises `NothingToConfirm`, `StaffCodeRefused`, `StaffLocked`."""
        offered, until = account.totp_offered_sealed, account.totp_offered_until
        if offered is None or until is None or self._clock.now() >= until:
            raise NothingToConfirm
        attempts = await self._throttle.take("staff code", account.id)
        secret = self._vault.open(offered, totp_context(account.id))
        step = totp.matching_step(secret, code, self._clock.now())
        if step is None:
            raise StaffCodeRefused
        await self._throttle.forget(attempts)
        taken_up = {
            "totp_sealed": offered,
            "totp_last_step": step,
            "totp_offered_sealed": None,
            "totp_offered_until": None,
        }
        unchanged = stored("totp_offered_sealed").equals(offered)
        codes = await self.new_recovery_codes(account.id)
        factor = Patch(StaffAccount, account.id, set=taken_up, guard=unchanged)
        return Confirmed((factor, *codes.operations), codes.recovery_codes)

    async def new_recovery_codes(self, account_id: str) -> Confirmed:
        """In the place of all earlier ones."""
        codes = tuple("".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES))
        inserts = [
            Insert(RecoveryCode(id=self._id(account_id, c), account_id=account_id, unused_by=account_id)) for c in codes
        ]
        return Confirmed((*await self._without_codes(account_id), *inserts), codes)

    async def removal(self, account_id: str) -> tuple[Operation, ...]:
        """What takes the second factor away, lost phone and recovery codes alike."""
        nothing = {"totp_sealed": None, "totp_offered_sealed": None, "totp_offered_until": None}
        return (Patch(StaffAccount, account_id, set=nothing), *await self._without_codes(account_id))

    def _of_app(self, account: StaffAccount, code: str) -> Patch[StaffAccount]:
        secret = self._vault.open(account.totp_sealed or "", totp_context(account.id))
        step = totp.matching_step(secret, code, self._clock.now(), after=account.totp_last_step)
        if step is None:
            raise StaffCodeRefused
        unused = all_of(stored("totp_last_step").below(step), stored("totp_sealed").equals(account.totp_sealed))
        return Patch(StaffAccount, account.id, set={"totp_last_step": step}, guard=unused)

    def _of_recovery(self, account: StaffAccount, code: str) -> Patch[RecoveryCode]:
        used = {"unused_by": None, "used_at": self._clock.now()}
        unused = stored("unused_by").equals(account.id)
        return Patch(RecoveryCode, self._id(account.id, code), set=used, guard=unused)

    async def _without_codes(self, account_id: str) -> tuple[Operation, ...]:
        earlier = await self._documents.find(RecoveryCode, "account", account_id, limit=1000)
        return tuple(Delete(RecoveryCode, code.id) for code in earlier.items)

    def _id(self, account_id: str, code: str) -> str:
        plain = code.lower().replace("-", "").replace(" ", "")
        return self._vault.keyed_digest("staff recovery code", account_id, plain).hex()


def totp_context(account_id: str) -> str:
    """What a sealed second factor is bound to."""
    return f"staff.{account_id}.totp"
