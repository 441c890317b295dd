"""Finding, in a published key set, the key that a token of the city names."""

from collections.abc import Mapping
from typing import Any, Final

import jwt
import orjson
from jwt.utils import base64url_decode

from identity_center.credentials.errors import PresentationInvalid

ALGORITHM: Final = "ES256"
"""What credentials and their status lists are signed with: what verifiers of SD-JWT VC expect."""


def key_of(token: str, jwks: Mapping[str, Any], kind: str) -> jwt.PyJWK:
    """The key of a token whose header is `{"alg", "kid", "typ"}` of this city and nothing else, so that nothing in a
    token chooses its own key or algorithm. Raises `PresentationInvalid`."""
    header = header_of(token)
    key_id = header.get("kid")
    if header != {"alg": ALGORITHM, "kid": key_id, "typ": kind}:
        raise PresentationInvalid
    for key in _keys(jwks):
        if isinstance(key_id, str) and key.get("kid") == key_id:
            return _usable(key)
    raise PresentationInvalid


def header_of(token: str) -> Mapping[str, Any]:
    """The header as it stands there, believed by nobody yet. Raises `PresentationInvalid`."""
    try:
        header = orjson.loads(base64url_decode(token.partition(".")[0]))
    except ValueError as error:
        raise PresentationInvalid from error
    if not isinstance(header, dict):
        raise PresentationInvalid
    return header


def signature_only() -> jwt.types.Options:
    """PyJWT would ask the machine's clock; times are checked against the clock that is handed in."""
    names = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
    options: Any = {"verify_signature": True, **{f"verify_{name}": False for name in names}}
    chosen: jwt.types.Options = options
    return chosen


def _keys(jwks: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    keys = jwks.get("keys")
    return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []


def _usable(key: Mapping[str, Any]) -> jwt.PyJWK:
    try:
        return jwt.PyJWK(dict(key), ALGORITHM)
    except jwt.PyJWTError as error:
        raise PresentationInvalid from error
