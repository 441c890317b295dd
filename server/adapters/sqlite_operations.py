"""Operations of the documents port, carried out in the writer's SQLite transaction, each caller's all or none."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson

from core.conditions import holds
from core.documents import (
    Conflict,
    Delete,
    Document,
    Duplicate,
    GuardFailed,
    Insert,
    JsonObject,
    Operation,
    Patch,
    Replace,
)
from server.adapters.sqlite_tables import Table

Tables = dict[type[Document], Table]
Stored = Sequence[str | None]


class Transaction:
    """Several callers' operations, one caller after the other.

    What a refused caller has changed is taken back by putting the former rows in their place, the last first. A
    savepoint would do that too, with two more statements for each caller who is not refused: some 7 % of all writes.
    """

    def __init__(self, cursor: sqlite3.Cursor, tables: Tables) -> None:
        self._execute = cursor.execute
        self._cursor = cursor
        self._tables = tables
        self._undo: list[tuple[str, Sequence[Any]]] = []

    def carry_out(self, operations: Sequence[Operation]) -> Stored:
        """What the operations left behind. When it raises, they left nothing; see `is_trouble`."""
        self._undo.clear()
        try:
            return [self._apply(operation) for operation in operations]
        except Exception as error:
            if not is_trouble(error):
                self._take_back()
            raise

    def _take_back(self) -> None:
        try:
            for sql, values in reversed(self._undo):
                self._execute(sql, values)
        except sqlite3.Error as error:
            raise sqlite3.InternalError("a refused write could not be taken back") from error

    def _apply(self, operation: Operation) -> str | None:
        table = self._tables[operation.model]
        if isinstance(operation, Insert):
            return self._insert(table, operation, operation)
        rows = self._execute(table.get, (operation.id,)).fetchall()
        before: str | None = rows[0][0] if rows else None
        if isinstance(operation, Patch):
            return self._patch(table, operation, before)
        if isinstance(operation, Replace):
            return self._replace(table, operation, before)
        self._delete(table, operation, before)
        return None

    def _insert(self, table: Table, operation: Operation, insert: Insert) -> str:
        text = insert.stored().decode()
        stored = orjson.loads(text)
        self._put(table.insert, table, operation, text, stored)
        self._undo.append((table.delete, (insert.id,)))
        return text

    def _patch(self, table: Table, patch: Patch[Any], before: str | None) -> str:
        if before is None:
            if patch.otherwise is None:
                raise GuardFailed(patch)
            return self._insert(table, patch, Insert(patch.otherwise))
        stored = orjson.loads(before)
        after = patch.applied_to(stored)
        text = orjson.dumps(after).decode()
        if table.indexed.isdisjoint(patch.set) and table.indexed.isdisjoint(patch.add):
            self._execute(table.update_json, (text, patch.id))
            self._undo.append((table.update_json, (before, patch.id)))
        else:
            self._put(table.update, table, patch, text, after)
            self._undo.append((table.update, table.row(before, stored)))
        return text

    def _replace(self, table: Table, replace: Replace, before: str | None) -> str:
        if before is None:
            raise Conflict(replace)
        stored = orjson.loads(before)
        if stored["version"] != replace.document.version:
            raise Conflict(replace)
        text = replace.stored().decode()
        self._put(table.update, table, replace, text, orjson.loads(text))
        self._undo.append((table.update, table.row(before, stored)))
        return text

    def _delete(self, table: Table, delete: Delete, before: str | None) -> None:
        if before is None:
            return
        stored = orjson.loads(before)
        if delete.guard is not None and not holds(delete.guard, stored):
            raise GuardFailed(delete)
        self._execute(table.delete, (delete.id,))
        self._undo.append((table.insert, table.row(before, stored)))

    def _put(self, sql: str, table: Table, operation: Operation, text: str, stored: JsonObject) -> None:
        try:
            self._execute(sql, table.row(text, stored))
        except sqlite3.IntegrityError as error:
            index = table.taken_index(self._cursor, stored, inserting=sql is table.insert)
            if index is None:
                raise
            raise Duplicate(operation, index) from error


def is_trouble(error: Exception) -> bool:
    """Whether it is the store that failed, and not what it was asked to store."""
    ours = sqlite3.ProgrammingError | sqlite3.DataError | sqlite3.IntegrityError
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours)
