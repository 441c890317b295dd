"""A department's site as it is registered: what it is called, where it may be returned to, how it proves itself."""

import hashlib
import hmac
import re
from datetime import datetime
from ipaddress import ip_address
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from core.clock import Instant
from core.documents import Document, Index
from core.text import Text
from identity_center.oidc.errors import ClientInvalid

ClientAuthentication = Literal["private_key_jwt", "client_secret_basic"]
LONGEST_ADDRESS = 500
_PLAIN = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e%]+")
"""Visible ASCII without the characters that RFC 3986 has no place for."""


class PublicKey(BaseModel):
    """A client's public key (RFC 7517): EC on P-256, for ES256."""

    model_config = ConfigDict(frozen=True)

    kty: Literal["EC"] = "EC"
    crv: Literal["P-256"] = "P-256"
    kid: str
    x: str
    y: str


class SiteClient(Document):
    """`secret_digest` is of 256 random bits, so a plain SHA-256 keeps it: there is nothing to guess at."""

    collection: ClassVar[str] = "site_clients"
    indexes: ClassVar[tuple[Index, ...]] = (Index("department", ("department", "created_at")),)

    department: str
    name: Text
    purpose: Text
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    least_level: int
    authentication: ClientAuthentication
    pushed_requests_only: bool
    keys: tuple[PublicKey, ...] = ()
    secret_digest: str | None = None
    earlier_secret_digest: str | None = None
    earlier_secret_until: Instant | None = None
    created_at: Instant
    created_by: str
    changed_at: Instant
    changed_by: str
    disabled_at: Instant | None = None

    @property
    def consent_card(self) -> str:
        """Under what name consents to this site and releases to it are written down, where a card's id would be."""
        return f"site.{self.id}"

    def has_secret(self, secret: str, now: datetime) -> bool:
        digest = secret_digest(secret)
        earlier = self.earlier_secret_until is not None and now < self.earlier_secret_until
        candidates = (self.secret_digest, self.earlier_secret_digest if earlier else None)
        return any(known is not None and hmac.compare_digest(digest, known) for known in candidates)


def secret_digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def checked_address(field: str, address: str, *, plain_http: bool) -> str:
    """An address a browser may be sent to: https, complete, without fragment, user or wildcard. `plain_http` lets
    loopback addresses be http, for whoever builds a site on their own machine. Raises `ClientInvalid`."""
    if len(address) > LONGEST_ADDRESS or not _PLAIN.fullmatch(address):
        raise ClientInvalid(field, "not an address of visible ASCII characters, at most 500")
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ClientInvalid(field, "not an address") from None
    if not host or "*" in address or "@" in parts.netloc or "#" in address:
        raise ClientInvalid(field, "needs a host, and no wildcard, user or fragment")
    if parts.scheme != "https" and not (plain_http and parts.scheme == "http" and _is_loopback(host)):
        raise ClientInvalid(field, "needs https://")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
