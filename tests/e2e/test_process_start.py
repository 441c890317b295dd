"""Starting: the city gets ready on ports of its own, and says in one line why it cannot."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from tests.e2e.command_line import cst
from tests.e2e.processes import alive, command_of, eventually, family
from tests.running_city import STOP_SECONDS, RunningCity, running_city, starting_city


@dataclass(frozen=True)
class TwoCities:
    """Side by side on one machine. `port` was given to the east, and somebody else had the port after it already,
    which is where the sandbox listens unless told otherwise."""

    east: RunningCity
    west: RunningCity
    port: int


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoCities]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    folders = tmp_path_factory.mktemp("east"), tmp_path_factory.mktemp("west")
    yield loop.run_sync(lambda: stack.enter_async_context(two_cities(*folders)))
    loop.run_sync(stack.aclose)


@asynccontextmanager
async def two_cities(eastern: Path, western: Path) -> AsyncIterator[TwoCities]:
    port, neighbour = neighbours()
    async with AsyncExitStack() as stack:
        stack.enter_context(closing(neighbour))
        given = {"http": {"port": port}, "demo": {"sandbox_port": None}}
        east, west = await asyncio.gather(
            stack.enter_async_context(running_city(eastern, given)),
            stack.enter_async_context(running_city(western)),
        )
        yield TwoCities(east, west, port)


def neighbours() -> tuple[int, socket.socket]:
    """A free port, and a socket that listens on the port after it."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            try:
                return port, socket.create_server(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
    raise AssertionError("no two free ports side by side")


async def test_two_cities_on_one_machine_know_nothing_of_each_other(cities: TwoCities) -> None:
    east, west = cities.east, cities.west
    for city in (east, west):
        assert (await city.client.get("/readyz")).json()["status"] == "ready"
    assert len({east.url, west.url, str(east.outside.base_url), str(west.outside.base_url)}) == 4
    citizen = await east.sign_in(2)
    assert (await east.client.get("/api/v1/me", headers=citizen.headers)).status_code == 200
    refused = await west.client.get("/api/v1/me", headers=citizen.headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "identity.token_invalid")


async def test_the_sandbox_moves_aside_when_its_port_is_taken(cities: TwoCities) -> None:
    east, port = cities.east, cities.port
    assert east.url == f"http://127.0.0.1:{port}"
    assert str(east.outside.base_url) != f"http://127.0.0.1:{port + 1}"
    assert (await east.client.get("/api/v1/city")).json()["sandbox_url"] == str(east.outside.base_url)
    assert (await east.sign_in(1)).access_token


async def test_a_taken_port_and_a_folder_in_use_are_each_one_clear_line(cities: TwoCities, tmp_path: Path) -> None:
    on_its_port, in_its_folder = await asyncio.gather(
        cst("serve", "--port", str(cities.port), "--data", tmp_path / "var"),
        cst("serve", "--port", "0", "--data", cities.east.data),
    )
    assert (on_its_port.code, on_its_port.out) == (1, "")
    assert on_its_port.err == f"127.0.0.1:{cities.port}: Address already in use\n"
    assert not (tmp_path / "var").exists()
    assert (in_its_folder.code, in_its_folder.out) == (1, "")
    line = f"{cities.east.data} is in use by another running city; --data gives this one its own\n"
    assert in_its_folder.err == line
    assert (await cities.east.client.get("/readyz")).status_code == 200


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file, broken = tmp_path / "file", tmp_path / "broken"
    file.write_text("this is no folder")
    broken.mkdir()
    (broken / "city.db").write_text("this is no database")
    refusals = await asyncio.gather(*(cst("serve", "--port", "0", "--data", folder) for folder in (file, broken)))
    for folder, refused in zip((file, broken), refusals, strict=True):
        assert (refused.code, refused.out) == (2, "")
        heading, line = refused.err.splitlines()
        assert heading == "settings:"
        assert line.startswith(f"data: {folder}")


async def test_told_to_stop_while_it_starts_a_city_leaves_nothing_behind(tmp_path: Path) -> None:
    async with starting_city(tmp_path) as process:
        # The first child is the sandbox: the city is half open now.
        await eventually(lambda: any("sandbox" in command_of(child) for child in family(process.pid)), "a sandbox")
        children = family(process.pid)
        process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            assert await process.wait() == 0
        await eventually(lambda: not alive(children), "all processes gone")
