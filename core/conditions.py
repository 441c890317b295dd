"""Conditions on one document's fields, as plain data: an adapter evaluates them or translates them to its store.

field("taken").at_most(field("capacity") - 3)
all_of(field("state").equals("reserved"), field("expires_at").above(now))
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.clock import instant_text

Scalar = str | int | float | bool | None
"""A value as stored."""
Storable = Scalar | datetime
"""A value that can be compared with stored ones; instants are compared in their stored form."""

Comparison = Literal["eq", "ne", "le", "lt", "ge", "gt"]


def storable(value: Storable) -> Scalar:
    return instant_text(value) if isinstance(value, datetime) else value


@dataclass(frozen=True)
class Value:
    value: Scalar


@dataclass(frozen=True)
class Field:
    """The value of a document's field, None when the document was stored before the field was thought of.

    Ordering comparisons with a None on either side do not hold.
    """

    name: str

    def __add__(self, amount: int | Field) -> Sum:
        return Sum(self, _term(amount), 1)

    def __sub__(self, amount: int | Field) -> Sum:
        return Sum(self, _term(amount), -1)

    def equals(self, other: Storable | Term) -> Compare:
        return Compare("eq", self, _term(other))

    def differs(self, other: Storable | Term) -> Compare:
        return Compare("ne", self, _term(other))

    def at_most(self, other: Storable | Term) -> Compare:
        return Compare("le", self, _term(other))

    def at_least(self, other: Storable | Term) -> Compare:
        return Compare("ge", self, _term(other))

    def below(self, other: Storable | Term) -> Compare:
        return Compare("lt", self, _term(other))

    def above(self, other: Storable | Term) -> Compare:
        return Compare("gt", self, _term(other))


@dataclass(frozen=True)
class Sum:
    """`left + sign * right`, of numbers."""

    left: Field
    right: Field | Value
    sign: Literal[1, -1]


Term = Value | Field | Sum


@dataclass(frozen=True)
class Compare:
    comparison: Comparison
    left: Term
    right: Term


@dataclass(frozen=True)
class All:
    conditions: tuple[Condition, ...]


Condition = Compare | All


def field(name: str) -> Field:
    return Field(name)


def all_of(*conditions: Condition) -> All:
    return All(conditions)


_OPERATORS: dict[Comparison, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "le": operator.le, "lt": operator.lt, "ge": operator.ge, "gt": operator.gt,
}  # fmt: skip


def holds(condition: Condition, stored: Mapping[str, Any]) -> bool:
    """Whether a stored document fulfils the condition: the meaning every adapter keeps to."""
    if isinstance(condition, All):
        return all(holds(part, stored) for part in condition.conditions)
    left, right = _value(condition.left, stored), _value(condition.right, stored)
    if condition.comparison not in ("eq", "ne") and (left is None or right is None):
        return False
    return _OPERATORS[condition.comparison](left, right)


def _value(term: Term, stored: Mapping[str, Any]) -> Any:
    if isinstance(term, Value):
        return term.value
    if isinstance(term, Field):
        return stored.get(term.name)
    left, right = _value(term.left, stored), _value(term.right, stored)
    return None if left is None or right is None else left + term.sign * right


def _term(operand: Storable | Term) -> Any:
    return operand if isinstance(operand, Value | Field | Sum) else Value(storable(operand))
