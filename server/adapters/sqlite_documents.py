"""The documents port in one SQLite file: the store of a city on one machine. docs/storage.md says how it works."""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import orjson

from core.conditions import Scalar, Storable
from core.documents import Document, Operation, Page, Patch, Written, decoded
from core.errors import StoreUnavailable
from core.queries import Query, checked_limit
from server.adapters.sqlite_operations import Stored, Tables, is_trouble
from server.adapters.sqlite_schema import check_format
from server.adapters.sqlite_tables import Table, parameters
from server.adapters.sqlite_writer import Job, Prepare, Write, Writer

D = TypeVar("D", bound=Document)
BUSY_SECONDS = 5.0
"""How long a write waits for another process that writes to the same file."""
_IDS_AT_ONCE = 500
_REMEMBERED = 10_000
"""Documents of which the last reading is kept, the oldest first to go."""


class SqliteDocuments:
    """Made by `open`. Writes go to the writer thread. Reads are answered on the spot, on a connection of their own:
    they wait for nobody (WAL), and take less time than the way to another thread and back. Only counting, which takes
    as long as there are documents to count, goes to a thread."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._connect = partial(connect, path, busy_seconds)
        self._reader = _Reader(connect(path, busy_seconds))
        self._counter = _Reader(connect(path, busy_seconds))
        self._counting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite-counter")
        self._tables: Tables = {}
        self._writer = Writer(self._connect, self._tables)
        self._known: OrderedDict[tuple[type[Document], str], tuple[str, Document]] = OrderedDict()
        self._closed = False

    @classmethod
    async def open(cls, path: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> "SqliteDocuments":
        """Opens the file, or makes it, readable by its owner alone.

        Raises `StoreUnavailable` when that is impossible, ValueError when a later version of the platform wrote it or
        it lies where SQLite cannot keep a write-ahead log (on a network share).
        """
        try:
            return cls(Path(path), busy_seconds)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable("documents") from error

    async def prepare(self, models: Iterable[type[Document]]) -> None:
        """Brings tables and indexes in step with the models. What is not prepared here is when it is first used.

        Raises ValueError when stored documents collide in an index that is now declared unique.
        """
        tables = {model: Table(model) for model in models if model not in self._tables}
        if tables:
            await self._submitted(Prepare(tuple(tables.values()), self._answer()))
            for reader in (self._reader, self._counter):
                reader.rows("SELECT 1 FROM sqlite_schema", ())  # it notices that the schema it knows is an old one
            self._tables.update(tables)

    async def get(self, model: type[D], document_id: str) -> D | None:
        table = self._tables.get(model) or await self._table(model)
        rows = self._reader.rows(table.get, (document_id,))
        return self._decoded(model, document_id, rows[0][0]) if rows else None

    def _decoded(self, model: type[D], document_id: str, text: str) -> D:
        """What has not changed since it was last read needs no decoding again: documents are immutable."""
        known = self._known.get((model, document_id))
        if known is not None and known[0] == text:
            return cast("D", known[1])
        document = decoded(model, text)
        self._known[model, document_id] = (text, document)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return document

    async def get_many(self, model: type[D], document_ids: Sequence[str]) -> dict[str, D]:
        table = await self._table(model)
        found: dict[str, D] = {}
        for start in range(0, len(document_ids), _IDS_AT_ONCE):
            ids = document_ids[start : start + _IDS_AT_ONCE]
            rows = self._reader.rows(f"{table.get_many}({', '.join('?' * len(ids))})", ids)
            found.update((document_id, decoded(model, text)) for document_id, text in rows)
        return {document_id: found[document_id] for document_id in document_ids if document_id in found}

    async def find(
        self,
        model: type[D],
        index: str,
        *equals: Storable,
        at_least: Storable = None,
        below: Storable = None,
        descending: bool = False,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[D]:
        query = Query.of(model, index, equals, at_least, below).after(after, descending=descending)
        wanted = checked_limit(limit) + 1
        table = await self._table(model)
        rows = self._reader.rows(table.find(query, descending=descending), (*parameters(query), wanted))
        return Page(
            tuple(decoded(model, text) for (text,) in rows[:limit]),
            query.cursor(orjson.loads(rows[limit - 1][0])) if len(rows) > limit else None,
        )

    async def count(
        self, model: type[D], index: str, *equals: Storable, at_least: Storable = None, below: Storable = None
    ) -> int:
        query = Query.of(model, index, equals, at_least, below)
        table = await self._table(model)
        if self._closed:
            raise StoreUnavailable("documents")
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._counting, self._counter.rows, table.count(query), parameters(query))
        return int(rows[0][0]) if rows else 0

    async def write(self, *operations: Operation) -> Written:
        for operation in operations:
            if operation.model not in self._tables:
                await self._table(operation.model)
        return Written(operations, await self._submitted(Write(operations, self._answer())))

    async def ping(self) -> None:
        self._reader.rows("SELECT 1", ())
        # A real one: an empty transaction succeeds on a full disk, too.
        await self.write(Patch(_Ping, "ping", add={"pings": 1}, otherwise=_Ping(id="ping", pings=1)))

    async def scrub(self) -> bool:
        """Brings the write-ahead log into the database, where deleted content is overwritten, and empties it. False
        when somebody reads an older state at this moment, such as a backup: then it is to be asked again."""
        if self._closed:
            raise StoreUnavailable("documents")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._counting, self._scrubbed)

    def _scrubbed(self) -> bool:
        try:
            with closing(self._connect()) as connection:
                (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailable("documents") from error
        return int(busy) == 0

    async def close(self) -> None:
        if not self._closed:
            last = Write((), self._answer())
            self._writer.submit(last)
            self._closed = True
            await asyncio.wait([last.answer])
            self._counting.shutdown()
            self._counter.close()
            self._reader.close()
            self._writer.finish()

    def _answer(self) -> "asyncio.Future[Stored]":
        return asyncio.get_running_loop().create_future()

    def _submitted(self, job: Job) -> "asyncio.Future[Stored]":
        if self._closed:
            raise StoreUnavailable("documents")
        self._writer.submit(job)
        return job.answer

    async def _table(self, model: type[Document]) -> Table:
        if model not in self._tables:
            await self.prepare([model])
        return self._tables[model]


class _Ping(Document):
    collection: ClassVar[str] = "pings"

    pings: int


class _Reader:
    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")
        self._connection = connection
        self._closed = False

    def rows(self, sql: str, values: Sequence[Scalar]) -> list[Any]:
        """All rows at once: a statement that is not read to its end would go on seeing the past."""
        if self._closed:
            raise StoreUnavailable("documents")
        try:
            return self._connection.execute(sql, values).fetchall()
        except UnicodeEncodeError:  # half a surrogate pair: no text that was ever stored has one
            return []
        except sqlite3.Error as error:
            if is_trouble(error):
                raise StoreUnavailable("documents") from error
            raise

    def close(self) -> None:
        self._closed = True
        self._connection.close()


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection with the settings that durability rests on; the file is made when there is none."""
    path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise ValueError(f"{path} lies where SQLite cannot keep a write-ahead log; it needs a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # an erased key is not to be found in free pages
        check_format(connection)
    except BaseException:
        connection.close()
        raise
    return connection
