"""Registration of department sites, by departments for themselves and by operators for all; whose clients a member of
staff may change is decided in one place, `check_department` of identity_center/oidc/clients.py."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from core.idempotency import RequestKey
from core.text import Text
from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, Identifier, PageQuery, PlainText, Request, ShortText, View
from handlers.http.handler import Handler
from handlers.http.policy import staff
from identity_center.oidc.client import LONGEST_ADDRESS, ClientAuthentication, PublicKey, SiteClient
from identity_center.oidc.clients import ClientRegister, Registered, Registration
from identity_center.oidc.scopes import Scope

Address = Annotated[PlainText, StringConstraints(min_length=1, max_length=LONGEST_ADDRESS)]
Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Words(Request):
    zh: ShortText
    en: ShortText


class KeyRequest(Request):
    """A public key on P-256 as a JWK (RFC 7517)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    kid: Identifier
    x: Coordinate
    y: Coordinate


class ClientRequest(Request):
    department: Identifier
    name: Words
    """What citizens call the site."""
    purpose: Words
    """What the data that it asks for is for: shown to the citizen, and kept with each consent."""
    redirect_uris: Annotated[list[Address], Field(min_length=1, max_length=10)]
    """Compared character for character. https, and nothing after a #."""
    post_logout_redirect_uris: Annotated[list[Address], Field(max_length=10, default_factory=list)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5, default_factory=lambda: ["openid"])]
    assurance: Annotated[int, Field(ge=0, le=3)] = 0
    """No sign-in to this site is of a lower level."""
    authentication: ClientAuthentication = "private_key_jwt"
    pushed_requests_only: bool = True
    keys: Annotated[list[KeyRequest], Field(max_length=5, default_factory=list)]


class KeysRequest(Request):
    keys: Annotated[list[KeyRequest], Field(min_length=1, max_length=5)]


class ClientView(View):
    client_id: str
    department: str
    name: Text
    purpose: Text
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    scopes: list[str]
    assurance: int
    authentication: ClientAuthentication
    pushed_requests_only: bool
    key_ids: list[str]
    client_secret: str | None
    """Shown once, when it is made."""
    earlier_secret_until: CityTime | None
    created_at: CityTime
    created_by: str
    changed_at: CityTime
    changed_by: str
    disabled_at: CityTime | None


class ClientList(View):
    items: list[ClientView]
    after: str | None


class _Clients(Handler):
    def initialize(self, clients: ClientRegister) -> None:
        self.clients = clients


class OidcClients(_Clients):
    @endpoint(who=staff("operator", "department"), rate="write", idempotent=True)
    async def post(self, request: ClientRequest, key: RequestKey | None) -> Created[ClientView]:
        """Register a department's site. Its secret, if it has one, is in this answer and in no other."""
        registered = await self.clients.register(self.staff, _registration(request), key)
        place = f"/api/v1/staff/oidc_clients/{registered.client.id}"
        return Created(_view(registered.client, registered), place)

    @endpoint(who=staff("operator", "auditor", "department"))
    async def get(self, query: PageQuery) -> ClientList:
        """All registered sites, by department; a department's staff see its own."""
        page = await self.clients.clients(self.staff, query.limit, query.after)
        return ClientList(items=[_view(client) for client in page.items], after=page.after)


class OneOidcClient(_Clients):
    @endpoint(who=staff("operator", "auditor", "department"))
    async def get(self, client_id: str) -> ClientView:
        """One registered site."""
        return _view(await self.clients.visible(self.staff, client_id))


class OidcClientSecret(_Clients):
    @endpoint(who=staff("operator", "department"), rate="write")
    async def post(self, client_id: str) -> Created[ClientView]:
        """A new secret. The one before it works for another day, the one before that no more."""
        registered = await self.clients.new_secret(self.staff, client_id)
        return Created(_view(registered.client, registered))


class OidcClientKeys(_Clients):
    @endpoint(who=staff("operator", "department"), rate="write")
    async def put(self, client_id: str, request: KeysRequest) -> ClientView:
        """The public keys that the site signs with from now on."""
        return _view(await self.clients.replace_keys(self.staff, client_id, _keys(request.keys)))


class OidcClientDisablement(_Clients):
    @endpoint(who=staff("operator", "department"), rate="write")
    async def post(self, client_id: str) -> ClientView:
        """Stop the site: nobody signs in there, and its tokens are worth nothing."""
        return _view(await self.clients.disable(self.staff, client_id))


class OidcClientEnablement(_Clients):
    @endpoint(who=staff("operator"), rate="write")
    async def post(self, client_id: str) -> ClientView:
        """Let a stopped site go on. An operator's to do, whoever stopped it: there was a reason."""
        return _view(await self.clients.enable(self.staff, client_id))


def _registration(request: ClientRequest) -> Registration:
    return Registration(
        department=request.department,
        name=Text(zh=request.name.zh, en=request.name.en),
        purpose=Text(zh=request.purpose.zh, en=request.purpose.en),
        redirect_uris=tuple(request.redirect_uris),
        post_logout_redirect_uris=tuple(request.post_logout_redirect_uris),
        scopes=tuple(request.scopes),
        least_level=request.assurance,
        authentication=request.authentication,
        pushed_requests_only=request.pushed_requests_only,
        keys=_keys(request.keys),
    )


def _keys(keys: list[KeyRequest]) -> tuple[PublicKey, ...]:
    return tuple(PublicKey(kid=key.kid, x=key.x, y=key.y) for key in keys)


def _view(client: SiteClient, registered: Registered | None = None) -> ClientView:
    return ClientView(
        client_id=client.id,
        department=client.department,
        name=client.name,
        purpose=client.purpose,
        redirect_uris=list(client.redirect_uris),
        post_logout_redirect_uris=list(client.post_logout_redirect_uris),
        scopes=list(client.scopes),
        assurance=client.least_level,
        authentication=client.authentication,
        pushed_requests_only=client.pushed_requests_only,
        key_ids=[key.kid for key in client.keys],
        client_secret=registered.secret if registered else None,
        earlier_secret_until=client.earlier_secret_until,
        created_at=client.created_at,
        created_by=client.created_by,
        changed_at=client.changed_at,
        changed_by=client.changed_by,
        disabled_at=client.disabled_at,
    )
