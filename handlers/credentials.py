"""Credentials: what anybody needs to verify them, and what holders do with their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import orjson
from pydantic import Field

from core.idempotency import RequestKey
from core.qr_code import qr_svg
from handlers.city import KeySet
from handlers.credential_views import (
    CredentialTypeView,
    CredentialView,
    RecordItem,
    RecordList,
    credential_view,
    type_metadata,
)
from handlers.http.contract import Content, Created, endpoint
from handlers.http.fields import CityTime, Identifier, PageQuery, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import anyone, citizen
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.credential import Credential
from identity_center.credentials.gate import CredentialGate
from identity_center.credentials.issuing import CredentialIssuing
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.showing import CredentialShowing, Presentation
from identity_center.credentials.status_lists import StatusLists

_STATUS_LIST = "application/statuslist+jwt"
_CACHED_SECONDS = 60


@dataclass(frozen=True)
class CredentialServices:
    """What the handlers of credentials are built with."""

    addresses: Addresses
    jwks: Callable[[], object]
    register: CredentialRegister
    issuing: CredentialIssuing
    showing: CredentialShowing
    gate: CredentialGate
    lists: StatusLists


class CredentialTypeList(View):
    items: list[CredentialTypeView]


class StatusListAddresses(View):
    status_lists: list[str]


class IssuerView(View):
    issuer: str
    jwks_uri: str


class OwnRequest(Request):
    type_id: Identifier


class CredentialList(View):
    items: list[CredentialView]


class DiscloseQuery(Request):
    disclose: Annotated[str, Field(max_length=600)] | None = None
    """Names of the claims to disclose beside those always shown, with commas: `name,over_18`."""

    def names(self) -> list[str]:
        return [name for name in (self.disclose or "").split(",") if name]


class PresentationView(View):
    code: str
    """Show it as a QR code; a gate verifies it without a network."""
    sd_jwt: str
    """The same as an SD-JWT with key binding (RFC 9901)."""
    disclosed: list[str]
    issued_at: CityTime
    refresh_at: CityTime
    """Ask for the next one then."""
    expires_at: CityTime


class CredentialTypes(Handler):
    def initialize(self, register: CredentialRegister) -> None:
        self.register = register

    @endpoint(who=anyone())
    async def get(self) -> CredentialTypeList:
        """The types of credentials, and what each says of its holder."""
        return CredentialTypeList(items=[CredentialTypeView.of(found) for found in self.register.types.values()])


class CredentialTypeMetadata(Handler):
    def initialize(self, register: CredentialRegister, addresses: Addresses) -> None:
        self.register = register
        self.addresses = addresses

    @endpoint(who=anyone())
    async def get(self, type_id: str) -> Content:
        """A type as SD-JWT VC Type Metadata: where a credential's `vct` leads."""
        found = type_metadata(self.register.type(type_id), self.addresses.type(type_id))
        return Content(orjson.dumps(found), headers={"Cache-Control": "public, max-age=300"})


class CredentialKeySet(KeySet):
    """Those that credentials and their status lists are signed with."""


class CredentialIssuer(Handler):
    def initialize(self, addresses: Addresses) -> None:
        self.issuer = addresses.issuer

    @endpoint(who=anyone())
    async def get(self) -> IssuerView:
        """Who issues this city's credentials, and where the keys are (JWT VC Issuer Metadata)."""
        return IssuerView(issuer=self.issuer, jwks_uri=f"{self.issuer}/api/v1/credentials/keys")


class StatusListIndex(Handler):
    def initialize(self, lists: StatusLists) -> None:
        self.lists = lists

    @endpoint(who=anyone())
    async def get(self) -> StatusListAddresses:
        """The addresses of all status lists, for gates that keep them."""
        return StatusListAddresses(status_lists=await self.lists.addresses())


class OneStatusList(Handler):
    def initialize(self, lists: StatusLists) -> None:
        self.lists = lists

    @endpoint(who=anyone(), media_type=_STATUS_LIST)
    async def get(self, number: str) -> Content:
        """A signed status list (IETF Token Status List): which credentials are revoked or suspended."""
        token = await self.lists.token(number)
        seconds = min(_CACHED_SECONDS, self.lists.ttl_seconds)
        return Content(token.encode(), _STATUS_LIST, headers={"Cache-Control": f"public, max-age={seconds}"})


class _Own(Handler):
    def initialize(self, register: CredentialRegister, issuing: CredentialIssuing, showing: CredentialShowing) -> None:
        self.register = register
        self.issuing = issuing
        self.showing = showing

    def view(self, credential: Credential) -> CredentialView:
        declared = self.register.types.get(credential.type_id)
        values = self.showing.values(declared, self.register.content(credential)) if declared else {}
        return credential_view(credential, declared, values, credential.standing(self.machinery.clock.now()))


class OwnCredentials(_Own):
    @endpoint(who=citizen(assurance=2))
    async def get(self) -> CredentialList:
        """The citizen's credentials, the newest first; names and ID numbers masked."""
        held = await self.register.of_citizen(self.citizen)
        return CredentialList(items=[self.view(credential) for credential in held])

    @endpoint(who=citizen(assurance=2), rate="write", idempotent=True)
    async def post(self, request: OwnRequest, key: RequestKey | None) -> Created[CredentialView]:
        """Ask for a credential that the city issues from the citizen's proven identity."""
        issued = await self.issuing.issue_own(self.citizen, request.type_id, key, self.request_id)
        return Created(self.view(issued), f"/api/v1/me/credentials/{issued.id}")


class OwnCredential(_Own):
    @endpoint(who=citizen(assurance=2))
    async def get(self, credential_id: str) -> CredentialView:
        """One of the citizen's credentials."""
        return self.view(await self.register.own(self.citizen, credential_id))

    @endpoint(who=citizen(assurance=2), rate="write")
    async def delete(self, credential_id: str) -> CredentialView:
        """Give up a credential that the citizen can ask for again: it is revoked at once."""
        return self.view(await self.register.give_up(self.citizen, credential_id, self.request_id))


class OwnPresentation(_Own):
    @endpoint(who=citizen(assurance=2))
    async def get(self, credential_id: str, query: DiscloseQuery) -> PresentationView:
        """The code of this half minute, with the claims the citizen chooses to disclose."""
        made = await self.showing.present(self.citizen, credential_id, query.names())
        return presentation_view(made)


class OwnPresentationPicture(_Own):
    @endpoint(who=citizen(assurance=2), media_type="image/svg+xml")
    async def get(self, credential_id: str, query: DiscloseQuery) -> Content:
        """The code of this half minute as a QR code."""
        made = await self.showing.present(self.citizen, credential_id, query.names())
        return Content(qr_svg(made.code).encode(), "image/svg+xml")


class OwnRecord(_Own):
    @endpoint(who=citizen(assurance=2))
    async def get(self, credential_id: str, query: PageQuery) -> RecordList:
        """What happened to the credential, the newest first: where it was shown, too."""
        credential = await self.register.own(self.citizen, credential_id)
        page = await self.register.history(credential, query.limit, query.after)
        return RecordList(items=[RecordItem.of(entry) for entry in page.items], after=page.after)


def presentation_view(made: Presentation) -> PresentationView:
    return PresentationView(
        code=made.code,
        sd_jwt=made.sd_jwt,
        disclosed=list(made.disclosed),
        issued_at=made.issued_at,
        refresh_at=made.refresh_at,
        expires_at=made.expires_at,
    )
