"""The listening server, and how many connections it takes."""

import asyncio
import resource
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

from handlers.http.application import CityApplication

IDLE_SECONDS = 75
BODY_SECONDS = 60
UNBOUNDED = 1 << 62
"""Tornado's own limit on bodies answers with bare text; the endpoints' limits answer with a problem."""
MOST_FILES = 65_536
OWN_FILES = 200
"""What the process opens itself: the database, pipes to workers, connections to departments."""


class Listener(HTTPServer):
    """Hangs up on whoever comes when there are `most` connections already.

    A process without a file descriptor left could not even take a connection to close it: it would try for ever, and
    could not open its own files either.
    """

    most: int
    _last_is_gone: asyncio.Event | None = None

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Takes one connection for each turn of the event loop. Tornado takes all that wait at once, so that of several
        workers on one socket the first to look would be left with all callers, and the others with none."""
        for listening in sockets:
            self._sockets[listening.fileno()] = listening
            self._handlers[listening.fileno()] = _one_at_a_time(listening, self._handle_connection)

    def say_goodbye(self) -> None:
        """Takes no new connection; each that there is, is told with its next answer that it was the last (RFC 9112,
        9.6), so that nobody sends a request just as the server hangs up."""
        self.stop()
        self.conn_params.no_keep_alive = True

    async def deserted(self) -> None:
        """Returns when the last connection is gone. For after `say_goodbye`."""
        if self._connections:
            self._last_is_gone = asyncio.Event()
            await self._last_is_gone.wait()

    def on_close(self, server_conn: object) -> None:
        super().on_close(server_conn)
        if self._last_is_gone is not None and not self._connections:
            self._last_is_gone.set()

    def handle_stream(self, stream: IOStream, address: tuple[object, ...]) -> None:
        if len(self._connections) >= self.most:
            stream.close()
        else:
            super().handle_stream(stream, address)


def _one_at_a_time(listening: socket.socket, callback: Callable[[socket.socket, object], None]) -> Callable[[], None]:
    loop = IOLoop.current()

    def accept(_listening: socket.socket, _events: int) -> None:
        with suppress(BlockingIOError, ConnectionAbortedError):  # another worker took it, or the caller has gone
            callback(*listening.accept())

    loop.add_handler(listening, accept, IOLoop.READ)
    return lambda: loop.remove_handler(listening)


def listener(application: CityApplication, most: int) -> Listener:
    """A server of at most so many connections, listening nowhere yet."""
    server = Listener(
        application, max_body_size=UNBOUNDED, idle_connection_timeout=IDLE_SECONDS, body_timeout=BODY_SECONDS
    )
    server.most = most
    return server


def most_connections() -> int:
    """As many as the system lets the process have files, which is raised as far as it may be, less its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    files = MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return max(files - OWN_FILES, files // 2)
