"""The camera of a persona's phone, and the photo the population authority keeps of them."""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from PIL import Image, ImageEnhance

from sandbox.personas import persona_of
from sandbox.portraits import NoPortrait, Portrait, Portraits
from sandbox.warping import TURN_DEGREES, Pixels, eyes_closed, mouth_opened, turned
from sandbox.web import Refused

Action = Literal["blink", "turn_left", "turn_right", "open_mouth"]
Pose = Literal["neutral"] | Action
T = TypeVar("T")

ID_PHOTO_SIZE = (358, 441)
_ID_QUALITY = 85
_FRAME_QUALITY = 90
_STEADINESS = 8
"""How many pixels the hand may stray between two frames."""


class Camera:
    """Develops pictures on one thread of its own, and keeps every pose once it has been bent."""

    def __init__(self, portraits: Portraits) -> None:
        self._portraits = portraits
        self._darkroom = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")
        self._poses: WeakKeyDictionary[Portrait, dict[Pose, Pixels]] = WeakKeyDictionary()

    async def frames(self, persona_id: str, actions: list[Action]) -> list[bytes]:
        """JPEG frames: the neutral face, then one for each action."""
        portrait = await self._portrait(persona_id)
        poses: list[Pose] = ["neutral", *actions]
        return await self._develop(lambda: [_frame(self._posed(portrait, pose)) for pose in poses])

    async def id_photo(self, id_number: str) -> bytes:
        """A JPEG of the size from which an identity card's photo is made."""
        holder = persona_of(id_number)
        portrait = await self._portrait(holder.id if holder else None)
        return await self._develop(partial(_id_photo, portrait))

    def close(self) -> None:
        self._darkroom.shutdown(wait=True, cancel_futures=True)

    async def _portrait(self, persona_id: str | None) -> Portrait:
        try:
            return await self._portraits.of(persona_id)
        except NoPortrait:
            raise Refused(503, "camera_unavailable", retry_after=5) from None

    async def _develop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._darkroom, work)

    def _posed(self, portrait: Portrait, pose: Pose) -> Pixels:
        known = self._poses.setdefault(portrait, {})
        if pose not in known:
            known[pose] = _bent(portrait, pose)
        return known[pose]


def _bent(portrait: Portrait, pose: Pose) -> Pixels:
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
        case "neutral":
            return pixels


def _frame(pixels: Pixels) -> bytes:
    """One exposure: held a little differently than the last, in a little other light."""
    chance = np.random.default_rng()
    x, y = chance.integers(0, _STEADINESS, size=2, endpoint=True)
    height, width = pixels.shape[0] - _STEADINESS, pixels.shape[1] - _STEADINESS
    picture = Image.fromarray(pixels[y : y + height, x : x + width])
    return _jpeg(ImageEnhance.Brightness(picture).enhance(chance.uniform(0.96, 1.04)), _FRAME_QUALITY)


def _id_photo(portrait: Portrait) -> bytes:
    """The face in the middle, cut to the photo's proportions."""
    width, height = ID_PHOTO_SIZE
    picture = Image.fromarray(portrait.pixels)
    factor = max(width / picture.width, height / picture.height)
    scaled = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return _jpeg(scaled.crop((left, top, left + width, top + height)), _ID_QUALITY)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
