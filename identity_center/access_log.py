"""Who received which of a citizen's data, when and what for: append-only, chained per citizen (chain.py)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import orjson
from pydantic import BaseModel, ConfigDict

from core.caller import Capacity, Citizen
from core.clock import Clock, instant_text
from core.documents import Documents, Index, Operation
from core.text import Text, text
from identity_center.chain import Chain, ChainEntry, ChainFault, ChainHead
from identity_center.vault import Vault

FIELD_NAMES: dict[str, Text] = {
    "name": text("姓名", "name"),
    "id_number": text("身份证号码", "ID number"),
    "phone": text("手机号码", "phone number"),
    "face": text("人脸", "face"),
    "enterprise.credit_code": text("统一社会信用代码", "unified social credit code"),
    "enterprise.name": text("单位名称", "enterprise name"),
}
CAPACITIES: dict[Capacity, Text] = {
    "guardian": text("监护人", "guardian"),
    "helper": text("代办人", "helper"),
    "legal_representative": text("法定代表人", "legal representative"),
    "agent": text("经办人", "agent"),
}


class ActedBy(BaseModel):
    """Whose hand it was, when not the person's own: an account, in which capacity, under which permission."""

    model_config = ConfigDict(frozen=True)

    actor_id: str
    capacity: Capacity
    grant_id: str


def acted_by(citizen: Citizen) -> ActedBy | None:
    acting = citizen.acting
    if acting is None:
        return None
    return ActedBy(actor_id=citizen.actor_id, capacity=acting.kind, grant_id=acting.grant_id)


CITIZEN = "citizen"
"""Stands where the department stands when it was the citizen who looked at their own data. Departments' ids hold a
dot, so none is called so."""
EVERYTHING = "everything"
"""Stands where the fields stand when a citizen took a copy of all that the city holds of them."""


@dataclass(frozen=True)
class Release:
    """One handing-over of personal data, as it is written down: names of fields, never their values.

    `purpose` is what the citizen consented to, `use` what it was for this time. A citizen who looks at their own data
    needs neither consent nor card: both are "" then. Without fields nothing was handed over, and the entry says that
    somebody acted for the person: then there is no consent either.
    """

    consent_id: str
    department: str
    card: str
    fields: tuple[str, ...]
    purpose: Text
    use: Text
    request_id: str
    by: ActedBy | None = None


class AccessLogEntry(ChainEntry):
    """One release."""

    collection: ClassVar[str] = "access_log"
    indexes: ClassVar[tuple[Index, ...]] = (Index("access_log", ("account_id", "number"), unique=True),)

    account_id: str
    consent_id: str
    department: str
    card: str
    fields: tuple[str, ...]
    purpose: Text
    use: Text
    request_id: str
    by: ActedBy | None = None


class AccessLogHead(ChainHead):
    """The last entry of one citizen's chain; its id is the account's."""

    collection: ClassVar[str] = "access_log_heads"
    indexes: ClassVar[tuple[Index, ...]] = (Index("moved", ("moved_at",)),)


@dataclass(frozen=True)
class AccessView:
    """An entry as its citizen reads it."""

    number: int
    at: datetime
    department: str
    card: str
    fields: tuple[str, ...]
    purpose: Text
    use: Text
    request_id: str
    by: ActedBy | None = None

    def in_words(self, department: Text, actor: str | None = None) -> Text:
        """The entry as a sentence, with the department's name as the catalogue gives it, and the masked name of
        whoever acted."""
        hand, whom = self._hand(actor), _WHOM[self._of_enterprise]
        if not self.fields and hand is not None:
            return text(
                f"{hand.zh}代{whom.zh}{self.purpose.zh}（{self.use.zh}）",
                f"{hand.en} acted for {whom.en}. {self.purpose.en} ({self.use.en})",
            )
        zh = "、".join(_field_name(name).zh for name in self.fields)
        en = ", ".join(_field_name(name).en for name in self.fields)
        if self.fields == (EVERYTHING,):
            return text("您本人导出了自己的全部个人信息", "You took a copy of all your data")
        if self.department == CITIZEN:
            return text(f"您本人查看了自己的{zh}", f"You looked at your own {en}")
        by = text(f"，由{hand.zh}代办", f". Done by {hand.en}") if hand else text("", "")
        return text(
            f"{department.zh}获取了{whom.zh}的{zh}，用途：{self.purpose.zh}（{self.use.zh}）{by.zh}",
            f"{department.en} received your {en}. Purpose: {self.purpose.en} ({self.use.en}){by.en}",
        )

    @property
    def _of_enterprise(self) -> bool:
        return self.by is not None and self.by.capacity in ("legal_representative", "agent")

    def _hand(self, actor: str | None) -> Text | None:
        if self.by is None:
            return None
        capacity = CAPACITIES[self.by.capacity]
        return text(f"{actor or '已注销用户'}（{capacity.zh}）", f"{actor or 'a closed account'} ({capacity.en})")


_WHOM = {False: text("您", "you"), True: text("本单位", "the enterprise")}


@dataclass(frozen=True)
class AccessPage:
    items: tuple[AccessView, ...]
    after: str | None


class AccessLog:
    """Writes, reads and checks the chains."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._chain = Chain(documents, AccessLogEntry, AccessLogHead, "access_log", self.sealed)

    async def appended(self, account_id: str, release: Release) -> tuple[Operation, ...]:
        """The operations that add an entry at the end, for the write that lets the data go.

        An entry's id is its number, so the write is refused when another entry came first: ask again then.
        """

        def made(number: int) -> AccessLogEntry:
            return AccessLogEntry(
                id=f"{account_id}.{number}", account_id=account_id, number=number, at=self._clock.now(), **vars(release)
            )

        return await self._chain.appended(account_id, made)

    async def of(self, citizen: Citizen, limit: int = 50, after: str | None = None) -> AccessPage:
        """The citizen's own log, or that of whom they act for, newest first."""
        page = await self._documents.find(
            AccessLogEntry, "access_log", citizen.served_id, descending=True, limit=limit, after=after
        )
        return AccessPage(tuple(_view(entry) for entry in page.items), page.after)

    async def fault(self, account_id: str) -> ChainFault | None:
        """The first fault of a citizen's chain, None when it holds from the first entry to the head."""
        return await self._chain.fault(account_id)

    def sealed(self, entry: AccessLogEntry, seal_before: str) -> str:
        """The seal that an entry has to have after one with this seal."""
        content = [
            entry.account_id,
            entry.number,
            instant_text(entry.at),
            entry.consent_id,
            entry.department,
            entry.card,
            list(entry.fields),
            entry.purpose.model_dump(),
            entry.use.model_dump(),
            entry.request_id,
            *([] if entry.by is None else [entry.by.model_dump()]),
        ]
        return self._vault.keyed_digest("access log", seal_before, orjson.dumps(content).decode()).hex()


def _view(entry: AccessLogEntry) -> AccessView:
    return AccessView(
        number=entry.number,
        at=entry.at,
        department=entry.department,
        card=entry.card,
        fields=entry.fields,
        purpose=entry.purpose,
        use=entry.use,
        request_id=entry.request_id,
        by=entry.by,
    )


def _field_name(name: str) -> Text:
    return FIELD_NAMES.get(name, text(name, name))
