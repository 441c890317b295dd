"""What acting for somebody can end with.

    CityError
    ├── GrantNotFound · ActingEnded · BeyondGrant               acting
    ├── CodeInvalid · CodesLocked                               invitations and handover codes
    └── ActingForOneself · NotOfAge · TooManyGrants             becoming a helper or an agent

`core.caller.PersonNeeded` and the HTTP floor's `ActingNotAllowed` belong to them.
"""

from core.errors import CityError
from core.text import text


class GrantNotFound(CityError):
    """There is no such relation or mandate that is still live and the citizen's own. Read `GET /api/v1/acting` again
    for those that there are."""

    code = "identity.acting.grant_not_found"
    title = text("没有找到该代办关系", "There is no such permission to act")


class ActingEnded(CityError):
    """The permission to act has ended: either side took it back, it has run out, or an authority no longer confirms it.
    The citizen's own sign-in goes on. Drop this access token and use one's own; ask for a new permission if one is
    still wanted."""

    code = "identity.acting.ended"
    title = text("代办关系已结束", "The permission to act for somebody else has ended")


class BeyondGrant(CityError):
    """Whoever gave the permission to act did not include this card, operation or decision. They can do it themself, or
    give a wider permission."""

    code = "identity.acting.beyond_grant"
    title = text("超出代办权限", "The permission to act does not include this")


class CodeInvalid(CityError):
    """The invitation or handover code is unknown, was used, has run out, was typed wrong, or comes from somebody who
    may not give it any more; which of these is not said. Ask for a new one."""

    code = "identity.acting.code_invalid"
    title = text("该码无效或已过期，请向对方索取新码", "This code is not valid any more; ask for a new one")


class CodesLocked(CityError):
    """This account has entered as many codes as a day allows. Try again after the seconds in Retry-After."""

    code = "identity.acting.codes_locked"
    title = text("今日输入次数已用完，请明天再试", "No more codes today; try again tomorrow")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class ActingForOneself(CityError):
    """The code was made by the same person, perhaps with another WeChat. Nobody needs a permission from themself."""

    code = "identity.acting.oneself"
    title = text("不能代本人办理", "This is your own code")


class NotOfAge(CityError):
    """Helpers, agents, and whoever names them, are of age (18): a minor has guardians, who need no invitation."""

    code = "identity.acting.not_of_age"
    title = text("须年满十八周岁", "This needs somebody of age")


class TooManyGrants(CityError):
    """The person has as many helpers, the helper as many persons, or the enterprise as many agents as the city allows:
    `whose` is `person`, `helper` or `enterprise`, `most` the number. End one, then try again; the code stays valid
    until its time is over."""

    code = "identity.acting.too_many"
    title = text("代办关系数量已达上限", "There are as many already as the city allows")

    def __init__(self, whose: str, most: int) -> None:
        super().__init__(whose=whose, most=most)
