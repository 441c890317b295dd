"""Face verifications per second through the pool, and what they do to everybody else.

    python -m bench.face [--quick] [--json]

The yardstick, in the same run and in turns with the pool: face_recognition itself, in as many bare processes of the
pool's priority and one thread each, on the same frames from their bytes to their distances, with nothing around it (no
pipe, no checks of the files, no measurements beyond the landmarks). One verification is three 720p frames and a photo.

Beside it: how late the event loop runs its timers while the pool is saturated, with common frames and with the largest
that are allowed, against the idle loop; and the memory of a worker. The bench checks itself: each verification must end
with a match, on both sides, and ends with status 1 otherwise.
"""

import argparse
import asyncio
import base64
import importlib.util
import io
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import uvloop
from PIL import Image, ImageEnhance

from identity_center.face.examination import Examination
from identity_center.face.settings import ImageLimits
from server.adapters.face_pool import FacePool

NICE = 10
WORKERS, QUEUE = 2, 8
TICK_SECONDS = 0.002
P99_LIMIT_MS = 20.0
LIMITS = ImageLimits()


@dataclass(frozen=True)
class Throughput:
    """Verifications per second, medians of the rounds."""

    workers: int
    pool_per_second: float
    library_per_second: float
    ratio: float


@dataclass(frozen=True)
class Lateness:
    """How late the event loop runs a timer, in milliseconds."""

    p50: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Report:
    throughput: list[Throughput]
    loop_idle: Lateness
    loop_saturated: Lateness
    loop_saturated_by_largest_frames: Lateness
    worker_rss_mb: int
    worker_pss_mb: int
    start_seconds: float


# --- the frames ---


def portrait() -> Image.Image:
    """NASA's astronaut, public domain, out of scikit-image."""
    package = importlib.util.find_spec("skimage")
    assert package is not None
    assert package.submodule_search_locations
    return Image.open(Path(package.submodule_search_locations[0]) / "data" / "astronaut.png").convert("RGB")


def as_base64(image: Image.Image) -> str:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90)
    return base64.b64encode(target.getvalue()).decode()


def common_frames() -> list[str]:
    """Three 1280 x 720 frames, each in a little other light."""
    canvas = Image.new("RGB", (1280, 720), (90, 100, 110))
    canvas.paste(portrait().resize((1100, 1100)).crop((0, 40, 1100, 760)), (90, 0))
    return [as_base64(ImageEnhance.Brightness(canvas).enhance(light)) for light in (1.0, 0.97, 1.03)]


def largest_frames() -> list[str]:
    """Four frames just below the limit of bytes: noise, so that they do not compress."""
    noise = np.random.default_rng(0).integers(0, 255, (1050, 1050, 3), dtype=np.uint8)
    frame = as_base64(Image.fromarray(noise))
    assert 0.8 * LIMITS.max_bytes < len(frame) * 3 / 4 <= LIMITS.max_bytes
    return [frame] * 4


def id_photo() -> str:
    return as_base64(portrait().resize((441, 441)).crop((40, 0, 398, 441)))


# --- the yardstick: the library alone ---


def library_process(pipe: Connection, frames: list[str], reference: str) -> None:
    """Does as many verifications as it is told; answers with the largest distance."""
    import face_recognition  # noqa: PLC0415  # in this process only

    os.nice(NICE)

    def picture(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        image = Image.open(io.BytesIO(base64.b64decode(text)))
        image.thumbnail((LIMITS.examined_side, LIMITS.examined_side))
        return np.asarray(image)

    def verification() -> float:
        encodings = []
        for number, text in enumerate([*frames, reference]):
            pixels = picture(text)
            boxes = face_recognition.face_locations(pixels, 0)[:1]
            face_recognition.face_landmarks(pixels, boxes)
            if number != 1:  # two frames and the reference are compared
                encodings.append(face_recognition.face_encodings(pixels, boxes)[0])
        return float(max(face_recognition.face_distance(encodings[:2], encodings[2])))

    pipe.send(verification())
    while count := pipe.recv():
        pipe.send(max(verification() for _ in range(count)))


@contextmanager
def library(workers: int, frames: list[str], reference: str) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    pipes, processes = [], []
    for _ in range(workers):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=library_process, args=(theirs, frames, reference), daemon=True))
        pipes.append(ours)
    for process in processes:
        process.start()
    for pipe in pipes:
        matched(pipe.recv())
    yield pipes
    for pipe in pipes:
        pipe.send(0)
    for process in processes:
        process.join()


def matched(distance: float) -> None:
    if distance > 0.5:
        raise SystemExit(f"a verification did not match: distance {distance:.2f}")


# --- measuring ---


def library_rate(pipes: list[Connection], count: int) -> float:
    began = time.perf_counter()
    for pipe in pipes:
        pipe.send(count)
    for pipe in pipes:
        matched(pipe.recv())
    return count * len(pipes) / (time.perf_counter() - began)


