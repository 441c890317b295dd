"""An account of staff as it is stored: one person or device, and the posts they hold."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from core.caller import Staff
from core.clock import Instant
from core.documents import Document, Index
from identity_center.staff.roles import CITY, Role


class Post(BaseModel):
    """A role in a department. `scope` narrows it: `hall:<id>`, `card:<id>`, or "" for the whole department."""

    model_config = ConfigDict(frozen=True)

    id: str
    role: Role
    department: str = CITY
    scope: str = ""
    since: Instant


class StaffAccount(Document):
    """`name_key` is the name in small letters: `Li.Na` and `li.na` are one.

    A password that somebody else has set works until `password_temporary_until` and has to be changed first thing.
    `totp_sealed` is the second factor, `totp_offered_sealed` one that is not confirmed yet; `totp_last_step` is the
    last half minute of which a code was used.
    """

    collection: ClassVar[str] = "staff"
    indexes: ClassVar[tuple[Index, ...]] = (Index("name", ("name_key",), unique=True),)

    name: str
    name_key: str
    posts: tuple[Post, ...] = ()
    last_post_id: str | None = None
    password_hash: str
    password_temporary_until: Instant | None = None
    totp_sealed: str | None = None
    totp_last_step: int = 0
    totp_offered_sealed: str | None = None
    totp_offered_until: Instant | None = None
    created_at: Instant
    disabled_at: Instant | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_one_role(cls, stored: Any) -> Any:
        """An account from before there were posts has one, of its role."""
        if isinstance(stored, dict) and "posts" not in stored and "role" in stored:
            post = {"id": stored["id"], "role": stored["role"], "since": stored["created_at"]}
            return {**stored, "posts": [post]}
        return stored

    def post(self, post_id: str | None) -> Post | None:
        return next((post for post in self.posts if post.id == post_id), None)

    def first_post(self) -> Post | None:
        """The post of the last sign-in, if it is still held, else the first."""
        return self.post(self.last_post_id) or next(iter(self.posts), None)

    def holds(self, *roles: Role) -> bool:
        return any(post.role in roles for post in self.posts)

    def at(self, post: Post, session_id: str = "", unfinished: str = "") -> Staff:
        """The account as a caller, at one of its posts."""
        return Staff(
            id=self.id,
            name=self.name,
            role=post.role,
            post_id=post.id,
            department=post.department,
            scope=post.scope,
            session_id=session_id,
            unfinished=unfinished,
        )
