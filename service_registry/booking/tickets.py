"""Tickets: a booking as a short-lived signed code, shown as a QR code and verified by a gate without any store.

A ticket is a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037), `typ` city-ticket+jwt. It is issued on a grid of
30 seconds and lives 60, so a phone shows a fresh code every half minute and a screenshot is soon worth nothing. Its
contents name no person: `sub` booking id, `card`, `resource`, `day`, `slot` and `entry` (each [from, until] in Unix
seconds), `places`, `iat`, `exp`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypedDict

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict, ValidationError

from core.rotation import CLOCK_SKEW, LIVES, ROTATES, half_minute
from service_registry.booking.bookings import Booking
from service_registry.booking.errors import TicketExpired, TicketInvalid

TYPE = "city-ticket+jwt"
LONGEST_TOKEN = 768


class Jwk(TypedDict):
    """A public key of tickets (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    x: str


class Jwks(TypedDict):
    keys: list[Jwk]


@dataclass(frozen=True)
class Ticket:
    """What the phone shows: `token` as a QR code until `refresh_at`; it is refused from `expires_at` on."""

    booking_id: str
    token: str
    issued_at: datetime
    refresh_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Admission:
    """What a true ticket says. It may be used from `enter_from` until before `enter_until`."""

    booking_id: str
    card_id: str
    resource_id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    enter_from: datetime
    enter_until: datetime
    places: int

    def may_enter(self, now: datetime) -> bool:
        return self.enter_from <= now < self.enter_until


class _Contents(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sub: str
    card: str
    resource: str
    day: date
    slot: tuple[int, int]
    entry: tuple[int, int]
    places: int
    iat: int
    exp: int


@dataclass(frozen=True)
class TicketKeys:
    """The key that signs, by its id, and the public keys that do not sign yet or any more."""

    kid: str
    private_key: Ed25519PrivateKey = field(repr=False)
    others: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)


class TicketSigner:
    """Signs with one key; its JWKS also holds those that are to sign next or have just been replaced."""

    def __init__(
        self, kid: str, private_key: Ed25519PrivateKey, others: Mapping[str, Ed25519PublicKey] | None = None
    ) -> None:
        self.take_up(TicketKeys(kid, private_key, others or {}))

    @classmethod
    def of(cls, keys: TicketKeys) -> "TicketSigner":
        return cls(keys.kid, keys.private_key, keys.others)

    def take_up(self, keys: TicketKeys) -> None:
        """Other keys from now on."""
        self._kid, self._private_key = keys.kid, keys.private_key
        public_keys = {**keys.others, keys.kid: keys.private_key.public_key()}
        self._jwks: Jwks = {"keys": [_jwk(kid, key) for kid, key in public_keys.items()]}

    @property
    def jwks(self) -> Jwks:
        """The public keys, for gates."""
        return self._jwks

    def sign(self, booking: Booking, now: datetime) -> Ticket:
        issued_at = half_minute(now)
        contents = {
            "sub": booking.id,
            "card": booking.card_id,
            "resource": booking.resource_id,
            "day": booking.day.isoformat(),
            "slot": [_seconds(booking.starts_at), _seconds(booking.ends_at)],
            "entry": [_seconds(booking.check_in_from), _seconds(booking.check_in_until)],
            "places": booking.places,
            "iat": _seconds(issued_at),
            "exp": _seconds(issued_at + LIVES),
        }
        token = jwt.encode(contents, self._private_key, "EdDSA", headers={"kid": self._kid, "typ": TYPE})
        return Ticket(booking.id, token, issued_at, issued_at + ROTATES, issued_at + LIVES)


def verify_offline(token: str, jwks: Mapping[str, Any], now: datetime) -> Admission:
    """What a ticket says, if it is one of these keys' and of this minute. Needs nothing but the gate's JWKS and clock.

    Whether the ticket is for this gate (`resource_id`), for this hour (`may_enter`) and used for the first time is left
    to the caller. Raises `TicketInvalid`, `TicketExpired`.
    """
    contents = _verified(token, jwks)
    if now >= _instant(contents.exp):
        raise TicketExpired
    if now < _instant(contents.iat) - CLOCK_SKEW:
        raise TicketInvalid
    return Admission(
        booking_id=contents.sub,
        card_id=contents.card,
        resource_id=contents.resource,
        day=contents.day,
        starts_at=_instant(contents.slot[0]),
        ends_at=_instant(contents.slot[1]),
        enter_from=_instant(contents.entry[0]),
        enter_until=_instant(contents.entry[1]),
        places=contents.places,
    )


def _verified(token: str, jwks: Mapping[str, Any]) -> _Contents:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise TicketInvalid
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE:
            raise TicketInvalid
        key = _key_of(jwks["keys"], header.get("kid"))
        return _Contents.model_validate(jwt.decode(token, key, algorithms=["EdDSA"], options=_SIGNATURE_ONLY))
    except (jwt.PyJWTError, ValidationError, RecursionError) as error:
        raise TicketInvalid from error


_SIGNATURE_ONLY: jwt.types.Options = {
    "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip
"""PyJWT would ask the machine's clock; the times are checked here, against the clock that is handed in."""


def _key_of(keys: Sequence[Mapping[str, Any]], kid: object) -> jwt.PyJWK:
    for key in keys:
        if key.get("kid") == kid:
            return jwt.PyJWK(dict(key), "EdDSA")
    raise TicketInvalid


def _jwk(kid: str, key: Ed25519PublicKey) -> Jwk:
    x = jwt.utils.base64url_encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
