"""A process of its own that writes to a store and prints what was acknowledged, until it is killed.

python -m tests.contract.writes_until_killed FILE|MONGODB_URL CALLERS PREFIX
"""

import asyncio
import itertools
import os
import sys

from core.documents import Insert, Patch
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.sqlite_documents import SqliteDocuments
from tests.contract.things import Slot, Ticket


async def main(store: str, callers: int, prefix: str) -> None:
    opened = MongoDocuments.open(store) if store.startswith("mongodb://") else SqliteDocuments.open(store)
    documents: MongoDocuments | SqliteDocuments = await opened
    await documents.prepare([Slot, Ticket])
    numbers = itertools.count()

    async def caller() -> None:
        for number in numbers:
            ticket, slot = f"{prefix}{number}", f"s{number % 7}"
            await documents.write(
                Patch(Slot, slot, add={"taken": 1}, otherwise=Slot(id=slot, taken=1)),
                Insert(Ticket(id=ticket, slot=slot, citizen=ticket)),
            )
            os.write(sys.stdout.fileno(), f"{ticket}\n".encode())

    await asyncio.gather(*(caller() for _ in range(callers)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
