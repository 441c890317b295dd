"""What privacy needs of every part of the city that keeps something of a citizen; satisfied in server/wiring/.

Floors are blind to one another, so each has its own areas and holdings. The classification in server/personal.py holds
that no collection is forgotten.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel

from core.text import Text


class Area(Protocol):
    """One file of a citizen's copy of their data. `record` is the model of what stands in it."""

    @property
    def name(self) -> str:
        """Of the file, without its ending."""
        ...

    @property
    def about(self) -> Text: ...

    @property
    def record(self) -> type[BaseModel]: ...

    def records(self, account_id: str) -> AsyncIterator[BaseModel]:
        """All of the account, in clear, page by page: never more than a page in memory."""
        ...


@dataclass(frozen=True)
class Leaving:
    """Whose erasure it is: `person_key` only when the person has no other account, `since` when the account ended.
    `face_shown`: whether it was ever shown that the person themselves had the account."""

    account_id: str
    person_key: str | None
    since: datetime
    face_shown: bool = False


class Holding(Protocol):
    """Something that ends with an account."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> Text: ...

    async def live(self, leaving: Leaving) -> int:
        """How many of these the citizen loses by closing the account now; 0 when it is nothing they would miss."""
        ...

    async def erase(self, leaving: Leaving) -> int:
        """Ends and removes them in small guarded writes. It may be ended at any moment and be run again, in several
        processes at once; 0 says that nothing was left."""
        ...


class Ledger(Protocol):
    """Where the ids of erased accounts stand outside the database, for the day when an older backup is restored."""

    async def add(self, account_id: str, at: datetime) -> None:
        """Durable when it returns. The same id twice is no error."""
        ...

    async def entries(self) -> Mapping[str, datetime]:
        """All that were ever added, and when they were erased."""
        ...
