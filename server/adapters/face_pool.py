"""The built-in `FaceExaminer`: a few worker processes, a short queue, a deadline.

Each worker is a process of its own (never a thread: see face_measuring.py), spoken to through its pipes. The event
loop copies base64 into a pipe and never decodes. A worker that dies or overruns is replaced, and the request of a dead
one is tried once more. Images stand in this process's memory for the length of a request and nowhere else.
"""

import asyncio
import json
import logging
import math
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter

from identity_center.face.errors import FaceBusy, ImageInvalid
from identity_center.face.examination import Examination
from identity_center.face.settings import ImageLimits

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_STOP_SECONDS = 1.0
_PAUSE_SECONDS = (1.0, 60.0)
"""Before a worker that could not start is started again: first, and at most."""
_TRIES = 2
_MAX_ANSWER = 1024 * 1024
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}

_examination = TypeAdapter(Examination)


class WorkerGone(Exception):
    """The worker ended, or did not answer as agreed or in time."""


class ExaminationFailed(Exception):
    """The worker could not get through these images. The text is the kind of error and nothing of the images."""


class FacePool:
    """Satisfies `identity_center.face.examination.FaceExaminer`.

    `workers` processes of about 175 MB each; at most `queue` more calls wait. With 0 workers, one is started by the
    first call. `memory_mb` bounds each worker's address space, `nice` keeps it behind the event loop for the processor.
    A worker whose network is not `model` is not used: thresholds measured with one mean nothing with another.
    """

    def __init__(
        self,
        limits: ImageLimits,
        *,
        workers: int = 1,
        queue: int = 8,
        deadline_seconds: float = 3.0,
        memory_mb: int = 2048,
        nice: int = 10,
        model: str = "",
    ) -> None:
        self._eager = workers > 0
        self._workers = max(1, workers)
        self._places = self._workers + queue
        self._deadline = deadline_seconds
        self._arguments = (str(os.getpid()), limits.model_dump_json(), str(memory_mb), str(nice))
        self._model = model
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._warm: list[_Worker] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[Examination]] = set()
        self._calls = 0
        self._closed = False

    def start(self) -> None:
        """Starts the workers in the background; calls wait for them within their deadline. Needs a running loop."""
        if self._eager:
            self._start_keepers()

    async def ready(self) -> None:
        """Returns when all workers are warm. For a start: it waits for workers that are at work, too."""
        self._start_keepers()
        gathered: list[_Worker] = []
        try:
            while len(gathered) < self._workers:
                gathered.append(await self._next_worker())
        finally:
            for worker in gathered:
                self._idle.put_nowait(worker)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Of the workers that are warm, in the order they became so."""
        return tuple(worker.process.pid for worker in self._warm)

    @property
    def idle(self) -> int:
        """How many workers wait for a call."""
        return self._idle.qsize()

    async def examine(self, frames: Sequence[str], reference: str) -> Examination:
        """See the port. The deadline counts from the call, waiting for a worker included."""
        if self._calls >= self._places or self._closed:
            raise self._busy()
        self._start_keepers()
        texts = [text.encode("ascii", "replace") for text in (*frames, reference)]
        begun = False
        self._calls += 1
        try:
            async with asyncio.timeout(self._deadline):
                for _ in range(_TRIES):
                    worker = await self._next_worker()
                    begun = True
                    with suppress(WorkerGone):
                        return await self._examined_by(worker, texts)
        except TimeoutError:
            raise self._busy(examined=begun) from None
        except ExaminationFailed as failed:
            logger.warning("a face examination broke off: %s", failed)
        finally:
            self._calls -= 1
        raise ImageInvalid(None, "not_examinable")

    async def close(self) -> None:
        """Ends the workers; none is left when it returns."""
        self._closed = True
        for task in self._keepers:
            task.cancel()
        await asyncio.gather(*self._keepers, *self._under_way, return_exceptions=True)

    def _start_keepers(self) -> None:
        if not self._keepers and not self._closed:
            self._keepers = [asyncio.create_task(self._keep_a_worker()) for _ in range(self._workers)]

    async def _keep_a_worker(self) -> None:
        """Has one worker running until the pool is closed: when it ends, the next one."""
        pause, longest = _PAUSE_SECONDS
        while True:
            try:
                await self._one_worker()
                pause, _ = _PAUSE_SECONDS
            except WorkerGone as gone:
                logger.error("a face worker could not start: %s", gone)
                await asyncio.sleep(pause)
                pause = min(2 * pause, longest)

    async def _one_worker(self) -> None:
        """From its start to its end. Raises `WorkerGone` when it does not get ready."""
        worker = await _Worker.start(self._arguments)
        try:
            await worker.ready(self._model)
            self._warm.append(worker)
            self._idle.put_nowait(worker)
            status = await worker.process.wait()
            logger.warning("a face worker ended with status %s and is replaced", status)
        finally:
            self._warm = [one for one in self._warm if one is not worker]
            await worker.stop()

    async def _next_worker(self) -> "_Worker":
        while True:
            worker = await self._idle.get()
            if not worker.gone:
                return worker

    async def _examined_by(self, worker: "_Worker", texts: list[bytes]) -> Examination:
        """The exchange is a task of its own: a caller that gives up leaves no half-read answer in the pipe."""
        task = asyncio.create_task(self._exchange(worker, texts))
        self._under_way.add(task)
        task.add_done_callback(self._over)
        await asyncio.wait({task})
        return task.result()

    async def _exchange(self, worker: "_Worker", texts: list[bytes]) -> Examination:
        try:
            async with asyncio.timeout(self._deadline):
                return await worker.examine(texts)
        except TimeoutError:
            worker.kill()
            raise WorkerGone from None
        finally:
            if not worker.gone:
                self._idle.put_nowait(worker)

    def _over(self, task: "asyncio.Task[Examination]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have given up: then nobody else asks

    def _busy(self, *, examined: bool = False) -> FaceBusy:
        return FaceBusy(math.ceil(self._deadline), examined=examined)


class _Worker:
    """One process of face_worker.py, whose docstring describes what goes through the pipes."""

    def __init__(self, process: Process, requests: asyncio.StreamWriter, answers: asyncio.StreamReader) -> None:
        self.process = process
        self._requests = requests
        self._answers = answers
        self._killed = False

    @classmethod
    async def start(cls, arguments: Sequence[str]) -> "_Worker":
        """In this process's session, because Linux weighs niceness only among the processes of one (autogroup)."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.adapters.face_worker", *arguments,
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=_ROOT, env={**os.environ, **_ONE_THREAD},
        )  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise WorkerGone("it has no pipes")
        return cls(process, process.stdin, process.stdout)

    @property
    def gone(self) -> bool:
        return self._killed or self.process.returncode is not None

    async def ready(self, model: str) -> None:
        """Raises `WorkerGone` with what went wrong."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                answer = json.loads(await self._answer())
        except TimeoutError:
            raise WorkerGone(f"not ready within {_START_SECONDS:.0f} s") from None
        if "ready" not in answer:
            raise WorkerGone(answer.get("failed"))
        if not answer["ready"].startswith(model):
            raise WorkerGone(f"face.model is {model}, and it has {answer['ready']}")

    async def examine(self, texts: list[bytes]) -> Examination:
        """Raises `ExaminationFailed`, `WorkerGone`."""
        lengths = [len(text) for text in texts]
        try:
            self._requests.writelines([struct.pack(f">I{len(texts)}I", len(texts), *lengths), *texts])
            await self._requests.drain()
            answer = json.loads(await self._answer())
            if "failed" in answer:
                raise ExaminationFailed(answer["failed"])
            return _examination.validate_python(answer)
        except (OSError, ValueError) as error:
            self.kill()
            raise WorkerGone(type(error).__name__) from None
        except WorkerGone:
            self.kill()
            raise

    async def _answer(self) -> bytes:
        try:
            (length,) = struct.unpack(">I", await self._answers.readexactly(4))
            if length > _MAX_ANSWER:
                raise WorkerGone("its answer is too long")
            return await self._answers.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            raise WorkerGone("it ended without an answer") from None

    def kill(self) -> None:
        self._killed = True
        with suppress(ProcessLookupError):
            self.process.kill()

    async def stop(self) -> None:
        """Closing its input ends it after what it is at; what does not end is killed."""
        self._requests.close()
        # Its task may have been cancelled: until Python 3.11.2, asyncio.timeout raises no TimeoutError in such a task.
        ended = asyncio.create_task(self.process.wait())
        await asyncio.wait({ended}, timeout=_STOP_SECONDS)
        if not ended.done():
            self.kill()
        await ended
        with suppress(OSError):  # and a broken pipe that nobody asks about is complained of
            await self._requests.wait_closed()
        self._killed = True
