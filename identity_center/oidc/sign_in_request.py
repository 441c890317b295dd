"""One sign-in on its way from a site through a browser and a phone back to the site: a document that moves through
stages, each move one guarded write.

    pushed ─▶ waiting ─▶ scanned ─▶ approved ─▶ answered ─▶ exchanged
                 └─────────┴─▶ refused

`waiting` is bound to a browser, `scanned` to a citizen, `answered` has a code. Whatever is not done in time is over.
"""

from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import ClassVar, Literal

from core.clock import Instant
from core.conditions import Condition, all_of, field
from core.documents import Document, Index, Patch

Stage = Literal["pushed", "waiting", "scanned", "approved", "refused", "answered", "exchanged"]


class SignInRequest(Document):
    """`expires_at` is when the present stage is over. `digits` stands on the page and is chosen on the phone."""

    collection: ClassVar[str] = "site_sign_in_requests"
    indexes: ClassVar[tuple[Index, ...]] = (Index("forget_at", ("forget_at",)),)

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    level: int
    max_age: int | None
    prompt: Literal["none", "login", "consent"] | None
    hint: str | None
    state: str | None
    nonce: str | None
    challenge: str
    digits: str
    created_at: Instant
    expires_at: Instant
    forget_at: Instant
    stage: Stage = "pushed"
    browser: str | None = None
    account_id: str | None = None
    city_session: str | None = None
    agreed: tuple[str, ...] = ()
    approved_at: Instant | None = None
    proved_at: Instant | None = None
    face_proved_at: Instant | None = None
    city_level: int = 0
    site_session: str | None = None
    sign_in_id: str | None = None

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at

    def fits(self, verifier: str) -> bool:
        """PKCE (RFC 7636): whether whoever exchanges the code is who asked for it."""
        digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return compare_digest(digest, self.challenge)

    def moved(self, now: datetime, stage: Stage, **change: object) -> "Patch[SignInRequest]":
        """The move from the present stage to another, for the write that makes it: refused when another move came
        first or the time is over."""
        guard: Condition = all_of(
            field("stage").equals(self.stage),
            field("account_id").equals(self.account_id),
            field("browser").equals(self.browser),
            field("expires_at").above(now),
        )
        return Patch(SignInRequest, self.id, set={"stage": stage, **change}, guard=guard)
