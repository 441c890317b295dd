"""The archive port over a MongoDB database of the documents port."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, OperationFailure
from pymongo.read_concern import ReadConcern

from core.archive import AT_ONCE, CannotPut, Entry, Fault, MomentLost, canonical
from core.documents import Document, Index, JsonObject
from core.errors import StoreUnavailable
from server.adapters.mongo_documents import DEADLINE_SECONDS, SCHEMA_SECONDS, check_server, client_of, database_of
from server.adapters.mongo_errors import translated
from server.adapters.mongo_queries import STANDING
from server.adapters.mongo_schema import bring_in_step, out_of_step
from server.adapters.mongo_shapes import Shape, encoded, stored_form

STEP_SECONDS = 60.0
"""The longest that one step may take: its documents can be large."""
_TAKEN = 11000
_TOO_OLD = (239, 246)
"""SnapshotTooOld, SnapshotUnavailable."""
Request = InsertOne[Any] | ReplaceOne[Any]


class MongoArchive:
    """Made by `open`. With a session, all reading is of the moment of the first."""

    def __init__(
        self,
        client: AsyncMongoClient[JsonObject],
        database: AsyncDatabase[JsonObject],
        session: AsyncClientSession | None,
    ) -> None:
        self._client = client
        self._database = database
        self._session = session
        self._shapes: dict[type[Document], Shape] = {}

    @classmethod
    async def open(cls, url: str, *, database: str | None = None, moment: bool = False) -> "MongoArchive":
        """`moment`: everything is read as it was at one moment, which MongoDB remembers for some minutes
        (`minSnapshotHistoryWindowInSeconds`); reading that takes longer raises `MomentLost`.

        Raises `StoreUnavailable`, and ValueError as `MongoDocuments.open` does.
        """
        client = client_of(url)
        try:
            with _translated(DEADLINE_SECONDS):
                await check_server(client)
            session = client.start_session(snapshot=True) if moment else None
            return cls(client, database_of(client, database), session)
        except BaseException:
            await client.close()
            raise

    async def names(self) -> set[str]:
        with _translated(STEP_SECONDS):
            names = await self._database.list_collection_names()
            own = [name for name in names if not name.startswith("system.")]
            return {name for name in own if await self._database[name].find_one({}, {"_id": 1}) is not None}

    async def scan(self, model: type[Document], after: str | None = None, limit: int = AT_ONCE) -> list[Entry]:
        where: JsonObject = {"_id": {"$gte": ""} if after is None else {"$gt": after}}
        found = self._collection(model).find(
            where, sort=[("_id", 1)], hint="_id_", limit=limit, batch_size=limit + 1, session=self._session
        )
        with _translated(STEP_SECONDS):
            return [_entry(stored_form(one)) for one in await found.to_list()]

    async def count(self, model: type[Document]) -> int:
        with _translated(SCHEMA_SECONDS):
            return await self._collection(model).count_documents({}, hint=[("$natural", 1)], session=self._session)

    async def put(self, model: type[Document], documents: Sequence[JsonObject]) -> None:
        """As new documents first, which takes a third of the time; those that are there are then replaced."""
        shape = await self._in_step(model)
        raw = [_raw(shape.collection, document) for document in documents]
        there = await self._written(shape, documents, [InsertOne(one) for one in raw])
        again: list[Request] = [ReplaceOne({"_id": documents[place]["id"]}, raw[place]) for place in there]
        await self._written(shape, [documents[place] for place in there], again)

    async def _written(self, shape: Shape, documents: Sequence[JsonObject], requests: Sequence[Request]) -> list[int]:
        """The places of those whose id is there already."""
        if not requests:
            return []
        with _translated(STEP_SECONDS):
            try:
                await self._database[shape.collection].bulk_write(requests, ordered=False)
            except BulkWriteError as error:
                refused = error.details["writeErrors"]
                if any(one["code"] != _TAKEN for one in refused):
                    raise
                for one in refused:
                    if "_id" not in (fields := one["keyPattern"]):
                        what = f"another document stands in its place of the unique index over {', '.join(fields)}"
                        raise CannotPut(shape.collection, documents[one["index"]]["id"], what) from None
                return [one["index"] for one in refused]
        return []

    async def clear(self, model: type[Document]) -> None:
        with _translated(SCHEMA_SECONDS):
            await self._database[model.collection].delete_many({})

    async def faults(self, model: type[Document]) -> list[Fault]:
        shape = Shape.of(model)
        with _translated(SCHEMA_SECONDS):
            astray = await out_of_step(self._database, shape)
            what = "its index {} is not as declared; the next start makes it anew"
            faults = [Fault(shape.collection, None, what.format(name)) for name in astray]
            for index in shape.unique:
                faults += await self._doubled(model, index)
            strange = await self._collection(model).count_documents(
                {"_id": {"$not": {"$type": "string"}}}, hint="_id_", session=self._session
            )
        return faults + ([Fault(shape.collection, None, f"{strange} ids are no text")] if strange else [])

    async def damage(self) -> list[Fault]:
        """Nothing: a member of a replica set looks after its own files."""
        return []

    async def close(self) -> None:
        if self._session is not None:
            await self._session.end_session()
        await self._client.close()

    def _collection(self, model: type[Document]) -> AsyncCollection[JsonObject]:
        level = None if self._session is not None else ReadConcern("majority")  # a session's snapshot has its own
        return self._database.get_collection(model.collection, read_concern=level)

    async def _in_step(self, model: type[Document]) -> Shape:
        if model not in self._shapes:
            shape = Shape.of(model)
            with _translated(SCHEMA_SECONDS):
                await bring_in_step(self._database, shape)
            self._shapes[model] = shape
        return self._shapes[model]

    async def _doubled(self, model: type[Document], index: Index) -> list[Fault]:
        """Looked for without the help of the index."""
        pipeline: list[dict[str, Any]] = [
            {"$match": dict.fromkeys(index.fields, STANDING)},
            {
                "$group": {
                    "_id": [f"${field}" for field in index.fields],
                    "first": {"$min": "$_id"},
                    "many": {"$sum": 1},
                }
            },
            {"$match": {"many": {"$gt": 1}}},
        ]
        found = await self._collection(model).aggregate(
            pipeline, hint={"$natural": 1}, allowDiskUse=True, session=self._session
        )
        rows = await found.to_list()
        what = "stands with {} more in one place of {}"
        return [Fault(model.collection, row["first"], what.format(row["many"] - 1, index.name)) for row in rows]


@contextmanager
def _translated(seconds: float) -> Iterator[None]:
    try:
        with translated(), pymongo.timeout(seconds):
            yield
    except StoreUnavailable as error:
        if isinstance(error.__cause__, OperationFailure) and error.__cause__.code in _TOO_OLD:
            raise MomentLost from error
        raise


def _entry(stored: JsonObject) -> Entry:
    try:
        canonical(stored)
    except TypeError:  # a value that is not JSON: put there by hand
        return Entry(stored["id"], None)
    return Entry(stored["id"], stored)


def _raw(collection: str, document: JsonObject) -> RawBSONDocument:
    try:
        return RawBSONDocument(encoded(document))
    except (ValueError, OverflowError) as error:
        quotes = isinstance(error, UnicodeError)
        why = type(error).__name__ if quotes else str(error)
        raise CannotPut(collection, document["id"], f"MongoDB cannot keep it: {why}") from None
