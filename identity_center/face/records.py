"""What is kept of a verification: that it was made and how it went. Never an image, never an encoding."""

from typing import ClassVar

from core.clock import Instant
from core.documents import Document, Index
from identity_center.face.settings import FaceProvider


class FaceRecord(Document):
    """One decided verification. Its distances are for calibration and for an auditor; no citizen is shown them."""

    collection: ClassVar[str] = "face_records"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("citizen", ("citizen_id", "decided_at")),
        Index("decided_at", ("decided_at",)),
    )

    citizen_id: str
    session_id: str
    provider: FaceProvider = "built_in"
    actions: tuple[str, ...]
    decision: str
    reason: str | None
    """The error code the citizen was answered with; None when they passed."""
    distance: float | None
    challenge_distance: float | None
    between_distance: float | None
    model: str | None
    """What compared the faces; WeChat does not say what it does with."""
    verify_ret: int | None = None
    """WeChat's own word for how it ended."""
    thresholds: dict[str, float]
    consented_at: Instant
    """When the citizen agreed, separately and for this purpose, to have their face compared: a challenge begins with
    that."""
    decided_at: Instant
