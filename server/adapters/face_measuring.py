"""Measures faces with face_recognition (dlib). Runs in the face worker only: the detector is a module-wide object of
the library, and two threads that use it at once corrupt the process's memory."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import face_recognition
import numpy as np
import numpy.typing as npt
from PIL import Image

from identity_center.face.examination import Distances, Examination, Face, Frame
from identity_center.face.settings import ImageLimits
from server.adapters.face_images import Unusable, read_picture

Points = npt.NDArray[np.float64]
Encoding = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Top, right, bottom, left, as face_recognition has it."""

MODEL = (
    f"dlib_face_recognition_resnet_model_v1, face_recognition {version('face-recognition')}, dlib {version('dlib-bin')}"
)

_CROP = 96
_SECOND_FACE = 0.3
_TINY = 1e-6


@dataclass(frozen=True)
class _Seen:
    """A frame with what the encoder needs of it."""

    frame: Frame
    pixels: npt.NDArray[np.uint8] | None = None
    box: Box | None = None
    landmarks: Points | None = None


def examine(frames: Sequence[bytes], reference: bytes, limits: ImageLimits) -> Examination:
    """The whole examination. Encodings are made only when every image shows what it should; they end with this call."""
    seen: list[_Seen] = []
    for frame in frames:
        seen.append(_look(frame, limits, first=seen[0] if seen else None))
    authority = _look(reference, limits, is_reference=True)
    comparable = all(one.frame.faces == 1 for one in seen) and authority.box is not None and len(seen) > 1
    distances = _distances(seen, authority) if comparable else None
    return Examination(tuple(one.frame for one in seen), authority.frame, distances, MODEL)


def encoded(photo: bytes, limits: ImageLimits, *, is_reference: bool) -> tuple[Frame, Encoding | None]:
    """One photo (base64) as a verification would take it, and the face's encoding when it shows one face."""
    seen = _look(photo, limits, is_reference=is_reference)
    comparable = seen.box is not None and (is_reference or seen.frame.faces == 1)
    return seen.frame, _encoded(seen) if comparable else None


