"""A change that waits for a second person."""

from datetime import datetime
from typing import ClassVar, Literal

from core.clock import Instant
from core.documents import Document, Index
from core.ids import derived_id
from identity_center.staff.changes import Change, in_words

State = Literal["open", "approved", "rejected", "expired"]


class Proposal(Document):
    """`open_key` says what is asked for, until it is decided: the same cannot wait twice. `concerns` is the account
    that the change is about, if there is one already."""

    collection: ClassVar[str] = "staff_proposals"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("open", ("open_key",), unique=True),
        Index("made", ("made_at",)),
    )

    change: Change
    reason: str
    open_key: str | None
    concerns: str | None
    made_by: str
    made_by_name: str
    made_at: Instant
    expires_at: Instant
    decision: Literal["approved", "rejected"] | None = None
    decided_by_name: str | None = None
    decided_at: Instant | None = None

    def state(self, now: datetime) -> State:
        if self.decision is not None:
            return self.decision
        return "open" if now < self.expires_at else "expired"


def key_of(change: Change) -> str:
    return derived_id("proposal", change.kind, *(part for item in sorted(in_words(change).items()) for part in item))
