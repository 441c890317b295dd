"""Access tokens: short-lived JWTs (RFC 7519, RFC 9068) that say who asks and how sure the city is of it.

A token of this city has one header shape, `{"alg": "ES256", "kid": …, "typ": "at+jwt"}`: a header with anything more or
else is refused before a signature is computed, so nothing in a token can choose its own key or algorithm.
"""

import json
import re
import secrets
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from jwt import InvalidTokenError, PyJWS
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.caller import Acting, Citizen, ForEnterprise, ForPerson, Staff
from core.clock import Clock
from identity_center.account import Standing
from identity_center.acting.errors import ActingEnded
from identity_center.errors import TokenExpired, TokenInvalid
from identity_center.key_ring import ALGORITHM, KeyRing
from identity_center.revocations import Revocations
from identity_center.settings import TokenSettings

LONGEST_TOKEN = 4096
_TYPE = "at+jwt"
_SHAPE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
_jws = PyJWS(algorithms=[ALGORITHM])


@dataclass(frozen=True)
class AccessToken:
    """A token as it is handed out. `expires_in` is in seconds."""

    text: str = field(repr=False)
    expires_in: int
    assurance: int = 0


class _Claims(BaseModel):
    """What every token says. Times are seconds since 1970. Claims not named here are allowed and mean nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    iss: str
    sub: str
    sid: str
    jti: str
    iat: int
    exp: int
    nbf: int | None = None


class _Actor(BaseModel):
    """RFC 8693's `act`: who acts for `sub`. `rel` and `cap` say under which relation, and as what."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    sub: str
    rel: str
    cap: Literal["guardian", "helper"]