def warm_up(limits: ImageLimits) -> None:
    """Runs everything once on noise, so that the first citizen does not wait for pages to be read from disk."""
    side = limits.examined_side
    noise = np.random.default_rng(0).integers(0, 255, (side * 3 // 4, side, 3), dtype=np.uint8)
    face_recognition.face_locations(noise, 0)
    face_recognition.face_landmarks(noise, [(100, 300, 300, 100)])
    face_recognition.face_encodings(noise, [(100, 300, 300, 100)])


def _look(text: bytes, limits: ImageLimits, first: _Seen | None = None, *, is_reference: bool = False) -> _Seen:
    try:
        picture = read_picture(text, limits)
    except Unusable as unusable:
        return _Seen(Frame(0, 0, 0, None, unusable.problem))
    pixels = np.asarray(picture.image)
    faces, box = _found(pixels, 0)
    if box is None and is_reference:  # a photo from an ID card's chip is 102 x 126 pixels
        faces, box = _found(pixels, 1)
    if box is None:
        return _Seen(Frame(picture.width, picture.height, 0, None))
    landmarks = _landmarks(pixels, box)
    neutral = first.landmarks if first is not None else None
    face = _measured(picture.image, box, landmarks, neutral)
    return _Seen(Frame(picture.width, picture.height, faces, face), pixels, box, landmarks)


def _found(pixels: npt.NDArray[np.uint8], upsample: int) -> tuple[int, Box | None]:
    """How many faces there are, and where the surest one is.

    The library's `face_locations` without what it leaves out: how sure the detector is of each. Embroidered badges and
    patterned shirts pass for faces at up to 0.22; people were found at 0.6 to 2.2.
    """
    found, scores, _ = face_recognition.api.face_detector.run(pixels, upsample, 0.0)
    if not found:
        return 0, None
    surest = max(range(len(found)), key=scores.__getitem__)
    others = sum(score >= _SECOND_FACE for place, score in enumerate(scores) if place != surest)
    height, width = pixels.shape[:2]
    face = found[surest]
    return 1 + others, (max(face.top(), 0), min(face.right(), width), min(face.bottom(), height), max(face.left(), 0))


def _distances(seen: list[_Seen], authority: _Seen) -> Distances:
    """Which action frame is compared is decided here and now, so that every one of them must show the citizen."""
    neutral, challenge = _encoded(seen[0]), _encoded(seen[1 + secrets.randbelow(len(seen) - 1)])
    reference = _encoded(authority)
    return Distances(
        neutral=_distance(neutral, reference),
        challenge=_distance(challenge, reference),
        between=_distance(neutral, challenge),
    )


def _encoded(seen: _Seen) -> Encoding:
    encoding: Encoding = face_recognition.face_encodings(seen.pixels, [seen.box])[0]
    return encoding


def _distance(one: Encoding, other: Encoding) -> float:
    return round(float(np.linalg.norm(one - other)), 4)


def _landmarks(pixels: npt.NDArray[np.uint8], box: Box) -> Points:
    """The 68 points of iBUG 300-W in their own order, from the library's named groups."""
    named: dict[str, list[Any]] = face_recognition.face_landmarks(pixels, [box])[0]
    outer_lips = [*named["top_lip"][:7], *named["bottom_lip"][1:6]]
    inner_lips = [*named["top_lip"][:6:-1], *named["bottom_lip"][:7:-1][1:]]
    groups = (named[name] for name in ("chin", "left_eyebrow", "right_eyebrow", "nose_bridge", "nose_tip"))
    points = [*(point for group in groups for point in group), *named["left_eye"], *named["right_eye"]]
    return np.array([*points, *outer_lips, *inner_lips], dtype=np.float64)


def _measured(image: Image.Image, box: Box, landmarks: Points, neutral: Points | None) -> Face:
    top, right, bottom, left = box
    crop = image.crop((left, top, right, bottom)).convert("L").resize((_CROP, _CROP), Image.Resampling.BILINEAR)
    grey = np.asarray(crop, dtype=np.float64)
    return Face(
        height=bottom - top,
        yaw=_rounded(yaw_ratio(landmarks)),
        mouth=_rounded(mouth_ratio(landmarks)),
        eyes=_rounded(eye_ratio(landmarks)),
        relief=_rounded(relief(neutral, landmarks)) if neutral is not None else 0.0,
        sharpness=_rounded(_laplacian_variance(grey) / max(float(grey.var()), 1.0)),
        brightness=_rounded(float(grey.mean())),
    )


def yaw_ratio(points: Points) -> float:
    """Where the nose tip stands on the line between the jaw's ends: -1 at the image's left one, 1 at its right one.

    Four points of the jaw on each side are averaged: of the references tried it is the one that a tilted flat picture
    moves least.
    """
    left, right, nose = points[0:4].mean(axis=0), points[13:17].mean(axis=0), points[30]
    across = right - left
    length = float(across @ across)
    return 0.0 if length < _TINY else 2 * float((nose - left) @ across) / length - 1


def mouth_ratio(points: Points) -> float:
    """Mean height of the mouth's opening to its width."""
    heights = np.linalg.norm(points[61:64] - points[[67, 66, 65]], axis=1)
    return float(heights.mean()) / max(_length(points[64] - points[60]), _TINY)


def eye_ratio(points: Points) -> float:
    """Height of the eyes' opening to their width, mean of both (Soukupová and Čech, 2016)."""
    return (_one_eye(points[36:42]) + _one_eye(points[42:48])) / 2


def relief(neutral: Points, points: Points) -> float:
    """What is left of the landmarks when the neutral ones are moved by the plane homography that fits best.

    Any two views of a flat picture are joined by such a map, so a tilted print leaves little more than the noise of the
    landmarks, while the nose of a turning head leaves its plane. Root mean square, in outer eye distances.
    """
    source, target = _normalised(neutral), _normalised(points)
    x, y = source.T
    u, v = target.T
    nothing, one = np.zeros_like(x), np.ones_like(x)
    equations = np.concatenate(
        [
            np.stack([x, y, one, nothing, nothing, nothing, -u * x, -u * y, -u], axis=1),
            np.stack([nothing, nothing, nothing, x, y, one, -v * x, -v * y, -v], axis=1),
        ]
    )
    homography = np.linalg.svd(equations)[2][-1].reshape(3, 3)
    moved = np.column_stack([source, one]) @ homography.T
    if np.abs(moved[:, 2]).min() < _TINY:
        return 0.0
    left_over = np.linalg.norm(target - moved[:, :2] / moved[:, 2:], axis=1)
    return float(np.sqrt((left_over**2).mean())) / max(_length(target[45] - target[36]), _TINY)


def _normalised(points: Points) -> Points:
    centred = points - points.mean(axis=0)
    scaled: Points = centred / max(float(np.sqrt((centred**2).sum(axis=1).mean())), _TINY)
    return scaled


def _one_eye(eye: Points) -> float:
    return (_length(eye[1] - eye[5]) + _length(eye[2] - eye[4])) / (2 * max(_length(eye[0] - eye[3]), _TINY))


def _laplacian_variance(grey: npt.NDArray[np.float64]) -> float:
    neighbours = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((4 * grey[1:-1, 1:-1] - neighbours).var())


def _length(vector: Points) -> float:
    return float(np.linalg.norm(vector))


def _rounded(number: float) -> float:
    return round(number, 4) if np.isfinite(number) else 0.0
