"""The identity centre's numbers. The server's configuration embeds `IdentitySettings`; every field has its default."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from identity_center.ciphers import Algorithm
from identity_center.key_ring import SigningAlgorithm
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
    algorithm: SigningAlgorithm = Field("ES256", description="What new keys of access tokens are for.")

    @property
    def longest(self) -> timedelta:
        """The longest life of an access token, and a minute for clocks that are apart."""
        return timedelta(minutes=max(self.access_minutes, self.staff_minutes) + 1)


class SessionSettings(_Settings):
    """Sign-ins that are kept up with refresh tokens."""

    idle_days: int = Field(30, ge=1, description="A session not refreshed for so long ends.")
    longest_days: int = Field(180, ge=1, description="No session lives longer than this.")
    kept_days: int = Field(183, ge=1, description="How long a session that has ended or run out is kept on record.")
    grace_seconds: int = Field(30, ge=0, le=60, description="How long a lost refresh answer can be asked for again.")


class ProofSettings(_Settings):
    """How long each proof counts towards the assurance level; None is for ever. A card can ask for fresher ones."""

    phone_days: int | None = Field(None, ge=1, description="A confirmed phone counts for so long.")
    real_name_days: int | None = Field(None, ge=1, description="A confirmed real name counts for so long.")
    face_minutes: int | None = Field(720, ge=1, description="A matched face counts for so long, in its session only.")


class ProofAttemptSettings(_Settings):
    """Waits after failed attempts to prove something, for each account and each device."""

    free_attempts: int = Field(3, ge=1, description="Failed attempts of one kind before any wait.")
    first_wait_seconds: int = Field(60, ge=1, description="The first wait; it doubles with each further failure.")
    longest_wait_seconds: int = Field(3600, ge=1, description="The wait grows no longer than this.")
    forget_hours: int = Field(24, ge=1, description="Failed attempts older than this are forgotten.")


class PersonSettings(_Settings):
    """How many WeChat accounts one real name may be confirmed on."""

    accounts: int = Field(
        2, ge=1, description="So many; a person's own rule wherever persons are counted is unaffected."
    )
    beyond: Literal["move", "refuse", "allow"] = Field(
        "move",
        description="A further one: move takes the name off the account that has longest not shown its face (never off "
        "one that has), refuse says no, allow has no limit. The others are told in any case.",
    )


class VaultSettings(_Settings):
    """How personal data is sealed."""

    cipher: Literal["aes-256-gcm", "sm4-gcm"] = Field("aes-256-gcm", description="What new sealing keys are for.")
    reseal_per_second: int = Field(500, ge=1, description="How fast what older keys sealed is sealed anew.")

    @property
    def algorithm(self) -> Algorithm:
        return "A256GCM" if self.cipher == "aes-256-gcm" else "SM4GCM"


class ActingSettings(_Settings):
    """Guardians, helpers and agents: acting for others."""

    invitation_minutes: int = Field(10, ge=1, le=60, description="How long an invitation or handover code lives.")
    code_attempts_per_day: int = Field(20, ge=1, description="Codes an account may enter per day, right or wrong.")
    family_attempts_per_day: int = Field(5, ge=1, description="Family members an account may try to add per day.")
    helpers_per_person: int = Field(3, ge=1, le=20, description="Helpers a person can have at once.")
    persons_per_helper: int = Field(5, ge=1, le=20, description="Adults a helper can act for at once.")
    helper_days: int = Field(365, ge=1, le=3650, description="The longest that a helper's relation can last.")
    recheck_hours: int = Field(24, ge=1, description="A guardian or representative older than this is asked for again.")
    stale_hours: int = Field(72, ge=1, description="Without an answer for so long, nobody acts on it any more.")

    @model_validator(mode="after")
    def _asked_before_it_is_stale(self) -> Self:
        if self.stale_hours < self.recheck_hours:
            raise ValueError("stale_hours is at least recheck_hours")
        return self


class EnterpriseSettings(_Settings):
    """Enterprises and their agents."""

    attempts_per_day: int = Field(5, ge=1, description="Enterprises an account may try to bind per day.")
    agents_per_enterprise: int = Field(20, ge=1, le=100, description="Agents an enterprise can have at once.")
    agent_days: int = Field(365, ge=1, le=3650, description="The longest that an agent's mandate can last.")


class IdentitySettings(_Settings):
    """Everything together."""

    tokens: TokenSettings = TokenSettings()
    sessions: SessionSettings = SessionSettings()
    proofs: ProofSettings = ProofSettings()
    proof_attempts: ProofAttemptSettings = ProofAttemptSettings()
    person: PersonSettings = PersonSettings()
    staff: StaffSettings = StaffSettings()
    vault: VaultSettings = VaultSettings()
    acting: ActingSettings = ActingSettings()
    enterprise: EnterpriseSettings = EnterpriseSettings()
    real_name_attempts_per_day: int = Field(5, ge=1, description="Real-name checks per account and day.")
    messages_kept_days: int = Field(365, ge=1, description="How long messages to citizens are kept.")
    saved_companions: int = Field(
        20, ge=1, le=MOST_COMPANIONS, description="Companions a citizen can have saved for bookings."
    )
    consent_days: int = Field(365, ge=1, description="A consent lasts so long unless revoked.")
    revocation_reload_seconds: float = Field(
        0.5, gt=0, le=1, description="How often ended sessions and lowered levels are read again from storage."
    )
