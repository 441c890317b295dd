"""What enterprise identity can end with.

CityError
├── InvalidCreditCode · EnterpriseNotConfirmed              binding
│   · EnterpriseLocked · RegistryUnavailable
└── EnterpriseNotFound · EnterpriseSuspended                acting for it
"""

from core.errors import CityError
from core.text import text


class InvalidCreditCode(CityError):
    """The code cannot be a unified social credit code: 18 characters with a check character (GB 32100). No attempt was
    counted. Compare it with the licence and send it again."""

    code = "identity.enterprise.invalid_credit_code"
    title = text("统一社会信用代码格式不符，请核对", "Please check the credit code against the licence")


class EnterpriseNotConfirmed(CityError):
    """The register did not confirm that the citizen is the legal representative of an operating enterprise of this
    code. Whether there is one is not said. `attempts_left` are left until tomorrow."""

    code = "identity.enterprise.not_confirmed"
    title = text("未能核验您为该单位的法定代表人", "You could not be confirmed as its legal representative")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class EnterpriseLocked(CityError):
    """This account has used up today's attempts at binding enterprises. Try again after the seconds in Retry-After."""

    code = "identity.enterprise.locked"
    title = text("今日绑定次数已用完，请明天再试", "No more attempts today; try again tomorrow")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class RegistryUnavailable(CityError):
    """The register of enterprises did not answer. No attempt was counted. Send the same request again after the seconds
    in Retry-After."""

    code = "identity.enterprise.registry_unavailable"
    title = text("市场主体登记库暂时繁忙，请稍后再试", "The register of enterprises is not answering")

    def __init__(self, retry_after_seconds: int = 10) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class EnterpriseNotFound(CityError):
    """The citizen represents no such enterprise. Read `GET /api/v1/enterprises` again for those that there are."""

    code = "identity.enterprise.not_found"
    title = text("没有找到该单位", "There is no such enterprise of yours")


class EnterpriseSuspended(CityError):
    """The register does not list the enterprise as operating (revoked, cancelled), so nobody acts for it. It goes on by
    itself once the register does."""

    code = "identity.enterprise.suspended"
    title = text("该单位登记状态异常，暂停办理", "The register does not list the enterprise as operating")
