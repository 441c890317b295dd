"""What depends on age, by the birth date that an ID number states."""

from datetime import date
from typing import Final

from core.resident_id import birth_date

GUARDIAN_CONSENTS_BELOW: Final = 14
"""Whose data is processed with a guardian's consent (PIPL, article 31)."""
OF_AGE: Final = 18
"""Civil Code, article 17."""


def age_on(id_number: str, day: date) -> int:
    """Whole years on that day of the city. A number without a date of the calendar is nobody's: it raises ValueError.

    Whoever was born on 29 February is a year older on 1 March where there is no such day.
    """
    born = birth_date(id_number)
    if born is None:
        raise ValueError("an ID number without a birth date")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(id_number: str, age: int) -> date:
    """The day on which the holder is that old."""
    born = birth_date(id_number)
    if born is None:
        raise ValueError("an ID number without a birth date")
    if (born.month, born.day) == (2, 29):
        try:
            return born.replace(year=born.year + age)
        except ValueError:
            return date(born.year + age, 3, 1)
    return born.replace(year=born.year + age)
