"""The archive port over a SQLite file of the documents port, or over a backup of one."""
# ruff: noqa: S608 (SQL is put together from names that `Table` has checked, never from values)

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson

from core.archive import AT_ONCE, CannotPut, Damaged, Entry, Fault
from core.documents import Document, JsonObject
from core.errors import StoreUnavailable
from server.adapters.sqlite_documents import BUSY_SECONDS, connect
from server.adapters.sqlite_schema import bring_in_step, check_format, columns, out_of_step
from server.adapters.sqlite_tables import Table

T = TypeVar("T")
Hold = Literal["nothing", "moment", "writers"]
"""What is held until the archive is closed: nothing; one moment, in which everything is read while others go on
writing; or all other writers, who wait as long as a store is waited for and are then told that it is not there."""

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteArchive:
    """One connection of its own. Calls take as long as SQLite does, on the thread of the caller: a command has no other
    work."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._tables: dict[type[Document], Table] = {}
        self._in_step: set[type[Document]] = set()

    @classmethod
    async def open(cls, path: Path, hold: Hold = "nothing") -> "SqliteArchive":
        """Raises `StoreUnavailable`, and ValueError for a file of a later version."""
        return cls(_held(lambda: connect(path, BUSY_SECONDS), hold), path)

    @classmethod
    async def of_backup(cls, file: Path) -> "SqliteArchive":
        """A file that nobody changes: no lock is asked for, and nothing is written beside it. Raises as `open` does."""
        return cls(_held(lambda: _unchanging(file), "nothing"), file)

    async def names(self) -> set[str]:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        with _translated():
            tables = [name for (name,) in self._connection.execute(query).fetchall()]
            return {name for name in tables if self._connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchall()}

    async def scan(self, model: type[Document], after: str | None = None, limit: int = AT_ONCE) -> list[Entry]:
        with _translated():
            table, fields = self._table(model), self._columns(model)
            if fields is None:
                return []
            shown = "".join(f', "{field}"' for field in fields)
            where = "" if after is None else "WHERE id > ?"
            query = f'SELECT id, _json{shown} FROM "{table.collection}" {where} ORDER BY id LIMIT ?'
            rows = self._connection.execute(query, (limit,) if after is None else (after, limit)).fetchall()
        return [_entry(document_id, text, dict(zip(fields, kept, strict=True))) for document_id, text, *kept in rows]

    async def count(self, model: type[Document]) -> int:
        with _translated():
            if self._columns(model) is None:
                return 0
            (found,) = self._connection.execute(f'SELECT count(*) FROM "{model.collection}" NOT INDEXED').fetchone()
            return int(found)

    async def put(self, model: type[Document], documents: Sequence[JsonObject]) -> None:
        with _translated(), self._transaction(model) as table:
            for document in documents:
                self._connection.execute(table.delete, (document["id"],))
                self._insert(table, document)

    async def clear(self, model: type[Document]) -> None:
        with _translated(), self._transaction(model):
            self._connection.execute(f'DELETE FROM "{model.collection}"')

    async def faults(self, model: type[Document]) -> list[Fault]:
        with _translated():
            table, fields = self._table(model), self._columns(model)
            if fields is None:
                return []
            what = "its index {} is not as declared; the next start makes it anew"
            faults = [Fault(model.collection, None, what.format(name)) for name in out_of_step(self._connection, table)]
            for index in model.indexes:
                if index.unique and set(index.fields) <= set(fields):
                    faults += self._doubled(model, index.name, index.fields)
            return faults

    async def damage(self) -> list[Fault]:
        try:
            rows = self._connection.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as error:
            return [Fault(self._path.name, None, f"cannot be read: {_name(error)}")]
        return [Fault(self._path.name, None, line) for (text,) in rows if text != "ok" for line in text.splitlines()]

    async def close(self) -> None:
        self._connection.close()

    def _columns(self, model: type[Document]) -> list[str] | None:
        """The fields of the model's indexes that have a column; None where there is no table."""
        query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
        if not self._connection.execute(query, (model.collection,)).fetchall():
            return None
        existing = columns(self._connection, model.collection)
        return [field for field in self._table(model).fields if field in existing]

    def _table(self, model: type[Document]) -> Table:
        if model not in self._tables:
            self._tables[model] = Table(model)
        return self._tables[model]

    def _doubled(self, model: type[Document], name: str, fields: Sequence[str]) -> list[Fault]:
        """Looked for without the help of the index."""
        named = ", ".join(f'"{field}"' for field in fields)
        standing = " AND ".join(f'"{field}" IS NOT NULL' for field in fields)
        query = (
            f'SELECT min(id), count(*) FROM "{model.collection}" NOT INDEXED WHERE {standing} '
            f"GROUP BY {named} HAVING count(*) > 1"
        )
        rows = self._connection.execute(query).fetchall()
        return [
            Fault(model.collection, first, f"stands with {many - 1} more in one place of {name}")
            for first, many in rows
        ]

    @contextmanager
    def _transaction(self, model: type[Document]) -> Iterator[Table]:
        table = self._table(model)
        if model not in self._in_step:
            bring_in_step(self._connection, table)
            self._in_step.add(model)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield table
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _insert(self, table: Table, document: JsonObject) -> None:
        try:
            self._connection.execute(table.insert, table.row(orjson.dumps(document).decode(), document))
        except sqlite3.IntegrityError as error:
            taken = table.taken_index(self._connection.cursor(), document, inserting=True)
            what = f"another document stands in its place of {taken}"
            raise CannotPut(table.collection, document["id"], what) from error


def _held(connecting: Callable[[], sqlite3.Connection], hold: Hold) -> sqlite3.Connection:
    with _translated():
        connection = connecting()
        try:
            if hold == "writers":
                connection.execute("BEGIN IMMEDIATE")
            if hold == "moment":
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM sqlite_schema").fetchall()  # the moment is that of the first reading
        except BaseException:
            connection.close()
            raise
    return connection


def _unchanging(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    check_format(connection)
    return connection


def _entry(document_id: str, text: str, kept: dict[str, Any]) -> Entry:
    try:
        stored = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return Entry(document_id, None)
    if not isinstance(stored, dict):
        return Entry(document_id, None)
    return Entry(document_id, stored, tuple(field for field, value in kept.items() if value != stored.get(field)))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise Damaged(_name(error)) from error
        raise StoreUnavailable("documents") from error


def _name(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
