"""Every adapter of the two storage ports, each by one line in the lists below. The suites run over all of them."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from core.clock import ManualClock
from core.documents import Documents
from core.ephemeral import Ephemeral
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_documents import SqliteDocuments

Passing = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Momentary:
    """An ephemeral store, and a way to let seconds pass for it."""

    store: Ephemeral
    passing: Passing


async def memory_documents(_folder: Path) -> Documents:
    return MemoryDocuments()


async def sqlite_documents(folder: Path) -> Documents:
    return await SqliteDocuments.open(folder / "city.db")


async def memory_ephemeral(_folder: Path) -> Momentary:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))

    async def passing(seconds: float) -> None:
        clock.advance(seconds=seconds)

    return Momentary(MemoryEphemeral(clock), passing)


DOCUMENTS = [memory_documents, sqlite_documents]
EPHEMERAL = [memory_ephemeral]


def _name(adapter: Any) -> str:
    return str(adapter.__name__)


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """The loop in which a test and its stores live. The test plugin's own uses a deprecated call of Tornado."""
    loop = IOLoop(make_current=False)
    yield loop
    loop.close(all_fds=True)


@pytest.fixture(params=DOCUMENTS, ids=_name)
def documents(request: pytest.FixtureRequest, io_loop: IOLoop, tmp_path: Path) -> Iterator[Documents]:
    store = io_loop.run_sync(lambda: request.param(tmp_path))
    yield store
    io_loop.run_sync(store.close)


@pytest.fixture(params=EPHEMERAL, ids=_name)
def momentary(request: pytest.FixtureRequest, io_loop: IOLoop, tmp_path: Path) -> Iterator[Momentary]:
    momentary = io_loop.run_sync(lambda: request.param(tmp_path))
    yield momentary
    io_loop.run_sync(momentary.store.close)
