"""What `Documents.find` and `count` were asked, checked once for every adapter."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.conditions import Scalar, Storable, storable
from core.documents import BadCursor, Document, Index, JsonObject, cursor, index_key, read_cursor

PAGE_LIMIT = 1000


@dataclass(frozen=True)
class Query:
    """The part of an index that is asked for. Its columns are the index's fields and, last, the id."""

    index: Index
    equals: tuple[Scalar, ...]
    at_least: Scalar
    below: Scalar

    @classmethod
    def of(
        cls, model: type[Document], index: str, equals: Sequence[Storable], at_least: Storable, below: Storable
    ) -> "Query":
        """Raises LookupError for an index that is not declared, ValueError for more values than it has columns."""
        declared = model.index(index)
        bounded = at_least is not None or below is not None
        if len(equals) + bounded > len(declared.fields) + 1:
            raise ValueError(f"index {index!r} of {model.__name__} has fewer columns than values were given")
        return cls(declared, tuple(map(storable, equals)), storable(at_least), storable(below))

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.index.fields, "id")

    def continued(self, after: str | None) -> tuple[Scalar, ...] | None:
        """The values of all columns after which a page starts. Raises `BadCursor`."""
        if after is None:
            return None
        values, document_id = read_cursor(self.index, after)
        place = (*values, document_id)
        if place[: len(self.equals)] != self.equals:
            raise BadCursor
        return place

    def cursor(self, last: JsonObject) -> str:
        """The cursor of the page that follows this document."""
        return cursor(self.index, index_key(self.index, last) or (), last["id"])


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= PAGE_LIMIT:
        raise ValueError(f"a page has 1 to {PAGE_LIMIT} items, not {limit}")
    return limit
