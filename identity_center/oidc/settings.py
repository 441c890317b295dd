"""The numbers of signing in to department sites; every field has its default."""

from pydantic import BaseModel, ConfigDict, Field


class OidcSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    request_seconds: int = Field(90, ge=10, le=600, description="How long a pushed request waits for its browser.")
    sign_in_seconds: int = Field(300, ge=60, le=900, description="How long a sign-in page waits for its citizen.")
    code_seconds: int = Field(60, ge=10, le=300, description="How long an authorization code can be exchanged.")
    access_minutes: int = Field(10, ge=1, le=60, description="How long a site's access token lives.")
    idle_days: int = Field(14, ge=1, le=90, description="A site's refresh token unused for so long is worth nothing.")
    longest_days: int = Field(90, ge=1, le=365, description="No sign-in to a site outlasts this.")
    grace_seconds: int = Field(30, ge=0, le=60, description="How long a lost refresh answer can be asked for again.")
    browser_minutes: int = Field(30, ge=1, le=480, description="How long one approval serves a browser's other sites.")
    kept_days: int = Field(183, ge=1, description="How long a sign-in that is over is kept on record.")
    secret_overlap_hours: int = Field(24, ge=0, le=168, description="How long a client's secret before the last works.")
    client_requests_per_minute: int = Field(6000, ge=1, description="Calls that one client may make.")
    scan_url: str | None = Field(
        None, pattern=r"^[a-z][a-z0-9+.-]*://\S+$", description="What a QR code opens; ?scan=… is added."
    )
    open_url: str | None = Field(
        None, pattern=r"^[a-z][a-z0-9+.-]*://\S*\{scan\}\S*$", description="What a phone's browser opens, with {scan}."
    )
