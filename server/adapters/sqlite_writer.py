"""The one thread that writes to a SQLite file.

It takes whatever has queued up while it was busy and commits it as one transaction, because what a durable commit costs
is the wait for the disk, however much is in it. Within it each caller's operations are all or none: what a refused
caller did is taken back, and the others are not touched. Outcomes are handed out after the commit, never before.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from core.documents import Operation
from core.errors import StoreUnavailable
from server.adapters.sqlite_operations import Stored, Tables, Transaction, is_trouble
from server.adapters.sqlite_schema import bring_in_step
from server.adapters.sqlite_tables import Table

LARGEST_BATCH = 500
"""Callers per commit, so that the first of a crowd does not wait for the last."""
LARGEST_BACKLOG = 10_000
"""Callers that may wait. More than that are sent away at once."""
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
        self._gathered: list[Job] = []
        self._waiting = 0
        self._queue: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._ended = False
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Raises `StoreUnavailable` when so much waits already that this would wait too long."""
        if self._waiting >= LARGEST_BACKLOG:
            raise StoreUnavailable("documents")
        self._waiting += 1
        self._gathered.append(job)
        if len(self._gathered) == 1:  # what one turn of the event loop brings is handed over together
            job.answer.get_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._queue.put(self._gathered)
        self._gathered = []

    def finish(self) -> None:
        """Ends the thread when everything handed over before is done. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        waiting: list[Job] = []
        while waiting or not self._ended:
            waiting += self._taken(wait=not waiting)
            jobs, waiting = waiting[:LARGEST_BATCH], waiting[LARGEST_BATCH:]
            trouble = self._carried_out(jobs) if jobs else None
            if trouble is not None:  # who came meanwhile has waited as long, and would wait for the same again
                jobs += [*waiting, *self._taken(wait=False)]
                waiting = []
                self._fail(jobs, trouble)
            if jobs:
                self._deliver(jobs)
        self._let_go()

    def _carried_out(self, jobs: Sequence[Job]) -> Exception | None:
        """Returns the trouble that the store had. Then nothing was written, whatever the trouble was."""
        try:
            cursor = self._cursor()
            for job in jobs:
                if isinstance(job, Prepare):
                    self._prepare(cursor.connection, job)
            cursor.execute("BEGIN IMMEDIATE")
            transaction = Transaction(cursor, self._tables)
            for job in jobs:
                if isinstance(job, Write):
                    _attempt(transaction, job)
            cursor.execute("COMMIT")
        except Exception as trouble:  # noqa: BLE001 (what the callers did wrong has been told to them)
            return trouble
        return None

    def _taken(self, *, wait: bool) -> list[Job]:
        """All that has been handed over. None is the end; nothing is handed over after it."""
        jobs: list[Job] = []
        try:
            more = self._queue.get(block=wait)
            while more is not None:
                jobs += more
                more = self._queue.get(block=False)
        except Empty:
            return jobs
        self._ended = True
        return jobs

    def _prepare(self, connection: sqlite3.Connection, prepare: Prepare) -> None:
        try:
            for table in prepare.tables:
                bring_in_step(connection, table)
        except ValueError as error:
            prepare.error = error

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

    def _deliver(self, jobs: Sequence[Job]) -> None:
        """Hands the outcomes to the event loop, all in one call."""
        try:
            jobs[0].answer.get_loop().call_soon_threadsafe(self._settle, jobs)
        except RuntimeError:  # the loop has ended, and with it everybody who could have asked
            _log.warning("storage: nobody waits for %d outcomes any more", len(jobs))

    def _settle(self, jobs: Sequence[Job]) -> None:
        self._waiting -= len(jobs)
        for job in jobs:
            if job.answer.done():  # its caller has gone away
                continue
            if job.error is None:
                job.answer.set_result(job.stored)
            else:
                job.answer.set_exception(job.error)


def _attempt(transaction: Transaction, write: Write) -> None:
    """What is wrong with a caller's operations goes to that caller; trouble with the store is raised."""
    try:
        write.stored = transaction.carry_out(write.operations)
    except Exception as error:
        if is_trouble(error):
            raise
        write.error = error


def _named(error: Exception) -> str:
    """What SQLite calls the error. Its message may quote what was to be stored, so that is not logged."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
