"""Credentials and their types, as answers show them."""

from typing import Any

from core.text import Text, text
from handlers.http.fields import CityTime, View
from identity_center.credentials.claims import Value, masked
from identity_center.credentials.credential import HOLDER, Credential, Standing
from identity_center.credentials.record import EventKind, Reason, RecordEntry, Verdict
from identity_center.credentials.types import Assurance, Claim, CredentialType, Display, Kind
from identity_center.credentials.words import in_words, who


class ClaimDeclared(View):
    name: str
    label: Text
    kind: Kind
    show: str
    """`always`, or `choice`: the holder decides each time."""
    required: bool
    given_by_issuer: bool
    """Whether the issuer says it; everything else follows from the proven identity."""


class DepartmentView(View):
    id: str
    name: Text


class CredentialTypeView(View):
    id: str
    version: str
    name: Text
    summary: Text
    department: DepartmentView
    self_issued: bool
    """Whether citizens get it by asking for it."""
    valid_days: int | None
    assurance: Assurance
    display: Display
    claims: list[ClaimDeclared]

    @classmethod
    def of(cls, declared: CredentialType) -> "CredentialTypeView":
        return cls(
            id=declared.id,
            version=declared.version,
            name=declared.name,
            summary=declared.summary,
            department=DepartmentView(id=declared.department.id, name=declared.department.name),
            self_issued=declared.issue.own,
            valid_days=declared.issue.valid_days,
            assurance=declared.assurance,
            display=declared.display,
            claims=[_declared(claim) for claim in declared.claims],
        )


class ClaimView(View):
    name: str
    label: Text
    kind: Kind
    show: str
    value: str | int | bool


class CredentialView(View):
    id: str
    type_id: str
    name: Text
    department_name: Text | None
    display: Display | None
    state: Standing
    issued_at: CityTime
    expires_at: CityTime | None
    issued_by: str
    """`holder` or `staff`."""
    claims: list[ClaimView]
    """Names and ID numbers masked."""


class IssuedView(View):
    """A credential as staff see it: nothing of what it says."""

    id: str
    type_id: str
    state: Standing
    issued_at: CityTime
    expires_at: CityTime | None


class RecordItem(View):
    at: CityTime
    kind: EventKind
    by: str
    """`holder`, `staff`, `gate` or `city`."""
    reason: Reason | None
    place: str | None
    verdict: Verdict | None
    claims: list[str]
    """Names of the claims that were disclosed by choice."""
    in_words: Text
    request_id: str

    @classmethod
    def of(cls, entry: RecordEntry) -> "RecordItem":
        return cls(
            at=entry.at,
            kind=entry.kind,
            by=who(entry),
            reason=entry.reason,
            place=entry.place,
            verdict=entry.verdict,
            claims=list(entry.claims),
            in_words=in_words(entry),
            request_id=entry.request_id,
        )


class StaffRecordItem(RecordItem):
    staff_name: str
    """The account of staff that did it; empty when it was the holder or the city."""


def staff_item(entry: RecordEntry) -> StaffRecordItem:
    return StaffRecordItem(**RecordItem.of(entry).model_dump(), staff_name=entry.by_name)


class RecordList(View):
    items: list[RecordItem]
    after: str | None


class RecordFaultView(View):
    number: int
    """Of the first entry that is not as it was written."""
    fault: str
    """`altered` or `missing`."""


class StaffRecordList(View):
    items: list[StaffRecordItem]
    after: str | None
    fault: RecordFaultView | None
    """Where the record was tampered with; null when it holds from the first entry to the last."""


def credential_view(
    credential: Credential, declared: CredentialType | None, values: dict[str, Value], standing: Standing
) -> CredentialView:
    """`declared` is None when the type is not among the city's any more: then nothing is known of its claims."""
    return CredentialView(
        id=credential.id,
        type_id=credential.type_id,
        name=declared.name if declared else text(credential.type_id, credential.type_id),
        department_name=declared.department.name if declared else None,
        display=declared.display if declared else None,
        state=standing,
        issued_at=credential.issued_at,
        expires_at=credential.expires_at,
        issued_by=HOLDER if credential.issued_by == HOLDER else "staff",
        claims=[_claim(claim, masked(claim, values[claim.name])) for claim in shown_claims(declared, values)],
    )


def shown_claims(declared: CredentialType | None, values: dict[str, Value]) -> list[Claim]:
    """The claims there are, in the order of the type."""
    return [claim for claim in declared.claims if claim.name in values] if declared else []


def claim_views(declared: CredentialType | None, values: dict[str, Value]) -> list[ClaimView]:
    """Unmasked: for whom the holder has shown them to."""
    return [_claim(claim, values[claim.name]) for claim in shown_claims(declared, values)]


def type_metadata(declared: CredentialType, vct: str) -> dict[str, Any]:
    """The type as SD-JWT VC Type Metadata, for wallets and verifiers that know nothing of this city."""
    colours = {"background_color": declared.display.background, "text_color": declared.display.text}
    described = zip(_texts(declared.name), _texts(declared.summary), strict=True)
    return {
        "vct": vct,
        "name": declared.name.en,
        "description": declared.summary.en,
        "display": [
            {"locale": locale, "name": name, "description": summary, "rendering": {"simple": colours}}
            for (locale, name), (_, summary) in described
        ],
        "claims": [
            {
                "path": [claim.name],
                "display": [{"locale": locale, "label": label} for locale, label in _texts(claim.label)],
                "mandatory": claim.required,
                "sd": "never" if claim.show == "always" else "always",
            }
            for claim in declared.claims
        ],
    }


def _texts(both: Text) -> tuple[tuple[str, str], ...]:
    return (("zh-CN", both.zh), ("en", both.en))


def _declared(claim: Claim) -> ClaimDeclared:
    return ClaimDeclared(
        name=claim.name,
        label=claim.label,
        kind=claim.kind,
        show=claim.show,
        required=claim.required,
        given_by_issuer=claim.source == "issuer",
    )


def _claim(claim: Claim, value: Value) -> ClaimView:
    return ClaimView(name=claim.name, label=claim.label, kind=claim.kind, show=claim.show, value=value)
