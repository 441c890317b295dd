"""Carries out writes, each caller's all or none, with as few commits as the callers leave room for.

A durable commit costs a wait for a majority's disks, however much is in it. So callers who arrive while a
transaction is under way wait for the next one and share it; and since no two transactions of one writer ever touch the
same document, those who want the same hot document queue here, in this process, instead of colliding in MongoDB. A
single operation on a document that nobody else here is writing to goes by itself, as one conditional write.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Coroutine, Sequence

import pymongo
from pymongo.errors import ConnectionFailure, PyMongoError, ServerSelectionTimeoutError

from core.documents import Operation
from core.errors import StoreUnavailable
from server.adapters import mongo_direct
from server.adapters.mongo_errors import is_duplicate, report, unavailable
from server.adapters.mongo_evaluation import Stored
from server.adapters.mongo_jobs import Job
from server.adapters.mongo_shapes import Key
from server.adapters.mongo_transaction import MAJORITY, Client, Database, Shapes, Store, attempt

LARGEST_GROUP = 500
"""Callers per transaction, so that the first of a crowd does not wait for the last."""
LARGEST_BACKLOG = 10_000
"""Callers that may wait. More than that are sent away at once."""
TRANSACTIONS = 2
"""Transactions under way at once: while one waits for its commit, the other is being filled."""
DIRECT = 32
"""Single writes under way at once. More than that share transactions, which cost less for each."""
_LONGEST_PAUSE = 0.02
_SHORTEST_ATTEMPT = 0.01


class Writer:
    """`shapes` holds every model that a write may name. All methods run on one event loop."""

    def __init__(self, client: Client, database: Database, shapes: Shapes, deadline_seconds: float) -> None:
        self._store = Store(client, database, shapes)
        self._deadline_seconds = deadline_seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Job] = []
        self._busy: set[Key] = set()
        self._transactions = 0
        self._singles = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._dispatching = False

    def submit(self, operations: tuple[Operation, ...]) -> "asyncio.Future[Stored]":
        """Raises `StoreUnavailable` when so much waits already that this would wait too long."""
        if len(self._waiting) >= LARGEST_BACKLOG:
            raise StoreUnavailable("documents")
        keys = frozenset((self._store.shapes[one.model].collection, one.id) for one in operations)
        job = Job(operations, keys, self._loop.create_future(), direct=len(operations) == 1)
        self._waiting.append(job)
        self._dispatch_soon()
        return job.answer

    async def finish(self) -> None:
        """Returns when everything submitted before is done."""
        while self._tasks or self._waiting:
            await asyncio.wait(self._tasks) if self._tasks else await asyncio.sleep(0)

    def _dispatch_soon(self) -> None:
        if not self._dispatching:  # what one turn of the event loop brings is looked at together
            self._dispatching = True
            self._loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        """Sends off, in their order, those whose documents are free; who waits keeps those behind from overtaking."""
        self._dispatching = False
        looked_at, rest = self._waiting[: 2 * LARGEST_GROUP], self._waiting[2 * LARGEST_GROUP :]
        wanted = Counter(key for job in looked_at for key in job.keys)
        blocked = set(self._busy)
        group: list[Job] = []
        staying: list[Job] = []
        room = LARGEST_GROUP if self._transactions < TRANSACTIONS else 0
        for job in looked_at:
            free = blocked.isdisjoint(job.keys)
            if free and job.direct and self._singles < DIRECT and all(wanted[key] == 1 for key in job.keys):
                self._singles += 1
                self._start(self._directly(job), [job])
            elif free and len(group) < room:
                group.append(job)
            else:
                staying.append(job)
                blocked |= job.keys
        self._waiting = staying + rest
        if group:
            self._transactions += 1
            self._start(self._together(group), group)

    def _start(self, work: Coroutine[None, None, None], jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._busy |= job.keys
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ended(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._busy -= job.keys
        if self._waiting:
            self._dispatch_soon()

    async def _directly(self, job: Job) -> None:
        operation = job.operations[0]
        collection = self._store.database.get_collection(
            self._store.shapes[operation.model].collection, write_concern=MAJORITY
        )
        try:
            with pymongo.timeout(self._deadline_seconds):
                stored = await mongo_direct.applied(collection, operation)
        except PyMongoError as error:
            self._fail([job], error)
        else:
            if stored is None:
                job.direct = False
                self._waiting.insert(0, job)
            else:
                job.stored = stored
                job.settle()
        finally:
            self._singles -= 1
            self._ended([job])

    async def _together(self, jobs: Sequence[Job]) -> None:
        try:
            await self._carried_out(jobs)
        except Exception as error:  # noqa: BLE001 (nobody may be left waiting, whatever it was)
            self._fail(jobs, error)
        else:
            for job in jobs:
                job.settle()
        finally:
            self._transactions -= 1
            self._ended(jobs)

    async def _carried_out(self, jobs: Sequence[Job]) -> None:
        """Tries until it is done or the deadline has come. Raises what kept it from being done."""
        ends = self._loop.time() + self._deadline_seconds
        careful = False
        for tried in itertools.count():
            try:
                seconds = max(_SHORTEST_ATTEMPT, ends - self._loop.time())
                await attempt(self._store, jobs, careful=careful, seconds=seconds)
                return
            except PyMongoError as error:
                again = is_duplicate(error) or error.has_error_label("TransientTransactionError")
                pause = random.uniform(0, min(_LONGEST_PAUSE, 0.001 * 2**tried))  # noqa: S311
                late = self._loop.time() + pause >= ends
                if late or not again or isinstance(error, ServerSelectionTimeoutError):
                    raise
                careful = careful or is_duplicate(error)
            await asyncio.sleep(pause)

    def _fail(self, jobs: Sequence[Job], error: Exception) -> None:
        """When the store is away, those who came meanwhile have waited as long, and would wait for the same again."""
        failed = list(jobs)
        if isinstance(error, ConnectionFailure):
            failed += self._waiting
            self._waiting = []
        if isinstance(error, PyMongoError):
            report(error)
        for job in failed:
            job.error = unavailable(error) if isinstance(error, PyMongoError) else error
            job.settle()
