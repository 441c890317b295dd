"""The numbers of privacy: how long a citizen has to change their mind, and how long what is kept.

The server's configuration embeds `PrivacySettings`; every field has its default. Least periods are the law's.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

SIX_MONTHS, THREE_YEARS = 183, 1096


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RetentionSettings(_Settings):
    """In days. What is not here is kept as docs/privacy.md says, collection by collection."""

    access_log_days: int = Field(
        THREE_YEARS, ge=THREE_YEARS, description="Records of releases are kept so long after the account was erased."
    )
    consents_days: int = Field(THREE_YEARS, ge=THREE_YEARS, description="A consent is kept so long after its end.")
    face_records_days: int = Field(
        THREE_YEARS, ge=THREE_YEARS, description="That a face was compared, with consent, is on record so long."
    )
    hall_codes_days: int = Field(
        THREE_YEARS, ge=THREE_YEARS, description="That a hall's code was issued is on record so long."
    )
    corrections_days: int = Field(
        THREE_YEARS, ge=THREE_YEARS, description="A decided correction request is kept so long after it was made."
    )
    relations_days: int = Field(
        THREE_YEARS,
        ge=THREE_YEARS,
        description="That somebody acted for another is on record so long after its end.",
    )
    bookings_days: int = Field(THREE_YEARS, ge=90, description="A booking is kept so long after it was made.")


class PrivacySettings(_Settings):
    """Everything together."""

    closing_days: int = Field(7, ge=1, le=15, description="How long a citizen can take back that an account closes.")
    exports_per_day: int = Field(3, ge=1, le=100, description="Copies of their data that a citizen can fetch in a day.")
    correction_working_days: int = Field(
        15, ge=1, le=15, description="A correction request is decided within so many working days."
    )
    batch: int = Field(200, ge=1, le=1000, description="Documents that one step of erasing or forgetting takes on.")
    ledger: Path | None = Field(
        None, description="File with the ids of erased accounts; null: erased.jsonl in the data folder."
    )
    retention: RetentionSettings = RetentionSettings()
