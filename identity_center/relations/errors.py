"""What family and helpers can end with.

CityError
├── GuardianNeeded                                          under 14
├── GuardianNotConfirmed · NotAMinor · FamilyLocked         adding a family member
│   · PersonHasAccount
└── ManagedAccountExists · NotTakenOver                     taking an account over
"""

from core.errors import CityError
from core.text import text


class GuardianNeeded(CityError):
    """Data of somebody under 14 is processed with a guardian's consent only. A guardian signs in with their own
    account, shows their face, and adds the child under family (`POST /api/v1/family/children`); then they act for the
    child, give the child's consents, and can hand the account over to the child's own phone with a code
    (`POST /api/v1/identity/claims`). No attempt was counted."""

    code = "identity.guardian_needed"
    title = text("未满十四周岁，请由监护人添加", "For somebody under 14, a guardian does this")


class GuardianNotConfirmed(CityError):
    """The authority did not confirm the name with the number, or not that the citizen is this minor's guardian; which
    is not said. `attempts_left` are left until tomorrow. A service hall can help when papers say otherwise."""

    code = "identity.family.not_confirmed"
    title = text("未能核验，请核对信息或前往政务大厅", "This could not be confirmed; please check it")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class NotAMinor(CityError):
    """The number belongs to somebody of age, who has no guardian here; or, where an adult is to be added, to a minor.
    Adults name helpers with an invitation of their own, minors are added by a guardian. Nothing was counted."""

    code = "identity.family.age"
    title = text("该证件号码的年龄不适用此方式", "Somebody of this age is added in another way")


class FamilyLocked(CityError):
    """This account has used up today's attempts at adding family members. Try again after the seconds in
    Retry-After, or go to a service hall."""

    code = "identity.family.locked"
    title = text("今日添加次数已用完，请明天再试", "No more attempts today; try again tomorrow")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class PersonHasAccount(CityError):
    """The person has an account of their own. They name a helper there, with an invitation that the helper enters."""

    code = "identity.family.person_has_account"
    title = text("对方已有账号，请由本人发出邀请", "They have an account; they can invite you themself")


class ManagedAccountExists(CityError):
    """The city holds an account for this person already, in which family members act for them. It becomes the
    citizen's own with one proof more (`POST /api/v1/identity/claims`): `ways` says which are open, `face` or a
    guardian's `code`."""

    code = "identity.managed_account_exists"
    title = text("家人已为您建立账号，请确认后由您本人使用", "Your family keeps an account for you; take it over")

    def __init__(self, ways: list[str]) -> None:
        super().__init__(ways=ways)


class NotTakenOver(CityError):
    """There is no account to take over in this way: none is kept for this person, this account is a confirmed
    person's already, or the proof is not one that this age allows. Confirm the real name in the usual way."""

    code = "identity.family.not_taken_over"
    title = text("没有可接管的账号", "There is no account to take over in this way")
