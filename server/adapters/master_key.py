"""The master key: what the keys in the key files are wrapped with, so that the files alone open nothing.

It is 32 random bytes in base64url, found in an environment variable or a file apart from the key files. A wrapped key
is a sealed text (identity_center/sealed_text.py) whose context is the file, the id and the algorithm: a key that is
moved to another place in the files does not unwrap.
"""

import hashlib
import secrets

from identity_center.ciphers import Algorithm, aead, derived
from identity_center.errors import SealBroken
from identity_center.sealed_text import Header, decoded, encoded, header_of, opened_text, sealed_text

_BYTES = 32


class KeysUnusable(Exception):
    """The keys are missing, readable by others, or not keys. The text says which file and what to do."""


def new_master_key() -> str:
    return encoded(secrets.token_bytes(_BYTES))


class MasterKey:
    """Wraps and unwraps. Its `id` stands in what it wrapped, so that a wrong one can be told."""

    def __init__(self, text: str) -> None:
        """Raises `KeysUnusable`."""
        try:
            self._secret = decoded(text)
        except ValueError:
            self._secret = b""
        if len(self._secret) != _BYTES:
            raise KeysUnusable("keys.master: a master key is 32 bytes in base64url; one is made with: cst keys master")
        self.id = hashlib.sha256(b"master key id" + self._secret).hexdigest()[:8]

    def wrap(self, secret: bytes, context: str, cipher: Algorithm) -> str:
        header = Header("w1", cipher, self.id)
        return sealed_text(header, aead(cipher, derived(cipher, self._secret, _INFO)), secret, context)

    def unwrap(self, wrapped: str, context: str) -> bytes:
        """Raises `KeysUnusable` for what another master key wrapped, or what was altered or moved."""
        try:
            header = header_of(wrapped)
            if header.form != "w1":
                raise SealBroken
            if header.key_id != self.id:
                raise KeysUnusable(f"wrapped with the master key {header.key_id}; keys.master is {self.id}")
            cipher = aead(header.algorithm, derived(header.algorithm, self._secret, _INFO))
            return opened_text(header, cipher, wrapped, context)
        except SealBroken:
            raise KeysUnusable("a wrapped key was altered") from None


_INFO = "chengshitong key file"
