"""Identifiers: opaque, sortable by time of creation, unguessable, and telling nothing of anybody."""

import hashlib
import secrets

from ulid import ULID

from core.clock import Clock


def new_id(clock: Clock) -> str:
    """A ULID: 48 bits of milliseconds and 80 random bits from the system's generator, 26 characters."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return str(ULID(milliseconds.to_bytes(6, "big") + secrets.token_bytes(10)))


def new_secret() -> str:
    """256 random bits for a bearer secret, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def derived_id(*parts: str) -> str:
    """The same parts always give the same id; different parts never do (the parts' lengths are part of it)."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return digest.hexdigest()[:40]
