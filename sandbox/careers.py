"""The working life of whoever holds an ID number: made up, the same every time, growing with the calendar."""

from dataclasses import dataclass

from sandbox.months import month_of, year_of
from sandbox.population import birth_date, draw, is_woman

_PLACES = ("青石", "云脚", "竹影", "溪上", "望山", "栖霞坡", "枫林渡", "石板路", "月亮湾", "梨花坳")
_TRADES = ("软件", "物流", "食品", "建材", "文化传媒", "医疗器械", "旅游服务", "电力设备")

_FEN_PER_YUAN = 100
_GROWTH = 1.045


@dataclass(frozen=True)
class Career:
    """Insured from the month `start`, up to and without the month `end`. `interrupted`: not by retirement."""

    employer: str
    start: int
    end: int
    interrupted: bool
    base_yuan: int

    def base_fen(self, month: int) -> int:
        """The monthly base in fen; a new one counts from each July."""
        year = year_of(month - 6)
        return round(self.base_yuan * _GROWTH ** (year - 2026)) * _FEN_PER_YUAN


def career_of(number: str) -> Career:
    born = month_of(birth_date(number))
    start = born + 22 * 12 + draw(number, "start") % 48
    end = born + (55 if is_woman(number) else 60) * 12
    interrupted = False
    if draw(number, "break") % 8 == 0:
        broken_off = start + 24 + draw(number, "break-month") % 240
        interrupted, end = broken_off < end, min(broken_off, end)
    base_yuan = 4500 + draw(number, "base") % 12_000
    return Career(employer_of(number), start, end, interrupted, base_yuan)


def employer_of(number: str) -> str:
    """A company's name, the same each time."""
    place = _PLACES[draw(number, "place") % len(_PLACES)]
    trade = _TRADES[draw(number, "trade") % len(_TRADES)]
    return f"贵阳{place}{trade}有限公司"
