"""Real photographs through the real library in real processes, and what happens when those are killed, stuck or full.

The tests of this module share an event loop and a pool, because each worker takes two seconds to start.
"""

import asyncio
import base64
import json
import logging
import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import tornado.ioloop
from PIL import Image, ImageEnhance, ImageFilter

from core.caller import Citizen
from core.clock import SystemClock
from core.errors import CityError
from identity_center.face.challenge import ACTIONS, sequences
from identity_center.face.errors import FaceBusy
from identity_center.face.judgement import Verdict, judge
from identity_center.face.service import FaceResult, FaceService
from identity_center.face.settings import FaceSettings
from server.adapters import face_measuring
from server.adapters.authority import SignedAuthority
from server.adapters.departments import DepartmentClient
from server.adapters.face_pool import FacePool
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sandbox_process import SIGNING_KEY_ID, start_sandbox
from tests.e2e.face_photos import as_base64, astronaut, photo
from tests.hostile_images import BOMBS_THAT_ARE_PICTURES, HOSTILE
from tests.unit.face_support import patient

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = FaceSettings(actions=("turn_left", "turn_right"))
QUEUE = 64
CITIZEN = Citizen("citizen", "session", 2)


@dataclass(frozen=True)
class Photos:
    """One man as he looks ahead, to his left and to his right, another man, and a woman."""

    neutral: str
    turn_left: str
    turn_right: str
    somebody_else: str
    astronaut: str

    def of(self, pose: str) -> str:
        return {"neutral": self.neutral, "turn_left": self.turn_left, "turn_right": self.turn_right}[pose]


@pytest.fixture(scope="module")
def photos() -> Photos:
    aside = photo("obama3").crop((300, 150, 1134, 1150))
    return Photos(
        as_base64(photo("obama")),
        as_base64(aside),
        as_base64(photo("obama2")),
        as_base64(photo("biden").crop((200, 0, 970, 900))),
        as_base64(astronaut()),
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[FacePool]:
    """Lives on the event loop on which pytest-tornasync runs tests that ask for none of their own."""
    loop = tornado.ioloop.IOLoop.current()
    made = FacePool(SETTINGS.images, workers=1, queue=QUEUE, deadline_seconds=60)
    loop.run_sync(made.ready)
    yield made
    (worker,) = made.process_ids
    ended = os.pidfd_open(worker)
    os.kill(worker, signal.SIGSTOP)  # not even a stuck worker outlives its pool
    loop.run_sync(made.close)
    assert has_ended(ended, seconds=0)


def has_ended(pidfd: int, seconds: float) -> bool:
    """Waits for a process that need not be a child of this one."""
    readable, _, _ = select.select([pidfd], [], [], seconds)
    os.close(pidfd)
    return bool(readable)


class Booth:
    """The whole service over a pool, with the frames of somebody in front of the camera."""

    def __init__(self, pool: FacePool, photos: Photos) -> None:
        clock = SystemClock()
        self.photos = photos
        documents = MemoryDocuments()
        attempts = patient(documents, clock, SETTINGS)
        self.faces = FaceService(documents, MemoryEphemeral(clock), clock, pool, SETTINGS, attempts)

    async def verify(self, reference: str, **instead: str) -> str:
        """`passed`, or the code of the refusal. `instead` replaces the frame of a pose."""
        challenge = await self.faces.start(CITIZEN)
        frames = [instead.get(pose) or self.photos.of(pose) for pose in ("neutral", *challenge.actions)]
        try:
            result = await self.faces.verify(CITIZEN, challenge.id, challenge.nonce, frames, reference)
        except CityError as error:
            return error.code
        assert isinstance(result, FaceResult)
        return "passed"


def two_people(one: Image.Image, other: Image.Image) -> str:
    both = Image.new("RGB", (640, 480), "grey")
    for place, person in enumerate((one, other)):
        person.thumbnail((320, 480))
        both.paste(person, (320 * place, 0))
    return as_base64(both)


def tilted(image: Image.Image, inwards: float) -> str:
    """A print of the picture, turned about its upright axis: one side is farther away and looks shorter."""
    width, height = image.size
    near, far = (0.0, inwards) if inwards > 0 else (-inwards, 0.0)
    corners = [(0, near * height), (width, far * height), (width, (1 - far) * height), (0, (1 - near) * height)]
    return as_base64(image.transform(image.size, Image.Transform.PERSPECTIVE, _perspective(corners, image.size)))


def _perspective(corners: Sequence[tuple[float, float]], size: tuple[int, int]) -> list[float]:
    """Pillow's eight numbers, which lead from the new picture's points back to the old one's."""
    width, height = size
    source = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(one) for one in np.linalg.solve(np.array(rows), np.array(values))]


