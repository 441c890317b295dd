"""The process: from settings to a listening server, and back to nothing left behind."""

import asyncio
import gc
import signal
import socket
import sys
from contextlib import AsyncExitStack

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from handlers.http.application import CityApplication
from handlers.routes import routes
from server.adapters.folder_lock import FolderInUse
from server.adapters.sandbox_process import SandboxFailed
from server.config import Settings
from server.listener import listener, most_connections
from server.logs import configure_logging
from server.wiring import City, open_city


def serve(settings: Settings) -> int:
    """Runs the city until SIGINT or SIGTERM. Returns the exit code."""
    configure_logging(settings.log.level)
    try:
        return uvloop.run(_serve(settings))
    except (FolderInUse, SandboxFailed) as error:
        print(error, file=sys.stderr)
        return 1


async def _serve(settings: Settings) -> int:
    try:
        sockets = bind_sockets(settings.http.port, settings.http.host)
    except OSError as error:
        print(f"{settings.http.host}:{settings.http.port}: {error.strerror}", file=sys.stderr)
        return 1
    stop = _stop_event()
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(open_city(settings, _address(sockets)))
        application = CityApplication(routes(city.services), city.machinery, settings.http.trusted_proxies)
        server = listener(application, most_connections())
        server.add_sockets(sockets)
        _settle()
        _announce(city)
        await stop.wait()
        city.services.readiness.stopping = True
        await _drain(application, server, settings.http.stop_seconds)
    return 0


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _address(sockets: list[socket.socket]) -> str:
    host, port = sockets[0].getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _drain(application: CityApplication, server: HTTPServer, seconds: float) -> None:
    """Takes no new connection, lets what is in flight finish for at most `seconds`, then closes the rest."""
    server.stop()
    await application.drained(seconds)
    await server.close_all_connections()


def _settle() -> None:
    """Tunes the interpreter for a process that serves: a request makes hundreds of objects and hardly a cycle, so what
    was made at the start and stays is left out of garbage collections, and there are fewer of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # The store's writer lets go of the interpreter at each statement and has to ask for it again: the usual 5 ms that a
    # busy event loop may keep it are longer than a whole commit.
    sys.setswitchinterval(0.0005)


def _announce(city: City) -> None:
    """What is where, for the person who started it."""
    print("\n".join(city.where), flush=True)
