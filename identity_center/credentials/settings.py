"""The numbers of credentials; every field has its default."""

from pydantic import BaseModel, ConfigDict, Field


class CredentialSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    status_ttl_seconds: int = Field(300, ge=10, le=86_400, description="How long a gate may keep a status list.")
    status_hours: int = Field(24, ge=1, le=720, description="A gate that has no newer status list than this asks.")
