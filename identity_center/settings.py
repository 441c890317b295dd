"""The identity centre's numbers. The server's configuration embeds `IdentitySettings`; every field has its default."""

from pydantic import BaseModel, ConfigDict, Field

from identity_center.staff.settings import StaffSettings

MOST_COMPANIONS = 200
"""More than this no setting allows: a list is read as a whole."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TokenSettings(_Settings):
    """Access tokens."""

    access_minutes: int = Field(15, ge=1, le=15, description="How long a citizen's access token lives.")
    staff_minutes: int = Field(60, ge=5, le=480, description="How long a staff member's access token lives.")
    clock_leeway_seconds: int = Field(5, ge=0, le=30, description="How far ahead another server's clock may be.")
    remembered_tokens: int = Field(10_000, ge=0, description="Verified tokens remembered per process, about 1 KB each.")


class SessionSettings(_Settings):
    """Sign-ins that are kept up with refresh tokens."""

    idle_days: int = Field(30, ge=1, description="A session not refreshed for so long ends.")
    longest_days: int = Field(180, ge=1, description="No session lives longer than this.")
    kept_days: int = Field(90, ge=1, description="How long a session that has ended or run out is kept on record.")
    grace_seconds: int = Field(30, ge=0, le=60, description="How long a lost refresh answer can be asked for again.")


class ProofSettings(_Settings):
    """How long each proof counts towards the assurance level; None is for ever. A card can ask for fresher ones."""

    phone_days: int | None = Field(None, ge=1, description="A confirmed phone counts for so long.")
    real_name_days: int | None = Field(None, ge=1, description="A confirmed real name counts for so long.")
    face_minutes: int | None = Field(720, ge=1, description="A matched face counts for so long, in its session only.")


class IdentitySettings(_Settings):
    """Everything together."""

    tokens: TokenSettings = TokenSettings()
    sessions: SessionSettings = SessionSettings()
    proofs: ProofSettings = ProofSettings()
    staff: StaffSettings = StaffSettings()
    real_name_attempts_per_day: int = Field(5, ge=1, description="Real-name checks per account and day.")
    saved_companions: int = Field(
        20, ge=1, le=MOST_COMPANIONS, description="Companions a citizen can have saved for bookings."
    )
    consent_days: int = Field(365, ge=1, description="A consent lasts so long unless revoked.")
    revocation_reload_seconds: float = Field(
        5, gt=0, description="How often ended sessions are read again from storage."
    )
