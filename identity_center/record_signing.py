"""Signatures that last: over receipts that citizens keep, and over the anchors of the logs.

Compact JWS with a ring of its own, whose replaced keys stay published: a receipt is verified for as long as its holder
keeps it.
"""

from collections.abc import Mapping
from typing import Any, Literal

import jwt
import orjson

from identity_center.key_ring import KeyRing, algorithm_of

RecordKind = Literal["consent-receipt+jwt", "log-anchor+jwt"]
_jws = jwt.PyJWS(algorithms=["ES256"])
_LONGEST = 4 * 1024 * 1024


class NotSigned(Exception):
    """Not a record of this kind that one of these keys has signed."""


class RecordSigner:
    """Signs with the present key, verifies with all there ever were."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def take_up(self, keys: KeyRing) -> None:
        self._keys = keys

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        return self._keys.jwks()

    def signed(self, kind: RecordKind, content: Mapping[str, object]) -> str:
        key = self._keys.keys[self._keys.current]
        payload = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        headers = {"kid": self._keys.current, "typ": kind}
        return _jws.encode(payload, key, algorithm=algorithm_of(key), headers=headers)

    def verified(self, kind: RecordKind, text: str) -> Mapping[str, Any]:
        """What was signed. Raises `NotSigned`."""
        try:
            if len(text) > _LONGEST:
                raise NotSigned
            header = _jws.get_unverified_header(text)
            key = self._keys.keys.get(str(header.get("kid")))
            if key is None or header != {"alg": algorithm_of(key), "kid": header["kid"], "typ": kind}:
                raise NotSigned
            content = orjson.loads(_jws.decode(text, key.public_key(), algorithms=[algorithm_of(key)]))
        except (jwt.PyJWTError, ValueError) as error:
            raise NotSigned from error
        if not isinstance(content, dict):
            raise NotSigned
        return content
