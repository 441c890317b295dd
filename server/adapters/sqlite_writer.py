"""The one thread that writes to a SQLite file.

It takes whatever has queued up while it was busy and commits it as one transaction, because what a durable commit costs
is the wait for the disk, however much is in it. Each caller's operations stand in a savepoint of their own: a caller
that is refused is rolled back to it, and the others are not touched. Outcomes are handed out after the commit, never
before.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
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
from core.errors import StoreUnavailable
from server.adapters.sqlite_schema import bring_in_step
from server.adapters.sqlite_tables import Table

LARGEST_BATCH = 500
"""Callers per commit, so that the first of a crowd does not wait for the last."""
LARGEST_BACKLOG = 10_000
"""Callers that may wait. More than that are sent away at once."""
Tables = dict[type[Document], Table]
Stored = Sequence[str | None]
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Write:
    """Operations that are applied together, and who waits for them."""

    operations: tuple[Operation, ...]
    answer: "asyncio.Future[Stored]"
    stored: Stored = ()
    error: Exception | None = None


@dataclass(slots=True, eq=False)
class Prepare:
    """Tables to be brought in step with their models."""

    tables: Sequence[Table]
    answer: "asyncio.Future[Stored]"
    stored: Stored = ()
    error: Exception | None = None


Job = Write | Prepare


class Writer:
    """`connect` opens the writing connection; `tables` holds every table that a write may name."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], tables: Tables) -> None:
        self._connect = connect
        self._tables = tables
        self._connection: sqlite3.Connection | None = None
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._ended = False
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Raises `StoreUnavailable` when so much waits already that this would wait too long."""
        if self._queue.qsize() >= LARGEST_BACKLOG:
            raise StoreUnavailable("documents")
        self._queue.put(job)

    def finish(self) -> None:
        """Ends the thread when everything submitted before is done. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            jobs = self._taken(self._queue.get(), LARGEST_BATCH)
            for job in jobs:
                if isinstance(job, Prepare):
                    self._prepare(job)
            if writes := [job for job in jobs if isinstance(job, Write)]:
                self._commit(writes)
        self._let_go()

    def _taken(self, job: Job | None, most: int) -> list[Job]:
        """This job and what waits behind it. None is the end; nothing is submitted after it."""
        jobs: list[Job] = []
        try:
            while job is not None:
                jobs.append(job)
                if len(jobs) == most:
                    return jobs
                job = self._queue.get_nowait()
        except Empty:
            return jobs
        self._ended = True
        return jobs

    def _prepare(self, prepare: Prepare) -> None:
        try:
            connection = self._cursor().connection
            for table in prepare.tables:
                bring_in_step(connection, table)
        except ValueError as error:
            prepare.error = error
        except Exception as error:  # noqa: BLE001
            self._fail([prepare], error)
        _deliver([prepare])

    def _commit(self, writes: Sequence[Write]) -> None:
        jobs: Sequence[Job] = writes
        try:
            cursor = self._cursor()
            cursor.execute("BEGIN IMMEDIATE")
            for write in writes:
                self._attempt(cursor, write)
            cursor.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 (whatever it was: nothing is committed, everybody is told)
            # Who came meanwhile has waited as long, and would wait for the same trouble again.
            jobs = [*writes, *self._taken(self._queue.get(), LARGEST_BACKLOG)] if self._queue.qsize() else writes
            self._fail(jobs, error)
        _deliver(jobs)

    def _attempt(self, cursor: sqlite3.Cursor, write: Write) -> None:
        """One caller's operations. What is wrong with them goes to that caller; trouble with the store is raised."""
        alone = len(write.operations) == 1  # SQLite undoes a single failing statement by itself
        if not alone:
            cursor.execute("SAVEPOINT caller")
        try:
            write.stored = [self._apply(cursor, operation) for operation in write.operations]
        except Exception as error:
            if is_trouble(error):
                raise
            write.error = error
            if not alone:
                cursor.execute("ROLLBACK TO caller")
        if not alone:
            cursor.execute("RELEASE caller")

    def _apply(self, cursor: sqlite3.Cursor, operation: Operation) -> str | None:
        table = self._tables[operation.model]
        if isinstance(operation, Insert):
            return _insert(cursor, table, operation, operation.stored().decode())
        before = cursor.execute(table.get, (operation.id,)).fetchone()
        if isinstance(operation, Patch):
            return _patch(cursor, table, operation, before)
        if isinstance(operation, Replace):
            return _replace(cursor, table, operation, before)
        _delete(cursor, table, operation, before)
        return None

    def _cursor(self) -> sqlite3.Cursor:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection.cursor()

    def _fail(self, jobs: Sequence[Job], error: Exception) -> None:
        """Nothing of a transaction took place. The connection is opened afresh by the next one."""
        _log.error("storage: a transaction of %d failed: %s", len(jobs), _named(error))
        self._let_go()
        for job in jobs:
            job.error = StoreUnavailable("documents")
            job.error.__cause__ = error

    def _let_go(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()  # rolls back what is open
            except sqlite3.Error as error:
                _log.error("storage: closing failed: %s", _named(error))
            self._connection = None


def _insert(cursor: sqlite3.Cursor, table: Table, operation: Operation, text: str) -> str:
    stored = orjson.loads(text)
    _store(cursor, table.insert, table, operation, table.row(text, stored), stored)
    return text


def _patch(cursor: sqlite3.Cursor, table: Table, patch: Patch[Any], before: tuple[str] | None) -> str:
    if before is None:
        if patch.otherwise is None:
            raise GuardFailed(patch)
        return _insert(cursor, table, patch, Insert(patch.otherwise).stored().decode())
    after = patch.applied_to(orjson.loads(before[0]))
    text = orjson.dumps(after).decode()
    if table.indexed.isdisjoint(patch.set) and table.indexed.isdisjoint(patch.add):
        cursor.execute(table.update_json, (text, patch.id))
    else:
        _store(cursor, table.update, table, patch, table.row(text, after), after)
    return text


def _replace(cursor: sqlite3.Cursor, table: Table, replace: Replace, before: tuple[str] | None) -> str:
    if before is None or orjson.loads(before[0])["version"] != replace.document.version:
        raise Conflict(replace)
    text = replace.stored().decode()
    stored = orjson.loads(text)
    _store(cursor, table.update, table, replace, table.row(text, stored), stored)
    return text


def _delete(cursor: sqlite3.Cursor, table: Table, delete: Delete, before: tuple[str] | None) -> None:
    if before is not None and delete.guard is not None and not holds(delete.guard, orjson.loads(before[0])):
        raise GuardFailed(delete)
    cursor.execute(table.delete, (delete.id,))


def _store(
    cursor: sqlite3.Cursor, sql: str, table: Table, operation: Operation, row: Sequence[Any], stored: JsonObject
) -> None:
    try:
        cursor.execute(sql, row)
    except sqlite3.IntegrityError as error:
        index = table.taken_index(cursor, stored, inserting=sql is table.insert)
        if index is None:
            raise
        raise Duplicate(operation, index) from error


def is_trouble(error: Exception) -> bool:
    """Whether it is the store that failed, and not what it was asked to store."""
    ours = sqlite3.ProgrammingError | sqlite3.DataError | sqlite3.IntegrityError
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours)


def _named(error: Exception) -> str:
    """What SQLite calls the error. Its message may quote what was to be stored, so that is not logged."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def _deliver(jobs: Sequence[Job]) -> None:
    """Hands the outcomes to the event loop, all in one call."""
    try:
        jobs[0].answer.get_loop().call_soon_threadsafe(_settle, jobs)
    except RuntimeError:  # the loop has ended, and with it everybody who could have asked
        _log.warning("storage: nobody waits for %d outcomes any more", len(jobs))


def _settle(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.answer.done():  # its caller has gone away
            continue
        if job.error is None:
            job.answer.set_result(job.stored)
        else:
            job.answer.set_exception(job.error)
