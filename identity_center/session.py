"""A sign-in on one device as it is stored, and the refresh tokens that continue it.

Refresh tokens are not stored, not even hashed: the token of each generation is a keyed digest over the session, the
generation and a random seed. The database without the key, or the key without the database, gives nobody a token; and a
genuine old one can be told from a made-up one, so that only the former ends the session.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import ClassVar, Literal

from core.clock import Instant
from core.documents import Document, Index
from identity_center.account import Proof
from identity_center.errors import RefreshRefused
from identity_center.vault import Vault

_GENERATION = re.compile(r"[1-9][0-9]{0,8}")

FaceMethod = Literal["face", "wechat_face", "hall_code"]
"""What level 3 of a session rests on: a face that was matched, or a clerk who saw the person and their ID card."""
EndReason = Literal["signed_out", "ended_by_citizen", "new_sign_in", "token_reused", "run_out", "account_erased"]


class Session(Document):
    """`generation` counts the refresh tokens given out. `live_account` is the account until the session ends."""

    collection: ClassVar[str] = "sessions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("live", ("live_account", "created_at")),
        Index("device", ("account_id", "device_digest")),
        Index("refreshed_at", ("refreshed_at",)),
    )

    account_id: str
    live_account: str | None
    device_digest: str
    device_name: str
    created_at: Instant
    refreshed_at: Instant
    generation: int = 1
    seed: str
    face_proved_at: Instant | None = None
    face_method: FaceMethod = "face"
    ended_at: Instant | None = None
    end_reason: EndReason | None = None

    @property
    def sign_in(self) -> Proof:
        return Proof(self.created_at, "wechat")

    @property
    def face(self) -> Proof | None:
        return None if self.face_proved_at is None else Proof(self.face_proved_at, self.face_method)


def refresh_token(vault: Vault, session: Session) -> str:
    """The session's present refresh token: `<session id>.<generation>.<digest>`."""
    return f"{session.id}.{session.generation}.{_digest(vault, session, session.generation)}"


def parsed_refresh_token(token: str) -> tuple[str, int, str]:
    """Session id, generation and digest. Raises `RefreshRefused` for what has another shape."""
    try:
        session_id, generation, digest = token.split(".")
        if not (_GENERATION.fullmatch(generation) and digest.isascii()):
            raise RefreshRefused
        return session_id, int(generation), digest
    except ValueError:
        raise RefreshRefused from None


def is_genuine(vault: Vault, session: Session, generation: int, digest: str) -> bool:
    """Whether this token was, at some time, given out for this session."""
    return 1 <= generation <= session.generation and hmac.compare_digest(_digest(vault, session, generation), digest)


def _digest(vault: Vault, session: Session, generation: int) -> str:
    digest = vault.keyed_digest("refresh token", session.id, str(generation), session.seed)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
