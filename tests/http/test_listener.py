"""Connections without end: those that are there are served, the others are turned away."""

import asyncio

from tornado.netutil import bind_sockets

from handlers.http.application import Route
from handlers.system import Healthz
from server.listener import listener, most_connections
from tests.http.machinery import served

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: city\r\n\r\n"


async def test_beyond_the_most_connections_new_ones_are_turned_away_until_one_ends() -> None:
    async with served([Route("/healthz", Healthz)]) as city:
        server = listener(city.application, most=2)
        sockets = bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for reader, writer in held:
            writer.write(HEALTH)
            assert (await reader.readuntil(b"alive")).startswith(b"HTTP/1.1 200")

        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()

        held[0][1].close()
        await held[0][1].wait_closed()
        held[1][1].write(HEALTH)  # answered, and so the server has seen the other one go
        await held[1][0].readuntil(b"alive")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEALTH)
        assert (await reader.readuntil(b"alive")).startswith(b"HTTP/1.1 200")
        for other in (writer, held[1][1]):
            other.close()
            await other.wait_closed()
        server.stop()
        await server.close_all_connections()


def test_some_files_are_left_to_the_process_itself() -> None:
    assert 0 < most_connections() < 65_536
