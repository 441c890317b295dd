"""A citizen's account as it is stored: nothing in it can be read without the vault's keys and the account's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, get_args

from core.caller import FACE, PHONE, REAL_NAME, WECHAT, ProofMethod
from core.clock import Instant
from core.documents import Document, Index
from identity_center.data_keys import DataKeys
from identity_center.settings import ProofSettings

PersonalField = Literal["name", "id_number", "phone"]
PERSONAL_FIELDS: tuple[PersonalField, ...] = get_args(PersonalField)
LEVEL_OF: Mapping[PersonalField, int] = {"name": REAL_NAME, "id_number": REAL_NAME, "phone": PHONE}
"""The level that each stands on."""


class Account(Document):
    """One WeChat user of this mini-program. Fields named `…_index` hold blind indexes, `…_sealed` sealed texts.

    `epoch` counts how often the account was lowered: an access token of an earlier epoch says more than is true.
    A `managed` account has no WeChat: family members act for the person, until it is taken over.
    """

    collection: ClassVar[str] = "accounts"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("openid", ("openid_index",), unique=True),
        Index("id_number", ("id_number_index", "created_at")),
        Index("phone", ("phone_index",)),
        Index("merged_into", ("merged_into",)),
    )

    created_at: Instant
    openid_index: str | None = None
    openid_sealed: str | None = None
    unionid_index: str | None = None
    phone_index: str | None = None
    phone_sealed: str | None = None
    phone_proved_at: Instant | None = None
    phone_proved_by: ProofMethod = "phone"
    name_sealed: str | None = None
    id_number_index: str | None = None
    id_number_sealed: str | None = None
    real_name_proved_at: Instant | None = None
    real_name_proved_by: ProofMethod = "authority"
    face_matched_at: Instant | None = None
    """When a face last matched, on whatever device. It raises no level: the session that showed it has that."""
    face_ended_at: Instant | None = None
    """Faces that matched up to this moment count no more, on no device."""
    epoch: int = 0
    managed: bool = False
    merged_into: str | None = None
    """The account that its WeChat moved to, when that was taken over."""

    def sealed(self, field: PersonalField) -> str | None:
        match field:
            case "name":
                return self.name_sealed
            case "id_number":
                return self.id_number_sealed
            case "phone":
                return self.phone_sealed

    async def opened(self, data_keys: DataKeys, field: PersonalField) -> str | None:
        """The field in clear, or None when the account does not hold it. Never leaves the identity centre unlogged."""
        sealed = self.sealed(field)
        return None if sealed is None else await data_keys.open(self.id, sealed, seal_context(self.id, field))


def seal_context(account_id: str, field: str) -> str:
    """What a sealed text of an account is bound to."""
    return f"account.{account_id}.{field}"


@dataclass(frozen=True)
class Proof:
    """When a level was proved and by what, and until when that counts; None is without end."""

    at: datetime
    by: ProofMethod
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """How sure the city is of a citizen at one moment: the level, and the proof of each level up to it."""

    assurance: int
    proofs: Mapping[int, Proof]
    epoch: int = 0


_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def standing(
    account: Account,
    now: datetime,
    settings: ProofSettings,
    *,
    sign_in: Proof | None = None,
    face: Proof | None = None,
) -> Standing:
    """The level up to which every proof is there and has not run out. A face counts in the session that showed it."""
    if face is not None and account.face_ended_at is not None and face.at <= account.face_ended_at:
        face = None
    phone = _proof(account.phone_proved_at, account.phone_proved_by, settings.phone_days, _DAY)
    if account.managed:  # has no phone, and was confirmed without
        phone = _proof(account.real_name_proved_at, account.real_name_proved_by, None, _DAY)
    found = (
        (PHONE, phone),
        (REAL_NAME, _proof(account.real_name_proved_at, account.real_name_proved_by, settings.real_name_days, _DAY)),
        (FACE, _proof(face.at, face.by, settings.face_minutes, _MINUTE) if face else None),
    )
    proofs: dict[int, Proof] = {} if sign_in is None else {WECHAT: sign_in}
    assurance = WECHAT
    for level, proof in found:
        if proof is None or (proof.until is not None and now > proof.until):
            break
        proofs[level], assurance = proof, level
    return Standing(assurance, proofs, account.epoch)


def _proof(at: datetime | None, by: ProofMethod, lasts: int | None, unit: timedelta) -> Proof | None:
    return None if at is None else Proof(at, by, None if lasts is None else at + lasts * unit)
