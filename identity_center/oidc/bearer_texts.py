"""Texts that are worth something to whoever has them: codes, tokens, pushed requests, cookies, QR codes.

Each is `<id>.<more>.<digest>`: a keyed digest over what it is for and the parts before it. None is stored, not even
hashed: the database alone makes none, and what is not genuine is refused before the database is asked.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Final, Literal

from identity_center.vault import Vault

Use = Literal["request", "browser", "scan", "code", "access", "refresh", "session"]
LONGEST: Final = 400


def made(vault: Vault, use: Use, *parts: str) -> str:
    return ".".join((*parts, _digest(vault, use, parts)))


def parts_of(vault: Vault, use: Use, text: str) -> tuple[str, ...] | None:
    """The parts of a genuine text, or None."""
    if len(text) > LONGEST or not text.isascii():
        return None
    *parts, digest = text.split(".")
    if not parts or not hmac.compare_digest(_digest(vault, use, tuple(parts)), digest):
        return None
    return tuple(parts)


def _digest(vault: Vault, use: Use, parts: tuple[str, ...]) -> str:
    digest = vault.keyed_digest("oidc", use, *parts)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
