"""How a document lies in MongoDB: its stored form as it is, with the id as `_id`."""

import re
from dataclasses import dataclass

import bson

from core.conditions import Scalar
from core.documents import Document, Index, JsonObject, index_key

LARGEST_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Key = tuple[str, str]
"""A document's collection and id."""
Place = tuple[str, str, tuple[Scalar, ...]]
"""A collection, the name of one of its unique indexes, and values in it: what only one document can claim."""


@dataclass(frozen=True)
class Shape:
    """What the adapter has to know of a model."""

    collection: str
    indexes: tuple[Index, ...]
    unique: tuple[Index, ...]

    @classmethod
    def of(cls, model: type[Document]) -> "Shape":
        """Raises ValueError for names that no store could keep."""
        fields = [name for index in model.indexes for name in index.fields]
        for name in (model.collection, *(index.name for index in model.indexes), *fields):
            if not _NAME.fullmatch(name) or name == "id":
                raise ValueError(f"{model.__name__}: {name!r} cannot name a collection, an index or an indexed field")
        return cls(model.collection, model.indexes, tuple(index for index in model.indexes if index.unique))

    def places(self, stored: JsonObject) -> list[Place]:
        """The unique places a document claims, in the order in which the indexes are declared."""
        keys = ((index, index_key(index, stored)) for index in self.unique)
        return [(self.collection, index.name, key) for index, key in keys if key is not None]


def encoded(stored: JsonObject) -> bytes:
    """The document as MongoDB keeps it.

    Raises ValueError or OverflowError for what no BSON document can hold: more than 16 MB, integers of more than 64
    bits, a NUL in the name of a field.
    """
    fields = {"_id": stored["id"], **stored}
    del fields["id"]
    try:
        whole = bson.encode(fields)
    except bson.errors.BSONError as error:  # its message quotes the document
        raise ValueError(f"no document that MongoDB can keep: {type(error).__name__}") from None
    if len(whole) > LARGEST_BYTES:
        raise ValueError(f"a document of {len(whole)} bytes is larger than MongoDB keeps")
    return whole


def stored_form(found: JsonObject) -> JsonObject:
    """The stored form of what MongoDB returned. It takes the document over."""
    found["id"] = found.pop("_id")
    return found


def is_text(value: str) -> bool:
    """Half a surrogate pair is no text that was ever stored, and cannot be asked for."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
