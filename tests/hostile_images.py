"""Image files as nobody's camera makes them, built from their bytes. No picture of anybody is in here."""

import io
import struct
import zlib
from typing import Literal

from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
Format = Literal["JPEG", "PNG"]


def picture(width: int = 64, height: int = 48) -> Image.Image:
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height // 2))
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    return image


def written(image: Image.Image, file_format: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


def jpeg(width: int = 64, height: int = 48) -> bytes:
    return written(picture(width, height), "JPEG", quality=90)


def png(width: int = 64, height: int = 48) -> bytes:
    return written(picture(width, height), "PNG")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, depth: int, color: int, rows: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return b"".join([PNG_SIGNATURE, header, *extra, chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")])


def png_with(*extra: bytes) -> bytes:
    """A good PNG with more chunks after its header."""
    whole = png()
    return whole[:33] + b"".join(extra) + whole[33:]


def png_bomb() -> bytes:
    """50,000 x 50,000 pixels in 30 kB; 7.5 GB when decoded."""
    return png_of(50_000, 50_000, 8, 2, bytes(30_000_000))


def text_bomb() -> bytes:
    """Sixty compressed comments of 4 MB each."""
    comment = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(4_000_000), 9))
    return png_with(*[comment] * 60)


def profile_bomb() -> bytes:
    return png_with(chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(50_000_000), 9)))


def animated_png() -> bytes:
    frames = [picture(), picture().rotate(90)]
    return written(frames[0], "PNG", save_all=True, append_images=frames[1:])


def many_chunks() -> bytes:
    return png_with(*[chunk(b"tEXt", b"a\0b")] * 5000)


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_with(*segments: bytes) -> bytes:
    """A good JPEG with more segments at its start, and without its JFIF segment."""
    whole = jpeg()
    (jfif,) = struct.unpack_from(">H", whole, 4)
    return whole[:2] + b"".join(segments) + whole[4 + jfif :]


def jpeg_sized(width: int, height: int, depth: int = 8) -> bytes:
    """A JPEG whose header states another size than its pixels have."""
    whole = jpeg()
    at = whole.index(b"\xff\xc0")
    return whole[: at + 4] + struct.pack(">BHH", depth, height, width) + whole[at + 9 :]


def many_scans() -> bytes:
    """A progressive JPEG of 1920 x 1920 that goes over its pixels two hundred times."""
    whole = written(Image.new("RGB", (1920, 1920)), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * 200 + whole[-2:]


def exif(orientation: int, order: Literal["<", ">"] = ">") -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def exif_bomb() -> bytes:
    """Five thousand entries that all name the same 60 kB: 300 MB for a reader that copies them."""
    entries = b"".join(struct.pack(">HHII", 0x8000 + number, 7, 60_000, 8) for number in range(5000))
    block = b"MM\0*" + struct.pack(">IH", 8, 5000) + entries + bytes(4)
    return jpeg_with(segment(0xE1, b"Exif\0\0" + block))


def oriented(orientation: int, file_format: Format) -> bytes:
    if file_format == "JPEG":
        return jpeg_with(segment(0xE1, b"Exif\0\0" + exif(orientation)))
    return png_with(chunk(b"eXIf", exif(orientation, "<")))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "one byte": (b"\xff", "not_jpeg_or_png"),
    "GIF": (written(picture(), "GIF"), "not_jpeg_or_png"),
    "BMP": (written(picture(), "BMP"), "not_jpeg_or_png"),
    "TIFF": (written(picture(), "TIFF"), "not_jpeg_or_png"),
    "WebP": (written(picture(), "WEBP"), "not_jpeg_or_png"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_jpeg_or_png"),
    "HTML": (b"<!doctype html><script>alert(1)</script>", "not_jpeg_or_png"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n(id) run", "not_jpeg_or_png"),
    "too many bytes": (jpeg() + bytes(1_048_576), "too_many_bytes"),
    "PNG that unpacks to 7.5 GB": (png_bomb(), "too_many_pixels"),
    "PNG one pixel too wide": (png(1921, 8), "too_many_pixels"),
    "PNG one pixel too high": (png(8, 1921), "too_many_pixels"),
    "PNG without pixels": (png_of(0, 0, 8, 2, b""), "unreadable"),
    "JPEG that states 65,535 x 65,535": (jpeg_sized(65_535, 65_535), "too_many_pixels"),
    "JPEG without height": (jpeg_sized(64, 0), "unreadable"),
    "JPEG of 12 bits": (jpeg_sized(64, 48, depth=12), "color_mode"),
    "JPEG in CMYK": (written(picture().convert("CMYK"), "JPEG"), "color_mode"),
    "PNG of 16 bits, grey": (png_of(4, 4, 16, 0, bytes(4 * 9)), "color_mode"),
    "PNG of 16 bits, colour": (png_of(4, 4, 16, 2, bytes(4 * 25)), "color_mode"),
    "PNG of 1 bit": (written(picture().convert("1"), "PNG"), "color_mode"),
    "PNG that moves": (animated_png(), "animated"),
    "PNG of five thousand chunks": (many_chunks(), "too_complex"),
    "JPEG of two hundred scans": (many_scans(), "too_complex"),
    "JPEG's first half": (jpeg()[: len(jpeg()) // 2], "truncated"),
    "JPEG's start alone": (b"\xff\xd8", "truncated"),
    "PNG's first half": (png()[: len(png()) // 2], "truncated"),
    "PNG's signature alone": (PNG_SIGNATURE, "truncated"),
    "PNG without its pixels": (png_of(64, 48, 8, 2, b""), "unreadable"),
    "PNG whose pixels are noise": (
        PNG_SIGNATURE + png()[8:33] + chunk(b"IDAT", b"\x00noise" * 9) + chunk(b"IEND", b""), "unreadable"
    ),
    "PNG with a wrong checksum": (png()[:29] + b"\0\0\0\0" + png()[33:], "unreadable"),
    "JPEG whose segments are noise": (b"\xff\xd8" + b"\x00\x01\x02\x03" * 40, "unreadable"),
}  # fmt: skip
"""What it is, its bytes, and the reason with which it is refused."""

BOMBS_THAT_ARE_PICTURES = {"text": text_bomb(), "profile": profile_bomb(), "EXIF": exif_bomb()}
"""Good pictures that carry something which unpacks to hundreds of megabytes for whoever reads it."""
