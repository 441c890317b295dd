"""The numbers and rules of staff identity; part of `IdentitySettings`."""

from pydantic import BaseModel, ConfigDict, Field

from identity_center.staff.roles import FOUR_EYES, FourEyes, Role


class StaffSettings(BaseModel):
    """Staff sign-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    free_attempts: int = Field(5, ge=1, description="Wrong passwords per name and address before any wait.")
    first_wait_seconds: int = Field(2, ge=1, description="The first wait; it doubles with each further wrong password.")
    longest_wait_seconds: int = Field(3600, ge=1, description="The wait grows no longer than this.")
    forget_hours: int = Field(24, ge=1, description="Wrong passwords older than this are forgotten.")
    second_factor: tuple[Role, ...] | None = Field(
        None, description="Roles that must have a second factor; None: in production all but gates, in the demo none."
    )
    temporary_password_hours: int = Field(72, ge=1, description="A password set by somebody else works so long.")
    four_eyes: tuple[FourEyes, ...] = Field(FOUR_EYES, description="Actions that take two people.")
    proposal_hours: int = Field(24, ge=1, description="How long the second of them has time.")
    console_idle_minutes: int = Field(30, ge=5, description="A browser not used for so long is signed out.")
    console_longest_hours: int = Field(12, ge=1, le=24, description="No browser stays signed in longer than this.")
    api_key_days: int = Field(365, ge=1, description="The longest that an API key can be valid.")
    api_key_overlap_days: int = Field(7, ge=0, description="How long the old key lives when a key is rotated.")
    hall_code_minutes: int = Field(10, ge=1, le=60, description="A hall's code is valid so long.")
    hall_codes_per_day: int = Field(300, ge=1, description="Codes that one clerk can issue in a day.")
    hall_code_attempts_per_day: int = Field(10, ge=1, description="Codes that one citizen can try in a day.")
