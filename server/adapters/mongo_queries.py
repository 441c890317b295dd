"""What `find` and `count` were asked, as MongoDB filters whose bounds are those of the declared index.

A filter names the kinds of value that stand in an index (`STANDING`), because that is the index's own partial filter:
only then does the planner use the index for exactly what it holds, with no document fetched to be thrown away.
"""

from typing import Any

from core.conditions import Scalar
from core.documents import BY_ID, Index
from core.queries import Bound, Query

Filter = dict[str, Any]
"""`Any` because operators nest values of every type."""
STANDING = {"$type": ["string", "number", "bool"]}
"""The values that can stand in an index: all but null."""
ID = "_id"


def hint(index: Index) -> str:
    """The name of the index in the store. A query that hints at an index which is not there fails; it never scans."""
    return "_id_" if index is BY_ID else index.name


def columns(index: Index) -> tuple[str, ...]:
    """The fields of the index in the store. In a unique one no two documents stand at the same values, so that the id
    decides nothing there."""
    return index.fields if index.unique and index is not BY_ID else (*index.fields, ID)


def order(query: Query, *, descending: bool) -> list[tuple[str, int]]:
    direction = -1 if descending else 1
    return [(column, direction) for column in columns(query.index)[len(query.equals) :]]


def ranges(query: Query, *, descending: bool) -> list[Filter]:
    """The parts of the query, in the order in which they are to be read: nothing but ranges of the index.

    What follows (day, id) = (3, "b") is the rest of day 3, then the days after it: two ranges, each of which is a pair
    of bounds to the store, while their union would be a scan with a filter.
    """
    if None in query.equals:
        return []
    names = (*query.index.fields, ID)
    bound, rest = names[: len(query.equals)], names[len(query.equals) :]
    base: list[Filter] = [{name: {"$eq": value}} for name, value in zip(bound, query.equals, strict=True)]
    base += [{name: STANDING} for name in query.index.fields]
    start, end = (query.upper, query.lower) if descending else (query.lower, query.upper)
    if end is not None:
        base.append(_compared(rest[0], end, lower=descending))
    if start is None:
        return [_all(base)]
    return [_all([*base, *part]) for part in _beyond(rest, start, lower=not descending)]


def _beyond(names: tuple[str, ...], bound: Bound, *, lower: bool) -> list[list[Filter]]:
    """The ranges beyond a bound of one or more columns, the nearest first."""
    if len(bound.values) == 1:
        return [[_compared(names[0], bound, lower=lower)]]
    parts: list[list[Filter]] = []
    for depth in reversed(range(len(bound.values))):
        equal = [{name: {"$eq": value}} for name, value in zip(names, bound.values[:depth], strict=False)]
        parts.append([*equal, {names[depth]: {"$gt" if lower else "$lt": bound.values[depth]}}])
    return parts


def _compared(name: str, bound: Bound, *, lower: bool) -> Filter:
    value: Scalar = bound.values[0]
    comparison = ("$gte" if lower else "$lte") if bound.inclusive else ("$gt" if lower else "$lt")
    return {name: {comparison: value}}


def _all(parts: list[Filter]) -> Filter:
    return {"$and": parts} if parts else {}
