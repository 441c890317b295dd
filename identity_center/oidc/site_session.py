"""A browser in which a citizen approved a sign-in: for a short while other sites need no second scan."""

from datetime import datetime
from typing import ClassVar

from core.clock import Instant
from core.documents import Document, Index


class SiteSession(Document):
    """`city_session` is the mini-program's, in which it was approved: one that its citizen ended ends this too."""

    collection: ClassVar[str] = "site_sessions"
    indexes: ClassVar[tuple[Index, ...]] = (Index("forget_at", ("forget_at",)),)

    account_id: str
    city_session: str
    level: int
    approved_at: Instant
    face_proved_at: Instant | None
    expires_at: Instant
    forget_at: Instant
    ended_at: Instant | None = None

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at
