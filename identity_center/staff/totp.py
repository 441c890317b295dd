"""Time-based one-time passwords (RFC 6238) as every authenticator app speaks them: SHA-1, six digits, half a minute.

The algorithm is `cryptography`'s own; what is here is which half minutes count, and the picture for the app.
"""

import base64
import hmac
import io
import re
import secrets
from datetime import datetime

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
_DIGITS = 6
_SECRET_BYTES = 20
_DRIFT = 1
"""Half minutes that a phone's clock may be behind or ahead (RFC 6238, 5.2)."""
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}")


def new_secret() -> str:
    """160 random bits (RFC 4226, R6) in base32, 32 characters."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one half minute, counted from 1970."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def matching_step(secret: str, code: str, now: datetime, *, after: int = 0) -> int | None:
    """The half minute around now, and later than `after`, that the code is of; None when it is of none."""
    present, found = step_at(now), None
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def provisioning_uri(secret: str, account: str, issuer: str) -> str:
    """What the QR code says: otpauth://totp/…"""
    return _totp(secret).get_provisioning_uri(account, issuer)


def qr_svg(uri: str) -> str:
    picture = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(picture, kind="svg", xmldecl=False, svgns=True, scale=4, border=4)
    return picture.getvalue().decode()


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  # the norm's, and every app's
