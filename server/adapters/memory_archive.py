"""The archive port over documents in memory."""

from collections.abc import Sequence

import orjson

from core.archive import AT_ONCE, CannotPut, Entry, Fault
from core.documents import Document, JsonObject
from server.adapters.memory_documents import MemoryDocuments


class MemoryArchive:
    """What it gives and takes are copies: whoever changes them changes nothing in the store."""

    def __init__(self, documents: MemoryDocuments) -> None:
        self._documents = documents

    async def names(self) -> set[str]:
        return {name for name, collection in self._documents.collections.items() if collection.documents}

    async def scan(self, model: type[Document], after: str | None = None, limit: int = AT_ONCE) -> list[Entry]:
        documents = self._documents.collection(model).documents
        ids = sorted(one for one in documents if after is None or one > after)
        return [Entry(one, _copy(documents[one])) for one in ids[:limit]]

    async def count(self, model: type[Document]) -> int:
        return len(self._documents.collection(model).documents)

    async def put(self, model: type[Document], documents: Sequence[JsonObject]) -> None:
        collection = self._documents.collection(model)
        for document in documents:
            taken = collection.taken_index(document)
            if taken is not None:
                raise CannotPut(model.collection, document["id"], f"another document stands in its place of {taken}")
            collection.put(document["id"], _copy(document))

    async def clear(self, model: type[Document]) -> None:
        collection = self._documents.collection(model)
        for document_id in list(collection.documents):
            collection.put(document_id, None)

    async def faults(self, model: type[Document]) -> list[Fault]:
        """None: what could be out of step is made by `put`, and nothing else writes here."""
        del model
        return []

    async def damage(self) -> list[Fault]:
        return []

    async def close(self) -> None:
        return None


def _copy(stored: JsonObject) -> JsonObject:
    copied: JsonObject = orjson.loads(orjson.dumps(stored))
    return copied
