"""A program of its own: reads an image from standard input, writes the portrait in it to standard output, as JSON.

dlib is native code that a hostile image might upset and that must never run on two threads; here it has a process to
itself, for one image, and takes nobody along. The answer is {"image": base64 PNG, "landmarks": [[x, y] × 68]}, the
image cropped to head and shoulders, its longer side 640 px; or {"error": code}.
"""

import base64
import io
import json
import sys
import warnings
from typing import Any

import dlib
import face_recognition_models  # type: ignore[import-untyped]
import numpy as np
from PIL import Image, ImageOps

MAX_PIXELS = 25_000_000
SEARCHED_SIDE = 1280
PORTRAIT_SIDE = 640
MIN_FACE = 60
MAX_YAW = 0.33
"""A head turned further than that cannot be turned again, and no examiner takes it for a neutral face."""

Point = tuple[int, int]


class Unusable(Exception):
    """The image cannot become a portrait. The first argument is the code that says why."""


def decoded(image: bytes) -> Image.Image:
    try:
        opened = Image.open(io.BytesIO(image), formats=("JPEG", "PNG"))
        if opened.width * opened.height > MAX_PIXELS:
            raise Unusable("image_too_large")
        return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Unusable("image_invalid") from None


def scaled(image: Image.Image, longer_side: int) -> Image.Image:
    factor = longer_side / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


def only_face(detector: Any, image: Image.Image) -> Any:
    faces = detector(np.asarray(image), 0)
    if len(faces) != 1:
        raise Unusable("several_faces" if len(faces) else "no_face")
    if faces[0].width() < MIN_FACE:
        raise Unusable("face_too_small")
    return faces[0]


def head_and_shoulders(image: Image.Image, face: Any) -> Image.Image:
    """The part of the image that an identity photo would show."""
    x, y, width = face.center().x, face.center().y, face.width()
    left, right = max(0, x - width * 1.3), min(image.width, x + width * 1.3)
    top, bottom = max(0, y - width * 1.4), min(image.height, y + width * 1.75)
    return image.crop((round(left), round(top), round(right), round(bottom)))


def yaw(landmarks: list[Point]) -> float:
    """Where the nose tip stands between the jaw's two ends: -1 at the image's left one, 1 at its right one."""
    left, right = (sum(x for x, _ in jaw) / len(jaw) for jaw in (landmarks[0:4], landmarks[13:17]))
    return 2 * (landmarks[30][0] - left) / max(right - left, 1) - 1


def portrait_in(image: bytes) -> dict[str, Any]:
    whole = decoded(image)
    if max(whole.size) > SEARCHED_SIDE:
        whole = scaled(whole, SEARCHED_SIDE)
    detector = dlib.get_frontal_face_detector()
    portrait = scaled(head_and_shoulders(whole, only_face(detector, whole)), PORTRAIT_SIDE)
    predictor = dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())
    shape = predictor(np.asarray(portrait), only_face(detector, portrait))
    landmarks = [(part.x, part.y) for part in shape.parts()]
    if abs(yaw(landmarks)) > MAX_YAW:
        raise Unusable("not_frontal")
    png = io.BytesIO()
    portrait.save(png, "PNG")
    return {"image": base64.b64encode(png.getvalue()).decode(), "landmarks": landmarks}


def main() -> None:
    warnings.simplefilter("ignore")
    try:
        answer = portrait_in(sys.stdin.buffer.read())
    except Unusable as unusable:
        answer = {"error": unusable.args[0]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
