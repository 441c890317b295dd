"""The documents port in MongoDB: the store of a city on many machines. docs/storage.md says how it works."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

import pymongo
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.read_concern import ReadConcern

from core.conditions import Storable
from core.documents import Document, JsonObject, Operation, Page, Written, decoded
from core.errors import StoreUnavailable
from core.queries import Query, checked_limit
from server.adapters.mongo_errors import translated
from server.adapters.mongo_queries import hint, order, ranges
from server.adapters.mongo_schema import bring_in_step
from server.adapters.mongo_shapes import Shape, is_text, stored_form
from server.adapters.mongo_transaction import MAJORITY
from server.adapters.mongo_writer import Writer

D = TypeVar("D", bound=Document)
T = TypeVar("T")
DEADLINE_SECONDS = 5.0
"""The longest that MongoDB may take for one call of the port."""
SELECTION_SECONDS = 2.0
"""How long a call waits for a primary to be there: an election takes about that."""
SCHEMA_SECONDS = 600.0
"""How long an index over stored documents may take to be built."""
DATABASE = "chengshitong"
"""Unless the URL names another one."""


class MongoDocuments:
    """Made by `open`. Reads are of what a majority of the members has: nothing that is read is ever taken back."""

    def __init__(self, url: str, database: str | None, deadline_seconds: float) -> None:
        self._client = client_of(url)
        self._database = database_of(self._client, database)
        self._deadline_seconds = deadline_seconds
        self._shapes: dict[type[Document], Shape] = {}
        self._writer = Writer(self._client, self._database, self._shapes, deadline_seconds)
        self._preparing = asyncio.Lock()
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, *, database: str | None = None, deadline_seconds: float = DEADLINE_SECONDS
    ) -> "MongoDocuments":
        """Connects to the replica set or the cluster of the URL, and there to its database unless `database` says
        another one.

        Raises `StoreUnavailable` when it cannot be reached, ValueError when the URL is none or the server is one that
        has no transactions (a single server that is not a replica set of one).
        """
        documents = cls(url, database, deadline_seconds)
        try:
            with translated(), pymongo.timeout(deadline_seconds):
                await check_server(documents._client)
        except BaseException:
            await documents._client.close()
            raise
        return documents

    async def prepare(self, models: Iterable[type[Document]]) -> None:
        """Brings collections and indexes in step with the models, however long that takes. What is not prepared here
        is when it is first used, within the deadline of a call.

        Raises ValueError when stored documents collide in an index that is now declared unique.
        """
        self._refuse_when_closed()
        for model in models:
            await self._prepare(model, SCHEMA_SECONDS)

    async def _prepare(self, model: type[Document], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds), self._preparing:
                if model not in self._shapes:
                    shape = Shape.of(model)
                    with translated(), pymongo.timeout(seconds):
                        await bring_in_step(self._database, shape)
                    self._shapes[model] = shape
        except TimeoutError as error:
            raise StoreUnavailable("documents") from error

    async def get(self, model: type[D], document_id: str) -> D | None:
        if not is_text(document_id):
            return None
        collection = await self._collection(model, "majority")
        with translated(), pymongo.timeout(self._deadline_seconds):
            found = await collection.find_one({"_id": document_id})
        return None if found is None else decoded(model, stored_form(found))

    async def get_many(self, model: type[D], document_ids: Sequence[str]) -> dict[str, D]:
        collection = await self._collection(model, "snapshot")
        wanted = [one for one in document_ids if is_text(one)]
        with translated(), pymongo.timeout(self._deadline_seconds):
            rows = await collection.find({"_id": {"$in": wanted}}, batch_size=len(wanted) + 1).to_list()
        found = {row["_id"]: row for row in rows}
        return {one: decoded(model, stored_form(found[one].copy())) for one in document_ids if one in found}

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
        collection = await self._collection(model, "snapshot")
        stored: list[JsonObject] = []
        for part in ranges(query, descending=descending):
            if len(stored) < wanted:
                cursor = collection.find(part, hint=hint(query.index), limit=wanted - len(stored), batch_size=wanted)
                stored += await self._rows(cursor.sort(order(query, descending=descending) or [("_id", 1)]))
        return Page(
            tuple(decoded(model, one) for one in stored[:limit]),
            query.cursor(stored[limit - 1]) if len(stored) > limit else None,
        )

    async def count(
        self, model: type[D], index: str, *equals: Storable, at_least: Storable = None, below: Storable = None
    ) -> int:
        query = Query.of(model, index, equals, at_least, below)
        collection = await self._collection(model, "snapshot")
        total = 0
        for part in ranges(query, descending=False):
            total += await self._asked(collection.count_documents(part, hint=hint(query.index)), otherwise=0)
        return total

    async def write(self, *operations: Operation) -> Written:
        self._refuse_when_closed()
        for operation in operations:
            if operation.model not in self._shapes:
                await self._prepare(operation.model, self._deadline_seconds)
        return Written(operations, await self._writer.submit(operations) if operations else ())

    async def ping(self) -> None:
        self._refuse_when_closed()
        with translated(), pymongo.timeout(self._deadline_seconds):
            await self._database["_ping"].update_one({"_id": "ping"}, {"$setOnInsert": {"at": "first"}}, upsert=True)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await self._writer.finish()
            await self._client.close()

    async def _rows(self, cursor: AsyncCursor[JsonObject]) -> list[JsonObject]:
        return [stored_form(row) for row in await self._asked(cursor.to_list(), otherwise=[])]

    async def _asked(self, question: Awaitable[T], *, otherwise: T) -> T:
        try:
            with translated(), pymongo.timeout(self._deadline_seconds):
                return await question
        except UnicodeEncodeError:  # half a surrogate pair: no text that was ever stored has one
            return otherwise

    async def _collection(self, model: type[Document], level: str) -> AsyncCollection[JsonObject]:
        self._refuse_when_closed()
        if model not in self._shapes:
            await self._prepare(model, self._deadline_seconds)
        return self._database.get_collection(self._shapes[model].collection, read_concern=ReadConcern(level))

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreUnavailable("documents")


def client_of(url: str) -> AsyncMongoClient[JsonObject]:
    """Raises ValueError when the URL is none."""
    try:
        return AsyncMongoClient(
            url,
            serverSelectionTimeoutMS=int(SELECTION_SECONDS * 1000),
            connectTimeoutMS=int(SELECTION_SECONDS * 1000),
            heartbeatFrequencyMS=2_000,
            appname="chengshitong",
        )
    except (ConfigurationError, InvalidURI) as error:
        raise ValueError(f"not a usable MongoDB URL: {type(error).__name__}") from None


def database_of(client: AsyncMongoClient[JsonObject], name: str | None) -> AsyncDatabase[JsonObject]:
    """Read from the primary, written to a majority. Without a name, the URL's own or the usual one."""
    chosen = name or client.get_default_database(DATABASE).name
    return client.get_database(chosen, read_preference=ReadPreference.PRIMARY, write_concern=MAJORITY)


async def check_server(client: AsyncMongoClient[JsonObject]) -> None:
    """Raises ValueError for a single server that is not a replica set of one."""
    hello = await client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ValueError("this MongoDB is no replica set, so it has no transactions; start it with --replSet")
