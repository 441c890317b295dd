"""What a type of credential declares: the model of a file in the folder of types. docs/credentials.md explains it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.text import Text
from identity_center.staff.roles import Role

Kind = Literal["text", "name", "id_number", "date", "number", "flag", "credit_code"]
Source = Literal[
    "issuer", "identity.name", "identity.id_number", "identity.birth_date", "identity.sex", "identity.over_18"
]
Level = Literal[2, 3]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(_Declared):
    id: str = Field(pattern=r"^[a-z]{2,8}\.[a-z0-9_]{2,40}$", description="City or owner, a dot, a name.")
    name: Text = Field(description="What citizens call the department.")


class Issue(_Declared):
    """Who issues credentials of the type, to whom, for how long."""

    own: bool = Field(
        alias="self", description="true: citizens get it by asking, from their proven identity; false: staff issue it."
    )
    roles: tuple[Role, ...] = Field(description="The roles of staff who may issue, suspend and revoke it.")
    one_per: str = Field(
        "person",
        description="One live credential of the type for each `person`, or for each value of the claim named here.",
    )
    valid_days: int | None = Field(ge=1, le=36_500, description="Days until it expires, 1 to 36500; null for never.")


class Assurance(_Declared):
    hold: Level = Field(description="The level a citizen needs to ask for it: 2 (real name) or 3 (face).")
    show: Level = Field(description="The level a citizen needs to show it: 2 (real name) or 3 (face).")
    show_max_age: int | None = Field(
        None, ge=60, le=31_536_000, description="How many seconds old the proof of that level may be; null for any age."
    )


class Display(_Declared):
    background: Colour = Field(description="Colour of the credential on the screen: #rrggbb in small letters.")
    text: Colour = Field(description="Colour of the text on it: #rrggbb in small letters.")
    icon: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="A hint which icon suits it: one word.")


class Claim(_Declared):
    """One statement of a credential."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$", description="Small letters, digits and underscores.")
    label: Text = Field(description="What people read beside the value.")
    kind: Kind = Field(description="One of text, name, id_number, date, number, flag, credit_code.")
    source: Source = Field(
        alias="from",
        description="`issuer`, or of the proven identity: `identity.name`, `identity.id_number`, "
        "`identity.birth_date`, `identity.sex`, `identity.over_18`.",
    )
    show: Literal["always", "choice"] = Field(
        "choice", description="`always`: whoever sees the credential sees it; `choice`: the holder decides each time."
    )
    required: bool = Field(True, description="Whether every credential of the type has it: true or false.")


class CredentialType(_Declared):
    id: str = Field(pattern=r"^[a-z]{2,8}\.[a-z0-9_]{2,40}$", description="City or owner, a dot, a name.")
    version: str = Field(pattern=r"^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}$", description="Three numbers: 1.0.0.")
    name: Text = Field(description="What citizens call the credential.")
    summary: Text = Field(description="One sentence on what it is for.")
    department: Department = Field(description="The department that answers for it: `id` and `name`.")
    issue: Issue = Field(description="Who issues it, and for how long: `self`, `roles`, `one_per`, `valid_days`.")
    assurance: Assurance = Field(description="How sure the city must be of who asks and shows: `hold`, `show`.")
    display: Display = Field(description="How it looks on a screen: `background`, `text`, `icon`.")
    claims: tuple[Claim, ...] = Field(min_length=1, max_length=16, description="What it says: 1 to 16 claims.")

    @property
    def always_shown(self) -> frozenset[str]:
        return frozenset(claim.name for claim in self.claims if claim.show == "always")

    def claim(self, name: str) -> Claim | None:
        return next((claim for claim in self.claims if claim.name == name), None)
