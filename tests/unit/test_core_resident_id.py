"""Resident identity numbers, against python-stdnum as an independent reading of GB 11643."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from core.resident_id import birth_date, check_digit, is_resident_id, normalised

DIGITS = st.from_regex(r"[0-9]{17}", fullmatch=True)
BIRTHS = st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 12, 31))
NUMBERS = st.builds(lambda day, serial: f"520102{day:%Y%m%d}{serial:03}", BIRTHS, st.integers(0, 999))


@given(DIGITS)
def test_the_check_digit_is_what_the_standard_says(first_seventeen: str) -> None:
    assert check_digit(first_seventeen) == ric.calc_check_digit(first_seventeen + "0")


@given(NUMBERS)
def test_a_well_made_number_is_accepted(first_seventeen: str) -> None:
    number = first_seventeen + ric.calc_check_digit(first_seventeen + "0")
    assert is_resident_id(number)
    assert birth_date(number) == ric.get_birth_date(number)


@given(number=NUMBERS, place=st.integers(0, 17), other=st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_noticed(number: str, place: int, other: str) -> None:
    whole = number + check_digit(number)
    wrong = whole[:place] + other + whole[place + 1 :]
    assert is_resident_id(wrong) is (wrong == whole)


@given(number=NUMBERS, place=st.integers(0, 16))
def test_two_swapped_neighbours_are_always_noticed(number: str, place: int) -> None:
    whole = number + check_digit(number)
    swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
    assert is_resident_id(swapped) is (swapped == whole)


@pytest.mark.parametrize("district", ["810000", "820000", "830000", "520101", "110000", "999999"])
def test_no_district_is_judged(district: str) -> None:
    """Residence permits of Hong Kong, Macau and Taiwan, and districts that are no more, are numbers like any other."""
    first_seventeen = f"{district}19920229001"
    assert is_resident_id(first_seventeen + check_digit(first_seventeen))


@pytest.mark.parametrize("day", ["19900229", "20230431", "20231301", "20230100", "00000101"])
def test_a_day_that_is_not_in_the_calendar_is_refused(day: str) -> None:
    first_seventeen = f"520102{day}001"
    assert not is_resident_id(first_seventeen + check_digit(first_seventeen))
    assert birth_date(first_seventeen + "0") is None


def _correct(number: str) -> bool:
    return birth_date(number) is not None and ric.calc_check_digit(number) == number[17]


@given(st.text(max_size=30) | st.from_regex(r"\s*[0-9０-９]{17}[0-9xX０Ｘｘ]\s*", fullmatch=True))
def test_anything_may_be_typed(typed: str) -> None:
    cleaned = normalised(typed)
    assert normalised(cleaned) == cleaned
    assert is_resident_id(cleaned) is bool(re.fullmatch("[0-9]{17}[0-9X]", cleaned) and _correct(cleaned))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "52010219900307001",
        "520102199003070012 ",
        "５２0102199003070012",
        "520102199003070０12",
        "52010219900307001x",
    ],
)
def test_what_is_not_as_the_standard_writes_it_is_refused(typed: str) -> None:
    assert not is_resident_id(typed)


def test_what_people_type_is_brought_into_the_standards_form() -> None:
    assert normalised(" 52010219900307001x\n") == "52010219900307001X"
    assert normalised("５２０１０２１９９００３０７００１ｘ") == "52010219900307001X"
    assert normalised("52010219900307001Ｘ") == "52010219900307001X"
