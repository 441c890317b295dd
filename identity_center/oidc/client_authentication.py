"""How a site proves that it is the client it says: a JWT it signed (RFC 7523), or its secret."""

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

import jwt
import orjson
from jwt.utils import base64url_decode

from core.clock import Clock
from core.documents import Documents
from core.ephemeral import Ephemeral, Rate
from identity_center.credentials.keys import ALGORITHM
from identity_center.oidc.addresses import OidcAddresses
from identity_center.oidc.client import PublicKey, SiteClient
from identity_center.oidc.errors import InvalidClient, InvalidRequest, TooManyRequests
from identity_center.oidc.settings import OidcSettings

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_ASSERTION: Final = 4096
_ASSERTION_LIVES: Final = 3600
"""What libraries give an assertion without being told; each is good once, whatever it says."""
_CLOCKS_APART: Final = 30
_jws = jwt.PyJWS(algorithms=[ALGORITHM])


@dataclass(frozen=True)
class Credentials:
    """What a request says of its sender: the Authorization header and the form."""

    authorization: str
    form: Mapping[str, str]


class ClientAuthenticator:
    def __init__(
        self,
        documents: Documents,
        ephemeral: Ephemeral,
        clock: Clock,
        addresses: OidcAddresses,
        settings: OidcSettings,
    ) -> None:
        self._documents = documents
        self._ephemeral = ephemeral
        self._clock = clock
        self._audiences = (addresses.issuer, addresses.token, addresses.pushed_requests)
        self._rate = Rate(settings.client_requests_per_minute, 60)

    async def client(self, credentials: Credentials) -> SiteClient:
        """The client, by the one way it is registered for. Raises `InvalidClient`, `InvalidRequest` when it tries
        two ways at once, `TooManyRequests`."""
        if credentials.authorization and "client_assertion" in credentials.form:
            raise InvalidRequest("a client authenticates in one way")
        found = await (self._by_secret(credentials) if credentials.authorization else self._by_key(credentials.form))
        if credentials.form.get("client_id", found.id) != found.id:
            raise InvalidClient
        allowance = await self._ephemeral.allow(f"oidc:client:{found.id}", self._rate)
        if not allowance.allowed:
            raise TooManyRequests(retry_after_seconds=int(allowance.retry_after_seconds) + 1)
        return found

    async def _by_secret(self, credentials: Credentials) -> SiteClient:
        scheme, _, encoded = credentials.authorization.partition(" ")
        if scheme.lower() != "basic":
            raise InvalidClient
        try:
            client_id, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            raise InvalidClient from None
        client = await self._enabled(unquote_plus(client_id), "client_secret_basic")
        if not client.has_secret(unquote_plus(secret), self._clock.now()):
            raise InvalidClient
        return client

    async def _by_key(self, form: Mapping[str, str]) -> SiteClient:
        assertion = form.get("client_assertion", "")
        if form.get("client_assertion_type") != ASSERTION_TYPE or len(assertion) > _LONGEST_ASSERTION:
            raise InvalidClient
        try:
            header, payload, _ = assertion.split(".")
            named, kid = orjson.loads(base64url_decode(payload)), _key_id(orjson.loads(base64url_decode(header)))
            claimed = named["iss"]
        except (ValueError, TypeError, KeyError):
            raise InvalidClient from None
        client = await self._enabled(claimed if isinstance(claimed, str) else "", "private_key_jwt")
        claims = _signed(assertion, client.keys, kid)
        await self._check_claims(client, claims)
        return client

    async def _check_claims(self, client: SiteClient, claims: Mapping[str, Any]) -> None:
        """The audience is one text, ours: an assertion meant for several could be carried from one to another."""
        now = int(self._clock.now().timestamp())
        expires, issued, unique = claims.get("exp"), claims.get("iat", now), claims.get("jti")
        if claims.get("iss") != client.id or claims.get("sub") != client.id or not self._is_ours(claims.get("aud")):
            raise InvalidClient
        if not isinstance(expires, int) or not isinstance(issued, int) or not isinstance(unique, str) or not unique:
            raise InvalidClient
        if not now - _CLOCKS_APART < expires <= now + _ASSERTION_LIVES + _CLOCKS_APART or issued > now + _CLOCKS_APART:
            raise InvalidClient
        digest = hashlib.sha256(unique.encode()).hexdigest()
        if not await self._ephemeral.first(f"oidc:assertion:{client.id}:{digest}", expires - now + 2 * _CLOCKS_APART):
            raise InvalidClient

    def _is_ours(self, audience: object) -> bool:
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        return isinstance(audience, str) and audience in self._audiences

    async def _enabled(self, client_id: str, authentication: str) -> SiteClient:
        client = await self._documents.get(SiteClient, client_id) if len(client_id) <= 64 else None
        if client is None or client.disabled_at is not None or client.authentication != authentication:
            raise InvalidClient
        return client


def _key_id(header: Mapping[str, Any]) -> str | None:
    """Nothing in a header chooses its own algorithm or brings its own key."""
    if header.get("alg") != ALGORITHM or not header.keys() <= {"alg", "kid", "typ"}:
        raise ValueError("no header of a client's assertion")
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def _signed(assertion: str, keys: tuple[PublicKey, ...], kid: str | None) -> Mapping[str, Any]:
    """The claims, signed with one of the client's keys. Raises `InvalidClient`."""
    for key in keys:
        if kid not in (None, key.kid):
            continue
        try:
            public = jwt.PyJWK(key.model_dump(), ALGORITHM)
            claims = orjson.loads(_jws.decode(assertion, public.key, algorithms=[ALGORITHM]))
        except (jwt.PyJWTError, ValueError):
            continue
        if isinstance(claims, dict):
            return claims
    raise InvalidClient
