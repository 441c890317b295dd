"""Status lists (IETF Token Status List): whether credentials are suspended or revoked, as a signed array of bits.

A gate keeps a list and learns from it about all its credentials without asking about any. Two bits each: 0 valid,
1 invalid (revoked), 2 suspended. Credentials stand at random places of a list that is at most half full, so that
neither a place nor its neighbours tell anything of whom or when.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from jwt.utils import base64url_decode, base64url_encode
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.keys import ALGORITHM, key_of, signature_only
from identity_center.key_ring import KeyRing

TYPE: Final = "statuslist+jwt"
ENTRIES: Final = 131_072
"""Places of one list: 32 KiB before they are compressed."""
BITS: Final = 2
VALID, INVALID, SUSPENDED = 0, 1, 2
LONGEST: Final = 262_144


@dataclass(frozen=True)
class StatusList:
    """A list as a gate has it. `uri` is the address that credentials name."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    array: bytes

    def status(self, index: int) -> int | None:
        """None when the list has no such place."""
        place = index * BITS
        if index < 0 or place // 8 >= len(self.array):
            return None
        return self.array[place // 8] >> place % 8 & 3


def array_of(statuses: Mapping[int, int], entries: int = ENTRIES) -> bytes:
    """The bytes of a list in which all but these places are valid; the first place is in the lowest bits."""
    array = bytearray(entries * BITS // 8)
    for index, status in statuses.items():
        array[index * BITS // 8] |= status << index * BITS % 8
    return bytes(array)


def signed(keys: KeyRing, status_list: StatusList) -> str:
    """The list as a JWT that anybody may keep and hand on."""
    claims = {
        "sub": status_list.uri,
        "iat": int(status_list.issued_at.timestamp()),
        "exp": int(status_list.expires_at.timestamp()),
        "ttl": int(status_list.ttl.total_seconds()),
        "status_list": {"bits": BITS, "lst": base64url_encode(zlib.compress(status_list.array, 9)).decode()},
    }
    return jwt.encode(claims, keys.keys[keys.current], ALGORITHM, headers={"kid": keys.current, "typ": TYPE})


class _Bits(BaseModel):
    model_config = ConfigDict(strict=True)

    bits: int = Field(ge=BITS, le=BITS)
    lst: str


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True)

    sub: str
    iat: int
    exp: int
    ttl: int
    status_list: _Bits


def read(token: str, jwks: Mapping[str, Any]) -> StatusList:
    """A list that one of these keys has signed, however old. Raises `PresentationInvalid`."""
    if len(token) > LONGEST or not token.isascii():
        raise PresentationInvalid
    try:
        claims = _Claims.model_validate(
            jwt.decode(token, key_of(token, jwks, TYPE), algorithms=[ALGORITHM], options=signature_only())
        )
        array = zlib.decompressobj().decompress(base64url_decode(claims.status_list.lst), ENTRIES * BITS // 8)
        return StatusList(claims.sub, _instant(claims.iat), _instant(claims.exp), timedelta(seconds=claims.ttl), array)
    except (jwt.PyJWTError, ValidationError, ValueError, OverflowError, RecursionError, zlib.error) as error:
        raise PresentationInvalid from error


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
