"""Conditions as MongoDB's aggregation expressions.

An expression may be stricter than the condition (where kinds of values are mixed), never laxer: a document that it
selects fulfils the condition. Who finds none selected asks `core.conditions.holds`.
"""

from typing import Any

from core.conditions import All, Condition, Field, Term, Value

Expression = dict[str, Any]
_OPERATORS = {"eq": "$eq", "ne": "$ne", "le": "$lte", "lt": "$lt", "ge": "$gte", "gt": "$gt"}


def expression(condition: Condition) -> Expression:
    """For `$expr`. BSON orders values of all kinds; the port orders only those of one kind, and null never."""
    if isinstance(condition, All):
        return {"$and": [expression(part) for part in condition.conditions]}
    left, right = _term(condition.left), _term(condition.right)
    compared = {_OPERATORS[condition.comparison]: [left, right]}
    return compared if condition.comparison in ("eq", "ne") else {"$and": [compared, _comparable(left, right)]}


def _comparable(left: Any, right: Any) -> Expression:
    numbers = {"$and": [{"$isNumber": left}, {"$isNumber": right}]}
    texts = {"$and": [{"$eq": [{"$type": one}, "string"]} for one in (left, right)]}
    return {"$or": [numbers, texts]}


def _term(term: Term) -> Any:
    if isinstance(term, Value):
        return {"$literal": term.value}
    if isinstance(term, Field):
        return {"$ifNull": ["$_id" if term.name == "id" else f"${term.name}", None]}
    return {"$add" if term.sign == 1 else "$subtract": [_term(term.left), _term(term.right)]}
