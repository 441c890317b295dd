"""How a sealed text is written: `<form>.<algorithm>.<key id>.<nonce>.<ciphertext>`, the last two in base64url.

What stands before the nonce is authenticated with it, and so is the context (whose value, which field): a sealed text
that is moved to another row or field does not open. Nonces are random, so a key is good for 2^32 texts.
"""

import binascii
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import cast, get_args

from cryptography.exceptions import InvalidTag

from identity_center.ciphers import NONCE_BYTES, Aead, Algorithm
from identity_center.errors import SealBroken

_ALGORITHMS = frozenset(get_args(Algorithm))
_HEADER = re.compile(r"(v1|v2|w1)\.([A-Z0-9]+)\.([0-9A-Za-z]+)")


@dataclass(frozen=True)
class Header:
    """What a sealed text says of itself. `form`: v1 sealed by the vault's key alone, v2 for one person, w1 a wrapped
    key."""

    form: str
    algorithm: Algorithm
    key_id: str

    def __str__(self) -> str:
        return f"{self.form}.{self.algorithm}.{self.key_id}"


def sealed_text(header: Header, cipher: Aead, plaintext: bytes, context: str) -> str:
    """Equal plaintexts give different texts."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = cipher.encrypt(nonce, plaintext, _associated(header, context))
    return f"{header}.{encoded(nonce)}.{encoded(ciphertext)}"


def header_of(sealed: str) -> Header:
    """Raises `SealBroken` for what has not the shape of a sealed text."""
    match = _HEADER.fullmatch(sealed.rsplit(".", 2)[0])
    if match is None or match[2] not in _ALGORITHMS:
        raise SealBroken
    return Header(match[1], cast("Algorithm", match[2]), match[3])


def is_sealed(text: str) -> bool:
    """Whether a text has the shape of a sealed one."""
    try:
        header_of(text)
    except SealBroken:
        return False
    return True


def opened_text(header: Header, cipher: Aead, sealed: str, context: str) -> bytes:
    """Raises `SealBroken` when the text was altered or is of another context or key."""
    try:
        _, nonce, ciphertext = sealed.rsplit(".", 2)
        return cipher.decrypt(decoded(nonce), decoded(ciphertext), _associated(header, context))
    except (ValueError, InvalidTag) as error:
        raise SealBroken from error


def _associated(header: Header, context: str) -> bytes:
    return f"{header}\0{context}".encode()


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Only the one spelling that `encoded` gives, so that every altered character is noticed. Raises ValueError."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("this is not base64url") from error
    if encoded(content) != text:
        raise ValueError("this is not base64url as written here")
    return content
