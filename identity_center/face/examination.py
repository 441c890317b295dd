"""The port behind which images are looked at, and what comes out of it: numbers, never an image or an encoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

ImageProblem = Literal[
    "empty", "too_many_bytes", "not_base64", "not_jpeg_or_png", "too_many_pixels", "animated", "color_mode",
    "truncated", "too_complex", "unreadable",
]  # fmt: skip
"""Why an image was refused before or while it was decoded."""


@dataclass(frozen=True)
class Face:
    """The measurements of one face. Ratios are free of scale and of the camera's tilt."""

    height: int
    """Pixels of the examined frame (scaled to `ImageLimits.examined_side`)."""
    yaw: float
    """Where the nose tip stands between the jaw's ends: -1 at the image's left one, 1 at its right one. It grows when
    the person turns to their own left."""
    mouth: float
    """Height to width of the mouth's opening (inner lips); 0 when closed."""
    eyes: float
    """Height to width of the eyes' opening, mean of both."""
    relief: float
    """How far the landmarks depart from any view of the first frame as a flat picture: root mean square, in distances
    between the outer corners of the eyes. 0 in the first frame."""
    sharpness: float
    """Variance of the Laplacian divided by the variance of brightness, in the face scaled to 96 x 96 pixels."""
    brightness: float
    """Mean of the face's grey values, 0 to 255."""


@dataclass(frozen=True)
class Frame:
    """One image: its size as sent, how many faces it shows, and the surest of them."""

    width: int
    height: int
    faces: int
    face: Face | None
    problem: ImageProblem | None = None


@dataclass(frozen=True)
class Distances:
    """Euclidean distances between face encodings (128 numbers each, discarded at once)."""

    neutral: float
    """First frame to reference."""
    challenge: float
    """One of the action frames, chosen at random, to reference."""
    between: float
    """That frame to the first one."""


@dataclass(frozen=True)
class Examination:
    """`distances` is None when a frame or the reference could not be compared: see their `problem` and `faces`."""

    frames: tuple[Frame, ...]
    reference: Frame
    distances: Distances | None
    model: str
    """Which libraries and model made the distances, for the record."""


class FaceExaminer(Protocol):
    """Looks at images. The built-in one is server/adapters/face_pool.py."""

    async def examine(self, frames: Sequence[str], reference: str) -> Examination:
        """Measures the frames (base64 of JPEG or PNG; the first neutral, then one per action) and compares them with
        the reference, in bounded memory and time. Keeps nothing.

        Raises `FaceBusy` when it has no capacity within its deadline, `ImageInvalid` (`not_examinable`) when these
        images broke the examination twice.
        """
        ...
