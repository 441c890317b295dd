"""Months as whole numbers (year × 12 + month − 1), so that a career can be counted through."""

from datetime import date


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def month_text(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def year_of(month: int) -> int:
    return month // 12


def is_month(month: int, of_year: int) -> bool:
    """Whether it is this month of any year, 1 for January."""
    return month % 12 + 1 == of_year
