"""What the camera shows must be recognised as the person and as the action, by face_recognition itself."""

import importlib.util
import io
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import dlib
import face_recognition
import face_recognition_models  # type: ignore[import-untyped]
import numpy as np
import orjson
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps

from sandbox.darkroom import ID_PHOTO_SIZE, Pose, exposed, id_photo, posed
from sandbox.face_finder import Unusable, portrait_in
from sandbox.portraits import Portrait, portrait_from, public_domain_photograph

EXPOSURES = 2
Measured = NDArray[np.float64]


@cache
def portrait() -> Portrait:
    return portrait_from(orjson.dumps(portrait_in(public_domain_photograph())))


@cache
def predictor() -> Any:
    return dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())


@cache
def detector() -> Any:
    return dlib.get_frontal_face_detector()


@cache
def landmarks(jpeg: bytes) -> Measured:
    """The 68 landmarks of the only face, found as an examiner finds them: HOG without upsampling."""
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)))
    (face,) = detector()(pixels, 0)
    assert face.width() >= 80
    return np.array([(part.x, part.y) for part in predictor()(pixels, face).parts()], dtype=np.float64)


def encoding(jpeg: bytes, upsample: int = 0) -> Measured:
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)))
    (face,) = face_recognition.face_locations(pixels, upsample)
    found: Measured = face_recognition.face_encodings(pixels, [face])[0]
    return found


@cache
def exposures(pose: Pose) -> list[bytes]:
    pixels, chance = posed(portrait(), pose), np.random.default_rng(EXPOSURES)
    return [exposed(pixels, chance) for _ in range(EXPOSURES)]


def measured(measure: Callable[[Measured], float], pose: Pose) -> list[float]:
    return [measure(landmarks(frame)) for frame in exposures(pose)]


def length(face: Measured, a: int, b: int) -> float:
    return float(np.linalg.norm(face[a] - face[b]))


def yaw(face: Measured) -> float:
    """0.5 for a face that looks ahead; larger when the nose is nearer to the jaw's edge on the image's right."""
    left, right = length(face, 30, 2), length(face, 30, 14)
    return left / (left + right)


def mouth_inside(face: Measured) -> float:
    return sum(length(face, a, b) for a, b in ((61, 67), (62, 66), (63, 65))) / 3 / length(face, 60, 64)


def mouth_outside(face: Measured) -> float:
    return sum(length(face, a, b) for a, b in ((50, 58), (51, 57), (52, 56))) / 3 / length(face, 48, 54)


def eyes(face: Measured) -> float:
    ratios = [(length(face, e + 1, e + 5) + length(face, e + 2, e + 4)) / 2 / length(face, e, e + 3) for e in (36, 42)]
    return sum(ratios) / 2


def test_turning_left_brings_the_nose_to_the_images_right_and_turning_right_to_its_left() -> None:
    neutral = measured(yaw, "neutral")
    assert min(measured(yaw, "turn_left")) - max(neutral) > 0.17
    assert min(neutral) - max(measured(yaw, "turn_right")) > 0.17


@pytest.mark.parametrize("ratio", [mouth_inside, mouth_outside])
def test_an_opened_mouth_is_wide_open_inside_and_outside(ratio: Callable[[Measured], float]) -> None:
    assert min(measured(ratio, "open_mouth")) - max(measured(ratio, "neutral")) > 0.30


def test_a_blink_closes_the_eyes_and_nothing_else_does() -> None:
    neutral = measured(eyes, "neutral")
    assert max(measured(eyes, "blink")) < 0.65 * min(neutral)
    for other in ("turn_left", "turn_right", "open_mouth"):
        assert min(measured(eyes, other)) > 0.75 * max(neutral)


def test_an_action_is_no_other_action() -> None:
    neutral = max(measured(yaw, "neutral"))
    for still in ("blink", "open_mouth"):
        assert max(abs(value - neutral) for value in measured(yaw, still)) < 0.08
    closed = max(measured(mouth_inside, "neutral"))
    for shut in ("blink", "turn_left", "turn_right"):
        assert max(measured(mouth_inside, shut)) - closed < 0.1


@pytest.mark.parametrize("pose", ["neutral", "turn_left", "turn_right", "open_mouth", "blink"])
def test_every_frame_is_the_person_on_the_authoritys_photo(pose: Pose) -> None:
    reference = encoding(id_photo(portrait().pixels), upsample=1)
    distances = [float(np.linalg.norm(encoding(frame) - reference)) for frame in exposures(pose)]
    assert max(distances) <= 0.45


def test_another_persons_photo_is_another_person() -> None:
    stranger = encoding(id_photo(posed(portrait(), "disguised")), upsample=1)
    for pose in ("neutral", "turn_left", "open_mouth"):
        assert np.linalg.norm(encoding(exposures(pose)[0]) - stranger) > 0.65


def test_no_two_frames_are_alike_and_none_is_large() -> None:
    frames = [frame for pose in ("neutral", "turn_left") for frame in exposures(pose)]
    assert len(set(frames)) == len(frames)
    for frame in frames:
        assert len(frame) < 200_000
        assert max(Image.open(io.BytesIO(frame)).size) <= 640
    brightness = [float(np.asarray(Image.open(io.BytesIO(frame))).mean()) for frame in frames]
    assert all(abs(one - next_one) < 25 for one, next_one in pairwise(brightness))


def test_the_authoritys_photo_has_an_identity_cards_proportions() -> None:
    photo = Image.open(io.BytesIO(id_photo(portrait().pixels)))
    assert (photo.format, photo.size) == ("JPEG", ID_PHOTO_SIZE)


def png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def astronaut() -> Image.Image:
    return Image.open(io.BytesIO(public_domain_photograph())).convert("RGB")


def test_a_face_in_a_large_upright_photo_becomes_a_portrait_of_one_size() -> None:
    turned_by_the_phone = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    large = astronaut().resize((1600, 1600)).rotate(90, expand=True)
    large.save(turned_by_the_phone, "JPEG", exif=exif)
    found = portrait_from(orjson.dumps(portrait_in(turned_by_the_phone.getvalue())))
    assert max(found.pixels.shape) == 640
    assert found.landmarks.shape == (68, 2)


def beside(one: Image.Image, other: Image.Image) -> Image.Image:
    both = Image.new("RGB", (one.width + other.width, one.height))
    both.paste(one, (0, 0))
    both.paste(other, (one.width, 0))
    return both


def clipped(image: bytes) -> bytes:
    return image[: len(image) // 2]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"", "image_invalid"),
        (b"\xff\xd8\xff\xe0 no picture", "image_invalid"),
        (clipped(png(astronaut())), "image_invalid"),
        (b"GIF89a" + bytes(200), "image_invalid"),
        (png(Image.new("RGB", (300, 300), "white")), "no_face"),
        (png(Image.new("L", (1, 1))), "no_face"),
        (png(beside(astronaut(), ImageOps.mirror(astronaut()))), "several_faces"),
        (png(Image.new("1", (6000, 6000))), "image_too_large"),
    ],
)
def test_what_is_no_portrait_is_refused_with_its_reason(
    image: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # face_recognition lets Pillow accept truncated files; the finder's own process does not load it.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    with pytest.raises(Unusable, match=f"^{reason}$"):
        portrait_in(image)


def test_the_photograph_comes_from_an_installed_package_that_is_not_imported() -> None:
    package = importlib.util.find_spec("skimage")
    assert package is not None
    assert Path(str(package.origin)).parent.joinpath("data", "astronaut.png").read_bytes() == public_domain_photograph()
