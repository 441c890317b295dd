"""What the rights of a citizen over their data can answer with, apart from success."""

from core.errors import CityError
from core.text import text


class ExportLimit(CityError):
    """The copies of one day are used up. Retry-After says when the next can be fetched."""

    code = "identity.privacy.export_limit"
    title = text("今日导出次数已用完，请明天再试", "No more copies of your data today; try again tomorrow")

    def __init__(self, seconds: int) -> None:
        super().__init__(retry_after_seconds=seconds)


class ClosingNotFound(CityError):
    """The account is not being closed, or its erasing has begun."""

    code = "identity.privacy.closing_not_found"
    title = text("账号没有待撤销的注销申请", "This account is not being closed")


class ClosingRefused(CityError):
    """Something has to be brought to its end before the account can be closed; `reasons` names the areas."""

    code = "identity.privacy.closing_refused"
    title = text("还有事项未了结，暂不能注销", "Something has to be settled before the account can be closed")

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(reasons=reasons)


class CorrectionNotFound(CityError):
    """There is no such correction request."""

    code = "identity.privacy.correction_not_found"
    title = text("没有该更正申请", "There is no such correction request")


class CorrectionOpen(CityError):
    """A correction of this field is asked for already and not decided. Wait for the decision."""

    code = "identity.privacy.correction_open"
    title = text("该项更正申请正在处理中", "A correction of this is being looked at already")


class CorrectionDecided(CityError):
    """The correction request was decided before; `state` says how."""

    code = "identity.privacy.correction_decided"
    title = text("该更正申请已处理", "This correction request was decided already")

    def __init__(self, state: str) -> None:
        super().__init__(state=state)
