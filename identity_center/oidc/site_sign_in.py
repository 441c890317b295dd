"""A citizen's sign-in to one site, and the tokens that come of it."""

from datetime import datetime
from typing import ClassVar, Literal

from core.clock import Instant
from core.conditions import Condition, field
from core.documents import Document, Index, Patch

EndReason = Literal[
    "ended_by_citizen", "signed_out", "revoked_by_site", "code_reused", "token_reused", "account_erased"
]


class SiteSignIn(Document):
    """`generation` counts the refresh tokens given out; access tokens of up to `access_revoked` are worth nothing.
    `live_account` is the citizen until the sign-in ends."""

    collection: ClassVar[str] = "site_sign_ins"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("live", ("live_account", "created_at")),
        Index("account", ("account_id", "created_at")),
        Index("session", ("site_session", "created_at")),
        Index("forget_at", ("forget_at",)),
    )

    account_id: str
    live_account: str | None
    client_id: str
    department: str
    site_session: str
    city_session: str
    subject: str
    scopes: tuple[str, ...]
    level: int
    auth_time: Instant
    refreshable: bool
    created_at: Instant
    refreshed_at: Instant
    expires_at: Instant
    forget_at: Instant
    generation: int = 1
    access_revoked: int = 0
    ended_at: Instant | None = None
    end_reason: EndReason | None = None

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def ended(self, now: datetime, reason: EndReason) -> "Patch[SiteSignIn]":
        """The end; refused when it has ended already."""
        change = {"live_account": None, "ended_at": now, "end_reason": reason}
        guard: Condition = field("ended_at").equals(None)
        return Patch(SiteSignIn, self.id, set=change, guard=guard)
