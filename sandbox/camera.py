"""The camera of a persona's phone, and the photo the population authority keeps of them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from sandbox.darkroom import Action, Pose, exposed, id_photo, posed
from sandbox.portraits import NoPortrait, Portrait, Portraits
from sandbox.warping import Pixels
from sandbox.web import Refused

T = TypeVar("T")


class Camera:
    """Develops pictures on one thread of its own, and keeps every pose once it has been bent."""

    def __init__(self, portraits: Portraits) -> None:
        self._portraits = portraits
        self._darkroom = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")
        self._chance = np.random.default_rng()
        self._poses: WeakKeyDictionary[Portrait, dict[Pose, Pixels]] = WeakKeyDictionary()

    async def frames(self, persona_id: str, actions: list[Action]) -> list[bytes]:
        """JPEG frames: the neutral face, then one for each action."""
        portrait = await self._portrait(persona_id)
        poses: list[Pose] = ["neutral", *actions]
        return await self._develop(lambda: [exposed(self._posed(portrait, pose), self._chance) for pose in poses])

    async def id_photo(self, persona_id: str | None, *, another: bool = False) -> bytes:
        """A JPEG of the size from which an identity card's photo is made: the person's, or somebody else's."""
        portrait = await self._portrait(None if another else persona_id)
        return await self._develop(lambda: id_photo(self._posed(portrait, "disguised" if another else "neutral")))

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
            known[pose] = posed(portrait, pose)
        return known[pose]
