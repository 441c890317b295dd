"""Sign-in for department sites, as their servers speak to it: discovery, keys, pushed requests, tokens, userinfo."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from handlers.city import KeySet
from handlers.http.contract import Content, endpoint
from handlers.http.handler import Handler
from handlers.http.policy import anyone
from handlers.oidc_protocol import OidcHandler
from identity_center.oidc.addresses import OidcAddresses
from identity_center.oidc.authorization import Authorization
from identity_center.oidc.client import SiteClient
from identity_center.oidc.client_authentication import ClientAuthenticator, Credentials
from identity_center.oidc.clients import ClientRegister
from identity_center.oidc.ending import SigningOut
from identity_center.oidc.errors import InvalidClient, InvalidRequest, InvalidToken
from identity_center.oidc.scans import Scans
from identity_center.oidc.site_tokens import TokenEndpoint
from identity_center.oidc.sites import SiteSessions
from identity_center.oidc.userinfo import UserInfo


@dataclass(frozen=True)
class OidcServices:
    """What the handlers of sign-in for sites are built with."""

    addresses: OidcAddresses
    keys: Callable[[], object]
    """The present JWK set of id tokens."""
    clients: ClientRegister
    authenticator: ClientAuthenticator
    authorization: Authorization
    scans: Scans
    tokens: TokenEndpoint
    userinfo: UserInfo
    sessions: SiteSessions
    signing_out: SigningOut


class Discovery(Handler):
    def initialize(self, addresses: OidcAddresses) -> None:
        self.addresses = addresses

    @endpoint(who=anyone())
    async def get(self) -> Content:
        """What this provider offers to department sites, and where (OpenID Connect Discovery)."""
        return Content(orjson.dumps(self.addresses.metadata()), headers={"Cache-Control": "public, max-age=300"})


class SiteKeySet(KeySet):
    """Those that id tokens are signed with."""


class _Protected(OidcHandler):
    """Called by a site's server, which proves who it is. A site serves a whole department, so not the address counts
    but the client; only what fails to prove itself is counted on the address."""

    def initialize(self, authenticator: ClientAuthenticator) -> None:
        self.authenticator = authenticator

    async def client_and_form(self) -> tuple[SiteClient, dict[str, str]]:
        form = self.form()
        credentials = Credentials(self.request.headers.get("Authorization", ""), form)
        try:
            return await self.authenticator.client(credentials), form
        except InvalidClient:
            await self.machinery.limits.take("sign_in", self.source)
            raise


class PushedRequests(_Protected):
    def initialize(self, authenticator: ClientAuthenticator, authorization: Authorization) -> None:  # type: ignore[override]
        super().initialize(authenticator)
        self.authorization = authorization

    @endpoint(who=anyone(), rate="none")
    async def post(self) -> Content:
        """A site says from server to server what its visitor will ask for (RFC 9126)."""
        client, form = await self.client_and_form()
        request_uri, seconds = await self.authorization.push(client, form)
        self.set_status(201)
        return Content(orjson.dumps({"request_uri": request_uri, "expires_in": seconds}))


class TokenHandler(_Protected):
    def initialize(self, authenticator: ClientAuthenticator, tokens: TokenEndpoint) -> None:  # type: ignore[override]
        super().initialize(authenticator)
        self.tokens = tokens

    @endpoint(who=anyone(), rate="none")
    async def post(self) -> Content:
        """Exchange a code, or a refresh token, for tokens."""
        client, form = await self.client_and_form()
        given = await self.tokens.grant(client, form)
        body = {
            "access_token": given.access_token,
            "token_type": "Bearer",
            "expires_in": given.expires_in,
            "scope": " ".join(given.scopes),
            "id_token": given.id_token,
            **({"refresh_token": given.refresh_token} if given.refresh_token else {}),
        }
        return Content(orjson.dumps(body), headers={"Pragma": "no-cache"})


class Introspection(_Protected):
    def initialize(self, authenticator: ClientAuthenticator, userinfo: UserInfo) -> None:  # type: ignore[override]
        super().initialize(authenticator)
        self.userinfo = userinfo

    @endpoint(who=anyone(), rate="none")
    async def post(self) -> Content:
        """What a token of the client's department is worth now (RFC 7662)."""
        client, form = await self.client_and_form()
        return Content(orjson.dumps(await self.userinfo.introspection(client, _token(form))))


class TokenRevocation(_Protected):
    def initialize(self, authenticator: ClientAuthenticator, tokens: TokenEndpoint) -> None:  # type: ignore[override]
        super().initialize(authenticator)
        self.tokens = tokens

    @endpoint(who=anyone(), rate="none")
    async def post(self) -> Content:
        """Give a token back (RFC 7009): a refresh token ends the sign-in."""
        client, form = await self.client_and_form()
        await self.tokens.revoke(client, _token(form))
        return Content(b"{}")


class UserInfoHandler(OidcHandler):
    def initialize(self, userinfo: UserInfo) -> None:
        self.userinfo = userinfo

    @endpoint(who=anyone(), rate="none")
    async def get(self) -> Content:
        """Who is signed in, as far as the citizen agreed; each release is in their access log."""
        return await self._claims()

    @endpoint(who=anyone(), rate="none")
    async def post(self) -> Content:
        """The same, posted."""
        return await self._claims()

    async def _claims(self) -> Content:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise InvalidToken
            return Content(orjson.dumps(await self.userinfo.claims(token.strip(), self.request_id)))
        except InvalidToken:
            await self.machinery.limits.take("sign_in", self.source)
            raise


def _token(form: dict[str, str]) -> str:
    if "token" not in form:
        raise InvalidRequest("token is needed")
    return form["token"]
