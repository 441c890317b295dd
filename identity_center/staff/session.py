"""A sign-in of staff as it is stored: a bearer token's, or a browser's with its cookie."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from core.caller import Staff
from core.clock import Instant
from core.documents import Document, Index

Kind = Literal["token", "cookie"]
EndReason = Literal["signed_out", "ended_by_owner", "moved", "password_changed", "administration", "too_many"]


class StaffSession(Document):
    """`live_account` is the account until the session is ended. A session ends by itself at `ends_at`, and a browser's
    when `seen_at` is too long ago. Of the cookie's secret only a keyed digest is stored."""

    collection: ClassVar[str] = "staff_sessions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("live", ("live_account", "created_at")),
        Index("ends_at", ("ends_at",)),
    )

    account_id: str
    live_account: str | None
    kind: Kind
    post_id: str
    cookie_digest: str = ""
    source: str
    """The network address it began at."""
    created_at: Instant
    seen_at: Instant
    ends_at: Instant
    ended_at: Instant | None = None
    end_reason: EndReason | None = None


@dataclass(frozen=True)
class Grant:
    """What a sign-in gives: a bearer token, or a cookie with the token against forged requests. `expires_in` is in
    seconds; no switching of posts makes it longer."""

    staff: Staff
    expires_in: int
    token: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)
    csrf_token: str = field(default="", repr=False)
