"""How far a copy of a whole store into this one has come: written by `cst store copy`, heeded by every city that starts
here."""

from typing import ClassVar

from pydantic import Field

from core.clock import Instant
from core.documents import Document, Documents


class CopyUnfinished(Exception):
    """A copy into this store has not come to its end, so a part of the city is missing in it."""


class CopyRecord(Document):
    """There is one. It is the store's own and is not copied itself.

    `places` has, for each collection that was begun, the id of the last document that is there for certain; `whole`
    names those that are there to the end.
    """

    collection: ClassVar[str] = "store_copies"
    ID: ClassVar[str] = "copy"

    source: str
    city: str
    """The digest of the vault mark: which city it is."""
    started_at: Instant
    finished_at: Instant | None = None
    places: dict[str, str] = Field(default_factory=dict)
    whole: tuple[str, ...] = ()


OF_THE_STORE = frozenset({CopyRecord.collection, "pings", "_ping"})
"""What a store keeps about itself: it stays behind when the city moves."""


async def refuse_unfinished(documents: Documents) -> None:
    """Raises `CopyUnfinished`."""
    record = await documents.get(CopyRecord, CopyRecord.ID)
    if record is not None and record.finished_at is None:
        raise CopyUnfinished
