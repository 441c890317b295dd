"""The documents port in this process's memory: for tests, rehearsals and trials. It forgets everything when it ends."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any, TypeVar

from core.conditions import Scalar, Storable
from core.documents import (
    BY_ID,
    Document,
    Duplicate,
    Index,
    JsonObject,
    Operation,
    Page,
    Written,
    decoded,
    index_key,
    outcome,
)
from core.queries import Bound, Query, checked_limit, rank

D = TypeVar("D", bound=Document)
Rank = tuple[int, Any]
"""A stored value in the one order that values of all types have: numbers and booleans, then texts."""
Entry = tuple[tuple[Rank, ...], str]
"""A document's place in an index: its values, then its id."""


class MemoryDocuments:
    """Nothing is awaited inside a method, so each one is atomic among the tasks of its event loop."""

    def __init__(self) -> None:
        self.collections: dict[str, Collection] = {}

    async def get(self, model: type[D], document_id: str) -> D | None:
        stored = self.collection(model).documents.get(document_id)
        return None if stored is None else decoded(model, stored)

    async def get_many(self, model: type[D], document_ids: Sequence[str]) -> dict[str, D]:
        documents = self.collection(model).documents
        return {one: decoded(model, documents[one]) for one in document_ids if one in documents}

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
        order, documents = self._order(model, query), self.collection(model).documents
        start, end = _range(order, query)
        places = order[max(start, end - wanted) : end][::-1] if descending else order[start : min(end, start + wanted)]
        items = [documents[document_id] for _, document_id in places]
        return Page(
            tuple(decoded(model, stored) for stored in items[:limit]),
            query.cursor(items[limit - 1]) if len(items) > limit else None,
        )

    async def count(
        self, model: type[D], index: str, *equals: Storable, at_least: Storable = None, below: Storable = None
    ) -> int:
        query = Query.of(model, index, equals, at_least, below)
        start, end = _range(self._order(model, query), query)
        return max(0, end - start)

    async def write(self, *operations: Operation) -> Written:
        undo: list[tuple[Collection, str, JsonObject | None]] = []
        stored: list[JsonObject | None] = []
        try:
            for operation in operations:
                stored.append(self._apply(operation, undo))
        except BaseException:
            for collection, document_id, before in reversed(undo):
                collection.put(document_id, before)
            raise
        return Written(operations, stored)

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None

    def collection(self, model: type[Document]) -> "Collection":
        collection = self.collections.setdefault(model.collection, Collection())
        collection.prepare(model)
        return collection

    def _order(self, model: type[Document], query: Query) -> "list[Entry]":
        return self.collection(model).orders[query.index.name]

    def _apply(
        self, operation: Operation, undo: list[tuple["Collection", str, JsonObject | None]]
    ) -> JsonObject | None:
        document_id = operation.id
        collection = self.collection(operation.model)
        before = collection.documents.get(document_id)
        after = outcome(operation, before)
        if after is not None:
            taken = collection.taken_index(after)
            if taken is not None:
                raise Duplicate(operation, taken)
        undo.append((collection, document_id, before))
        collection.put(document_id, after)
        return after


class Collection:
    """The documents of one collection by id, and each index as a sorted list of places."""

    def __init__(self) -> None:
        self.documents: dict[str, JsonObject] = {}
        self.orders: dict[str, list[Entry]] = {}
        self._indexes: dict[str, Index] = {}

    def prepare(self, model: type[Document]) -> None:
        for index in (BY_ID, *model.indexes):
            if index.name not in self._indexes:
                self._indexes[index.name] = index
                places = (_place(index, stored) for stored in self.documents.values())
                self.orders[index.name] = sorted(place for place in places if place is not None)

    def taken_index(self, stored: JsonObject) -> str | None:
        """The first unique index in which another document stands in this one's place."""
        for index in self._indexes.values():
            place = _place(index, stored)
            if index is BY_ID or not index.unique or place is None:
                continue
            order = self.orders[index.name]
            at = bisect_left(order, (place[0], ""))
            if any(values == place[0] and document_id != place[1] for values, document_id in order[at : at + 2]):
                return index.name
        return None

    def put(self, document_id: str, stored: JsonObject | None) -> None:
        """Stores the document, or removes it, and keeps the indexes in step."""
        before = self.documents.pop(document_id, None)
        for index in self._indexes.values():
            order = self.orders[index.name]
            if before is not None and (place := _place(index, before)) is not None:
                del order[bisect_left(order, place)]
            if stored is not None and (place := _place(index, stored)) is not None:
                insort(order, place)
        if stored is not None:
            self.documents[document_id] = stored


def _place(index: Index, stored: JsonObject) -> Entry | None:
    values = index_key(index, stored)
    return None if values is None else (tuple(map(rank, values)), stored["id"])


def _range(order: Sequence[Entry], query: Query) -> tuple[int, int]:
    """First place inside the query's bounds, and the first behind them."""
    if None in query.equals:
        return 0, 0
    low = _edge(order, query, query.lower) if query.lower else bisect_left(order, _ranks(query.equals), key=_columns)
    high = _edge(order, query, query.upper) if query.upper else _behind(order, _ranks(query.equals))
    return low, max(low, high)


def _edge(order: Sequence[Entry], query: Query, bound: Bound) -> int:
    """The first place at a bound. A lower bound that is exclusive starts behind it, an upper one ends before it."""
    columns = _ranks((*query.equals, *bound.values))
    return (
        _behind(order, columns)
        if bound is query.lower and not bound.inclusive
        else bisect_left(order, columns, key=_columns)
    )


def _behind(order: Sequence[Entry], columns: tuple[Rank, ...]) -> int:
    return bisect_left(order, (*columns, (2, None)), key=_columns)


def _columns(entry: Entry) -> tuple[Rank, ...]:
    return (*entry[0], rank(entry[1]))


def _ranks(values: Sequence[Scalar]) -> tuple[Rank, ...]:
    return tuple(map(rank, values))
