"""Credentials on the other side of the counter: staff issue, suspend and revoke them, and gates take what is shown."""

from typing import Annotated

from pydantic import Field, StringConstraints

from core.idempotency import RequestKey
from core.text import Text, text
from handlers.credential_views import (
    ClaimView,
    IssuedView,
    RecordFaultView,
    StaffRecordList,
    claim_views,
    staff_item,
)
from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, Identifier, PageQuery, Request, ShortText, View
from handlers.http.handler import Handler
from handlers.http.policy import staff
from identity_center.credentials.claims import Holder
from identity_center.credentials.credential import Credential
from identity_center.credentials.gate import CredentialGate
from identity_center.credentials.issuing import CredentialIssuing
from identity_center.credentials.record import Reason, Verdict
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.words import VERDICTS

ShownCode = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,16384}$")]
"""What a phone shows, packed for a QR code or as an SD-JWT."""
ClaimName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,31}$")]


class HolderRequest(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class IssueRequest(Request):
    type_id: Identifier
    holder: HolderRequest
    """As the ID card says it; the population authority is asked whether it is so."""
    claims: Annotated[dict[ClaimName, str | int | bool], Field(max_length=16, default_factory=dict)]
    """What the issuer says, by name; the type lists which."""


class HolderQuery(Request):
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    """In the body, for it belongs in no address and in no log."""


class ReasonRequest(Request):
    reason: Reason


class IssuedList(View):
    items: list[IssuedView]


class GateRequest(Request):
    code: ShownCode
    place: ShortText | None = None
    """Where the gate stands, in words that the holder understands: it enters their record. Else the gate's name."""


class GateView(View):
    verdict: Verdict
    """Let in on `valid` alone."""
    verdict_text: Text
    type_id: str
    name: Text
    department_name: Text | None
    claims: list[ClaimView]
    """Those always shown and those the holder has disclosed."""
    shown_at: CityTime
    expires_at: CityTime | None


class _Office(Handler):
    def initialize(self, register: CredentialRegister, issuing: CredentialIssuing) -> None:
        self.register = register
        self.issuing = issuing

    def view(self, credential: Credential) -> IssuedView:
        return IssuedView(
            id=credential.id,
            type_id=credential.type_id,
            state=credential.standing(self.machinery.clock.now()),
            issued_at=credential.issued_at,
            expires_at=credential.expires_at,
        )


class IssuedCredentials(_Office):
    @endpoint(who=staff("operator"), rate="write", idempotent=True)
    async def post(self, request: IssueRequest, key: RequestKey | None) -> Created[IssuedView]:
        """Issue a credential to somebody whose ID card the member of staff has seen."""
        holder = Holder(request.holder.name, request.holder.id_number)
        issued = await self.issuing.issue(self.staff, request.type_id, holder, request.claims, key, self.request_id)
        return Created(self.view(issued), f"/api/v1/operator/credentials/{issued.id}")


class HolderCredentials(_Office):
    @endpoint(who=staff("operator"), rate="write")
    async def post(self, request: HolderQuery) -> IssuedList:
        """Which credentials the holder of an ID number has, the newest first: no word of what they say."""
        held = await self.register.of_holder(request.id_number)
        return IssuedList(items=[self.view(credential) for credential in held])


class IssuedCredential(_Office):
    @endpoint(who=staff("operator", "auditor"))
    async def get(self, credential_id: str) -> IssuedView:
        """A credential's type and state."""
        return self.view(await self.register.existing(credential_id))


class IssuedRecord(_Office):
    @endpoint(who=staff("operator", "auditor"))
    async def get(self, credential_id: str, query: PageQuery) -> StaffRecordList:
        """What happened to a credential, by whom, the newest first; and whether the record is whole."""
        credential = await self.register.existing(credential_id)
        page = await self.register.history(credential, query.limit, query.after)
        found = await self.register.fault(credential)
        fault = RecordFaultView(number=found.number, fault=found.fault) if found else None
        return StaffRecordList(items=[staff_item(entry) for entry in page.items], after=page.after, fault=fault)


class Suspension(_Office):
    @endpoint(who=staff("operator"), rate="write")
    async def post(self, credential_id: str, request: ReasonRequest) -> IssuedView:
        """Suspend a credential: gates refuse it until it is resumed."""
        return self.view(await self.register.suspend(self.staff, credential_id, request.reason, self.request_id))


class Resumption(_Office):
    @endpoint(who=staff("operator"), rate="write")
    async def post(self, credential_id: str) -> IssuedView:
        """Resume a suspended credential."""
        return self.view(await self.register.resume(self.staff, credential_id, self.request_id))


class Revocation(_Office):
    @endpoint(who=staff("operator"), rate="write")
    async def post(self, credential_id: str, request: ReasonRequest) -> IssuedView:
        """Revoke a credential, for good."""
        return self.view(await self.register.revoke(self.staff, credential_id, request.reason, self.request_id))


class GateCredentials(Handler):
    def initialize(self, gate: CredentialGate, register: CredentialRegister) -> None:
        self.gate = gate
        self.register = register

    @endpoint(who=staff("gate"), idempotent=True)
    async def post(self, request: GateRequest, key: RequestKey | None) -> GateView:
        """Whether a credential that is shown is valid, and what it discloses. Each code is taken once."""
        shown = await self.gate.check(request.code, self.staff, request.place, key, self.request_id)
        declared = self.register.types.get(shown.type_id)
        return GateView(
            verdict=shown.verdict,
            verdict_text=VERDICTS[shown.verdict],
            type_id=shown.type_id,
            name=declared.name if declared else text(shown.type_id, shown.type_id),
            department_name=declared.department.name if declared else None,
            claims=claim_views(declared, dict(shown.claims)),
            shown_at=shown.shown_at,
            expires_at=shown.expires_at,
        )
