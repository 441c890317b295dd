"""Credentials as SD-JWT VC (RFC 9901 and its profile for verifiable credentials), issued, shown and verified.

What a gate sees is a copy made for this one showing, with salts, signature and holder's key of its own, so that two
showings have nothing in common but the status entry, the day it expires, and what was disclosed. The copy's key signs
the key-binding JWT, which says when it was shown (`iat`), and is forgotten. docs/credentials.md says why the city, and
not the phone, holds it.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import jwt
import orjson
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwt.utils import base64url_decode, base64url_encode
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from identity_center.credentials.claims import Value
from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.keys import ALGORITHM, header_of, key_of
from identity_center.credentials.packing import LONGEST_TOKEN
from identity_center.key_ring import KeyRing

logging.getLogger("sd_jwt").setLevel(logging.WARNING)
"""Below that the library writes each claim's value into the log."""

TYPE: Final = "dc+sd-jwt"
BINDING_TYPE: Final = "kb+jwt"
AUDIENCE: Final = "gate"
"""Whom a shown code is for: whoever scans it. A verifier that talks to the phone would have a name of its own."""
_SEGMENT: Final = r"[A-Za-z0-9_-]+"
_JWT: Final = rf"{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}"
_SHAPE: Final = re.compile(rf"{_JWT}~({_SEGMENT}~)*{_JWT}")
_OWN_CLAIMS: Final = frozenset({"iss", "iat", "exp", "vct", "cnf", "status"})


@dataclass(frozen=True)
class StatusEntry:
    """Where to look up whether a credential is suspended or revoked."""

    uri: str
    index: int


@dataclass(frozen=True)
class Statement:
    """What the city states: `always` is in the open, of `choice` the holder discloses as much as they want."""

    vct: str
    always: Mapping[str, Value]
    choice: Mapping[str, Value]
    status: StatusEntry
    expires_at: datetime | None


@dataclass(frozen=True)
class Presented:
    """What a true code says. Whether it is fresh, and the credential still usable, is for the gate to look at."""

    issuer: str
    vct: str
    claims: Mapping[str, Value]
    disclosed: tuple[str, ...]
    """Names of the claims that were disclosed by choice."""
    status: StatusEntry
    shown_at: datetime
    expires_at: datetime | None


class CredentialSigner:
    """Signs for the city; `issuer` is its own address."""

    def __init__(self, keys: KeyRing, issuer: str) -> None:
        self.issuer = issuer
        self.take_up(keys)

    def take_up(self, keys: KeyRing) -> None:
        """Other keys from now on."""
        self.keys = keys
        self._header = {"typ": TYPE, "kid": keys.current}
        self._key = JWK.from_pyca(keys.keys[keys.current])

    def presentation(self, statement: Statement, disclose: Collection[str], shown_at: datetime) -> str:
        """A copy with these claims disclosed, bound to this moment: SD-JWT with key binding, in compact form."""
        holder_key = JWK.generate(kty="EC", crv="P-256")
        holder = SDJWTHolder(self._copy(statement, holder_key, shown_at))
        holder.create_presentation(dict.fromkeys(disclose, True))
        return str(holder.sd_jwt_presentation) + _binding(holder.sd_jwt_presentation, holder_key, shown_at)

    def _copy(self, statement: Statement, holder_key: JWK, issued_at: datetime) -> str:
        status = {"idx": statement.status.index, "uri": statement.status.uri}
        claims: dict[Any, Any] = {
            "iss": self.issuer,
            "vct": statement.vct,
            "iat": int(issued_at.timestamp()),
            **({"exp": int(statement.expires_at.timestamp())} if statement.expires_at else {}),
            "status": {"status_list": status},
            **statement.always,
            **{SDObj(name): value for name, value in statement.choice.items()},
        }
        issued = SDJWTIssuer(claims, self._key, holder_key, ALGORITHM, extra_header_parameters=self._header)
        return str(issued.sd_jwt_issuance)


