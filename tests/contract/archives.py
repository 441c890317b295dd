"""Every adapter of the archive port, each over a store of the documents port that is empty at first."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from core.archive import Archive, Entry, everything
from core.documents import Document, Documents, JsonObject
from server.adapters.memory_archive import MemoryArchive
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.mongo_archive import MongoArchive
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.sqlite_archive import SqliteArchive
from server.adapters.sqlite_documents import SqliteDocuments
from tests import mongod


@dataclass(frozen=True)
class Both:
    """One store through both ports."""

    documents: Documents
    archive: Archive


async def memory(_folder: Path) -> Both:
    documents = MemoryDocuments()
    return Both(documents, MemoryArchive(documents))


async def sqlite(folder: Path) -> Both:
    path = folder / "city.db"
    return Both(await SqliteDocuments.open(path), await SqliteArchive.open(path))


async def mongo(_folder: Path) -> Both:
    mongod.empty()
    url, database = mongod.mongodb(), mongod.database_name()
    documents = await MongoDocuments.open(url, database=database)
    return Both(documents, await MongoArchive.open(url, database=database))


ARCHIVES: list[Callable[[Path], Awaitable[Both]]] = [memory, sqlite, mongo]


@asynccontextmanager
async def opened(adapter: Callable[[Path], Awaitable[Both]], folder: Path) -> AsyncIterator[Both]:
    both = await adapter(folder)
    try:
        yield both
    finally:
        await both.archive.close()
        await both.documents.close()


async def entries_of(archive: Archive, model: type[Document]) -> list[Entry]:
    return [entry async for some in everything(archive, model) for entry in some]


async def stored_in(archive: Archive, model: type[Document]) -> list[JsonObject]:
    """All documents as they lie there; fails on one that is none."""
    entries = await entries_of(archive, model)
    assert all(entry.stored is not None and not entry.astray for entry in entries)
    return [entry.stored for entry in entries if entry.stored is not None]