async def pool_rate(pool: FacePool, frames: list[str], reference: str, workers: int, count: int) -> float:
    async def caller() -> None:
        for _ in range(count):
            examination: Examination = await pool.examine(frames, reference)
            distances = examination.distances
            matched(1.0 if distances is None else max(distances.neutral, distances.challenge))

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(workers)))
    return count * workers / (time.perf_counter() - began)


async def throughput(pool: FacePool, workers: int, rounds: int, count: int) -> Throughput:
    frames, reference = common_frames(), id_photo()
    pool_rates, library_rates = [], []
    with library(workers, frames, reference) as pipes:
        for _ in range(rounds):
            pool_rates.append(await pool_rate(pool, frames, reference, workers, count))
            library_rates.append(library_rate(pipes, count))
    ratio = statistics.median(ours / theirs for ours, theirs in zip(pool_rates, library_rates, strict=True))
    return Throughput(workers, statistics.median(pool_rates), statistics.median(library_rates), ratio)


async def lateness(seconds: float) -> Lateness:
    loop = asyncio.get_running_loop()
    late: list[float] = []
    end = loop.time() + seconds
    while loop.time() < end:
        due = time.perf_counter() + TICK_SECONDS
        await asyncio.sleep(TICK_SECONDS)
        late.append(max(0.0, time.perf_counter() - due) * 1000)
    late.sort()
    return Lateness(late[len(late) // 2], late[int(len(late) * 0.99)], late[-1])


async def lateness_while(pool: FacePool, frames: list[str], seconds: float) -> Lateness:
    async with saturated(pool, frames):
        return await lateness(seconds)


@asynccontextmanager
async def saturated(pool: FacePool, frames: list[str]) -> AsyncIterator[None]:
    """As many callers as the pool takes, each coming back at once."""
    reference = id_photo()

    async def caller() -> None:
        while True:
            await pool.examine(frames, reference)

    callers = [asyncio.create_task(caller()) for _ in range(WORKERS + QUEUE)]
    await asyncio.sleep(0.2)
    try:
        yield
    finally:
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


def megabytes(process: int, file: str, name: str) -> int:
    return int(Path(f"/proc/{process}/{file}").read_text().split(f"\n{name}:")[1].split()[0]) // 1024


async def started(workers: int) -> tuple[FacePool, float]:
    """A warm pool, and how many seconds that took."""
    pool = FacePool(LIMITS, workers=workers, queue=QUEUE, deadline_seconds=60, nice=NICE)
    began = time.perf_counter()
    await pool.ready()
    return pool, time.perf_counter() - began


async def measured(*, quick: bool) -> Report:
    rounds, count, seconds = (3, 2, 1.5) if quick else (5, 8, 5.0)
    single, _ = await started(1)
    rates = [await throughput(single, 1, rounds, count)]
    await single.close()
    pool, start_seconds = await started(WORKERS)
    rates.append(await throughput(pool, WORKERS, rounds, count))
    idle = await lateness(seconds)
    saturated = await lateness_while(pool, common_frames(), seconds)
    largest = await lateness_while(pool, largest_frames(), seconds)
    worker = pool.process_ids[0]
    rss, pss = megabytes(worker, "status", "VmRSS"), megabytes(worker, "smaps_rollup", "Pss")
    await pool.close()
    return Report(rates, idle, saturated, largest, rss, pss, start_seconds)


def shown(report: Report) -> str:
    lines = ["workers   pool/s   face_recognition/s   ratio"]
    lines += [
        f"{one.workers:7}   {one.pool_per_second:6.2f}   {one.library_per_second:18.2f}   {one.ratio:5.2f}"
        for one in report.throughput
    ]
    lines += ["", "event loop late by, ms          p50     p99   worst"]
    lines += [
        f"{name:28} {one.p50:6.2f}  {one.p99:6.2f}  {one.worst:6.2f}"
        for name, one in (
            ("idle", report.loop_idle),
            ("pool saturated", report.loop_saturated),
            ("with the largest frames", report.loop_saturated_by_largest_frames),
        )
    ]
    kept = "kept" if report.loop_saturated.p99 < P99_LIMIT_MS else "NOT kept"
    lines += ["", f"p99 below {P99_LIMIT_MS:.0f} ms while the pool is saturated: {kept}"]
    memory = f"{report.worker_rss_mb} MB resident, {report.worker_pss_mb} MB its own share"
    return "\n".join([*lines, "", f"a worker: {memory}; {WORKERS} were warm after {report.start_seconds:.1f} s"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.face", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object with the same figures")
    options = parser.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # for the library's processes, as in the pool's
    report = uvloop.run(measured(quick=options.quick))
    print(json.dumps(asdict(report)) if options.json else shown(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
