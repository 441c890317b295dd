"""Receipts of consents, for citizens to keep: signed by the city, and readable without a program."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from core.clock import Clock, instant_text
from core.text import Text, text
from identity_center.access_log import FIELD_NAMES
from identity_center.consent import ConsentView
from identity_center.record_signing import RecordKind, RecordSigner

KIND: RecordKind = "consent-receipt+jwt"


@dataclass(frozen=True)
class ConsentReceipt:
    """`signed` is a compact JWS over all that `words` say."""

    signed: str
    words: Text


class ConsentReceipts:
    """Of a consent as it stands when its receipt is asked for: also of one that has ended."""

    def __init__(self, signer: RecordSigner, clock: Clock, zone: tzinfo, issuer: str) -> None:
        self._signer = signer
        self._clock = clock
        self._zone = zone
        self._issuer = issuer

    def of(self, consent: ConsentView, giver: str | None, recipient: Text) -> ConsentReceipt:
        """`giver` is the masked name of whoever gave it, `recipient` what people call the department."""
        now = self._clock.now()
        state = _state(consent, now)
        content: dict[str, object] = {
            "iss": self._issuer,
            "iat": int(now.timestamp()),
            "consent": consent.id,
            "giver": giver,
            "department": consent.department,
            "department_name": recipient.model_dump(),
            "card": consent.card,
            "fields": list(consent.fields),
            "separate": list(consent.separate),
            "purpose": consent.purpose.model_dump(),
            "granted_at": instant_text(consent.granted_at),
            "expires_at": instant_text(consent.expires_at),
            "revoked_at": None if consent.revoked_at is None else instant_text(consent.revoked_at),
            "state": state,
            "releases": consent.releases,
        }
        return ConsentReceipt(self._signer.signed(KIND, content), self._words(consent, giver, recipient, state, now))

    def _words(self, consent: ConsentView, giver: str | None, recipient: Text, state: str, now: datetime) -> Text:
        ended = consent.revoked_at or consent.expires_at
        said = {
            "live": text("有效", "in force"),
            "revoked": text(f"已于 {self._when(ended)} 撤回或被替代", f"withdrawn or replaced {self._when(ended)}"),
            "expired": text(f"已于 {self._when(ended)} 到期", f"ran out {self._when(ended)}"),
        }[state]
        lines = (
            ("授权凭证", "Receipt of a consent", "", ""),
            ("编号", "Number", consent.id, consent.id),
            ("授权人", "Given by", giver or "—", giver or "—"),
            ("接收方", "Who receives it", recipient.zh, recipient.en),
            ("提供的信息", "What is shared", *_named(consent.fields)),
            ("单独同意的敏感信息", "Sensitive, agreed to separately", *_named(consent.separate)),
            ("用途", "What for", consent.purpose.zh, consent.purpose.en),
            ("授权时间", "Given", *[self._when(consent.granted_at)] * 2),
            ("有效期至", "Until", *[self._when(consent.expires_at)] * 2),
            ("状态", "State", said.zh, said.en),
            ("已提供", "Shared", f"{consent.releases} 次", f"{consent.releases} times"),
            ("出具", "Issued", *[f"{self._when(now)} {self._issuer}"] * 2),
        )
        return text(
            "\n".join(f"{zh}：{value}" if value else zh for zh, _, value, _ in lines),
            "\n".join(f"{en}: {value}" if value else en for _, en, _, value in lines),
        )

    def _when(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"


def _state(consent: ConsentView, now: datetime) -> str:
    if consent.live:
        return "live"
    return "revoked" if consent.revoked_at is not None and consent.revoked_at <= now else "expired"


def _named(fields: Sequence[str]) -> tuple[str, str]:
    names = [FIELD_NAMES.get(field, text(field, field)) for field in fields]
    return "、".join(name.zh for name in names) or "—", ", ".join(name.en for name in names) or "—"
