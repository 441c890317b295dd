"""Sign-in for sites over a chosen store, wired as the server wires it, with the clock standing still."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from core.caller import Citizen, Staff
from core.clock import ManualClock
from core.documents import Documents, Insert
from core.text import text
from identity_center.key_ring import KeyRing
from identity_center.oidc.authorization import Authorization
from identity_center.oidc.client import ClientAuthentication, SiteClient
from identity_center.oidc.clients import ClientRegister, Registered, Registration
from identity_center.oidc.scans import Scans
from identity_center.oidc.settings import OidcSettings
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_tokens import SiteTokens, TokenEndpoint
from identity_center.oidc.sites import SiteSessions
from tests.department_sites import challenge_of
from tests.unit.identity_world import ISSUER, NOON, World

BACK = "https://tax.example/callback"
VERIFIER = "v" * 43
KEYS = KeyRing.generated()
OFFLINE = "openid offline_access"


def request_of(client: SiteClient, **changes: str) -> dict[str, str]:
    return {
        "client_id": client.id, "response_type": "code", "redirect_uri": BACK, "scope": OFFLINE, "state": "s",
        "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256", **changes,
    }  # fmt: skip


@dataclass(frozen=True)
class OidcWorld:
    identity: World
    client: SiteClient
    clients: ClientRegister
    sessions: SiteSessions
    authorization: Authorization
    scans: Scans
    tokens: TokenEndpoint

    @classmethod
    async def opened(cls, documents: Documents | None = None) -> "OidcWorld":
        identity, settings = World(documents), OidcSettings()
        store, clock, vault = identity.documents, identity.clock, identity.vault
        consents, personal_data = identity.consents, identity.personal_data
        sessions = SiteSessions(store, clock, vault, settings, identity.settings.proofs)
        client = cls.client_of("gy.tax")
        await store.write(Insert(client))
        return cls(
            identity,
            client,
            ClientRegister(store, clock, settings, plain_http=False),
            sessions,
            Authorization(store, clock, vault, consents, personal_data, sessions, settings, issuer=ISSUER),
            Scans(store, clock, vault, consents),
            TokenEndpoint(store, clock, vault, KEYS, personal_data, sessions, settings, issuer=ISSUER),
        )

    @staticmethod
    def client_of(department: str) -> SiteClient:
        return SiteClient(
            id="client", department=department, name=text("税务", "Tax"), purpose=text("办税", "tax"),
            redirect_uris=(BACK,), post_logout_redirect_uris=(), scopes=("openid", "offline_access", "real_name"),
            least_level=0, authentication="client_secret_basic", pushed_requests_only=True, created_at=NOON,
            created_by="operator", changed_at=NOON, changed_by="operator",
        )  # fmt: skip

    @staticmethod
    def request_with(verifier: str) -> SignInRequest:
        return SignInRequest(
            id="r", client_id="client", redirect_uri=BACK, scopes=("openid",), level=0, max_age=None, prompt=None,
            hint=None, state=None, nonce=None, challenge=challenge_of(verifier), digits="42", created_at=NOON,
            expires_at=NOON, forget_at=NOON,
        )  # fmt: skip

    @property
    def documents(self) -> Documents:
        return self.identity.documents

    @property
    def clock(self) -> ManualClock:
        return self.identity.clock

    async def citizen(self, openid: str = "openid-li") -> Citizen:
        return await self.identity.citizen(openid)

    async def register(self, staff: Staff, authentication: ClientAuthentication) -> Registered:
        name = text("税务", "Tax")
        asked = Registration("gy.tax", name, name, (BACK,), (), ("openid",), 0, authentication, True, ())
        return await self.clients.register(staff, asked)

    async def code(self, citizen: Citizen, **changes: str) -> str:
        """Of a whole sign-in up to the site."""
        uri, _ = await self.authorization.push(self.client, request_of(self.client, **changes))
        opened = await self.authorization.open({"client_id": self.client.id, "request_uri": uri}, "", "")
        request = await self.documents.get(SignInRequest, opened.request_id or "")
        assert request is not None
        scan = self.scans.text(request)
        await self.scans.scan(citizen, scan)
        await self.scans.approve(citizen, scan, request.digits, ())
        answered = await self.authorization.finish(request.id, opened.browser)
        return parse_qs(urlsplit(answered.to).query)["code"][0]

    async def exchange(self, code: str) -> SiteTokens:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return await self.tokens.grant(self.client, form)

    async def refresh(self, tokens: SiteTokens) -> SiteTokens:
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        return await self.tokens.grant(self.client, form)

    async def signed_in(self, citizen: Citizen, **changes: str) -> SiteTokens:
        return await self.exchange(await self.code(citizen, **changes))
