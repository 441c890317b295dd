"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed blind index.

A sealed text says how it was made: `v1.A256GCM.<key id>.<nonce>.<ciphertext>`, the last two in base64url. What stands
before the nonce is authenticated with it, and so is the context (whose value, which field): a sealed text that is moved
to another row or field does not open. Nonces are random, so a key is good for 2^32 values.
"""

import binascii
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from identity_center.errors import SealBroken

_FORMAT = "v1"
_ALGORITHM = "A256GCM"
_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class VaultKeys:
    """The vault's key material: sealing keys by id, the one that seals now, and the secret of all keyed digests.

    Sealing keys can be added at any time and old ones dropped once nothing is sealed with them. The index secret stays:
    with another one no account is found again.
    """

    current: str
    sealing: Mapping[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.sealing:
            raise ValueError("the vault's current key is not among its keys")
        if any(len(key) != _KEY_BYTES for key in (self.index, *self.sealing.values())):
            raise ValueError(f"every vault key has {_KEY_BYTES} bytes")
        if any(not key_id.isalnum() for key_id in self.sealing):
            raise ValueError("a vault key's id is made of letters and digits")

    @classmethod
    def generated(cls) -> "VaultKeys":
        key = secrets.token_bytes(_KEY_BYTES)
        return cls(_key_id(key), {_key_id(key): key}, secrets.token_bytes(_KEY_BYTES))

    def with_new_key(self) -> "VaultKeys":
        """These keys and a new one, which seals from now on."""
        key = secrets.token_bytes(_KEY_BYTES)
        return VaultKeys(_key_id(key), {**self.sealing, _key_id(key): key}, self.index)

    @classmethod
    def from_json(cls, stored: str | bytes) -> "VaultKeys":
        """Reads what `to_json` wrote. Raises ValueError, whose text holds no key material."""
        try:
            content = orjson.loads(stored)
            sealing = {str(key_id): _decoded(key) for key_id, key in content["sealing"].items()}
            return cls(content["current"], sealing, _decoded(content["index"]))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise ValueError("these are no vault keys") from None

    def to_json(self) -> bytes:
        """The keys in clear: for a file that only the server can read."""
        sealing = {key_id: _encoded(key) for key_id, key in self.sealing.items()}
        return orjson.dumps({"current": self.current, "sealing": sealing, "index": _encoded(self.index)})


class Vault:
    """Seals, opens, and makes keyed digests. Synchronous: a value takes a few microseconds."""

    def __init__(self, keys: VaultKeys) -> None:
        self._current = keys.current
        self._ciphers = {key_id: AESGCM(_derived(key, "seal")) for key_id, key in keys.sealing.items()}
        self._index = keys.index
        self._digest_keys: dict[str, bytes] = {}

    def seal(self, plaintext: str, context: str) -> str:
        """The plaintext, encrypted for this context alone. Equal plaintexts give different sealed texts."""
        header = f"{_FORMAT}.{_ALGORITHM}.{self._current}"
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._current].encrypt(nonce, plaintext.encode(), _associated(header, context))
        return f"{header}.{_encoded(nonce)}.{_encoded(ciphertext)}"

    def open(self, sealed: str, context: str) -> str:
        """Raises `SealBroken` when the text was altered, is of another context, or needs a key that is not here."""
        try:
            header, nonce, ciphertext = sealed.rsplit(".", 2)
            written, algorithm, key_id = header.split(".")
            if (written, algorithm) != (_FORMAT, _ALGORITHM):
                raise SealBroken
            cipher = self._ciphers[key_id]
            opened = cipher.decrypt(_decoded(nonce), _decoded(ciphertext), _associated(header, context))
            return opened.decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise SealBroken from error

    def blind_index(self, kind: str, value: str) -> str:
        """Equal values of a kind give equal texts; without the key nobody can go back or try values out."""
        return self.keyed_digest("blind index", kind, value).hex()

    def keyed_digest(self, purpose: str, *parts: str) -> bytes:
        """HMAC-SHA256 over the parts, with a key of its own for each purpose. Purposes are ours, never a stranger's."""
        key = self._digest_keys.get(purpose)
        if key is None:
            key = self._digest_keys[purpose] = _derived(self._index, purpose)
        encoded = [part.encode() for part in parts]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return hmac.digest(key, message, "sha256")


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"chengshitong vault {purpose}".encode()).derive(key)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]


def _associated(header: str, context: str) -> bytes:
    return f"{header}\0{context}".encode()


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Only the one spelling that `_encoded` gives, so that every altered character is noticed. Raises ValueError."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("this is not base64url") from error
    if _encoded(content) != text:
        raise ValueError("this is not base64url as written here")
    return content