async def test_the_right_person_passes_even_against_a_tiny_photo_from_a_card(pool: FacePool, photos: Photos) -> None:
    booth = Booth(pool, photos)
    assert await booth.verify(photos.turn_right) == "passed"
    assert await booth.verify(as_base64(photo("obama2").crop((0, 180, 626, 950)), side=126)) == "passed"


async def test_somebody_else_does_not(pool: FacePool, photos: Photos) -> None:
    booth = Booth(pool, photos)
    assert await booth.verify(photos.somebody_else) == "identity.face.not_matched"
    assert await booth.verify(photos.astronaut) == "identity.face.not_matched"


async def test_nor_does_somebody_who_holds_up_the_right_persons_picture_first(pool: FacePool, photos: Photos) -> None:
    examination = await pool.examine([photos.neutral, photos.somebody_else], photos.neutral)
    assert examination.distances is not None
    assert examination.distances.neutral == 0
    assert examination.distances.between > SETTINGS.match.same_person


@pytest.mark.parametrize("inwards", [0.15, -0.15])
async def test_a_print_that_is_tilted_is_not_alive(pool: FacePool, photos: Photos, inwards: float) -> None:
    print_of_him = photo("obama")
    leftwards, rightwards = tilted(print_of_him, inwards), tilted(print_of_him, -inwards)
    booth = Booth(pool, photos)
    answer = await booth.verify(photos.neutral, turn_left=leftwards, turn_right=rightwards)
    assert answer == "identity.face.not_alive"


async def test_the_same_frame_again_and_the_wrong_side_are_not_alive(pool: FacePool, photos: Photos) -> None:
    booth = Booth(pool, photos)
    still = await booth.verify(photos.neutral, turn_left=photos.neutral, turn_right=photos.neutral)
    crossed = await booth.verify(photos.neutral, turn_left=photos.turn_right, turn_right=photos.turn_left)
    assert still == crossed == "identity.face.not_alive"


async def test_each_frame_shows_one_face_that_can_be_seen(pool: FacePool, photos: Photos) -> None:
    man = photo("obama")
    expected = {
        "no_face": as_base64(Image.new("RGB", (640, 480), "grey")),
        "many_faces": two_people(photo("obama"), photo("biden")),
        "too_small": as_base64(photo("obama3")),
        "blurred": as_base64(man.resize((512, 640)).filter(ImageFilter.GaussianBlur(6))),
        "too_dark": as_base64(ImageEnhance.Brightness(man).enhance(0.12)),
    }
    for reason, frame in expected.items():
        assert await Booth(pool, photos).verify(photos.neutral, neutral=frame) == f"identity.face.{reason}"


async def test_a_badge_that_the_detector_takes_for_a_face_is_not_a_second_person(pool: FacePool) -> None:
    with_badge = as_base64(astronaut().resize((441, 441)).crop((40, 0, 398, 441)))
    answer = await pool.examine([with_badge, as_base64(astronaut())], with_badge)
    assert [frame.faces for frame in (*answer.frames, answer.reference)] == [1, 1, 1]
    assert answer.distances is not None
    assert answer.distances.challenge < 0.3


async def test_an_authoritys_photo_without_a_face_is_not_the_citizens_fault(pool: FacePool, photos: Photos) -> None:
    empty = as_base64(Image.new("RGB", (358, 441), "white"))
    assert await Booth(pool, photos).verify(empty) == "identity.face.reference_unusable"


async def test_hostile_files_are_refused_and_leave_the_worker_as_it_was(pool: FacePool, photos: Photos) -> None:
    (worker,) = pool.process_ids
    files = {name: (base64.b64encode(data).decode(), reason) for name, (data, reason) in HOSTILE.items()}
    answers = await asyncio.gather(*(pool.examine([text], photos.neutral[:4]) for text, _ in files.values()))
    assert [one.frames[0].problem for one in answers] == [reason for _, reason in files.values()]
    bombs = [base64.b64encode(data).decode() for data in BOMBS_THAT_ARE_PICTURES.values()]
    answer = await pool.examine([*bombs, "not base64 \udcff九"], photos.neutral)
    assert [frame.problem for frame in answer.frames] == [None] * len(bombs) + ["not_base64"]
    assert pool.process_ids == (worker,)
    assert peak_megabytes(worker) < 300


