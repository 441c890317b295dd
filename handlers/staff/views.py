"""Parts of answers that several of staff's endpoints share."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from handlers.http.fields import CityTime, View
from identity_center.staff.account import Post
from identity_center.staff.session import Grant

Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
FactorCode = Annotated[str, StringConstraints(pattern=r"^([0-9A-Za-z \-]{6,20})?$")]
"""Six digits of the app, or a recovery code; empty when the account has no second factor."""
Scope = Annotated[str, StringConstraints(pattern=r"^((hall|card):[A-Za-z0-9_.\-]{1,64})?$")]
Department = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_.\-]{1,64})?$")]


class PostView(View):
    id: str
    role: str
    department: str
    scope: str
    """`hall:<id>`, `card:<id>`, or empty."""

    @classmethod
    def of(cls, post: Post) -> "PostView":
        return cls(id=post.id, role=post.role, department=post.department, scope=post.scope)


class SignedInView(View):
    """A sign-in: a bearer token, or (in a browser) a cookie in the header and its token against forged requests."""

    access_token: str | None
    token_type: str | None
    csrf_token: str | None
    expires_in: int
    name: str
    role: str
    department: str
    post_id: str
    unfinished: Literal["", "password", "second_factor"]
    """What has to be done before anything else; the token opens nothing else until then."""

    @classmethod
    def of(cls, grant: Grant) -> "SignedInView":
        staff = grant.staff
        return cls(
            access_token=grant.token or None,
            token_type="Bearer" if grant.token else None,  # RFC 6749's name for the kind of token
            csrf_token=grant.csrf_token or None,
            expires_in=grant.expires_in,
            name=staff.name,
            role=staff.role,
            department=staff.department,
            post_id=staff.post_id,
            unfinished=_unfinished(staff.unfinished),
        )


class SessionItem(View):
    id: str
    kind: Literal["token", "cookie"]
    post: PostView
    source: str
    """The network address where it began."""
    created_at: CityTime
    seen_at: CityTime
    ends_at: CityTime
    current: bool


class SessionList(View):
    items: list[SessionItem]


def _unfinished(first: str) -> Literal["", "password", "second_factor"]:
    return "password" if first == "password" else "second_factor" if first else ""
