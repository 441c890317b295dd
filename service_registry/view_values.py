"""How a value of a department's answer is written for people: the same value always gives the same text."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from core.text import Language, Text, text
from service_registry.manifest_views import Format

MISSING: Final = "—"
LONGEST: Final = 1000
"""Characters of one value; what is longer ends in an ellipsis."""
NUMERIC: Final[frozenset[Format]] = frozenset({"integer", "yuan", "fen", "percent"})

_YES, _NO = text("是", "Yes"), text("否", "No")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written(
    value: object, how: Format, labels: dict[str, Text], language: Language, zone: ZoneInfo, *, symbol: bool = True
) -> str:
    """The value as text; `MISSING` for null, an empty text, an empty list or an object. A value that the format does
    not fit is written as it is. `symbol` puts ¥ before money; without it the unit stands elsewhere."""
    if isinstance(value, list):
        parts = [written(part, how, labels, language, zone, symbol=symbol) for part in value[:100] if part is not None]
        return _bounded(("、" if language == "zh" else ", ").join(parts)) or MISSING
    if value is None or value == "" or isinstance(value, dict):
        return MISSING
    label = labels.get(_key(value))
    if label is not None:
        return label.pick(language)
    if isinstance(value, bool):
        return (_YES if value else _NO).pick(language)
    return _bounded(_formatted(value, how, language, zone, symbol=symbol) or _plain(value))


def _key(value: object) -> str:
    """How a coded value is named in `labels`: as JSON writes it."""
    return ("true" if value else "false") if isinstance(value, bool) else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _bounded(shown: str) -> str:
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _formatted(value: object, how: Format, language: Language, zone: ZoneInfo, *, symbol: bool) -> str | None:
    """The value in the format, or None when it does not fit."""
    if how in NUMERIC:
        number = _number(value)
        return None if number is None else _written_number(number, how, symbol=symbol)
    if how == "text" or not isinstance(value, str):
        return None
    try:
        return _written_time(value, how, language, zone)
    except ValueError:
        return None


def _number(value: object) -> Decimal | None:
    """Of a JSON number, or of a text that is one: departments send money as text so as not to lose a cent."""
    if not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal("1e18") else None


def _written_number(number: Decimal, how: Format, *, symbol: bool) -> str:
    if how == "integer":
        return f"{number:,f}"
    if how == "percent":
        return f"{_trimmed(_rounded(number * 100))}%"
    amount = _rounded(number / 100 if how == "fen" else number)
    return f"{'-' if amount < 0 else ''}{'¥' if symbol else ''}{abs(amount):,.2f}"


def _rounded(number: Decimal) -> Decimal:
    """To two decimals, halves away from zero, as receipts are. Never -0."""
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP) + 0


def _trimmed(number: Decimal) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _written_time(value: str, how: Format, language: Language, zone: ZoneInfo) -> str:
    """Raises ValueError."""
    if how == "month":
        first = date.fromisoformat(f"{value}-01")
        return f"{first.year}年{first.month}月" if language == "zh" else f"{_MONTHS[first.month - 1]} {first.year}"
    if how == "date":
        return _written_date(date.fromisoformat(value), language)
    moment = datetime.fromisoformat(value)
    local = moment if moment.tzinfo is None else moment.astimezone(zone)
    return f"{_written_date(local.date(), language)} {local:%H:%M}"


def _written_date(day: date, language: Language) -> str:
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