class _Enterprise(BaseModel):
    """For which enterprise `sub` acts, under which mandate, and as what."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str
    mandate: str
    role: Literal["legal_representative", "agent"]


class _CitizenClaims(_Claims):
    aud: Literal["citizen"]
    acr: Literal["0", "1", "2", "3"]
    proved_at: dict[Literal["1", "2", "3"], int]
    act: _Actor | None = None
    ent: _Enterprise | None = None

    @model_validator(mode="after")
    def _in_one_capacity(self) -> "_CitizenClaims":
        if (self.act and self.ent) or (self.act and self.act.sub == self.sub):
            raise ValueError("nobody acts in two capacities, or for themself")
        return self


class _StaffClaims(_Claims):
    aud: Literal["staff"]
    name: str
    role: str


@dataclass(frozen=True)
class _Verified:
    """A token whose signature and claims were found right, as it is remembered."""

    caller: Citizen | Staff
    session_id: str
    expires_at: datetime
    subjects: tuple[str, ...]
    """Whose revocation ends the token: the session, the account, and the account that acts for it."""
    grant_id: str | None
    """The permission to act, whose revocation ends this token and not the sign-in."""


class AccessTokens:
    """Issues and verifies. Verifying is synchronous, and remembers the tokens seen last.

    `caller_of`, `citizen` and `staff` raise `TokenInvalid` for whatever is not a live token of this city for that use,
    and `TokenExpired` for one that was. Neither says more: why a forged token fails is its maker's own business.
    `ActingEnded` is for a token whose session is live, and whose permission to act for somebody is not.
    `issuer` is the city's own address.
    """

    def __init__(
        self, keys: KeyRing, clock: Clock, revocations: Revocations, settings: TokenSettings, *, issuer: str
    ) -> None:
        self._keys = keys
        self._public_keys = {key_id: key.public_key() for key_id, key in keys.keys.items()}
        self._clock = clock
        self._revocations = revocations
        self._settings = settings
        self._issuer = issuer
        self._leeway = timedelta(seconds=settings.clock_leeway_seconds)
        self._remembered: OrderedDict[str, _Verified] = OrderedDict()

    def for_citizen(
        self, account_id: str, session_id: str, standing: Standing, acting: Acting | None = None
    ) -> AccessToken:
        """`session_id` is that of whoever is at the device, `account_id` whom they act for."""
        lifetime = timedelta(minutes=self._settings.access_minutes)
        proved_at = {str(level): int(moment.timestamp()) for level, moment in standing.proved_at.items()}
        claims = {"aud": "citizen", "sub": account_id, "sid": session_id, "acr": str(standing.assurance)}
        text = self._signed({**claims, "proved_at": proved_at, **_capacity(acting)}, lifetime)
        return AccessToken(text, int(lifetime.total_seconds()), standing.assurance)

    def for_staff(self, staff: Staff, session_id: str) -> AccessToken:
        lifetime = timedelta(minutes=self._settings.staff_minutes)
        claims = {"aud": "staff", "sub": staff.id, "sid": session_id, "name": staff.name, "role": staff.role}
        return AccessToken(self._signed(claims, lifetime), int(lifetime.total_seconds()))

    def caller_of(self, token: str) -> Citizen | Staff:
        """Whoever the token speaks for."""
        return self._live(token).caller

    def citizen(self, token: str) -> Citizen:
        caller = self.caller_of(token)
        if not isinstance(caller, Citizen):
            raise TokenInvalid
        return caller

    def staff(self, token: str) -> Staff:
        caller = self.caller_of(token)
        if not isinstance(caller, Staff):
            raise TokenInvalid
        return caller

    def session_of(self, token: str) -> str:
        """The session a live token belongs to."""
        return self._live(token).session_id

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        return self._keys.jwks()

    def _signed(self, claims: Mapping[str, object], lifetime: timedelta) -> str:
        issued_at = int(self._clock.now().timestamp())
        standard = {
            "iss": self._issuer,
            "jti": secrets.token_urlsafe(12),
            "iat": issued_at,
            "exp": issued_at + int(lifetime.total_seconds()),
        }
        key = self._keys.keys[self._keys.current]
        headers = {"kid": self._keys.current, "typ": _TYPE}
        return _jws.encode(orjson.dumps({**standard, **claims}), key, algorithm=ALGORITHM, headers=headers)

    def _live(self, token: str) -> _Verified:
        verified = self._remembered.get(token)
        if verified is None:
            verified = self._remember(token, self._verified(token))
        else:
            self._remembered.move_to_end(token)
        if self._clock.now() >= verified.expires_at:
            raise TokenExpired
        if any(map(self._revocations.holds, verified.subjects)):
            raise TokenInvalid
        if verified.grant_id is not None and self._revocations.holds(verified.grant_id):
            raise ActingEnded
        return verified

    def _remember(self, token: str, verified: _Verified) -> _Verified:
        self._remembered[token] = verified
        if len(self._remembered) > self._settings.remembered_tokens:
            self._remembered.popitem(last=False)
        return verified

    def _verified(self, token: str) -> _Verified:
        """Everything about a token that stays true while it lives."""
        try:
            claims = self._claims(token)
        except (InvalidTokenError, ValidationError, ValueError, RecursionError):
            raise TokenInvalid from None
        latest = (self._clock.now() + self._leeway).timestamp()
        if claims.iss != self._issuer or claims.iat > latest or (claims.nbf or 0) > latest:
            raise TokenInvalid
        caller, expires_at = _caller(claims), datetime.fromtimestamp(claims.exp, UTC)
        acting = caller.acting if isinstance(caller, Citizen) else None
        actor = (acting.helper_id,) if isinstance(acting, ForPerson) else ()
        subjects = (claims.sid, claims.sub, *actor)
        return _Verified(caller, claims.sid, expires_at, subjects, acting.grant_id if acting else None)

    def _claims(self, token: str) -> _CitizenClaims | _StaffClaims:
        if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
            raise ValueError("no token of ours looks like this")
        payload = _jws.decode(token, self._key_of(token), algorithms=[ALGORITHM])
        claims = json.loads(payload, object_pairs_hook=_without_duplicates)
        if isinstance(claims, dict) and claims.get("aud") == "staff":
            return _StaffClaims.model_validate(claims)
        return _CitizenClaims.model_validate(claims)

    def _key_of(self, token: str) -> EllipticCurvePublicKey:
        segment = token.partition(".")[0]
        header = orjson.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        key_id = header.get("kid") if isinstance(header, dict) else None
        key = self._public_keys.get(key_id) if isinstance(key_id, str) else None
        if key is None or header != {"alg": ALGORITHM, "kid": key_id, "typ": _TYPE}:
            raise ValueError("no header of ours")
        return key


def _caller(claims: _CitizenClaims | _StaffClaims) -> Citizen | Staff:
    if isinstance(claims, _StaffClaims):
        return Staff(claims.sub, claims.name, claims.role)
    proved_at = {int(level): datetime.fromtimestamp(moment, UTC) for level, moment in claims.proved_at.items()}
    return Citizen(claims.sub, claims.sid, int(claims.acr), proved_at, _acting(claims))


def _acting(claims: _CitizenClaims) -> Acting | None:
    if claims.act is not None:
        return ForPerson(claims.act.rel, claims.act.sub, claims.act.cap)
    if claims.ent is not None:
        return ForEnterprise(claims.ent.mandate, claims.ent.id, claims.ent.role)
    return None


def _capacity(acting: Acting | None) -> Mapping[str, object]:
    match acting:
        case ForPerson():
            return {"act": {"sub": acting.helper_id, "rel": acting.grant_id, "cap": acting.kind}}
        case ForEnterprise():
            return {"ent": {"id": acting.enterprise_id, "mandate": acting.grant_id, "role": acting.kind}}
        case None:
            return {}


def _without_duplicates(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Two claims of one name could be read differently by two readers, so neither is."""
    claims = dict(pairs)
    if len(claims) != len(pairs):
        raise ValueError("a claim is there twice")
    return claims
