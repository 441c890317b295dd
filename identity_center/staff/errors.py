"""What staff can be answered with, beside what identity_center/errors.py has for them.

CityError
├── StaffCodeNeeded · StaffCodeRefused · NothingToConfirm     second factor
├── StaffSessionOver · StaffSessionNotFound · StaffPostNotFound   sessions, posts
├── StaffPasswordRefused · StaffPasswordUnfit                 changing the password
├── StaffOwnAccount                                           administration
├── ProposalNotFound · ProposalClosed · ProposalOwn           four eyes
│   · ProposalExists
├── ApiKeyInvalid · ApiKeyNotFound · ApiKeyLimit              API keys
└── HallCodeRefused · HallCodeLocked · HallCodeLimit          the hall's code
"""

from core.errors import CityError
from core.text import text


class StaffCodeNeeded(CityError):
    """Name and password are right, and the account has a second factor: send the same request with `code`, the six
    digits of the authenticator app or one of the recovery codes."""

    code = "identity.staff_code_needed"
    title = text("请输入动态验证码", "The code of your authenticator app is needed as well")


class StaffCodeRefused(CityError):
    """The second factor's code is not right, has run out, or was used before. Wait for the app's next six digits; the
    clock of the phone must be right to half a minute. A recovery code works once."""

    code = "identity.staff_code_refused"
    title = text("动态验证码不正确或已使用，请输入下一组", "That code was not accepted; use the next one")


class NothingToConfirm(CityError):
    """No second factor is waiting to be confirmed, or it has waited for more than ten minutes. Begin anew: read the
    new QR code with the authenticator app."""

    code = "identity.staff_nothing_to_confirm"
    title = text("绑定已超时，请重新扫码", "There is no second factor to confirm; begin again")


class StaffSessionOver(CityError):
    """The browser's session has ended: signed out, unused for too long, past its longest time, or its post was taken
    away. Sign in again."""

    code = "identity.staff_session_over"
    title = text("登录已结束，请重新登录", "This sign-in is over; sign in again")


class StaffSessionNotFound(CityError):
    """The account has no such session that is still live. Read the list again."""

    code = "identity.staff_session_not_found"
    title = text("该登录已不存在", "There is no such sign-in any more")


class StaffPostNotFound(CityError):
    """The account does not hold this post. `GET /api/v1/staff/me` lists those it holds."""

    code = "identity.staff_post_not_found"
    title = text("没有该岗位", "The account does not hold this post")


class StaffPasswordRefused(CityError):
    """The present password is not right, so nothing was changed."""

    code = "identity.staff_password_refused"
    title = text("当前密码不正确", "The present password is not right")


class StaffPasswordUnfit(CityError):
    """A new password has 12 to 128 characters, is not the present one, and does not contain the account's name."""

    code = "identity.staff_password_unfit"
    title = text("新密码不符合要求", "The new password does not meet the rules")


class StaffOwnAccount(CityError):
    """Nobody administers their own account. Another operator can; the own password and second factor are changed under
    `/api/v1/staff/password` and `/api/v1/staff/second_factor`."""

    code = "identity.staff_own_account"
    title = text("不能操作自己的账号", "Nobody administers their own account")


class ProposalNotFound(CityError):
    """There is no such proposal."""

    code = "identity.proposal_not_found"
    title = text("没有该申请", "There is no such proposal")


class ProposalClosed(CityError):
    """The proposal was approved, rejected or has run out: `state` says which. The same can be proposed anew."""

    code = "identity.proposal_closed"
    title = text("该申请已处理或已过期", "The proposal is closed")

    def __init__(self, state: str) -> None:
        super().__init__(state=state)


class ProposalOwn(CityError):
    """A proposal is approved by somebody else than who made it, at whatever post, and than whom it concerns."""

    code = "identity.proposal_own"
    title = text("须由另一位工作人员复核", "Somebody else has to approve this")


class ProposalExists(CityError):
    """The same has been proposed already and is waiting. `proposal_id` is its id."""

    code = "identity.proposal_exists"
    title = text("相同的申请正在等待复核", "The same is proposed already")

    def __init__(self, proposal_id: str) -> None:
        super().__init__(proposal_id=proposal_id)


class ApiKeyInvalid(CityError):
    """The API key is not one of this city's, was revoked, or has run out. The department's staff make a new one."""

    code = "identity.api_key_invalid"
    title = text("接口密钥无效", "The API key is not valid")


class ApiKeyNotFound(CityError):
    """The department has no such API key that is still live."""

    code = "identity.api_key_not_found"
    title = text("没有该接口密钥", "There is no such API key")


class ApiKeyLimit(CityError):
    """A system has at most two live keys: the one in use and its successor. Revoke one of them first."""

    code = "identity.api_key_limit"
    title = text("该系统已有两个有效密钥，请先作废一个", "The system has two live keys; revoke one first")


class HallCodeRefused(CityError):
    """The hall's code is not right for this person, was used, or has run out. `attempts_left` are left today. The clerk
    at the window can issue another one."""

    code = "identity.hall_code_refused"
    title = text("窗口核验码不正确或已失效", "The hall's code was not accepted")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class HallCodeLocked(CityError):
    """Too many codes were tried today. Try again after the seconds in Retry-After."""

    code = "identity.hall_code_locked"
    title = text("今日尝试次数已用完，请明天再试", "No more attempts today")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class HallCodeLimit(CityError):
    """This clerk has issued as many codes today as one clerk may. Another clerk can, and the limit is a setting."""

    code = "identity.hall_code_limit"
    title = text("今日签发次数已达上限", "No more codes today")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
