"""Signed calls between the city and departments: HMAC-SHA256 over what is asked, when, and once.

    X-City-Signature = hex(HMAC-SHA256(secret, METHOD \\n PATH?QUERY \\n timestamp \\n nonce \\n hex(SHA-256(body))))

The timestamp bounds how long a recorded call is worth anything, the nonce makes it worth nothing even then, and the
body's digest binds what is sent. The Host is not signed: departments stand behind proxies that rewrite it, and a key
belongs to one department.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

KEY_ID = "X-City-Key-Id"
TIMESTAMP = "X-City-Timestamp"
NONCE = "X-City-Nonce"
SIGNATURE = "X-City-Signature"
SKEW_SECONDS = 300


@dataclass(frozen=True)
class SignedCall:
    """What a signature covers. `path` is as it stands in the request line, query included."""

    method: str
    path: str
    body: bytes


class SignatureRefused(Exception):
    """The call is not signed by a known key, or is a replay. The text says why and holds nothing of the call."""


def sign(call: SignedCall, *, key_id: str, secret: bytes, timestamp: int, nonce: str) -> dict[str, str]:
    """The four headers of a signed call. `timestamp` is Unix seconds; `nonce` is random and used once."""
    return {
        KEY_ID: key_id,
        TIMESTAMP: str(timestamp),
        NONCE: nonce,
        SIGNATURE: _signature(secret, call, str(timestamp), nonce),
    }


async def verify(
    call: SignedCall,
    headers: Mapping[str, str],
    *,
    secrets: Mapping[str, bytes],
    now: float,
    first: Callable[[str, float], Awaitable[bool]],
) -> str:
    """The id of the key that signed the call. `first` is `Ephemeral.first`: whether a nonce is new.

    Raises `SignatureRefused`. The nonce is looked at last, so that a stranger cannot use one up.
    """
    key_id, timestamp, nonce, signature = (headers.get(name, "") for name in (KEY_ID, TIMESTAMP, NONCE, SIGNATURE))
    secret = secrets.get(key_id)
    if secret is None:
        raise SignatureRefused("unknown key")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp[:12])) > SKEW_SECONDS:
        raise SignatureRefused("timestamp is not within 300 seconds")
    expected = _signature(secret, call, timestamp, nonce)
    if not nonce or not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "backslashreplace")):
        raise SignatureRefused("wrong signature")
    if not await first(
        f"nonce:{key_id}:{hashlib.sha256(nonce.encode('utf-8', 'backslashreplace')).hexdigest()}", 2 * SKEW_SECONDS
    ):
        raise SignatureRefused("nonce was used before")
    return key_id


def _signature(secret: bytes, call: SignedCall, timestamp: str, nonce: str) -> str:
    signed = "\n".join((call.method.upper(), call.path, timestamp, nonce, hashlib.sha256(call.body).hexdigest()))
    return hmac.new(secret, signed.encode("utf-8", "backslashreplace"), hashlib.sha256).hexdigest()
