"""From a portrait to pictures: the pose an action asks for, and the exposure of one frame. Pure pixels."""

import io
from typing import Literal

import numpy as np
from PIL import Image, ImageEnhance

from sandbox.portraits import Portrait
from sandbox.warping import TURN_DEGREES, Pixels, disguised, eyes_closed, mouth_opened, turned

Action = Literal["blink", "turn_left", "turn_right", "open_mouth"]
Pose = Literal["neutral", "disguised"] | Action

ID_PHOTO_SIZE = (358, 441)
_ID_QUALITY = 85
_FRAME_QUALITY = 90
_STEADINESS = 8
"""How many pixels the hand may stray between two frames."""


def posed(portrait: Portrait, pose: Pose) -> Pixels:
    """One's own left is the image's right: nobody's camera mirrors here."""
    pixels, landmarks = portrait.pixels, portrait.landmarks
    match pose:
        case "turn_left":
            return turned(pixels, landmarks, TURN_DEGREES)
        case "turn_right":
            return turned(pixels, landmarks, -TURN_DEGREES)
        case "open_mouth":
            return mouth_opened(pixels, landmarks)
        case "blink":
            return eyes_closed(pixels, landmarks)
        case "disguised":
            return disguised(pixels, landmarks)
        case "neutral":
            return pixels


def exposed(pixels: Pixels, chance: np.random.Generator) -> bytes:
    """One exposure: held a little differently than the last, in a little other light."""
    x, y = chance.integers(0, _STEADINESS, size=2, endpoint=True)
    height, width = pixels.shape[0] - _STEADINESS, pixels.shape[1] - _STEADINESS
    picture = Image.fromarray(pixels[y : y + height, x : x + width])
    return _jpeg(ImageEnhance.Brightness(picture).enhance(chance.uniform(0.96, 1.04)), _FRAME_QUALITY)


def id_photo(pixels: Pixels) -> bytes:
    """The face in the middle, cut to the photo's proportions."""
    width, height = ID_PHOTO_SIZE
    picture = Image.fromarray(pixels)
    factor = max(width / picture.width, height / picture.height)
    scaled = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return _jpeg(scaled.crop((left, top, left + width, top + height)), _ID_QUALITY)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
