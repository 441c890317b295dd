"""Brings a database in step with the models: makes collections and indexes that are missing, and remakes those that
a model now declares otherwise.

Indexes that no model declares stay: while workers are replaced one by one, those of the former version still use them.
"""

from typing import Any

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from core.documents import JsonObject
from server.adapters.mongo_errors import is_duplicate
from server.adapters.mongo_queries import STANDING, columns
from server.adapters.mongo_shapes import Shape

_COLLECTION_EXISTS = 48


async def bring_in_step(database: AsyncDatabase[JsonObject], shape: Shape) -> None:
    """Returns when the collection has every index that the model declares, as it declares it.

    Raises ValueError when stored documents collide in an index that is now declared unique.
    """
    collection = database[shape.collection]
    existing = await collection.index_information()
    if not existing:
        await _make_collection(database, shape.collection)
    wanted = {index.name: _definition(columns(index), unique=index.unique) for index in shape.indexes}
    for name, definition in wanted.items():
        if name in existing and not _is(existing[name], definition):
            await collection.drop_index(name)
    missing = [name for name, definition in wanted.items() if not _is(existing.get(name), definition)]
    for batch in [missing] if not existing else [[name] for name in missing]:
        if batch:
            await _make_indexes(database, shape, {name: wanted[name] for name in batch})


async def out_of_step(database: AsyncDatabase[JsonObject], shape: Shape) -> list[str]:
    """The declared indexes that are missing or are other than declared. Changes nothing."""
    existing = await database[shape.collection].index_information()
    wanted = {index.name: _definition(columns(index), unique=index.unique) for index in shape.indexes}
    return [name for name, definition in wanted.items() if not _is(existing.get(name), definition)] if existing else []


async def _make_collection(database: AsyncDatabase[JsonObject], name: str) -> None:
    try:
        await database.create_collection(name, check_exists=False)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _COLLECTION_EXISTS:  # another worker was quicker
            raise


async def _make_indexes(
    database: AsyncDatabase[JsonObject], shape: Shape, definitions: dict[str, dict[str, Any]]
) -> None:
    models = [
        IndexModel(definition["key"], name=name, **_options(definition)) for name, definition in definitions.items()
    ]
    try:
        await database[shape.collection].create_indexes(models)
    except OperationFailure as error:
        if is_duplicate(error):
            names = ", ".join(definitions)
            raise ValueError(f"stored {shape.collection} collide in the unique index {names}") from None
        raise


def _definition(fields: tuple[str, ...], *, unique: bool) -> dict[str, Any]:
    return {
        "key": [(field, 1) for field in fields],
        "unique": unique,
        "partialFilterExpression": {field: STANDING for field in fields if field != "_id"},
    }


def _options(definition: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in definition.items() if name != "key"}


def _is(existing: Any, definition: dict[str, Any]) -> bool:
    """Whether the store's own description of an index says the same."""
    if existing is None:
        return False
    return bool(
        list(existing["key"]) == definition["key"]
        and existing.get("unique", False) == definition["unique"]
        and dict(existing.get("partialFilterExpression", {})) == definition["partialFilterExpression"]
    )
