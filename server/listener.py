"""The listening server, and how many connections it takes."""

import resource
from contextlib import suppress

from tornado.httpserver import HTTPServer
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

    def handle_stream(self, stream: IOStream, address: tuple[object, ...]) -> None:
        if len(self._connections) >= self.most:
            stream.close()
        else:
            super().handle_stream(stream, address)


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
