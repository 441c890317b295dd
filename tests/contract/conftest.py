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
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.per_worker_fallback import PerWorkerFallback
from server.adapters.quota_leases import LeasedQuotas
from server.adapters.redis_ephemeral import RedisEphemeral
from server.adapters.sqlite_documents import SqliteDocuments
from tests import mongod
from tests.valkey import let_pass, new_prefix, shared_url

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


async def mongo_documents(_folder: Path) -> Documents:
    mongod.empty()
    return await MongoDocuments.open(mongod.mongodb(), database=mongod.database_name())


async def memory_ephemeral(_folder: Path) -> Momentary:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))

    async def passing(seconds: float) -> None:
        clock.advance(seconds=seconds)

    return Momentary(MemoryEphemeral(clock), passing)


async def redis_ephemeral(_folder: Path) -> Momentary:
    url, prefix = shared_url(), new_prefix()

    async def passing(seconds: float) -> None:
        let_pass(url, prefix, seconds)

    return Momentary(RedisEphemeral.open(url, prefix=prefix, deadline_seconds=10), passing)


async def sliced_redis_with_fallback(folder: Path) -> Momentary:
    """As a worker of several uses it."""
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    shared = await redis_ephemeral(folder)
    assert isinstance(shared.store, RedisEphemeral)

    async def passing(seconds: float) -> None:
        clock.advance(seconds=seconds)
        await shared.passing(seconds)

    quotas = LeasedQuotas(shared.store, clock)
    return Momentary(PerWorkerFallback(shared.store, MemoryEphemeral(clock), quotas), passing)


DOCUMENTS = [memory_documents, sqlite_documents, mongo_documents]
EPHEMERAL = [memory_ephemeral, redis_ephemeral, sliced_redis_with_fallback]


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
