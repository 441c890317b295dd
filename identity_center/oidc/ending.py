"""Signing out as a site asks for it (OpenID Connect RP-Initiated Logout)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from jwt import PyJWS, PyJWTError
from jwt.utils import base64url_decode

from core.documents import Documents
from identity_center.credentials.keys import ALGORITHM
from identity_center.key_ring import KeyRing
from identity_center.oidc.client import SiteClient
from identity_center.oidc.site_session import SiteSession
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.oidc.sites import SiteSessions

_LONGEST = 4096
_jws = PyJWS(algorithms=[ALGORITHM])


@dataclass(frozen=True)
class Leaving:
    """`done`: signed out without a question, for the site showed whose sign-in it is. Else the visitor is asked. `to`
    is where the browser may go afterwards, `client` the site that asked."""

    done: bool
    to: str | None
    client: SiteClient | None


class SigningOut:
    def __init__(self, documents: Documents, keys: KeyRing, sessions: SiteSessions, *, issuer: str) -> None:
        self._documents = documents
        self._keys = keys
        self._sessions = sessions
        self._issuer = issuer

    def take_up(self, keys: KeyRing) -> None:
        """From the next token on, these are the keys."""
        self._keys = keys

    async def asked(self, given: Mapping[str, str], cookie: str) -> Leaving:
        """With the id token of a sign-in that this browser's session made, it ends session and sign-in at once."""
        sign_in = await self._hinted(given.get("id_token_hint", ""))
        client = await self._client(given, sign_in)
        to = self._target(client, given)
        session = await self._sessions.of_cookie(cookie) if cookie else None
        if sign_in is not None and client is not None and client.id == sign_in.client_id:
            await self._sessions.end_sign_in(sign_in, "signed_out")
            if session is None or session.id == sign_in.site_session:
                await self._end(session)
                return Leaving(done=True, to=to, client=client)
        return Leaving(done=session is None, to=to, client=client)

    async def confirmed(self, given: Mapping[str, str], cookie: str, *, everywhere: bool) -> Leaving:
        """The visitor has said yes on our own page; `everywhere` also ends the refresh tokens of all sites that were
        signed in to from this browser."""
        client = await self._client(given, None)
        session = await self._sessions.of_cookie(cookie) if cookie else None
        if session is not None and everywhere:
            await self._sessions.end_sign_ins_of(session)
        await self._end(session)
        return Leaving(done=True, to=self._target(client, given), client=client)

    async def _end(self, session: SiteSession | None) -> None:
        if session is not None:
            await self._sessions.end_session(session.id)

    async def _client(self, given: Mapping[str, str], sign_in: SiteSignIn | None) -> SiteClient | None:
        client_id = given.get("client_id") or (sign_in.client_id if sign_in else "")
        return await self._documents.get(SiteClient, client_id) if 0 < len(client_id) <= 64 else None

    def _target(self, client: SiteClient | None, given: Mapping[str, str]) -> str | None:
        """Only where the client has registered, character for character."""
        address = given.get("post_logout_redirect_uri", "")
        if client is None or client.disabled_at is not None or address not in client.post_logout_redirect_uris:
            return None
        if "state" not in given:
            return address
        return address + ("&" if "?" in address else "?") + urlencode({"state": given["state"]})

    async def _hinted(self, id_token: str) -> SiteSignIn | None:
        """The sign-in of an id token of ours, also of one that has run out."""
        claims = self._claims(id_token)
        sign_in = await self._documents.get(SiteSignIn, str(claims.get("sid", ""))) if claims else None
        return sign_in if sign_in and claims and sign_in.client_id == claims.get("aud") else None

    def _claims(self, id_token: str) -> Mapping[str, object] | None:
        try:
            if len(id_token) > _LONGEST:
                return None
            header = orjson.loads(base64url_decode(id_token.partition(".")[0]))
            kid = header.get("kid") if isinstance(header, dict) else None
            known = isinstance(kid, str) and kid in self._keys.keys
            if not known or header != {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}:
                return None
            claims = orjson.loads(_jws.decode(id_token, self._keys.keys[str(kid)].public_key(), algorithms=[ALGORITHM]))
        except (PyJWTError, ValueError):
            return None
        return claims if isinstance(claims, dict) and claims.get("iss") == self._issuer else None
