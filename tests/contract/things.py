"""Documents that the storage suites store: a park's slots, its tickets, and something of every type."""

from datetime import UTC, datetime
from typing import ClassVar

from core.clock import Instant
from core.documents import Document, Index

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class Slot(Document):
    """`code` claims its place only while it is set; `park` and `opens` may be unknown."""

    collection: ClassVar[str] = "slots"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("park_opens", ("park", "opens")),
        Index("park_taken", ("park", "taken")),
        Index("code", ("code",), unique=True),
        Index("park_code", ("park", "code"), unique=True),
    )

    park: str | None = "qianling"
    opens: Instant | None = None
    taken: int = 0
    capacity: int = 1
    reserve: int | None = None
    code: str | None = None
    open: bool = True


class Ticket(Document):
    """One live ticket per citizen and slot: a cancelled one gives up its place by setting `slot` to None."""

    collection: ClassVar[str] = "tickets"
    indexes: ClassVar[tuple[Index, ...]] = (Index("slot_citizen", ("slot", "citizen"), unique=True),)

    slot: str | None
    citizen: str


class Everything(Document):
    collection: ClassVar[str] = "everything"
    indexes: ClassVar[tuple[Index, ...]] = (Index("name", ("name",)), Index("share", ("share",)))

    name: str = ""
    picture: bytes = b""
    at: Instant | None = None
    share: float = 0.0
    tags: tuple[str, ...] = ()
    counts: dict[str, int] | None = None
    nested: Slot | None = None
