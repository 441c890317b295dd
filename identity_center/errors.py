"""What the identity centre can answer with, apart from success.

    CityError
    ├── TokenInvalid · TokenExpired                             tokens
    ├── RefreshRefused · SessionNotFound                        sessions
    ├── WeChatCodeInvalid · WeChatBlocked · WeChatUnavailable   signing in
    ├── InvalidIdNumber · InvalidName · RealNameMismatch        real name
    │   · RealNameLocked · RealNameAlreadyConfirmed
    │   · RealNameInUse · ProofLocked · ProofNotHeld
    ├── AuthorityUnavailable
    ├── AccountNotFound · PersonalDataMissing                   personal data
    ├── ConsentNeeded · ConsentNotFound                         consent
    ├── CompanionNotFound · CompanionSavedAlready               companions
    │   · CompanionIsCitizen · TooManyCompanions
    ├── StaffRefused · StaffLocked · StaffNameTaken             staff
    │   · StaffNotFound · InvalidStaffAccount
    └── SealBroken                                              vault

No title blames the citizen, and none tells a stranger what the city knows of somebody else.
"""

from core.errors import CityError
from core.text import text


class TokenInvalid(CityError):
    """The access token is not one that this city issued for this use, or its session has ended. Sign in again."""

    code = "identity.token_invalid"
    title = text("登录状态已失效，请重新登录", "This sign-in is no longer valid; sign in again")


class TokenExpired(CityError):
    """The access token has run out. Exchange the refresh token for a new one, then send the same request again."""

    code = "identity.token_expired"
    title = text("登录状态已过期，正在为您续期", "The access token has run out; refresh it")


class RefreshRefused(CityError):
    """The refresh token is unknown, was used before, belongs to another device, or its session has ended. A token used
    a second time ends its session on the spot, because one of the two users is not its owner. Sign in again."""

    code = "identity.refresh_refused"
    title = text("登录状态已失效，请重新登录", "This sign-in cannot be continued; sign in again")


class SessionNotFound(CityError):
    """The citizen has no such session that is still live. Read the list of sessions again."""

    code = "identity.session_not_found"
    title = text("该登录已不存在", "There is no such sign-in any more")


class WeChatCodeInvalid(CityError):
    """WeChat does not accept the code: it was used before, is older than five minutes, or comes from another button or
    mini-program. Ask for a new one (wx.login to sign in, the phone button for the phone); a code is never repeated."""

    code = "identity.wechat.code_invalid"
    title = text("微信授权已失效，请重新授权", "The WeChat code has run out; ask WeChat for a new one")


class WeChatBlocked(CityError):
    """WeChat withholds sign-in from this user as high-risk. Only WeChat can lift that; the service hall is open to
    everybody meanwhile."""

    code = "identity.wechat.blocked"
    title = text(
        "微信暂时限制了该账号的登录，可前往政务大厅办理",
        "WeChat is holding back this sign-in; the service hall can help",
    )


class WeChatUnavailable(CityError):
    """WeChat did not answer as agreed, or refuses this server. The code in the request may be spent: after the seconds
    in Retry-After, send the request again with a NEW code."""

    code = "identity.wechat.unavailable"
    title = text("微信服务暂时繁忙，请稍后再试", "WeChat is not answering for the moment")

    def __init__(self, retry_after_seconds: int = 5) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class InvalidIdNumber(CityError):
    """The number cannot be a resident ID number: 18 characters with a date of birth and a check digit (GB 11643). No
    attempt was counted. Compare it with the card and send it again."""

    code = "identity.real_name.invalid_id_number"
    title = text("身份证号码格式不符，请核对", "Please check the ID number against the card")


class InvalidName(CityError):
    """The name holds characters that no ID card carries (digits, symbols, control characters), or is empty or longer
    than 50 characters. No attempt was counted."""

    code = "identity.real_name.invalid_name"
    title = text("姓名格式不符，请按证件填写", "Please write the name as it stands on the card")


class RealNameMismatch(CityError):
    """The population authority did not confirm this name with this number. Whether the number exists is not said.
    `attempts_left` are left until tomorrow. A service hall can help when the card says otherwise."""

    code = "identity.real_name.mismatch"
    title = text("姓名与身份证号码未能核验一致，请核对", "This name and number could not be confirmed together")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class RealNameLocked(CityError):
    """This account has used up today's attempts at real-name verification. Others are not affected, and the holder of
    the number is not either. Try again after the seconds in Retry-After, or go to a service hall."""

    code = "identity.real_name.locked"
    title = text(
        "今日实名核验次数已用完，请明天再试或前往政务大厅", "No more attempts today; try tomorrow or at a service hall"
    )

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class ProofLocked(CityError):
    """Several attempts to prove something (phone, real name or face) failed, from this account or on this device. The
    wait doubles with each further one. Try again after the seconds in Retry-After; other accounts on other devices are
    not affected, whoever's number was asked about."""

    code = "identity.proof_locked"
    title = text("多次核验未通过，请稍后再试", "Several attempts failed; please wait a little")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class RealNameInUse(CityError):
    """This person's real name is confirmed on as many WeChat accounts as a person may have. Sign in with one of those;
    a service hall can take the name off an account that is lost. Nothing about the others is said."""

    code = "identity.real_name.in_use"
    title = text(
        "该身份已在其他微信账号完成实名，请使用原账号或前往政务大厅",
        "This real name is in use on other WeChat accounts; use one of them, or go to a service hall",
    )


