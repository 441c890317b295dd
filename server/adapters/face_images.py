"""From a stranger's base64 to pixels, in bounded memory and time. Runs in the face worker only.

The container is read by hand first. What the pixels do not need (EXIF, ICC, text, comments, further pictures) is left
out, so no decoder ever sees it; size, depth and number of scans are judged from the headers. EXIF is read for its
orientation alone: Pillow's own reader copies every entry, and 65,535 entries may all name the same megabyte.
"""

import base64
import binascii
import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from identity_center.face.examination import ImageProblem
from identity_center.face.settings import ImageLimits

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"

_MAX_SEGMENTS = 2000
_MAX_SCANS = 16  # a progressive JPEG has about ten; each one more costs a pass over the whole picture
_PNG_NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_PNG_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
_JPEG_SCAN, _JPEG_APP1 = 0xDA, 0xE1
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_LEFT_OUT = {*range(0xE1, 0xF0), 0xFE} - {0xEE}  # 0xEE says how the colours are coded
_ORIENTATION_TAG, _SHORT = 0x0112, 3
_MAX_EXIF_ENTRIES = 512

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unusable(Exception):
    """An image that is not examined, with nothing in it but the reason."""

    def __init__(self, problem: ImageProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Picture:
    """`image` is upright RGB, scaled down to the examined size; `width` and `height` are as sent."""

    image: Image.Image
    width: int
    height: int


@dataclass(frozen=True)
class _Container:
    """What a file says of itself, and the file again with only what its pixels need."""

    width: int
    height: int
    orientation: int
    pixels_only: bytes


def read_picture(text: bytes, limits: ImageLimits) -> Picture:
    """Decodes one image given as base64. Raises `Unusable`."""
    data = _from_base64(text, limits.max_bytes)
    opener: type[JpegImageFile | PngImageFile]
    if data.startswith(JPEG_START):
        container, opener = _read_jpeg(data), JpegImageFile
    elif data.startswith(PNG_SIGNATURE):
        container, opener = _read_png(data), PngImageFile
    else:
        raise Unusable("not_jpeg_or_png")
    _refuse_size(container.width, container.height, limits)
    image = _decoded(opener, container, limits)
    turned = _UPRIGHT.get(container.orientation)
    return Picture(image.transpose(turned) if turned is not None else image, container.width, container.height)


def _from_base64(text: bytes, max_bytes: int) -> bytes:
    if not text:
        raise Unusable("empty")
    if len(text) > (max_bytes + 2) // 3 * 4:
        raise Unusable("too_many_bytes")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Unusable("not_base64") from None
    if len(data) > max_bytes:
        raise Unusable("too_many_bytes")
    return data


def _refuse_size(width: int, height: int, limits: ImageLimits) -> None:
    if width == 0 or height == 0:
        raise Unusable("unreadable")
    if max(width, height) > limits.max_side:
        raise Unusable("too_many_pixels")


def _decoded(opener: type[JpegImageFile | PngImageFile], container: _Container, limits: ImageLimits) -> Image.Image:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # face_recognition sets it for the whole process when it is imported
    side = limits.examined_side
    try:
        with opener(io.BytesIO(container.pixels_only)) as image:
            _refuse_size(*image.size, limits)
            if image.mode not in ("RGB", "L", "P", "RGBA", "LA"):
                raise Unusable("color_mode")
            scale = side / max(image.size)
            if scale < 1:
                image.draft("RGB", (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
            rgb = image.convert("RGB")
    except Unusable:
        raise
    except Exception:  # noqa: BLE001  # Pillow raises a dozen kinds for broken data, and their texts may quote it
        raise Unusable("unreadable") from None
    rgb.thumbnail((side, side), Image.Resampling.BILINEAR)
    return rgb


def _read_jpeg(data: bytes) -> _Container:
    """ITU-T T.81, annex B: segments of a marker and a length until the first scan; then the scans up to the end."""
    kept, at, size, orientation = [JPEG_START], 2, (0, 0), 1
    for _ in range(_MAX_SEGMENTS):
        marker, end = _jpeg_segment(data, at)
        if marker == _JPEG_SCAN:
            break
        if marker in _JPEG_FRAMES:
            size = _jpeg_size(data[at + 4 : end])
        if marker == _JPEG_APP1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = exif_orientation(data[at + 10 : end])
        if marker not in _JPEG_LEFT_OUT:
            kept.append(data[at:end])
        at = end
    else:
        raise Unusable("too_complex")
    end = data.rfind(JPEG_END)
    if end < at:
        raise Unusable("truncated")
    scans = data[at : end + 2]
    if scans.count(b"\xff\xda") > _MAX_SCANS:
        raise Unusable("too_complex")
    return _Container(*size, orientation, b"".join((*kept, scans)))


def _jpeg_segment(data: bytes, at: int) -> tuple[int, int]:
    """The marker at `at`, and where its segment ends."""
    if len(data) < at + 4:
        raise Unusable("truncated")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    if data[at] != 0xFF or data[at + 1] < 0xC0 or length < 2:
        raise Unusable("unreadable")
    if len(data) < at + 2 + length:
        raise Unusable("truncated")
    return data[at + 1], at + 2 + length


def _jpeg_size(frame: bytes) -> tuple[int, int]:
    if len(frame) < 6:
        raise Unusable("unreadable")
    depth, height, width, components = struct.unpack_from(">BHHB", frame)
    if depth != 8 or components not in (1, 3):
        raise Unusable("color_mode")
    return width, height


def _read_png(data: bytes) -> _Container:
    """PNG, third edition, section 5: chunks of length, type, data and checksum. IHDR comes first, IEND last."""
    kept, at, orientation = [PNG_SIGNATURE], len(PNG_SIGNATURE), 1
    size = _png_size(data[at : at + 25])
    for _ in range(_MAX_SEGMENTS):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(data) < end or len(kind) < 4:
            raise Unusable("truncated")
        if kind in _PNG_ANIMATION:
            raise Unusable("animated")
        if kind == b"eXIf":
            orientation = exif_orientation(data[at + 8 : end - 4])
        if kind in _PNG_NEEDED:
            kept.append(data[at:end])
        if kind == b"IEND":
            return _Container(*size, orientation, b"".join(kept))
        at = end
    raise Unusable("too_complex")


def _png_size(header: bytes) -> tuple[int, int]:
    if len(header) < 25:
        raise Unusable("truncated")
    if header[4:8] != b"IHDR":
        raise Unusable("unreadable")
    width, height, depth = struct.unpack_from(">IIB", header, 8)
    if depth == 16:
        raise Unusable("color_mode")
    return width, height


def exif_orientation(tiff: bytes) -> int:
    """The orientation (1 to 8) that the first directory of an EXIF block states; 1 when it states none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    if directory + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack_from(order + "H", tiff, directory)
    for number in range(min(entries, _MAX_EXIF_ENTRIES)):
        at = directory + 2 + 12 * number
        if at + 12 > len(tiff):
            return 1
        tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == _ORIENTATION_TAG:
            return value if kind == _SHORT and 1 <= value <= 8 else 1
    return 1
