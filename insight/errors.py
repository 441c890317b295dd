"""What can go wrong when figures are asked for."""

from core.errors import CityError
from core.text import text


class RangeTooLong(CityError):
    """Figures were asked for over more days than one answer holds. Ask for at most `max_days` days at a time."""

    code = "insight.range_too_long"
    title = text("查询的日期范围过长", "The range of days is too long")

    def __init__(self, max_days: int) -> None:
        super().__init__(max_days=max_days)
