"""Several workers on one listening socket: started, replaced when they die, and replaced one by one on SIGHUP.

The supervisor serves nobody and keeps nothing but processes: what it needs to know fits on a page, so that it does not
fail. It holds the listening sockets, so that callers wait in their queue while workers come and go.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

from core.tasks import ended
from server.adapters.folder_lock import FolderInUse
from server.adapters.sandbox_process import SandboxAccess, SandboxFailed
from server.announcement import where
from server.beside import beside
from server.config import ROOT, ConfigError, Settings, SettingsSource, settings_of
from server.logs import configure_logging
from server.orders import DRAIN, READY, Orders, address_of

READY_SECONDS = 60.0
LINGER_SECONDS = 10.0
"""Beyond what a worker may take for its requests: the time to close its stores. Then it is killed."""
PAUSES = (0.2, 15.0)
"""Before a worker that died is replaced: the first and the longest pause. One that served for a while costs none."""
SERVED_SECONDS = 30.0
BACKLOG = 1024
METRICS = "metrics"

_log = logging.getLogger(__name__)


class WorkerFailed(Exception):
    """A worker ended, or stayed silent, before it was ready; its own output says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ended with {code}")
        self.code = code


@dataclass(frozen=True)
class _Worker:
    process: Process
    started: float

    @property
    def pid(self) -> int:
        return self.process.pid


def supervise(settings: Settings, source: SettingsSource) -> int:
    """Runs the city's workers until SIGINT or SIGTERM. Returns the exit code."""
    configure_logging(settings.log.level)
    try:
        sockets = [_listening(settings)]
    except OSError as error:
        print(f"{settings.http.host}:{settings.http.port}: {error.strerror}", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_supervised(settings, source, sockets))
    except (FolderInUse, SandboxFailed) as error:
        print(error, file=sys.stderr)
        return 1


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.http.host else socket.AF_INET
    return socket.create_server((settings.http.host, settings.http.port), family=family, backlog=BACKLOG)


async def _supervised(settings: Settings, source: SettingsSource, sockets: list[socket.socket]) -> int:
    address = address_of(sockets)
    async with beside(settings, address) as sandbox:
        supervisor = Supervisor(settings, source, sockets, sandbox)
        told = where(settings, settings.http.public_url or address, sandbox.url if sandbox else None)
        try:
            await supervisor.start()
        except WorkerFailed as failed:
            await supervisor.stop()
            return failed.code or 1
        print(told, flush=True)
        await supervisor.run()
    return 0


