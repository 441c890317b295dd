"""Personal data at rest: sealed with an authenticated cipher, found again by a keyed blind index.

Two kinds of sealed texts (sealed_text.py says how they are written). What belongs to nobody in particular is sealed
with the vault's key alone (`v1`). What belongs to a person is sealed with a key derived from the vault's key and that
person's own data key (`v2`, data_keys.py): it opens only while both are there.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from identity_center.ciphers import DIGEST_OF, KEY_BYTES, Aead, Algorithm, Digest, aead, derived, expanded, keyed_hash
from identity_center.errors import SealBroken
from identity_center.sealed_text import Header, header_of, opened_text, sealed_text

_INDEX_BYTES = 32


@dataclass(frozen=True)
class SealingKey:
    """A secret and the cipher it is for."""

    algorithm: Algorithm
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES[self.algorithm]:
            raise ValueError(f"a key for {self.algorithm} has {KEY_BYTES[self.algorithm]} bytes")

    @property
    def id(self) -> str:
        return hashlib.sha256(b"key id" + self.secret).hexdigest()[:8]

    @classmethod
    def generated(cls, algorithm: Algorithm = "A256GCM") -> "SealingKey":
        return cls(algorithm, secrets.token_bytes(KEY_BYTES[algorithm]))


@dataclass(frozen=True)
class VaultKeys:
    """The vault's key material: sealing keys by id, the one that seals now, and the secret of all keyed digests.

    Sealing keys can be added at any time and old ones dropped once nothing is sealed with them. The index secret and
    its hash stay: with others no account is found again.
    """

    current: str
    sealing: Mapping[str, SealingKey] = field(repr=False)
    index: bytes = field(repr=False)
    digest: Digest = "SHA256"

    def __post_init__(self) -> None:
        if self.current not in self.sealing:
            raise ValueError("the vault's current key is not among its keys")
        if len(self.index) != _INDEX_BYTES:
            raise ValueError(f"the vault's index secret has {_INDEX_BYTES} bytes")

    @classmethod
    def generated(cls, algorithm: Algorithm = "A256GCM") -> "VaultKeys":
        key = SealingKey.generated(algorithm)
        return cls(key.id, {key.id: key}, secrets.token_bytes(_INDEX_BYTES), DIGEST_OF[algorithm])

    def with_new_key(self, algorithm: Algorithm = "A256GCM") -> "VaultKeys":
        """These keys and a new one, which seals from now on."""
        key = SealingKey.generated(algorithm)
        return VaultKeys(key.id, {**self.sealing, key.id: key}, self.index, self.digest)

    def without(self, key_id: str) -> "VaultKeys":
        """Raises ValueError for the current key."""
        return VaultKeys(
            self.current, {name: key for name, key in self.sealing.items() if name != key_id}, self.index, self.digest
        )


class DataKey:
    """One person's data key in clear, and the ciphers that were derived from it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._ciphers: dict[str, Aead] = {}

    def cipher(self, key_id: str, key: SealingKey) -> Aead:
        """That of this person under one of the vault's keys; neither alone gives it."""
        known = self._ciphers.get(key_id)
        if known is None:
            secret = derived(key.algorithm, key.secret, "chengshitong vault person", salt=self._secret)
            known = self._ciphers[key_id] = aead(key.algorithm, secret)
        return known


class Vault:
    """Seals, opens and indexes. Knows nothing of what it is given, and keeps nothing of it."""

    def __init__(self, keys: VaultKeys, look_for_keys: Callable[[], None] | None = None) -> None:
        """`look_for_keys` is called when a text needs a key that is not here: it may `take_up` some."""
        self._look_for_keys = look_for_keys
        self._digest_keys: dict[str, bytes] = {}
        self._index, self._digest = keys.index, keys.digest
        self.take_up(keys)

    def take_up(self, keys: VaultKeys) -> None:
        """Other sealing keys from now on. Raises ValueError for another index secret: that never changes."""
        if (keys.index, keys.digest) != (self._index, self._digest):
            raise ValueError("the vault's index secret does not change")
        self._current, self._keys = keys.current, dict(keys.sealing)
        self._ciphers = {key_id: aead(key.algorithm, key.secret) for key_id, key in keys.sealing.items()}

    @property
    def current(self) -> str:
        """The id of the key that seals now."""
        return self._current

    def seal(self, plaintext: str, context: str, data_key: DataKey | None = None) -> str:
        """The plaintext, encrypted for this context alone, and for a person when their `data_key` is given."""
        key = self._keys[self._current]
        header = Header("v1" if data_key is None else "v2", key.algorithm, self._current)
        return sealed_text(header, self._cipher(self._current, data_key), plaintext.encode(), context)

    def open(self, sealed: str, context: str, data_key: DataKey | None = None) -> str:
        """Raises `SealBroken` when the text was altered, is of another context or person, or needs a key that is not
        here."""
        header = header_of(sealed)
        if header.key_id not in self._keys and self._look_for_keys is not None:
            self._look_for_keys()
        key = self._keys.get(header.key_id)
        expected = "v1" if data_key is None else "v2"
        if key is None or header != Header(expected, key.algorithm, header.key_id):
            raise SealBroken
        return opened_text(header, self._cipher(header.key_id, data_key), sealed, context).decode()

    def blind_index(self, kind: str, value: str) -> str:
        """Equal values of a kind give equal texts; without the key nobody can go back or try values out."""
        return self.keyed_digest("blind index", kind, value).hex()

    def keyed_digest(self, purpose: str, *parts: str) -> bytes:
        """An HMAC over the parts, with a key of its own for each purpose. Purposes are ours, never a stranger's."""
        key = self._digest_keys.get(purpose)
        if key is None:
            key = self._digest_keys[purpose] = expanded(
                self._digest, self._index, f"chengshitong vault {purpose}", _INDEX_BYTES
            )
        encoded = [part.encode() for part in parts]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
        return keyed_hash(self._digest, key, message)

    def _cipher(self, key_id: str, data_key: DataKey | None) -> Aead:
        return self._ciphers[key_id] if data_key is None else data_key.cipher(key_id, self._keys[key_id])
