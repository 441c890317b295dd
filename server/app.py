"""The process: from settings to a listening server, and back to nothing left behind."""

import asyncio
import ctypes
import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop
from tornado.netutil import bind_sockets

from handlers.http.application import CityApplication
from handlers.routes import routes
from server.adapters.folder_lock import FolderInUse
from server.adapters.sandbox_process import SandboxAccess, SandboxFailed
from server.announcement import where
from server.beside import beside
from server.config import Settings, SettingsSource
from server.listener import Listener, listener, most_connections
from server.logs import configure_logging
from server.orders import DRAIN, READY, Orders, address_of
from server.wiring import City, open_city

MMAP_THRESHOLD, LARGE_PIECE = -3, 1 << 20
"""An option of mallopt(3), and the bytes from which on a piece is one that is given back."""
GOODBYE_SECONDS = 3.0
"""For so long a worker that is replaced goes on answering on the connections it has, each for the last time."""


@dataclass
class _Ending:
    """How the process is told to end: `stop` is set for soon, `gently` for without turning anybody away."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    gently: bool = False


def serve(settings: Settings, source: SettingsSource) -> int:
    """Runs the city in this process until SIGINT or SIGTERM. Returns the exit code."""
    configure_logging(settings.log.level)
    _give_memory_back()
    try:
        return uvloop.run(_alone(settings, source))
    except (FolderInUse, SandboxFailed) as error:
        print(error, file=sys.stderr)
        return 1


def work(orders: Orders) -> int:
    """Serves as one of several workers, until the supervisor says otherwise or is gone. Returns the exit code."""
    settings = orders.settings()
    configure_logging(settings.log.level)
    _give_memory_back()
    return uvloop.run(_worker(settings, orders))


async def _alone(settings: Settings, source: SettingsSource) -> int:
    try:
        sockets = bind_sockets(settings.http.port, settings.http.host)
    except OSError as error:
        print(f"{settings.http.host}:{settings.http.port}: {error.strerror}", file=sys.stderr)
        return 1
    ending, address = _told_by_signals(), address_of(sockets)
    async with beside(settings, address) as sandbox:
        url = settings.http.public_url or address
        told = where(settings, url, sandbox.url if sandbox else None)
        await _serving(settings, source, address, sandbox, sockets, ending, lambda: print(told, flush=True))
    return 0


async def _worker(settings: Settings, orders: Orders) -> int:
    ending = _told_by_signals()
    listening = asyncio.create_task(_told_by_supervisor(ending))
    sockets = orders.listening()
    await _serving(settings, orders.source, orders.address, orders.sandbox, sockets, ending, _say_ready)
    listening.cancel()
    return 0


async def _serving(
    settings: Settings,
    source: SettingsSource,
    address: str,
    sandbox: SandboxAccess | None,
    sockets: list[socket.socket],
    ending: _Ending,
    announce: Callable[[], None],
) -> None:
    async with open_city(settings, source, address, sandbox) as city:
        application = CityApplication(routes(city.services), city.machinery, settings.http.trusted_proxies)
        server = listener(application, most_connections())
        server.add_sockets(sockets)
        _look_again_on_hangup(city)
        _settle()
        announce()
        await ending.stop.wait()
        city.services.readiness.stopping = True
        await _drain(application, server, settings.http.stop_seconds, gently=ending.gently)


def _told_by_signals() -> _Ending:
    ending = _Ending()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.stop.set)
    return ending


async def _told_by_supervisor(ending: _Ending) -> None:
    """Reads what the supervisor says, to the end, which comes when it is gone, however it went."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    while line := await reader.readline():
        if line == DRAIN:
            ending.gently = True
            ending.stop.set()
    ending.stop.set()


def _say_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


def _look_again_on_hangup(city: City) -> None:
    """SIGHUP asks for what is done twice a second anyway; without a word on it, it would end the process."""
    looks: set[asyncio.Task[None]] = set()

    def look() -> None:
        task = asyncio.create_task(city.live.look())
        looks.add(task)
        task.add_done_callback(looks.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, look)


async def _drain(application: CityApplication, server: Listener, seconds: float, *, gently: bool) -> None:
    """Takes no new connection, lets what is in flight finish for at most `seconds`, then closes the rest.

    Gently, kept-open connections are not closed under their callers: each is answered once more and told that it was
    the last time. What is silent for some seconds is then closed.
    """
    server.say_goodbye()
    if gently:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(GOODBYE_SECONDS, seconds)):
                await server.deserted()
    await application.drained(seconds)
    await server.close_all_connections()


def _give_memory_back() -> None:
    """Has glibc give large pieces back when they are done with, instead of keeping as much for the next: hashing one
    password takes 19 MiB, which would stay with the process for good. Elsewhere than on glibc nothing is changed."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(MMAP_THRESHOLD, LARGE_PIECE)


def _settle() -> None:
    """Tunes the interpreter for a process that serves: a request makes hundreds of objects and hardly a cycle, so what
    was made at the start and stays is left out of garbage collections, and there are fewer of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # The store's writer lets go of the interpreter at each statement and has to ask for it again: the usual 5 ms that a
    # busy event loop may keep it are longer than a whole commit.
    sys.setswitchinterval(0.0005)
