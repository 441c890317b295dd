"""What the identity centre holds of a citizen, as it stands in the copy of their data: unmasked, it is theirs."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from core.documents import Documents
from core.messages import Message
from core.paging import every
from core.text import Text, text
from identity_center.access_log import AccessLogEntry, ActedBy
from identity_center.account import PERSONAL_FIELDS, Account, seal_context
from identity_center.companions import SavedCompanion, companion_context
from identity_center.consent import ConsentGrant
from identity_center.data_keys import DataKeys
from identity_center.face.records import FaceRecord
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.privacy.corrections import Correction, correction_context
from identity_center.session import Session
from identity_center.staff.hall_codes import HallCode
from identity_center.staff.log import StaffLogEntry


class AccountRecord(BaseModel):
    id: str
    created_at: datetime
    wechat_openid: str | None
    name: str | None
    id_number: str | None
    phone: str | None
    phone_proved_at: datetime | None
    real_name_proved_at: datetime | None
    face_matched_at: datetime | None


class SessionRecord(BaseModel):
    id: str
    device_name: str
    created_at: datetime
    refreshed_at: datetime
    face_proved_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None


class CompanionRecord(BaseModel):
    name: str
    id_number: str
    saved_at: datetime


class ConsentRecord(BaseModel):
    id: str
    department: str
    card: str
    fields: tuple[str, ...]
    separate: tuple[str, ...]
    purpose: Text
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    releases: int


class ReleaseRecord(BaseModel):
    number: int
    at: datetime
    consent_id: str
    department: str
    card: str
    fields: tuple[str, ...]
    purpose: Text
    use: Text
    request_id: str
    by: ActedBy | None
    """Whose hand it was, when it was not the citizen's own."""


class MessageRecord(BaseModel):
    kind: str
    about: str | None
    at: datetime
    read_at: datetime | None


class FaceVerificationRecord(BaseModel):
    actions: tuple[str, ...]
    decision: str
    reason: str | None
    distance: float | None
    model: str | None
    consented_at: datetime
    decided_at: datetime


class HallProofRecord(BaseModel):
    department: str
    hall: str
    issued_at: datetime
    used_at: datetime | None


class SiteSignInRecord(BaseModel):
    client_id: str
    department: str
    scopes: tuple[str, ...]
    level: int
    created_at: datetime
    refreshed_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class CorrectionRecord(BaseModel):
    field: str
    text: str | None
    state: str
    asked_at: datetime
    decided_at: datetime | None
    answer: str | None


class StaffActionRecord(BaseModel):
    """Who of the staff it was is not said: an office acts, and the auditor knows who."""

    at: datetime
    action: str
    role: str
    department: str
    details: dict[str, str]


@dataclass(frozen=True)
class FileArea:
    """An area made of a function that walks through its records."""

    name: str
    about: Text
    record: type[BaseModel]
    walk: Callable[[str], AsyncIterator[BaseModel]]

    def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        return self.walk(account_id)


class IdentityAreas:
    def __init__(self, documents: Documents, data_keys: DataKeys) -> None:
        self._documents = documents
        self._data_keys = data_keys

    def all(self) -> tuple[FileArea, ...]:
        """In the order in which they stand in the zip."""
        plain = self._plain
        return (
            FileArea("account", text("账号与身份信息", "Account and identity"), AccountRecord, self._account),
            FileArea("sessions", text("登录记录", "Sign-ins"), SessionRecord, plain(Session, "device", SessionRecord)),
            FileArea("companions", text("常用同行人", "Saved companions"), CompanionRecord, self._companions),
            FileArea(
                "consents", text("授权记录", "Consents"), ConsentRecord, plain(ConsentGrant, "account", ConsentRecord)
            ),
            FileArea(
                "access_log",
                text("个人信息提供记录", "Who received your data"),
                ReleaseRecord,
                plain(AccessLogEntry, "access_log", ReleaseRecord),
            ),
            FileArea("messages", text("消息", "Messages"), MessageRecord, plain(Message, "account", MessageRecord)),
            FileArea(
                "face_verifications",
                text("人脸核验结果（不含图像）", "Outcomes of face verification (no images are kept)"),
                FaceVerificationRecord,
                plain(FaceRecord, "citizen", FaceVerificationRecord),
            ),
            FileArea(
                "hall_proofs",
                text("政务大厅现场核验", "Proofs made in a service hall"),
                HallProofRecord,
                plain(HallCode, "used", HallProofRecord),
            ),
            FileArea(
                "site_sign_ins",
                text("在部门网站的登录", "Sign-ins at departments' sites"),
                SiteSignInRecord,
                plain(SiteSignIn, "account", SiteSignInRecord),
            ),
            FileArea("corrections", text("更正申请", "Correction requests"), CorrectionRecord, self._corrections),
            FileArea(
                "staff_actions",
                text("工作人员对您账号的处理", "What staff did to your account"),
                StaffActionRecord,
                plain(StaffLogEntry, "subject", StaffActionRecord),
            ),
        )

    def _plain(self, model: Any, index: str, record: type[BaseModel]) -> Callable[[str], AsyncIterator[BaseModel]]:
        """Records that have the document's own fields."""

        async def walk(account_id: str) -> AsyncIterator[BaseModel]:
            async for document in every(self._documents, model, index, account_id):
                yield record.model_validate(vars(document))

        return walk

    async def _account(self, account_id: str) -> AsyncIterator[BaseModel]:
        account = await self._documents.get(Account, account_id)
        if account is None:
            return
        held = {name: await account.opened(self._data_keys, name) for name in PERSONAL_FIELDS}
        openid = account.openid_sealed and await self._data_keys.open(
            account_id, account.openid_sealed, seal_context(account_id, "openid")
        )
        yield AccountRecord.model_validate({**vars(account), **held, "wechat_openid": openid})

    async def _companions(self, account_id: str) -> AsyncIterator[BaseModel]:
        async for saved in every(self._documents, SavedCompanion, "place", account_id):
            opened = {
                name: await self._data_keys.open(account_id, sealed, companion_context(saved.id, name))
                for name, sealed in (("name", saved.name_sealed), ("id_number", saved.id_number_sealed))
            }
            yield CompanionRecord.model_validate({**vars(saved), **opened})

    async def _corrections(self, account_id: str) -> AsyncIterator[BaseModel]:
        async for asked in every(self._documents, Correction, "account", account_id):
            opened = {
                name: sealed and await self._data_keys.open(account_id, sealed, correction_context(asked.id, name))
                for name, sealed in (("text", asked.text_sealed), ("answer", asked.answer_sealed))
            }
            yield CorrectionRecord.model_validate({**vars(asked), **opened})
