"""Small values of a manifest that are written as text: `3s`, `20/day`, `08:30-17:30`, a JMESPath expression."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.lexer import Lexer
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

_UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = r"[1-9][0-9]{0,5}(ms|s|m|h|d)"
_QUOTA: Final = r"[1-9][0-9]{0,8}/(minute|hour|day)"
_HOURS: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"


def duration(written: object) -> timedelta:
    """`250ms`, `3s`, `10m`, `2h` or `1d`. Raises ValueError."""
    if isinstance(written, timedelta):
        return written
    if not isinstance(written, str) or not re.fullmatch(_DURATION, written):
        raise ValueError("write a whole number and a unit, such as 250ms, 3s, 10m, 2h or 1d")
    number, unit = re.fullmatch(r"([0-9]+)([a-z]+)", written).groups()  # type: ignore[union-attr]  # _DURATION matched
    return timedelta(seconds=int(number) * _UNITS[unit])


def duration_text(value: timedelta) -> str:
    """The shortest way to write it: 90 seconds are `90s`, 120 are `2m`."""
    milliseconds = round(value.total_seconds() * 1000)
    for unit in ("d", "h", "m", "s"):
        size = int(_UNITS[unit] * 1000)
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


@dataclass(frozen=True)
class Quota:
    """At most `count` in one `period` (minute, hour or day); a day is a day of the city's calendar."""

    count: int
    period: str

    @property
    def seconds(self) -> int:
        return {"minute": 60, "hour": 3600, "day": 86400}[self.period]

    def __str__(self) -> str:
        return f"{self.count}/{self.period}"


def quota(written: object) -> Quota:
    """`20/day`. Raises ValueError."""
    if isinstance(written, Quota):
        return written
    if not isinstance(written, str) or not re.fullmatch(_QUOTA, written):
        raise ValueError("write a number and a period, such as 20/day, 100/hour or 5/minute")
    count, period = written.split("/")
    return Quota(int(count), period)


@dataclass(frozen=True)
class OpeningHours:
    """Every day from `opens` to `closes`, in minutes after midnight of the city's zone; `closes` is at most 1440."""

    opens: int
    closes: int

    def include(self, moment: time) -> bool:
        """Whether it is open at that local time; the closing minute itself is closed."""
        return self.opens <= moment.hour * 60 + moment.minute < self.closes

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.opens, self.closes))


def opening_hours(written: object) -> OpeningHours:
    """`08:30-17:30`, or `00:00-24:00` for always. Raises ValueError."""
    if isinstance(written, OpeningHours):
        return written
    if not isinstance(written, str) or not re.fullmatch(_HOURS, written):
        raise ValueError("write the hours of a day, such as 08:30-17:30, or 00:00-24:00 for always")
    opens, closes = (int(part[:2]) * 60 + int(part[3:]) for part in written.split("-"))
    if opens >= closes:
        raise ValueError("the opening time must be before the closing time of the same day")
    return OpeningHours(opens, closes)


def jmespath_expression(written: str) -> str:
    """The same text, when JMESPath can read it and its functions exist. Raises ValueError."""
    try:
        _check_literals(written)
        _check_functions(jmespath.compile(written).parsed)
    except JMESPathError as error:
        reason = str(error).splitlines()[0].removeprefix("Invalid jmespath expression: ").rstrip(":")
        raise ValueError(f"not a JMESPath expression: {reason}") from error
    except RecursionError:
        raise ValueError("nested too deep") from None
    return written


def _check_literals(written: str) -> None:
    """Raises ValueError for a text between backticks that is not JSON, which jmespath takes under protest."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", PendingDeprecationWarning)
        try:
            list(Lexer().tokenize(written))
        except PendingDeprecationWarning:
            raise ValueError("between backticks stands JSON; write a fixed text 'in single quotes'") from None


def _check_functions(node: Mapping[str, Any]) -> None:
    for child in node["children"]:
        if isinstance(child, dict):  # the bounds of a slice are numbers
            _check_functions(child)
    if node["type"] != "function_expression":
        return
    known = Functions.FUNCTION_TABLE.get(node["value"])
    if known is None:
        raise ValueError(f"there is no function `{node['value']}`; JMESPath has {', '.join(Functions.FUNCTION_TABLE)}")
    takes, given = len(known["signature"]), len(node["children"])
    if given < takes or (given > takes and not known["signature"][-1].get("variadic")):
        raise ValueError(f"`{node['value']}` takes {takes} arguments, and {given} stand there")


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION}$", "examples": ["3s"]}),
]
QuotaText = Annotated[
    Quota,
    BeforeValidator(quota),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_QUOTA}$", "examples": ["20/day"]}),
]
HoursText = Annotated[
    OpeningHours,
    BeforeValidator(opening_hours),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_HOURS}$", "examples": ["00:00-24:00"]}),
]
Expression = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra={"format": "jmespath"}),
    AfterValidator(jmespath_expression),
]
"""A JMESPath expression, over the output in a view and over `{citizen, input}` in a request's body."""
