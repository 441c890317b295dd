"""The token endpoint: a code becomes a sign-in, a refresh token the next one."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from jwt import PyJWS

from core.clock import Clock
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Documents, GuardFailed, Insert, Patch
from core.ids import new_id
from identity_center.credentials.keys import ALGORITHM
from identity_center.key_ring import KeyRing
from identity_center.oidc.bearer_texts import made, parts_of
from identity_center.oidc.client import SiteClient
from identity_center.oidc.errors import InvalidGrant, InvalidRequest, UnsupportedGrantType
from identity_center.oidc.scopes import OFFLINE
from identity_center.oidc.settings import OidcSettings
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.oidc.sites import SiteSessions
from identity_center.personal_data import PersonalData
from identity_center.vault import Vault

_jws = PyJWS(algorithms=[ALGORITHM])


@dataclass(frozen=True)
class SiteTokens:
    """`expires_in` (seconds) is the access token's."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class AccessClaim:
    """A live access token: its sign-in, and when it runs out."""

    sign_in: SiteSignIn
    generation: int
    expires_at: datetime


class TokenEndpoint:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        keys: KeyRing,
        personal_data: PersonalData,
        sessions: SiteSessions,
        settings: OidcSettings,
        *,
        issuer: str,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._keys = keys
        self._personal_data = personal_data
        self._sessions = sessions
        self._access = timedelta(minutes=settings.access_minutes)
        self._idle = timedelta(days=settings.idle_days)
        self._longest = timedelta(days=settings.longest_days)
        self._grace = timedelta(seconds=settings.grace_seconds)
        self._browser = timedelta(minutes=settings.browser_minutes)
        self._kept = timedelta(days=settings.kept_days)
        self._issuer = issuer

    def take_up(self, keys: KeyRing) -> None:
        """From the next token on, these are the keys."""
        self._keys = keys

    async def grant(self, client: SiteClient, form: Mapping[str, str]) -> SiteTokens:
        """Raises `UnsupportedGrantType`, `InvalidRequest`, `InvalidGrant`."""
        match form.get("grant_type"):
            case "authorization_code":
                return await self._exchange(client, form)
            case "refresh_token":
                return await self._refresh(client, form)
            case _:
                raise UnsupportedGrantType

    async def _exchange(self, client: SiteClient, form: Mapping[str, str]) -> SiteTokens:
        """A code is used up in the write that makes the sign-in: of two exchanges at once one makes it. The other, and
        any later one, ends it, for somebody else had the code."""
        if "code" not in form or "code_verifier" not in form:
            raise InvalidRequest("code and code_verifier are needed")
        parts = parts_of(self._vault, "code", form["code"])
        request = await self._documents.get(SignInRequest, parts[0]) if parts and len(parts) == 1 else None
        if request is None or request.client_id != client.id:
            raise InvalidGrant
        if form.get("redirect_uri") != request.redirect_uri or not request.fits(form["code_verifier"]):
            raise InvalidGrant
        if request.stage == "exchanged":
            await self._end_of_reused(request)
        now = self._clock.now()
        if request.stage != "answered" or not request.is_live(now):
            raise InvalidGrant
        sign_in = await self._begun(client, request, now)
        try:
            await self._documents.write(request.moved(now, "exchanged", sign_in_id=sign_in.id), Insert(sign_in))
        except GuardFailed:
            newer = await self._documents.get(SignInRequest, request.id)
            if newer is not None:
                await self._end_of_reused(newer)
            raise InvalidGrant from None
        return self._tokens(sign_in, nonce=request.nonce)

    async def _end_of_reused(self, request: SignInRequest) -> None:
        sign_in = await self._documents.get(SiteSignIn, request.sign_in_id) if request.sign_in_id else None
        if sign_in is not None:
            await self._sessions.end_sign_in(sign_in, "code_reused")
        raise InvalidGrant

    async def _begun(self, client: SiteClient, request: SignInRequest, now: datetime) -> SiteSignIn:
        if request.account_id is None or request.proved_at is None or not request.site_session:
            raise InvalidGrant
        refreshable = OFFLINE in request.agreed
        expires_at = now + (min(self._idle, self._longest) if refreshable else max(self._access, self._browser))
        return SiteSignIn(
            id=new_id(self._clock),
            account_id=request.account_id,
            live_account=request.account_id,
            client_id=client.id,
            department=client.department,
            site_session=request.site_session,
            city_session=request.city_session or "",
            subject=await self._personal_data.pseudonym(request.account_id, client.department),
            scopes=request.agreed,
            level=request.level,
            auth_time=request.proved_at,
            refreshable=refreshable,
            created_at=now,
            refreshed_at=now,
            expires_at=expires_at,
            forget_at=expires_at + self._kept,
        )

    async def _refresh(self, client: SiteClient, form: Mapping[str, str]) -> SiteTokens:
        """The scopes are those agreed to, whatever `scope` says: libraries repeat there what they once asked for."""
        sign_in, generation = await self._of_refresh_token(client, form.get("refresh_token", ""))
        if not sign_in.is_live(self._clock.now()) or not await self._sessions.is_kept_up(sign_in.city_session):
            raise InvalidGrant
        if generation == sign_in.generation:
            sign_in = await self._rotated(sign_in)
        in_grace = self._clock.now() - sign_in.refreshed_at <= self._grace
        if generation < sign_in.generation - 1 or not in_grace:
            await self._sessions.end_sign_in(sign_in, "token_reused")
            raise InvalidGrant
        return self._tokens(sign_in)

    async def _of_refresh_token(self, client: SiteClient, token: str) -> tuple[SiteSignIn, int]:
        parts = parts_of(self._vault, "refresh", token)
        sign_in = await self._documents.get(SiteSignIn, parts[0]) if parts and len(parts) == 2 else None
        if parts is None or sign_in is None or sign_in.client_id != client.id:
            raise InvalidGrant
        return sign_in, int(parts[1])

    async def _rotated(self, sign_in: SiteSignIn) -> SiteSignIn:
        """Of two refreshes at once one writes, and both get the same successor."""
        now = self._clock.now()
        expires_at = min(now + self._idle, sign_in.created_at + self._longest)
        unused = all_of(stored("generation").equals(sign_in.generation), stored("ended_at").equals(None))
        change = {"refreshed_at": now, "expires_at": expires_at, "forget_at": expires_at + self._kept}
        step = Patch(SiteSignIn, sign_in.id, set=change, add={"generation": 1}, guard=unused)
        try:
            return (await self._documents.write(step)).after(step)
        except GuardFailed:
            newer = await self._documents.get(SiteSignIn, sign_in.id)
            if newer is None or newer.ended_at is not None:
                raise InvalidGrant from None
            return newer

    async def claim(self, token: str) -> AccessClaim | None:
        """The live sign-in of an access token."""
        parts = parts_of(self._vault, "access", token)
        sign_in = await self._documents.get(SiteSignIn, parts[0]) if parts and len(parts) == 3 else None
        if parts is None or sign_in is None:
            return None
        found = AccessClaim(sign_in, int(parts[1]), datetime.fromtimestamp(int(parts[2]), UTC))
        now = self._clock.now()
        if now >= found.expires_at or not sign_in.is_live(now) or found.generation <= sign_in.access_revoked:
            return None
        client = await self._documents.get(SiteClient, sign_in.client_id)
        if client is None or client.disabled_at is not None:
            return None
        return found if await self._sessions.is_kept_up(sign_in.city_session) else None

    async def refreshing(self, token: str) -> SiteSignIn | None:
        """The live sign-in whose present refresh token this is."""
        parts = parts_of(self._vault, "refresh", token)
        sign_in = await self._documents.get(SiteSignIn, parts[0]) if parts and len(parts) == 2 else None
        if parts is None or sign_in is None or not sign_in.is_live(self._clock.now()):
            return None
        return sign_in if int(parts[1]) == sign_in.generation and sign_in.refreshable else None

    async def revoke(self, client: SiteClient, token: str) -> None:
        """RFC 7009. A refresh token ends the sign-in, an access token itself and those before it. What is no token is
        no error. Raises `InvalidGrant` for another client's."""
        refresh, access = (parts_of(self._vault, use, token) for use in ("refresh", "access"))
        parts = refresh or access
        sign_in = await self._documents.get(SiteSignIn, parts[0]) if parts else None
        if parts is None or sign_in is None:
            return
        if sign_in.client_id != client.id:
            raise InvalidGrant
        if refresh:
            await self._sessions.end_sign_in(sign_in, "revoked_by_site")
        elif int(parts[1]) > sign_in.access_revoked:
            await self._documents.write(Patch(SiteSignIn, sign_in.id, set={"access_revoked": int(parts[1])}))

    def _tokens(self, sign_in: SiteSignIn, nonce: str | None = None) -> SiteTokens:
        now = self._clock.now()
        expires_at = min(now + self._access, sign_in.expires_at)
        generation = str(sign_in.generation)
        access = made(self._vault, "access", sign_in.id, generation, str(int(expires_at.timestamp())))
        refresh = made(self._vault, "refresh", sign_in.id, generation) if sign_in.refreshable else None
        seconds = int((expires_at - now).total_seconds())
        return SiteTokens(access, self._id_token(sign_in, access, nonce, now), refresh, seconds, sign_in.scopes)

    def _id_token(self, sign_in: SiteSignIn, access: str, nonce: str | None, now: datetime) -> str:
        """Who, for whom, how surely and since when; no personal data. `sid` is the sign-in, for signing out."""
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self._issuer,
            "sub": sign_in.subject,
            "aud": sign_in.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + self._access).timestamp()),
            "auth_time": int(sign_in.auth_time.timestamp()),
            "acr": str(sign_in.level),
            "sid": sign_in.id,
            "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
            **({} if nonce is None else {"nonce": nonce}),
        }
        headers = {"kid": self._keys.current, "typ": "JWT"}
        return _jws.encode(orjson.dumps(claims), self._keys.keys[self._keys.current], ALGORITHM, headers=headers)
