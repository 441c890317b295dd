"""What a site may ask for, and which personal data stands behind it.

`openid` alone tells a site that somebody is signed in, as whom (a pseudonym of that department), and how surely: the
result, and no plaintext identity, as order 173 asks. Each further scope is one field with a consent of its own, so that
an ID number is never agreed to by the way. There is no `profile`: a masked name is more than a site needs, and less
than it wants.
"""

from collections.abc import Collection
from typing import Literal, get_args

from core.caller import PHONE, REAL_NAME
from core.text import Text, text
from identity_center.account import PersonalField

Scope = Literal["openid", "offline_access", "real_name", "phone", "id_number"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
SIGN_IN: Scope = "openid"
OFFLINE: Scope = "offline_access"
"""A refresh token: the site stays signed in while the citizen is away."""

FIELDS: dict[str, PersonalField] = {"real_name": "name", "phone": "phone", "id_number": "id_number"}
CLAIMS: dict[str, str] = {"real_name": "name", "phone": "phone_number", "id_number": "id_number"}
"""What userinfo calls it: OpenID Connect's own names where it has them."""
LEVELS: dict[str, int] = {"real_name": REAL_NAME, "phone": PHONE, "id_number": REAL_NAME}
"""The level at which the city holds the field."""

WORDS: dict[str, Text] = {
    "openid": text("确认您的身份（不提供姓名和证件号码）", "know you again, without your name or number"),
    "offline_access": text("在您离开后保持登录", "stay signed in while you are away"),
    "real_name": text("您的姓名", "your name"),
    "phone": text("您的手机号码", "your phone number"),
    "id_number": text("您的身份证号码", "your ID number"),
}


def known(asked: Collection[str]) -> tuple[Scope, ...]:
    """Those of this city, in its order. Unknown ones mean nothing, as OpenID Connect wants it."""
    return tuple(scope for scope in SCOPES if scope in asked)


def personal(scopes: Collection[str]) -> tuple[str, ...]:
    return tuple(scope for scope in FIELDS if scope in scopes)


def least_level(scopes: Collection[str]) -> int:
    """Below this the city could not give what is asked for."""
    return max((LEVELS[scope] for scope in personal(scopes)), default=0)
