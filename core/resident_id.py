"""Resident identity numbers after GB 11643-1999: six digits of a district, a birth date, a sequence, a check digit."""

import re
from datetime import date

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def is_resident_id(number: str) -> bool:
    """Whether the number can be a resident's: its shape, a birth date of the calendar, and the check digit.

    Never stricter than the standard: districts are renamed and merged, so the first six digits are not judged, and
    residence permits of Hong Kong, Macau and Taiwan (810000, 820000, 830000) are numbers like any other.
    """
    if not _SHAPE.fullmatch(number) or birth_date(number) is None:
        return False
    return check_digit(number[:17]) == number[17]


def check_digit(first_seventeen: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_seventeen, strict=True))
    return _CHECK_DIGITS[total % 11]


def birth_date(number: str) -> date | None:
    """The birth date the number states, or None when its digits are no day of the calendar."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def normalised(typed: str) -> str:
    """What a person typed, as the standard writes it: a full-width or small x becomes X, blanks at the ends go."""
    return typed.strip().translate(_FULL_WIDTH).upper()


_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
