"""A stranger's file costs bounded memory and time, and is either a picture or refused for a reason."""

import base64
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from identity_center.face.settings import ImageLimits
from server.adapters.face_images import Picture, Unusable, exif_orientation, read_picture
from tests.hostile_images import (
    BOMBS_THAT_ARE_PICTURES,
    HOSTILE,
    Format,
    chunk,
    exif,
    jpeg,
    jpeg_with,
    oriented,
    picture,
    png,
    segment,
    written,
)

LIMITS = ImageLimits()
RED, LIME, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def read(data: bytes) -> Picture:
    return read_picture(base64.b64encode(data), LIMITS)


def reason(text: bytes) -> str:
    with pytest.raises(Unusable) as caught:
        read_picture(text, LIMITS)
    return caught.value.problem


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1_000_000
    finally:
        tracemalloc.stop()


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Top left, top right, bottom left, bottom right, each rounded to the pure colour it is nearest to."""
    right, bottom = image.width - 2, image.height - 2
    pixels = [image.getpixel(place) for place in ((1, 1), (right, 1), (1, bottom), (right, bottom))]
    return [tuple(255 * round(value / 255) for value in one) for one in pixels if isinstance(one, tuple)]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_for_its_reason_in_little_memory(name: str) -> None:
    data, expected = HOSTILE[name]
    text = base64.b64encode(data)
    with at_most(megabytes=8):
        assert reason(text) == expected


@pytest.mark.parametrize("name", BOMBS_THAT_ARE_PICTURES)
def test_what_a_picture_carries_besides_its_pixels_is_never_unpacked(name: str) -> None:
    with at_most(megabytes=8):
        assert corners(read(BOMBS_THAT_ARE_PICTURES[name]).image) == [RED, LIME, BLUE, WHITE]


@pytest.mark.parametrize(
    "text",
    [b"!", b"====", b"data:image/jpeg;base64," + base64.b64encode(jpeg()), base64.encodebytes(jpeg()), b"????"],
)
def test_only_plain_base64_is_read(text: bytes) -> None:
    assert reason(text) == "not_base64"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA"])
def test_common_colour_modes_become_rgb(file_format: Format, mode: str) -> None:
    image = picture().convert(mode)
    if file_format == "JPEG" and mode not in ("RGB", "L"):
        image = image.convert("RGB")
    result = read(written(image, file_format)).image
    assert (result.mode, result.size) == ("RGB", (64, 48))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, LIME, BLUE, WHITE]),
        (2, [LIME, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, LIME, RED]),
        (4, [BLUE, WHITE, RED, LIME]),
        (5, [RED, BLUE, LIME, WHITE]),
        (6, [BLUE, RED, WHITE, LIME]),
        (7, [WHITE, LIME, BLUE, RED]),
        (8, [LIME, WHITE, RED, BLUE]),
        (0, [RED, LIME, BLUE, WHITE]),
        (9, [RED, LIME, BLUE, WHITE]),
    ],
)
def test_a_picture_is_turned_upright(file_format: Format, orientation: int, expected: list[tuple[int, ...]]) -> None:
    assert corners(read(oriented(orientation, file_format)).image) == expected


def test_large_pictures_are_scaled_down_and_small_ones_are_left_alone() -> None:
    large, small = read(jpeg(1920, 1440)), read(jpeg(102, 126))
    assert (large.width, large.height, large.image.size) == (1920, 1440, (640, 480))
    assert (small.width, small.height, small.image.size) == (102, 126, (102, 126))


@pytest.mark.parametrize("size", [(1920, 1), (1, 1920), (1, 1)])
def test_the_oddest_shapes_are_read(size: tuple[int, int]) -> None:
    assert min(read(jpeg(*size)).image.size) >= 1
    assert min(read(png(*size)).image.size) >= 1


def test_of_a_file_with_several_pictures_the_first_is_read() -> None:
    assert corners(read(jpeg() + jpeg(8, 8)).image) == [RED, LIME, BLUE, WHITE]


def test_the_library_that_reads_truncated_files_is_told_not_to() -> None:
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # as importing face_recognition leaves it
    cut_short = chunk(b"IDAT", zlib.compress(bytes(range(193)) * 48, 0)[:5000])
    assert reason(base64.b64encode(png()[:33] + cut_short + chunk(b"IEND", b""))) == "unreadable"


def test_a_second_size_in_the_file_is_judged_too() -> None:
    whole = jpeg()
    header = whole[whole.index(b"\xff\xc0") :][:19]
    huge = header[:5] + b"\xff\xff\xff\xff" + header[9:]
    assert reason(base64.b64encode(jpeg_with(huge))) in ("too_many_pixels", "unreadable")


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"MM\0*" + b"\xff" * 8)
@example(b"II*\0\x08\0\0\0\xff\xff")
def test_any_bytes_where_exif_should_be_state_an_orientation(data: bytes) -> None:
    assert 1 <= exif_orientation(data) <= 8


@settings(deadline=None)
@given(st.integers(0, 65_535), st.sampled_from("<>"))
def test_orientation_is_read_in_both_byte_orders(value: int, order: str) -> None:
    block = exif(value, "<" if order == "<" else ">")
    assert exif_orientation(block) == (value if 1 <= value <= 8 else 1)


WHOLE = {"JPEG": jpeg(), "progressive": written(picture(), "JPEG", progressive=True), "PNG": png()}


@settings(deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_file_cut_off_anywhere_is_refused(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    length = data.draw(st.integers(1, len(whole) - 2))
    assert reason(base64.b64encode(whole[:length])) in ("truncated", "not_jpeg_or_png", "unreadable")


@settings(deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_damage_anywhere_gives_a_picture_within_the_limits_or_a_reason(name: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(2, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = read(bytes(damaged))
    except Unusable:
        return
    assert max(result.image.size) <= 640
    assert result.image.mode == "RGB"


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_segment_may_stand_in_a_jpeg(content: bytes) -> None:
    for marker in (0xE0, 0xE1, 0xE2, 0xED, 0xEF, 0xFE):
        assert read(jpeg_with(segment(marker, content))).width == 64
