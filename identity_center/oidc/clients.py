"""Registration: which sites of departments may have citizens sign in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from jwt.utils import base64url_decode

from core.caller import Staff
from core.clock import Clock
from core.documents import Documents, Insert, Page, Patch
from core.idempotency import RequestKey, write_once
from core.ids import new_id, new_secret
from core.text import Text
from identity_center.oidc.client import (
    ClientAuthentication,
    PublicKey,
    SiteClient,
    checked_address,
    secret_digest,
)
from identity_center.oidc.errors import ClientInvalid, ClientIsAnothers, ClientNotFound
from identity_center.oidc.scopes import SCOPES, SIGN_IN
from identity_center.oidc.settings import OidcSettings


@dataclass(frozen=True)
class Registration:
    """What a department asks for."""

    department: str
    name: Text
    purpose: Text
    redirect_uris: Sequence[str]
    post_logout_redirect_uris: Sequence[str]
    scopes: Sequence[str]
    least_level: int
    authentication: ClientAuthentication
    pushed_requests_only: bool
    keys: Sequence[PublicKey]


@dataclass(frozen=True)
class Registered:
    """A client and, once and never again, its secret."""

    client: SiteClient
    secret: str | None = field(default=None, repr=False)


class ClientRegister:
    """`plain_http` lets sites on loopback addresses be http: in a demo."""

    def __init__(self, documents: Documents, clock: Clock, settings: OidcSettings, *, plain_http: bool) -> None:
        self._documents = documents
        self._clock = clock
        self._overlap = timedelta(hours=settings.secret_overlap_hours)
        self._plain_http = plain_http

    async def register(self, staff: Staff, asked: Registration, key: RequestKey | None = None) -> Registered:
        """A request repeated with its key finds the client, without the secret. Raises `ClientInvalid`."""
        check_department(staff, asked.department)
        self._check(asked)
        secret = new_secret() if asked.authentication == "client_secret_basic" else None
        now = self._clock.now()
        client = SiteClient(
            id=new_id(self._clock).lower(),
            **{**vars(asked), "scopes": tuple(scope for scope in SCOPES if scope in asked.scopes)},
            secret_digest=secret and secret_digest(secret),
            created_at=now,
            created_by=staff.name,
            changed_at=now,
            changed_by=staff.name,
        )
        return await write_once(
            self._documents,
            [Insert(client)],
            key=key,
            result=client.id,
            find=self._found,
            made=lambda _: Registered(client, secret),
        )

    async def known(self, client_id: str) -> SiteClient:
        """Also a disabled one. Raises `ClientNotFound`."""
        client = await self._documents.get(SiteClient, client_id)
        if client is None:
            raise ClientNotFound
        return client

    async def managed(self, staff: Staff, client_id: str) -> SiteClient:
        """Raises `ClientNotFound`, `ClientIsAnothers`."""
        client = await self.known(client_id)
        check_department(staff, client.department)
        return client

    async def visible(self, staff: Staff, client_id: str) -> SiteClient:
        """Raises `ClientNotFound`, `ClientIsAnothers`."""
        return await (self.managed(staff, client_id) if staff.role == "department" else self.known(client_id))

    async def clients(self, staff: Staff, limit: int, after: str | None) -> Page[SiteClient]:
        """Those of the department that the member of staff works for; all, by department, for whoever works for all."""
        of = (staff.department,) if staff.role == "department" else ()
        return await self._documents.find(SiteClient, "department", *of, limit=limit, after=after)

    async def new_secret(self, staff: Staff, client_id: str) -> Registered:
        """The secret before this one works on for some hours, so that a site can change over without a gap."""
        client = await self.managed(staff, client_id)
        if client.authentication != "client_secret_basic":
            raise ClientInvalid("authentication", "this client proves itself with a key and has no secret")
        secret = new_secret()
        change = {
            "earlier_secret_digest": client.secret_digest,
            "earlier_secret_until": self._clock.now() + self._overlap,
            "secret_digest": secret_digest(secret),
        }
        return Registered(await self._changed(staff, client, change), secret)

    async def replace_keys(self, staff: Staff, client_id: str, keys: Sequence[PublicKey]) -> SiteClient:
        """For a change without a gap, send the old key and the new one first, and later the new one alone."""
        client = await self.managed(staff, client_id)
        if client.authentication != "private_key_jwt":
            raise ClientInvalid("authentication", "this client proves itself with a secret and has no keys")
        _check_keys(keys)
        return await self._changed(staff, client, {"keys": tuple(keys)})

    async def disable(self, staff: Staff, client_id: str) -> SiteClient:
        """Nobody signs in there from now on, and its tokens are worth nothing."""
        client = await self.managed(staff, client_id)
        if client.disabled_at is not None:
            return client
        return await self._changed(staff, client, {"disabled_at": self._clock.now()})

    async def enable(self, staff: Staff, client_id: str) -> SiteClient:
        client = await self.managed(staff, client_id)
        return await self._changed(staff, client, {"disabled_at": None})

    async def _changed(self, staff: Staff, client: SiteClient, change: Mapping[str, object]) -> SiteClient:
        by = {"changed_at": self._clock.now(), "changed_by": staff.name}
        patch = Patch(SiteClient, client.id, set={**change, **by})
        return (await self._documents.write(patch)).after(patch)

    async def _found(self, client_id: str) -> Registered:
        return Registered(await self.known(client_id))

    def _check(self, asked: Registration) -> None:
        for name in ("redirect_uris", "post_logout_redirect_uris"):
            for address in getattr(asked, name):
                checked_address(name, address, plain_http=self._plain_http)
        if SIGN_IN not in asked.scopes or not set(asked.scopes) <= set(SCOPES):
            raise ClientInvalid("scopes", "openid, and further ones of this city")
        if (asked.authentication == "private_key_jwt") != bool(asked.keys):
            raise ClientInvalid("keys", "a client with private_key_jwt, and no other, has keys")
        _check_keys(asked.keys)


def check_department(staff: Staff, department: str) -> None:
    """The one place that says whose clients a member of staff may register and change: an operator all of them, a
    department its own, at a post that is not narrowed to one card. Raises `ClientIsAnothers`.
    """
    own = staff.role == "department" and staff.department == department and not staff.scope
    if staff.role != "operator" and not own:
        raise ClientIsAnothers


def _check_keys(keys: Sequence[PublicKey]) -> None:
    for key in keys:
        try:
            x, y = (int.from_bytes(base64url_decode(part), "big") for part in (key.x, key.y))
            EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
        except ValueError:
            raise ClientInvalid("keys", "not a public key on P-256") from None
    if len({key.kid for key in keys}) != len(keys):
        raise ClientInvalid("keys", "each key needs a kid of its own")
