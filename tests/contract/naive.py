"""What an adapter must not be: it looks first and writes afterwards. The races must catch it."""

import asyncio
import copy

import orjson

from core.documents import Insert, Operation, Patch, Written
from server.adapters.memory_documents import MemoryDocuments


class NaiveDocuments(MemoryDocuments):
    async def write(self, *operations: Operation) -> Written:
        seen = copy.deepcopy(self)
        written = await MemoryDocuments.write(seen, *operations)  # refuses what can be seen to be refused
        await asyncio.sleep(0)  # meanwhile, everybody else looks as well
        for operation in operations:
            collection = self.collection(operation.model)
            if isinstance(operation, Insert):
                collection.put(operation.id, orjson.loads(operation.stored()))
            if isinstance(operation, Patch):
                unguarded = Patch(operation.model, operation.id, set=operation.set, add=operation.add)
                collection.put(operation.id, unguarded.applied_to(collection.documents[operation.id]))
        return written
