"""A citizen's account as it is stored: nothing in it can be read without the vault's keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal, get_args

from core.caller import FACE, PHONE, REAL_NAME, WECHAT
from core.clock import Instant
from core.documents import Document, Index
from identity_center.settings import ProofSettings
from identity_center.vault import Vault

PersonalField = Literal["name", "id_number", "phone"]
PERSONAL_FIELDS: tuple[PersonalField, ...] = get_args(PersonalField)


class Account(Document):
    """One WeChat user of this mini-program. Fields named `…_index` hold blind indexes, `…_sealed` sealed texts.

    A `managed` account has no WeChat: family members act for the person, until it is taken over.
    """

    collection: ClassVar[str] = "accounts"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("openid", ("openid_index",), unique=True),
        Index("person", ("id_number_index", "created_at")),
    )

    created_at: Instant
    openid_index: str | None = None
    openid_sealed: str | None = None
    unionid_index: str | None = None
    phone_index: str | None = None
    phone_sealed: str | None = None
    phone_proved_at: Instant | None = None
    name_sealed: str | None = None
    id_number_index: str | None = None
    id_number_sealed: str | None = None
    real_name_proved_at: Instant | None = None
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

    def opened(self, vault: Vault, field: PersonalField) -> str | None:
        """The field in clear, or None when the account does not hold it. Never leaves the identity centre unlogged."""
        sealed = self.sealed(field)
        return None if sealed is None else vault.open(sealed, seal_context(self.id, field))


def seal_context(account_id: str, field: str) -> str:
    """What a sealed text of an account is bound to."""
    return f"account.{account_id}.{field}"


@dataclass(frozen=True)
class Standing:
    """How sure the city is of a citizen at one moment: the level, and when each proof was given."""

    assurance: int
    proved_at: Mapping[int, datetime]


_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def standing(account: Account, face_proved_at: datetime | None, now: datetime, settings: ProofSettings) -> Standing:
    """The level up to which every proof is there and has not run out. A face counts in the session that showed it."""
    proofs = (
        (PHONE, account.phone_proved_at, settings.phone_days, _DAY),
        (REAL_NAME, account.real_name_proved_at, settings.real_name_days, _DAY),
        (FACE, face_proved_at, settings.face_minutes, _MINUTE),
    )
    proved_at: dict[int, datetime] = {}
    for level, moment, lasts, unit in proofs:
        if moment is None or (lasts is not None and now - moment > lasts * unit):
            break
        proved_at[level] = moment
    return Standing(max(proved_at, default=WECHAT), proved_at)
