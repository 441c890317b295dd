"""An SD-JWT as the text of a QR code, without loss, in half the modules that it would take as it is.

`CST1:` and base32 (RFC 4648, no padding) of zlib of the SD-JWT's segments, each undone from base64url and preceded by
two bytes of length, before them one byte with the number of disclosures. All characters are of QR's alphanumeric mode.
"""

import zlib
from base64 import b32decode, b32encode
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from jwt.utils import base64url_decode, base64url_encode

from identity_center.credentials.errors import PresentationInvalid, PresentationTooLarge

MARK: Final = "CST1:"
LONGEST_CODE: Final = 2_520
"""What a QR code of version 30 (137 modules a side, level L) holds. Gates' cameras read smaller ones with ease."""
LONGEST_TOKEN: Final = 16_384
_IN_A_JWT: Final = 3


def packed(presentation: str) -> str:
    """Of an SD-JWT with key binding. Raises `PresentationTooLarge`."""
    issued, *disclosures, binding = presentation.split("~")
    segments = [*issued.split("."), *disclosures, *binding.split(".")]
    contents = [base64url_decode(segment) for segment in segments]
    joined = b"".join(len(content).to_bytes(2, "big") + content for content in contents)
    compressed = zlib.compress(bytes([len(disclosures)]) + joined, 9)
    code = MARK + _base32(compressed)
    if len(code) > LONGEST_CODE:
        raise PresentationTooLarge
    return code


def unpacked(code: str) -> str:
    """The SD-JWT that was packed; one that is not packed stays as it is. Raises `PresentationInvalid`."""
    if not code.startswith(MARK):
        return code
    try:
        text = code.removeprefix(MARK)
        compressed = b32decode(text + "=" * (-len(text) % 8))
        unzip = zlib.decompressobj()
        content = unzip.decompress(compressed, LONGEST_TOKEN)
        whole = unzip.eof and not unzip.unused_data and _base32(compressed) == text
        segments = [base64url_encode(part).decode() for part in _parts(content[1:])]
    except (ValueError, zlib.error) as error:
        raise PresentationInvalid from error
    if not whole or len(segments) != content[0] + 2 * _IN_A_JWT:
        raise PresentationInvalid
    return "~".join((_jwt(segments[:3]), *segments[3:-3], _jwt(segments[-3:])))


def _base32(content: bytes) -> str:
    return b32encode(content).decode().rstrip("=")


def _jwt(segments: Sequence[str]) -> str:
    return ".".join(segments)


def _parts(content: bytes) -> list[bytes]:
    ends = [0]
    while ends[-1] < len(content):
        ends.append(ends[-1] + 2 + int.from_bytes(content[ends[-1] : ends[-1] + 2], "big"))
    if ends[-1] != len(content):
        raise ValueError("a part is cut off")
    return [content[start + 2 : end] for start, end in pairwise(ends)]
