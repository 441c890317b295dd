"""The two suites: AES-256-GCM with SHA-256, and SM4-GCM with SM3 (GB/T 32907, GB/T 32905), chosen by configuration.

Whatever is made with one says so and can be read with either configured. AES is the faster by far: with the same
OpenSSL, sealing 18 bytes took 0.8 µs with AES and 7 µs with SM4.
"""

import hmac
from collections.abc import Mapping
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Algorithm = Literal["A256GCM", "SM4GCM"]
"""Authenticated encryption, by the name that stands in sealed texts."""
Digest = Literal["SHA256", "SM3"]

KEY_BYTES: Mapping[Algorithm, int] = {"A256GCM": 32, "SM4GCM": 16}
DIGEST_OF: Mapping[Algorithm, Digest] = {"A256GCM": "SHA256", "SM4GCM": "SM3"}
"""The hash of a cipher's suite."""
NONCE_BYTES, TAG_BYTES = 12, 16


class Aead(Protocol):
    """Encryption that notices alterations. `decrypt` raises `InvalidTag`, or ValueError for what is too short."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class Sm4Gcm:
    """In the shape of `AESGCM`: the tag stands behind the ciphertext."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        if len(data) < TAG_BYTES:
            raise InvalidTag
        decryptor = Cipher(self._algorithm, GCM(nonce, data[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


def aead(algorithm: Algorithm, key: bytes) -> Aead:
    return AESGCM(key) if algorithm == "A256GCM" else Sm4Gcm(key)


def derived(algorithm: Algorithm, key: bytes, info: str, salt: bytes | None = None) -> bytes:
    """A key for `algorithm` from another one, by the hash of its suite."""
    return expanded(DIGEST_OF[algorithm], key, info, KEY_BYTES[algorithm], salt)


def expanded(digest: Digest, key: bytes, info: str, length: int, salt: bytes | None = None) -> bytes:
    """HKDF (RFC 5869)."""
    algorithm = SHA256() if digest == "SHA256" else SM3()
    return HKDF(algorithm, length, salt=salt, info=info.encode()).derive(key)


def keyed_hash(digest: Digest, key: bytes, message: bytes) -> bytes:
    """HMAC: 32 bytes with either hash."""
    if digest == "SHA256":
        return hmac.digest(key, message, "sha256")
    whole = HMAC(key, SM3())
    whole.update(message)
    return whole.finalize()
