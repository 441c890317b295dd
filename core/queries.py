"""What `Documents.find` and `count` were asked, checked and made precise once for every adapter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.conditions import Scalar, Storable, storable
from core.documents import BadCursor, Document, Index, JsonObject, cursor, index_key, read_cursor

PAGE_LIMIT = 1000


@dataclass(frozen=True)
class Bound:
    """Where a range of an index begins or ends: values of as many columns as are given, compared in their order."""

    values: tuple[Scalar, ...]
    inclusive: bool


@dataclass(frozen=True)
class Query:
    """The part of an index that is asked for.

    The columns of an index are its fields and, last, the id. `equals` binds the first of them, `lower` and `upper`
    bound those that follow. Where any of `equals` is None, nothing is asked for.
    """

    index: Index
    equals: tuple[Scalar, ...]
    lower: Bound | None
    upper: Bound | None

    @classmethod
    def of(
        cls, model: type[Document], index: str, equals: Sequence[Storable], at_least: Storable, below: Storable
    ) -> "Query":
        """Raises LookupError for an index that is not declared, ValueError for more values than it has columns."""
        declared = model.index(index)
        bounded = at_least is not None or below is not None
        if len(equals) + bounded > len(declared.fields) + 1:
            raise ValueError(f"index {index!r} of {model.__name__} has fewer columns than values were given")
        return cls(
            declared,
            tuple(map(storable, equals)),
            None if at_least is None else Bound((storable(at_least),), inclusive=True),
            None if below is None else Bound((storable(below),), inclusive=False),
        )

    def after(self, text: str | None, *, descending: bool) -> "Query":
        """The rest of the query behind a cursor. Raises `BadCursor`."""
        if text is None:
            return self
        values, document_id = read_cursor(self.index, text)
        place = (*values, document_id)
        if place[: len(self.equals)] != self.equals or len(place) == len(self.equals):
            raise BadCursor
        end = Bound(place[len(self.equals) :], inclusive=False)
        # A forged cursor, or one older than a bound that moves with time, may lie outside the bounds: these still hold.
        if descending and (self.upper is None or rank(end.values[0]) < rank(self.upper.values[0])):
            return Query(self.index, self.equals, self.lower, end)
        if not descending and (self.lower is None or rank(end.values[0]) >= rank(self.lower.values[0])):
            return Query(self.index, self.equals, end, self.upper)
        return self

    def cursor(self, last: JsonObject) -> str:
        """The cursor of the page that follows this document."""
        return cursor(self.index, index_key(self.index, last) or (), last["id"])


def rank(value: Scalar) -> tuple[int, Any]:
    """The one order of all values that can stand in an index: numbers and booleans, then texts by code points."""
    return (1, value) if isinstance(value, str) else (0, value)


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= PAGE_LIMIT:
        raise ValueError(f"a page has 1 to {PAGE_LIMIT} items, not {limit}")
    return limit