def verified(presentation: str, jwks: Mapping[str, Any]) -> Presented:
    """What an SD-JWT with key binding says, if one of these keys has signed it. Raises `PresentationInvalid`."""
    if len(presentation) > LONGEST_TOKEN or not _SHAPE.fullmatch(presentation):
        raise PresentationInvalid
    if not all(map(_is_canonical, re.split(r"[.~]", presentation))):
        raise PresentationInvalid
    issued, *disclosures, binding = presentation.split("~")
    key = key_of(issued, jwks, TYPE)
    if header_of(binding) != {"alg": ALGORITHM, "typ": BINDING_TYPE}:
        raise PresentationInvalid
    try:
        bound = _Binding.model_validate(jwt.decode(binding, options={"verify_signature": False}))
        payload = _payload(presentation, JWK.from_pyca(key.key), bound.nonce)
        return _presented(payload, disclosures, bound)
    except (*_REFUSALS, ValidationError) as error:
        raise PresentationInvalid from error


def _binding(disclosed: str, holder_key: JWK, shown_at: datetime) -> str:
    """Made here, since the library would ask the machine's clock."""
    claims = {
        "iat": int(shown_at.timestamp()),
        "aud": AUDIENCE,
        "nonce": secrets.token_urlsafe(12),
        "sd_hash": _digest(disclosed),
    }
    key = holder_key.get_op_key("sign")
    return jwt.encode(claims, key, ALGORITHM, headers={"typ": BINDING_TYPE})


def _digest(text: str) -> str:
    return base64url_encode(hashlib.sha256(text.encode()).digest()).decode()


class _Binding(BaseModel):
    model_config = ConfigDict(strict=True)

    iat: int = Field(ge=0, lt=2**40)
    nonce: str = Field(min_length=1)


class _StatusList(BaseModel):
    model_config = ConfigDict(strict=True)

    idx: int = Field(ge=0)
    uri: str


class _Status(BaseModel):
    status_list: _StatusList


class _Payload(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")

    iss: str
    vct: str
    exp: int | None = Field(None, ge=0, lt=2**40)
    status: _Status


def _payload(presentation: str, issuer_key: JWK, nonce: str) -> dict[str, Any]:
    """The verified claims. The binding's own nonce is what is expected: a code on a screen answers to no gate's."""
    key_of_issuer: Callable[..., JWK] = lambda *_: issuer_key  # noqa: E731  # the library asks with issuer and header
    verifier = SDJWTVerifier(presentation, key_of_issuer, AUDIENCE, nonce)
    payload: dict[str, Any] = verifier.get_verified_payload()
    return payload


def _presented(payload: dict[str, Any], disclosures: list[str], bound: _Binding) -> Presented:
    own = _Payload.model_validate(payload)
    claims = {name: value for name, value in payload.items() if name not in _OWN_CLAIMS}
    names = tuple(_name(disclosure) for disclosure in disclosures)
    if not set(names) <= claims.keys() or len(set(names)) != len(names):
        raise PresentationInvalid  # RFC 9901, 7.1: no disclosure without its digest
    if not all(isinstance(value, str | int | bool) for value in claims.values()):
        raise PresentationInvalid
    status = StatusEntry(own.status.status_list.uri, own.status.status_list.idx)
    shown_at, expires_at = _instant(bound.iat), None if own.exp is None else _instant(own.exp)
    return Presented(own.iss, own.vct, claims, names, status, shown_at, expires_at)


def _is_canonical(segment: str) -> bool:
    """Whether it is the one spelling of its bytes, so that an altered character is noticed wherever it stands."""
    try:
        return base64url_encode(base64url_decode(segment)).decode() == segment
    except ValueError:
        return False


def _name(disclosure: str) -> str:
    return str(orjson.loads(base64url_decode(disclosure))[1])


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_REFUSALS: Final = (
    JWException, jwt.PyJWTError, ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError,
)  # fmt: skip
"""What the libraries raise over an SD-JWT that is none."""
