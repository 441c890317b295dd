"""One attempt at a transaction that carries many callers: read, evaluate, write what came out, commit.

Snapshot isolation makes that one atomic step: when anybody else has changed one of the documents since they were
read, MongoDB refuses the first write to it, and the whole is tried again with what is there then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, DeleteOne, InsertOne, ReadPreference, ReplaceOne, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from core.documents import Document, Insert, JsonObject
from server.adapters.mongo_evaluation import Change, Evaluation
from server.adapters.mongo_jobs import Job
from server.adapters.mongo_queries import STANDING
from server.adapters.mongo_shapes import Key, Place, Shape, is_text, stored_form

Client = AsyncMongoClient[JsonObject]
Database = AsyncDatabase[JsonObject]
Shapes = Mapping[type[Document], Shape]
MAJORITY = WriteConcern("majority")
_ABORT_SECONDS = 1.0
_Bulk = list[InsertOne[Any] | ReplaceOne[Any] | DeleteOne]


@dataclass(frozen=True)
class Store:
    """Where transactions take place. `abandoned` are sessions whose transaction may still be open there, because
    nobody could tell the server to end it."""

    client: Client
    database: Database
    shapes: Shapes
    abandoned: list[Mapping[str, Any]] = field(default_factory=list)


async def attempt(store: Store, jobs: Sequence[Job], *, careful: bool, seconds: float) -> None:
    """Gives each job its outcome, valid only when this returns.

    A careful attempt reads whatever could stand in the way of a unique place before it decides; another one takes it
    to be free and fails with MongoDB's own error when it is not. Raises PyMongoError; then nothing was written, unless
    the error is one of the commit.
    """
    async with store.client.start_session(causal_consistency=False) as session:
        try:
            with pymongo.timeout(seconds):
                await _end_abandoned(store)
                await session.start_transaction(ReadConcern("snapshot"), MAJORITY, ReadPreference.PRIMARY)
                evaluation = await _evaluated(store.database, session, store.shapes, jobs, careful=careful)
                await _write(store.database, session, evaluation.changes())
                await _commit(session)
        except BaseException as error:
            if isinstance(error, ConnectionFailure):
                store.abandoned.append(session.session_id)
            if session.in_transaction:  # frees the documents for others at once
                with pymongo.timeout(_ABORT_SECONDS):
                    await session.abort_transaction()
            raise


async def _end_abandoned(store: Store) -> None:
    """A server that stood still comes back with its transactions open; they would keep their documents to the end of
    its `transactionLifetimeLimitSeconds`."""
    if store.abandoned:
        ending = store.abandoned.copy()
        await store.client.admin.command("killSessions", ending)
        del store.abandoned[: len(ending)]


async def _commit(session: AsyncClientSession) -> None:
    """Asks again while it is not known whether the commit took place; it is the same commit each time."""
    while True:
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            if error.timeout or not error.has_error_label("UnknownTransactionCommitResult"):
                raise


async def _evaluated(
    database: Database, session: AsyncClientSession, shapes: Shapes, jobs: Sequence[Job], *, careful: bool
) -> Evaluation:
    read = await _read(database, session, _ids(jobs, shapes, inserts=careful))
    looked_at: set[Place] = set()
    while True:
        evaluation = Evaluation(shapes, read)
        for job in jobs:
            _evaluate(evaluation, job)
        if evaluation.is_doubtful and not careful:
            careful = True
            read |= await _read(database, session, _ids(jobs, shapes, inserts=True))
            continue
        unknown = evaluation.assumed - looked_at
        if not careful or not unknown:
            return evaluation
        read |= await _holders(database, session, shapes, unknown)
        looked_at |= unknown


def _evaluate(evaluation: Evaluation, job: Job) -> None:
    """What is wrong with a caller's operations goes to that caller."""
    job.stored, job.error = (), None
    try:
        job.stored = evaluation.carry_out(job.operations)
    except Exception as error:  # noqa: BLE001
        job.error = error


def _ids(jobs: Sequence[Job], shapes: Shapes, *, inserts: bool) -> dict[str, set[str]]:
    """The documents to be read, by collection: those that operations change, and with `inserts` those they make."""
    ids: dict[str, set[str]] = defaultdict(set)
    for job in jobs:
        for operation in job.operations:
            if (inserts or not isinstance(operation, Insert)) and is_text(operation.id):
                ids[shapes[operation.model].collection].add(operation.id)
    return ids


async def _read(
    database: Database, session: AsyncClientSession, ids: Mapping[str, set[str]]
) -> dict[Key, JsonObject | None]:
    read: dict[Key, JsonObject | None] = {}
    for collection, wanted in ids.items():
        read |= {(collection, one): None for one in wanted}
        cursor = database[collection].find({"_id": {"$in": list(wanted)}}, session=session)
        read |= {(collection, found["_id"]): stored_form(found) for found in await cursor.to_list()}
    return read


async def _holders(
    database: Database, session: AsyncClientSession, shapes: Shapes, places: Iterable[Place]
) -> dict[Key, JsonObject | None]:
    """The documents that stand in these unique places."""
    found: dict[Key, JsonObject | None] = {}
    fields = {(shape.collection, index.name): index.fields for shape in shapes.values() for index in shape.unique}
    for place in places:
        collection, index, values = place
        where = {name: {"$eq": value} for name, value in zip(fields[collection, index], values, strict=True)}
        kinds = [{name: STANDING} for name in where]
        holder = await database[collection].find_one({"$and": [where, *kinds]}, hint=index, session=session)
        if holder is not None:
            stored = stored_form(holder)
            found[collection, stored["id"]] = stored
    return found


async def _write(database: Database, session: AsyncClientSession, changes: Iterable[Change]) -> None:
    """What was there before goes first: it is what others contend for, so that a lost race costs least; and a unique
    place is given up before it is taken."""
    leaving: dict[str, _Bulk] = defaultdict(list)
    coming: dict[str, _Bulk] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.id):
        document = RawBSONDocument(change.raw) if change.raw is not None else None
        if change.existed and document is not None and not change.moves:
            leaving[change.collection].append(ReplaceOne({"_id": change.id}, document))
            continue
        if change.existed:
            leaving[change.collection].append(DeleteOne({"_id": change.id}))
        if document is not None:
            coming[change.collection].append(InsertOne(document))
    for bulks in (leaving, coming):
        for collection, requests in bulks.items():
            requests.sort(key=lambda request: type(request).__name__)
            await database[collection].bulk_write(requests, session=session)
