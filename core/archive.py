"""A store taken as a whole: every document as it lies there, to be moved, compared and looked over.

This is a port beside `core.documents`, for commands and never for requests: it walks through whole collections, and it
puts documents as they are, with their version and with fields that no model knows any more. Its adapters live in
server/adapters (SQLite, MongoDB, memory); tests/contract/test_archive.py holds for every one of them.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from core.documents import Document, JsonObject

AT_ONCE = 500
"""Documents of one step."""
_MODULUS = 1 << 256


@dataclass(frozen=True)
class Entry:
    """A document as it lies in its store; `stored` is None when that is no JSON object.

    `astray` names the indexes' fields under which the store keeps another value than the document has.
    """

    id: str
    stored: JsonObject | None
    astray: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is not as it must be. `what` is a sentence's end that quotes nothing of a document."""

    collection: str
    id: str | None
    what: str


class CannotPut(Exception):
    """Another document stands in this one's place of a unique index, or the store cannot hold it at all."""

    def __init__(self, collection: str, document_id: str, what: str) -> None:
        super().__init__(f"{collection} {document_id}: {what}")


class Damaged(Exception):
    """The store's files are not what the store once wrote: a part of it cannot be read."""


class MomentLost(Exception):
    """The store no longer remembers how everything was at the moment at which reading began."""


class Archive(Protocol):
    """The port itself. All methods raise `StoreUnavailable` when the store does not answer, and `Damaged`."""

    async def names(self) -> set[str]:
        """The collections that hold documents, also those of which no model is known."""
        ...

    async def scan(self, model: type[Document], after: str | None = None, limit: int = AT_ONCE) -> list[Entry]:
        """The next documents in order of id. None are left when there are fewer than `limit`."""
        ...

    async def count(self, model: type[Document]) -> int:
        """How many documents there are, found out in another way than `scan` goes."""
        ...

    async def put(self, model: type[Document], documents: Sequence[JsonObject]) -> None:
        """Stores documents as they are, each in the place of what has its id, and makes what the model's indexes need.

        Durable when it returns. What was interrupted may have put a part; putting the same again changes nothing.
        Raises `CannotPut`.
        """
        ...

    async def clear(self, model: type[Document]) -> None:
        """Removes all documents of a collection."""
        ...

    async def faults(self, model: type[Document]) -> list[Fault]:
        """What the store itself can tell of a collection: indexes that are not as declared, and unique ones in which
        two documents stand in one place."""
        ...

    async def damage(self) -> list[Fault]:
        """What the store can tell of its own files."""
        ...

    async def close(self) -> None: ...


async def everything(
    archive: Archive, model: type[Document], after: str | None = None, at_once: int = AT_ONCE
) -> AsyncIterator[list[Entry]]:
    """All documents behind `after`, in steps."""
    while entries := await archive.scan(model, after, at_once):
        yield entries
        after = entries[-1].id


@dataclass(frozen=True)
class Digest:
    """A checksum of a collection that does not depend on the order of its documents: the sum of their SHA-256.

    It tells whether something was lost, doubled or altered on the way. It is no proof against a forger.
    """

    documents: int = 0
    total: int = 0

    def with_all(self, documents: Iterable[JsonObject]) -> "Digest":
        digests = [hashlib.sha256(canonical(document)).digest() for document in documents]
        total = self.total + sum(int.from_bytes(one) for one in digests)
        return Digest(self.documents + len(digests), total % _MODULUS)

    def __str__(self) -> str:
        return f"{self.total:064x}"


def canonical(stored: JsonObject) -> bytes:
    """The one spelling of a document: its JSON with sorted names. Raises TypeError for what is not JSON."""
    return orjson.dumps(stored, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
