"""Portraits: the public-domain one everybody has, and those that visitors enrol for a persona."""

import asyncio
import base64
import hashlib
import importlib.util
import io
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from PIL import Image

from sandbox.warping import Pixels, Points

FINDER_SECONDS = 30.0


class NoPortrait(Exception):
    """The image cannot become a portrait; the argument is the code that says why, or `finder_failed`."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A face ready for the camera: pixels and its 68 landmarks (see warping)."""

    pixels: Pixels
    landmarks: Points


class FaceFinder:
    """Runs face_finder.py, one image at a time, each in a process of its own."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def find(self, image: bytes) -> bytes:
        """The finder's answer as it is. Raises `NoPortrait` when the finder fails or takes too long."""
        async with self._one_at_a_time:
            program = str(Path(__file__).with_name("face_finder.py"))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                answer, _ = await asyncio.wait_for(process.communicate(image), FINDER_SECONDS)
            except TimeoutError:
                raise NoPortrait("finder_failed") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                if process.stdin is not None:
                    # Until Python 3.11.2 a broken pipe that nobody asks about is complained of on standard error.
                    with suppress(OSError):
                        await process.stdin.wait_closed()
        if process.returncode != 0:
            raise NoPortrait("finder_failed")
        return answer


class Portraits:
    """The default portrait, made once and kept in `directory`; enrolled ones live in memory only."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._finder = FaceFinder()
        self._default: asyncio.Task[Portrait] | None = None
        self._enrolled: dict[str, Portrait] = {}

    def making(self) -> asyncio.Task[Portrait]:
        """Of the default portrait: begun if it is not under way, and again if it failed."""
        if self._default is None or (self._default.done() and self._default.exception() is not None):
            self._default = asyncio.create_task(self._make_default())
        return self._default

    async def of(self, persona_id: str | None) -> Portrait:
        """Raises `NoPortrait` when the default portrait cannot be made."""
        if persona_id in self._enrolled:
            return self._enrolled[persona_id]
        return await asyncio.shield(self.making())

    def is_enrolled(self, persona_id: str) -> bool:
        return persona_id in self._enrolled

    async def enrol(self, persona_id: str, image: bytes) -> None:
        """Raises `NoPortrait` when the image shows not exactly one face."""
        self._enrolled[persona_id] = await asyncio.to_thread(portrait_from, await self._finder.find(image))

    def forget(self, persona_id: str) -> None:
        self._enrolled.pop(persona_id, None)

    async def close(self) -> None:
        if self._default is not None:
            self._default.cancel()
            await asyncio.gather(self._default, return_exceptions=True)

    async def _make_default(self) -> Portrait:
        image = await asyncio.to_thread(public_domain_photograph)
        kept = (
            None if self._directory is None else self._directory / f"{hashlib.sha256(image).hexdigest()[:16]}.portrait"
        )
        if kept is not None and kept.exists():
            return await asyncio.to_thread(portrait_from, kept.read_bytes())
        found = await self._finder.find(image)
        portrait = await asyncio.to_thread(portrait_from, found)
        if kept is not None:
            whole = kept.with_suffix(f".{os.getpid()}")
            whole.write_bytes(found)
            whole.replace(kept)
        return portrait


def public_domain_photograph() -> bytes:
    """NASA's photograph of an astronaut, out of scikit-image (which is not imported: only this file is wanted)."""
    package = importlib.util.find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        raise NoPortrait("finder_failed")
    return (Path(package.submodule_search_locations[0]) / "data" / "astronaut.png").read_bytes()


def portrait_from(found: bytes) -> Portrait:
    answer = orjson.loads(found)
    if "error" in answer:
        raise NoPortrait(answer["error"])
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["image"]))).convert("RGB"))
    return Portrait(pixels, np.array(answer["landmarks"], dtype=np.float64))
