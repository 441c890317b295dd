"""A single operation as one conditional write: the guard stands in the filter.

That is a round trip instead of three or four. It decides only what went well; whoever is told None asks in a
transaction, which finds out whether the operation is refused, and why.
"""

from typing import Any

from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, OperationFailure

from core.documents import Delete, Insert, JsonObject, Operation, Patch, Replace, parsed
from server.adapters.mongo_evaluation import Stored
from server.adapters.mongo_guards import expression
from server.adapters.mongo_shapes import encoded, stored_form

Collection = AsyncCollection[JsonObject]
NOT_DECIDED_BY_A_FAILED_WRITE = (2, 9, 14, 16554)
"""BadValue, FailedToParse, TypeMismatch, and arithmetic on what is no number: refused before anything was written."""


async def applied(collection: Collection, operation: Operation) -> Stored | None:
    """What the operation left behind, None when it was not applied. Raises PyMongoError when the store fails."""
    try:
        return await _applied(collection, operation)
    except DuplicateKeyError:
        return None
    except OperationFailure as error:
        if error.code in NOT_DECIDED_BY_A_FAILED_WRITE:
            return None
        raise
    except (BSONError, ValueError, TypeError, OverflowError):
        return None  # what cannot be stored at all is explained by the transaction, too


async def _applied(collection: Collection, operation: Operation) -> Stored | None:
    match operation:
        case Insert():
            stored = parsed(operation.stored())
            await collection.insert_one(RawBSONDocument(encoded(stored)))
            return [stored]
        case Replace():
            stored = parsed(operation.stored())
            where = {"_id": operation.id, "version": operation.document.version}
            replaced = await collection.replace_one(where, RawBSONDocument(encoded(stored)))
            return [stored] if replaced.matched_count else None
        case Patch():
            return await _patched(collection, operation)
        case Delete():
            where = {"_id": operation.id}
            if operation.guard is not None:
                where["$expr"] = expression(operation.guard)
            return [None] if (await collection.delete_one(where)).deleted_count else None


async def _patched(collection: Collection, patch: Patch[Any]) -> Stored | None:
    if not patch.set.keys().isdisjoint(patch.add):
        return None
    where: JsonObject = {"_id": patch.id, **{name: {"$type": "number"} for name in patch.add}}
    if patch.guard is not None:
        where["$expr"] = expression(patch.guard)
    changes: JsonObject = {"$inc": {**patch.add, "version": 1}}
    if patch.set:
        changes["$set"] = patch.changes()
    found = await collection.find_one_and_update(where, changes, return_document=ReturnDocument.AFTER)
    return None if found is None else [stored_form(found)]