class Supervisor:
    """Each place holds one worker; whoever changes what is in a place holds its lock."""

    def __init__(
        self,
        settings: Settings,
        source: SettingsSource,
        sockets: list[socket.socket],
        sandbox: SandboxAccess | None,
    ) -> None:
        self._settings = settings
        self._written = source.written()
        self._source = source
        self._sockets = sockets
        self._sandbox = sandbox
        self._metrics = _empty_folder(settings.data_folder / METRICS)
        self._places: list[_Worker | None] = [None] * settings.workers
        self._locks = [asyncio.Lock() for _ in self._places]
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rolling = asyncio.Lock()

    async def start(self) -> None:
        """Returns when all workers serve. Raises `WorkerFailed`."""
        starting = [asyncio.create_task(self._spawned()) for _ in self._places]
        found = await asyncio.gather(*starting, return_exceptions=True)
        self._places = [worker if isinstance(worker, _Worker) else None for worker in found]
        for failed in found:
            if isinstance(failed, BaseException):
                raise failed

    async def run(self) -> None:
        """Keeps the places filled until the process is told to stop, then stops the workers."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._begin(self._roll()))
        for place in range(len(self._places)):
            self._begin(self._keep(place))
        await self._stopping.wait()
        await ended(*self._tasks)
        await self.stop()

    async def stop(self) -> None:
        """Ends all workers at once, and returns when they are gone."""
        await asyncio.gather(*(self._ended(worker, gently=False) for worker in self._places if worker is not None))

    async def _keep(self, place: int) -> None:
        """Puts another worker in the place of one that died by itself."""
        pause = PAUSES[0]
        while True:
            worker = self._places[place]
            if worker is not None:
                code = await worker.process.wait()
                if self._places[place] is not worker:
                    continue  # it was replaced, and told to end
                served = time.monotonic() - worker.started
                self._gone(worker)
                _log.error("worker died", extra={"pid": worker.pid, "code": code, "seconds": round(served)})
                pause = PAUSES[0] if served > SERVED_SECONDS else min(2 * pause, PAUSES[1])
            async with self._locks[place]:
                if self._places[place] is worker:
                    self._places[place] = await self._tried()
            if self._places[place] is None:
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSES[1])

    async def _roll(self) -> None:
        """Replaces each worker by one with the settings and the code of now: the new one serves before the old one is
        told to end. One that does not start ends the round, and the rest stay as they are."""
        async with self._rolling:
            try:
                written = self._source.written()
                settings = settings_of(written)
            except ConfigError as error:
                _log.error("settings not taken over", extra={"faults": str(error).splitlines()})
                return
            before, self._written = self._written, written
            for place in range(len(self._places)):
                if not await self._replaced(place):
                    self._written = before
                    return
            self._settings = settings
            _log.info("workers replaced", extra={"pids": [worker.pid for worker in self._places if worker]})

    async def _replaced(self, place: int) -> bool:
        async with self._locks[place]:
            successor = await self._tried()
            if successor is None:
                return False
            former, self._places[place] = self._places[place], successor
        if former is not None:
            await self._ended(former, gently=True)
        return True

    async def _tried(self) -> _Worker | None:
        try:
            return await self._spawned()
        except WorkerFailed as failed:
            _log.error("worker did not start", extra={"code": failed.code})
            return None

    async def _spawned(self) -> _Worker:
        """A worker that serves. Raises `WorkerFailed`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.worker", cwd=ROOT, stdin=PIPE, stdout=PIPE, start_new_session=True,
            pass_fds=[one.fileno() for one in self._sockets],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(self._metrics)},
        )  # fmt: skip
        worker = _Worker(process, time.monotonic())
        try:
            async with asyncio.timeout(READY_SECONDS):
                await _told(process, self._orders().model_dump_json().encode() + b"\n")
                ready = await process.stdout.readline() if process.stdout else b""
            if ready != READY:
                raise WorkerFailed(await process.wait())
        except TimeoutError as error:
            raise WorkerFailed(1) from error
        except BaseException:
            if process.returncode is None:
                process.kill()
            raise
        return worker

    def _orders(self) -> Orders:
        return Orders(
            written=self._written,
            file=self._source.file,
            overrides=dict(self._source.overrides),
            address=address_of(self._sockets),
            sockets=tuple(one.fileno() for one in self._sockets),
            sandbox=self._sandbox,
        )

    async def _ended(self, worker: _Worker, *, gently: bool) -> None:
        """Tells it to end, and kills it when it takes too long."""
        with contextlib.suppress(ProcessLookupError):
            if gently:
                await _told(worker.process, DRAIN)
            else:
                worker.process.terminate()
        try:
            async with asyncio.timeout(self._settings.http.stop_seconds + LINGER_SECONDS):
                await worker.process.wait()
        except TimeoutError:
            _log.warning("worker killed", extra={"pid": worker.pid})
            worker.process.kill()
            await worker.process.wait()
        self._gone(worker)

    def _gone(self, worker: _Worker) -> None:
        mark_process_dead(worker.pid, str(self._metrics))  # type: ignore[no-untyped-call]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _told(process: Process, line: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(ConnectionError):  # it has ended meanwhile: whoever waits for it learns that
            process.stdin.write(line)
            await process.stdin.drain()


def _empty_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
