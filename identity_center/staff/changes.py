"""What is done to accounts and keys of others, as data: asked for now, or kept in a proposal until a second person says
yes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from identity_center.staff.account import StaffAccount
from identity_center.staff.roles import FourEyes, Role


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True)


class AddAccount(_Change):
    kind: Literal["account.add"] = "account.add"
    name: str
    role: Role
    department: str = ""
    scope: str = ""


class AddPost(_Change):
    kind: Literal["account.add_post"] = "account.add_post"
    name: str
    role: Role
    department: str = ""
    scope: str = ""


class EndPost(_Change):
    kind: Literal["account.end_post"] = "account.end_post"
    name: str
    post_id: str


class ResetPassword(_Change):
    kind: Literal["account.reset_password"] = "account.reset_password"
    name: str


class ResetSecondFactor(_Change):
    kind: Literal["account.reset_second_factor"] = "account.reset_second_factor"
    name: str


class Disable(_Change):
    kind: Literal["account.disable"] = "account.disable"
    name: str


class RevokeKey(_Change):
    kind: Literal["api_key.revoke"] = "api_key.revoke"
    key_id: str


AccountChange = AddPost | EndPost | ResetPassword | ResetSecondFactor | Disable
"""Of an account that is there."""
Change = Annotated[AddAccount | AccountChange | RevokeKey, Field(discriminator="kind")]


def four_eyes_of(change: AddAccount | AccountChange | RevokeKey, account: StaffAccount | None) -> FourEyes | None:
    """Under which name the change can be listed as taking two people; `account` is whom it concerns.

    A post is like an account: else an operator could be made out of a gate. Taking an auditor's post away is like
    disabling the auditor.
    """
    match change:
        case AddAccount() | AddPost():
            by_role: dict[Role, FourEyes] = {"operator": "add_operator", "auditor": "add_auditor"}
            return by_role.get(change.role)
        case ResetPassword():
            return "reset_password" if account is not None and account.holds("operator", "auditor") else None
        case ResetSecondFactor():
            return "reset_second_factor"
        case Disable():
            return "disable_auditor" if account is not None and account.holds("auditor") else None
        case EndPost():
            post = account.post(change.post_id) if account is not None else None
            return "disable_auditor" if post is not None and post.role == "auditor" else None
        case RevokeKey():
            return "revoke_api_key"


def in_words(change: AddAccount | AccountChange | RevokeKey) -> dict[str, str]:
    """The change as the log and a list of proposals show it."""
    return {name: str(value) for name, value in change.model_dump(exclude={"kind"}).items() if value}