def limits_of(process: int) -> dict[str, str]:
    """The kernel's hard limits by their name."""
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    return {line[:26].strip(): line[26:].split()[1] for line in lines}


def peak_megabytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


async def test_a_worker_can_write_no_file_and_leaves_no_core_dump(pool: FacePool) -> None:
    (worker,) = pool.process_ids
    bounds = limits_of(worker)
    assert (bounds["Max file size"], bounds["Max core file size"]) == ("0", "0")
    assert bounds["Max address space"] == str(2048 * 1024 * 1024)
    assert os.getpriority(os.PRIO_PROCESS, worker) == 10


async def until_idle_are(pool: FacePool, workers: int) -> None:
    while pool.idle != workers:  # noqa: ASYNC110  # the pool tells nobody when a worker takes a call
        await asyncio.sleep(0)


async def test_a_killed_worker_is_replaced_and_nobody_notices(pool: FacePool, photos: Photos) -> None:
    (worker,) = pool.process_ids
    os.kill(worker, signal.SIGSTOP)  # holds the call where it is
    call = asyncio.create_task(pool.examine([photos.neutral, photos.turn_left], photos.turn_right))
    await until_idle_are(pool, 0)
    os.kill(worker, signal.SIGKILL)
    assert (await call).distances is not None
    assert worker not in pool.process_ids


async def test_what_kills_two_workers_is_taken_for_the_images_fault(photos: Photos) -> None:
    pair = FacePool(SETTINGS.images, workers=2, deadline_seconds=60, nice=0)
    await pair.ready()
    first, second = pair.process_ids
    os.kill(first, signal.SIGSTOP)
    os.kill(second, signal.SIGSTOP)
    call = asyncio.create_task(pair.examine([photos.neutral], photos.neutral))
    await until_idle_are(pair, 1)
    os.kill(first, signal.SIGKILL)
    await until_idle_are(pair, 0)
    os.kill(second, signal.SIGKILL)
    with pytest.raises(CityError) as caught:
        await call
    assert caught.value.facts == {"frame": None, "reason": "not_examinable"}
    await pair.close()


async def test_memory_has_an_end_and_a_closed_pool_says_so(photos: Photos) -> None:
    little = FacePool(SETTINGS.images, deadline_seconds=60, memory_mb=1, nice=0)
    large = as_base64(astronaut().resize((1900, 1900)), side=1900)
    with pytest.raises(CityError) as caught:
        await little.examine([large, large], photos.neutral)
    assert caught.value.facts == {"frame": None, "reason": "not_examinable"}
    await little.close()
    with pytest.raises(FaceBusy):
        await little.examine([photos.neutral], photos.neutral)


async def test_when_the_queue_is_full_the_next_is_told_at_once_and_the_others_are_served(pool: FacePool) -> None:
    (worker,) = pool.process_ids
    os.kill(worker, signal.SIGSTOP)
    calls = [asyncio.create_task(pool.examine(["no image"], "none either")) for _ in range(1 + QUEUE)]
    await until_idle_are(pool, 0)
    with pytest.raises(FaceBusy) as refused:
        await pool.examine(["no image"], "none either")
    assert (refused.value.examined, refused.value.retry_after_seconds) == (False, 60)
    os.kill(worker, signal.SIGCONT)
    answers = await asyncio.gather(*calls)
    assert {answer.frames[0].problem for answer in answers} == {"not_base64"}


async def test_a_stuck_worker_costs_its_caller_the_deadline_and_is_ended(photos: Photos) -> None:
    quick = FacePool(SETTINGS.images, workers=1, deadline_seconds=0.2, nice=0)
    await quick.ready()
    (worker,) = quick.process_ids
    ended = os.pidfd_open(worker)
    os.kill(worker, signal.SIGSTOP)
    begun, waiting = await asyncio.gather(
        *(quick.examine([photos.neutral], photos.neutral) for _ in range(2)), return_exceptions=True
    )
    assert isinstance(begun, FaceBusy)
    assert isinstance(waiting, FaceBusy)
    assert (begun.examined, waiting.examined) == (True, False)
    assert has_ended(ended, seconds=5)
    await quick.close()


