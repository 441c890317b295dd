"""Access tokens: short-lived JWTs (RFC 7519, RFC 9068) that say who asks and how sure the city is of it.

A token of this city has one header shape, `{"alg": …, "kid": …, "typ": "at+jwt"}`, with the algorithm that belongs to
the key of that id: a header with anything more or else is refused before a signature is computed, so nothing in a token
can choose its own key or algorithm.
"""

import json
import re
import secrets
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import orjson
from jwt import InvalidTokenError, PyJWS
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.caller import PHONE, Acting, Citizen, ForEnterprise, ForPerson, ProofMethod, Staff
from core.clock import Clock
from identity_center.account import Standing
from identity_center.acting.errors import ActingEnded
from identity_center.errors import TokenExpired, TokenInvalid
from identity_center.key_ring import KeyRing, PublicKey, SigningAlgorithm, algorithm_of
from identity_center.revocations import Revocations
from identity_center.settings import TokenSettings

LONGEST_TOKEN = 4096
_TYPE = "at+jwt"
_SHAPE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")
_jws = PyJWS(algorithms=get_args(SigningAlgorithm))


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
    epoch: int = 0


class _Enterprise(BaseModel):
    """For which enterprise `sub` acts, under which mandate, and as what."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str
    mandate: str
    role: Literal["legal_representative", "agent"]


class _CitizenClaims(_Claims):
    """`amr` names what proved each level, from 0 up (RFC 8176 has other names for other things); `epoch` is how often
    the account had been lowered when the token was made."""

    aud: Literal["citizen"]
    acr: Literal["0", "1", "2", "3"]
    proved_at: dict[Literal["0", "1", "2", "3"], int]
    amr: list[ProofMethod]
    epoch: int = 0
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
    post: str
    department: str
    scope: str
    unfinished: str


@dataclass(frozen=True)
class _Verified:
    """A token whose signature and claims were found right, as it is remembered."""

    caller: Citizen | Staff
    session_id: str
    expires_at: datetime
    epochs: tuple[tuple[str, int], ...]
    """Of each account whose proofs the token speaks of: when one is lowered, it is to be asked for anew."""
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
        self._clock = clock
        self._revocations = revocations
        self._settings = settings
        self._issuer = issuer
        self._leeway = timedelta(seconds=settings.clock_leeway_seconds)
        self._remembered: OrderedDict[str, _Verified] = OrderedDict()
        self.take_up(keys)

    def take_up(self, keys: KeyRing) -> None:
        """Other keys from now on. What a key signed that is no longer there is worth nothing, from this moment."""
        self._keys = keys
        self._public_keys: dict[str, PublicKey] = {key_id: key.public_key() for key_id, key in keys.keys.items()}
        self._remembered.clear()

    def for_citizen(
        self, account_id: str, session_id: str, standing: Standing, acting: Acting | None = None, epoch: int = 0
    ) -> AccessToken:
        """`session_id` and `standing` are those of whoever is at the device, `account_id` and its `epoch` of the person
        they act for."""
        lifetime = timedelta(minutes=self._settings.access_minutes)
        claims = {"aud": "citizen", "sub": account_id, "sid": session_id, "acr": str(standing.assurance)}
        text = self._signed({**claims, **_proof_claims(standing), **_capacity(acting, standing, epoch)}, lifetime)
        return AccessToken(text, int(lifetime.total_seconds()), standing.assurance)

    def for_staff(self, staff: Staff, session_id: str, lifetime: timedelta | None = None) -> AccessToken:
        """For the post that `staff` stands at; it lives `staff_minutes` unless that is said otherwise."""
        lifetime = timedelta(minutes=self._settings.staff_minutes) if lifetime is None else lifetime
        claims = {
            "aud": "staff",
            "sub": staff.id,
            "sid": session_id,
            "name": staff.name,
            "role": staff.role,
            "post": staff.post_id,
            "department": staff.department,
            "scope": staff.scope,
            "unfinished": staff.unfinished,
        }
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
        return _jws.encode(orjson.dumps({**standard, **claims}), key, algorithm=algorithm_of(key), headers=headers)

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
        if any(self._revocations.lowered(account_id, epoch) for account_id, epoch in verified.epochs):
            raise TokenExpired  # a refreshed one says what is still proved
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
        return _as_verified(claims)

    def _claims(self, token: str) -> _CitizenClaims | _StaffClaims:
        if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
            raise ValueError("no token of ours looks like this")
        key = self._key_of(token)
        payload = _jws.decode(token, key, algorithms=[algorithm_of(key)])
        claims = json.loads(payload, object_pairs_hook=_without_duplicates)
        if isinstance(claims, dict) and claims.get("aud") == "staff":
            return _StaffClaims.model_validate(claims)
        return _CitizenClaims.model_validate(claims)

    def _key_of(self, token: str) -> PublicKey:
        segment = token.partition(".")[0]
        header = orjson.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        key_id = header.get("kid") if isinstance(header, dict) else None
        key = self._public_keys.get(key_id) if isinstance(key_id, str) else None
        if key is None or header != {"alg": algorithm_of(key), "kid": key_id, "typ": _TYPE}:
            raise ValueError("no header of ours")
        return key


def _caller(claims: _CitizenClaims | _StaffClaims) -> Citizen | Staff:
    if isinstance(claims, _StaffClaims):
        post = (claims.post, claims.department, claims.scope)
        return Staff(claims.sub, claims.name, claims.role, *post, claims.sid, claims.unfinished)
    proved_at = {int(level): datetime.fromtimestamp(moment, UTC) for level, moment in claims.proved_at.items()}
    proved_by = dict(enumerate(claims.amr))
    return Citizen(claims.sub, claims.sid, int(claims.acr), proved_at, proved_by, _acting(claims))


def _as_verified(claims: _CitizenClaims | _StaffClaims) -> _Verified:
    expires_at = datetime.fromtimestamp(claims.exp, UTC)
    caller = _caller(claims)
    if isinstance(claims, _StaffClaims) or not isinstance(caller, Citizen):
        return _Verified(caller, claims.sid, expires_at, (), (claims.sid, claims.sub), None)
    epochs, subjects = [(claims.sub, claims.epoch)], [claims.sid, claims.sub]
    if claims.act is not None:
        epochs.append((claims.act.sub, claims.act.epoch))
        subjects.append(claims.act.sub)
    grant_id = caller.acting.grant_id if caller.acting else None
    return _Verified(caller, claims.sid, expires_at, tuple(epochs), tuple(subjects), grant_id)


def _proof_claims(standing: Standing) -> dict[str, object]:
    """Levels follow each other without a gap, so that a list names what proved each."""
    proved_at = {str(level): int(proof.at.timestamp()) for level, proof in standing.proofs.items()}
    methods = [standing.proofs[level].by for level in range(PHONE, standing.assurance + 1)]
    claims: dict[str, object] = {"proved_at": proved_at, "amr": ["wechat", *methods]}
    return {**claims, "epoch": standing.epoch} if standing.epoch else claims


def _acting(claims: _CitizenClaims) -> Acting | None:
    if claims.act is not None:
        return ForPerson(claims.act.rel, claims.act.sub, claims.act.cap)
    if claims.ent is not None:
        return ForEnterprise(claims.ent.mandate, claims.ent.id, claims.ent.role)
    return None


def _capacity(acting: Acting | None, own: Standing, epoch: int) -> Mapping[str, object]:
    """Both accounts' epochs stand in the token of a person who acts for another: `own` is that of whoever acts."""
    match acting:
        case ForPerson():
            actor = {"sub": acting.helper_id, "rel": acting.grant_id, "cap": acting.kind, "epoch": own.epoch}
            return {"act": actor, "epoch": epoch}
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