class RealNameAlreadyConfirmed(CityError):
    """This account is confirmed as a person's already and cannot become another person's. Sign in with the other
    person's own WeChat."""

    code = "identity.real_name.already_confirmed"
    title = text("该账号已完成实名，不能更换为他人", "This account already belongs to a confirmed person")


class ProofNotHeld(CityError):
    """No account that this is of has the proof that is to be withdrawn: there is none, it was withdrawn before, or the
    number is written wrongly. Nothing was changed."""

    code = "identity.proof_not_held"
    title = text("没有可撤销的认证", "There is no such proof to withdraw")


class AuthorityUnavailable(CityError):
    """The population authority did not answer. No attempt was counted. Send the same request again after the seconds
    in Retry-After."""

    code = "identity.authority_unavailable"
    title = text("人口库暂时繁忙，请稍后再试", "The population authority is not answering for the moment")

    def __init__(self, retry_after_seconds: int = 10) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class AccountNotFound(CityError):
    """The token's account does not exist any more. Sign in again."""

    code = "identity.account_not_found"
    title = text("账号不存在，请重新登录", "There is no such account; sign in again")


class PersonalDataMissing(CityError):
    """The account does not hold what is asked for yet. `fields` names it: `phone` needs level 1, `name` and
    `id_number` need level 2. Raise the level, then send the same request again."""

    code = "identity.personal_data_missing"
    title = text("请先完善身份信息", "This needs details that the account does not hold yet")

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields=fields)


class ConsentNeeded(CityError):
    """The citizen has not agreed that this department receives these fields for this card and purpose, or that
    consent has ended. Show what is asked and why; when the citizen agrees, record the grant and repeat the request."""

    code = "identity.consent_needed"
    title = text("需要您的授权", "Your consent is needed first")

    def __init__(self, card: str, department: str, fields: list[str]) -> None:
        super().__init__(card=card, department=department, fields=fields)


class SeparateConsentRequired(CityError):
    """Each of `fields` is sensitive (PIPL article 29), and needs an act of its own: a tick that is not set beforehand,
    for this field alone. Show the citizen what it is for, and send those they ticked as `separate`."""

    code = "consent.separate_required"
    title = text("敏感信息需要您单独同意", "Sensitive data needs a consent of its own")

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields=fields)


class ConsentNotFound(CityError):
    """The citizen has given no such consent. Read the list of consents again."""

    code = "identity.consent_not_found"
    title = text("没有找到该授权", "There is no such consent")


class CompanionNotFound(CityError):
    """The citizen has no such companion saved. Read the list of companions again."""

    code = "identity.companion_not_found"
    title = text("没有找到该同行人", "There is no such companion")


class CompanionSavedAlready(CityError):
    """This person is on the citizen's list already. To change the spelling of the name, remove the entry first."""

    code = "identity.companion_saved_already"
    title = text("该同行人已在列表中", "This companion is on the list already")


class CompanionIsCitizen(CityError):
    """The ID number is the citizen's own. Who books is counted anyway and needs no entry on the list."""

    code = "identity.companion_is_citizen"
    title = text("本人无需添加为同行人", "You are counted already; there is no need to add yourself")


class TooManyCompanions(CityError):
    """The list is full: `most` is how many companions it holds. Remove one that is not needed any more."""

    code = "identity.too_many_companions"
    title = text("同行人数量已达上限", "The list of companions is full")

    def __init__(self, most: int) -> None:
        super().__init__(most=most)


class StaffRefused(CityError):
    """The name and password were not accepted together. Which of the two is wrong is not said."""

    code = "identity.staff_refused"
    title = text("用户名或密码未通过核验", "The name and password were not accepted")


class StaffLocked(CityError):
    """Too many attempts for this name from this address. The wait doubles with each further one. Wait the seconds in
    Retry-After; sign-in from elsewhere is not affected."""

    code = "identity.staff_locked"
    title = text("尝试次数过多，请稍后再试", "Too many attempts; please wait")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class StaffNameTaken(CityError):
    """A staff account of this name exists already. Choose another name, or change the existing account."""

    code = "identity.staff_name_taken"
    title = text("该用户名已存在", "A staff account of this name exists already")


class StaffNotFound(CityError):
    """There is no staff account of this name."""

    code = "identity.staff_not_found"
    title = text("没有该用户", "There is no staff account of this name")


class InvalidStaffAccount(CityError):
    """A staff name is 1 to 64 letters, digits, dots, dashes or underscores; a password is 12 to 128 characters; a role
    is operator, gate, auditor, department or hall_clerk, and the last two need a `department`; a scope is `hall:` or
    `card:` with an id. `field` says which of them to change."""

    code = "identity.invalid_staff_account"
    title = text("用户名、密码或岗位不符合要求", "The name, password or post does not meet the rules")

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class SealBroken(CityError):
    """A sealed value does not open: it was altered, moved from another record, or sealed with a key this server was not
    given. Check the vault's keys; restore the record from a backup when the keys are right."""

    code = "identity.seal_broken"
    title = text("数据校验未通过，请联系管理员", "Stored data could not be opened; tell the operators")