class Told(logging.Handler):
    """Tells when something is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.put_nowait(record.getMessage())


async def test_a_worker_with_another_network_than_the_thresholds_are_for_is_not_used() -> None:
    told, logger = Told(), logging.getLogger("server.adapters.face_pool")
    logger.addHandler(told)
    other = FacePool(SETTINGS.images, deadline_seconds=60, model="another_network", nice=0)
    other.start()
    said = await told.heard.get()
    assert "face.model is another_network" in said
    assert "dlib_face_recognition_resnet_model_v1" in said
    assert other.process_ids == ()
    await other.close()
    logger.removeHandler(told)


PARENT = """
import asyncio, sys
from identity_center.face.settings import ImageLimits
from server.adapters import face_measuring
from server.adapters.authority import SignedAuthority
from server.adapters.departments import DepartmentClient
from server.adapters.face_pool import FacePool

async def main():
    pool = FacePool(ImageLimits())
    await pool.ready()
    print(*pool.process_ids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_no_worker_outlives_a_server_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        ended = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert has_ended(ended, seconds=5)


def test_nothing_that_is_written_during_verifications_holds_an_image(tmp_path: Path, photos: Photos) -> None:
    hostile = base64.b64encode(base64.b64decode(photos.astronaut)[:-2000]).decode()
    poses = {pose: photos.of(pose) for pose in ("neutral", "turn_left", "turn_right")}
    sent = {
        "poses": poses,
        "impostor": photos.somebody_else,
        "hostile": hostile,
        "reference": photos.neutral,
    }
    home = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.face_verifying", str(tmp_path)],
        input=json.dumps(sent).encode(), capture_output=True, cwd=ROOT, env={**os.environ, **home}, check=True,
    )  # fmt: skip
    assert done.stdout.decode().split() == [
        "passed", "identity.face.not_matched", "identity.face.image_invalid", "identity.face.not_alive",
        "identity.face.reference_unusable",
    ]  # fmt: skip
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(b"not_matched" in content for content in kept.values())
    written = b"\n".join([done.stdout, done.stderr, *kept.values()])
    found = [piece for piece in pieces([*poses.values(), photos.somebody_else, hostile]) if piece in written]
    assert found == []
    seen = [number for number in encodings([*poses.values(), photos.somebody_else]) if number in written]
    assert seen == []


def pieces(images: list[str]) -> Iterator[bytes]:
    """Parts of what was sent, every 500 characters, as the base64 it came in and as the bytes it stands for."""
    for text in images:
        for start in range(0, len(text) - 64, 500):
            at = start - start % 4
            yield text[at : at + 32].encode()
            yield base64.b64decode(text[at : at + 32])


def encodings(images: list[str]) -> Iterator[bytes]:
    """Each number of each face's encoding: in the two forms a processor knows it in, and as text."""
    for text in images:
        _, encoding = face_measuring.encoded(text.encode(), SETTINGS.images, is_reference=False)
        assert encoding is not None
        for number in encoding.tolist():
            yield from (struct.pack("<d", number), struct.pack("<f", number), f"{number:.6f}"[:-1].encode())


async def test_every_persona_of_the_sandbox_can_do_every_sequence(pool: FacePool, tmp_path: Path) -> None:
    sandbox = await start_sandbox(ROOT, tmp_path, 0)
    access, clock, settings = sandbox.access, SystemClock(), FaceSettings()
    async with (
        aiohttp.ClientSession() as phone,
        DepartmentClient({SIGNING_KEY_ID: access.signing_secret.encode()}, clock) as departments,
    ):
        authority = SignedAuthority(departments, base_url=access.url, key_id=SIGNING_KEY_ID, clock=clock)
        async with phone.get(f"{access.url}/personas") as answer:
            persona = (await answer.json())["personas"][0]
        async with phone.post(f"{access.url}/personas/{persona['id']}/camera", json={"actions": ACTIONS}) as answer:
            frames = (await answer.json())["frames"]
        reference = await authority.photo(persona["id_number"])
    await sandbox.stop()
    assert reference is not None
    seen = await pool.examine(frames, reference)
    neutral, *acting = seen.frames
    frame_of = dict(zip(ACTIONS, acting, strict=True))
    for actions in sequences(ACTIONS):
        part = replace(seen, frames=(neutral, *(frame_of[action] for action in actions)))
        assert judge(actions, part, settings, 4) == Verdict("passed"), actions
