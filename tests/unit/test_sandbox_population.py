"""The made-up people: lawful numbers, one name for each, nobody twice."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from sandbox.personas import PERSONAS, openid, persona, registered_name
from sandbox.population import check_digit, generated_name, is_id_number, is_woman
from tests.sandbox_world import number

TODAY = date(2026, 11, 22)


@st.composite
def id_numbers(draw: st.DrawFn, latest: date = TODAY) -> str:
    district = draw(st.integers(110000, 839999))
    born = draw(st.dates(date(1900, 1, 1), latest))
    return number(f"{district}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}")


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_check_digits_are_those_of_an_independent_implementation(seventeen: str) -> None:
    assert check_digit(seventeen) == ric.calc_check_digit(seventeen + "0")


def test_the_standards_own_example_is_a_number_and_its_neighbours_are_none() -> None:
    assert is_id_number("11010519491231002X")
    assert [last for last in "0123456789X" if is_id_number("11010519491231002" + last)] == ["X"]


@pytest.mark.parametrize(
    "wrong", ["", "1", "11010519491231002x", " 11010519491231002X", number("11010519490231002"), "１" * 18, "😀" * 18]
)
def test_what_the_standard_does_not_allow_is_no_number(wrong: str) -> None:
    assert not is_id_number(wrong)
    assert registered_name(wrong, TODAY) is None


@given(id_numbers())
def test_every_lawful_number_belongs_to_one_person_with_a_plausible_name(id_number: str) -> None:
    name = registered_name(id_number, TODAY)
    assert name == registered_name(id_number, date(2040, 1, 1))
    assert name is not None
    assert 2 <= len(name) <= 3
    assert all("\u4e00" <= character <= "\u9fff" for character in name)


def test_nobody_is_born_tomorrow() -> None:
    tomorrow = number("52010020261123001")
    assert registered_name(tomorrow, TODAY) is None
    assert registered_name(tomorrow, date(2026, 11, 23)) is not None


def test_names_of_women_and_men_come_from_different_words() -> None:
    women = {generated_name(number(f"52010019900101{place:03d}"))[1] for place in range(0, 400, 2)}
    men = {generated_name(number(f"52010019900101{place:03d}"))[1] for place in range(1, 400, 2)}
    assert len(women) > 20
    assert len(men) > 20
    assert not women & men


def test_personas_have_lawful_numbers_and_are_all_different() -> None:
    assert all(is_id_number(person.id_number) for person in PERSONAS)
    for values in zip(*[(person.id, person.id_number, person.phone, person.name) for person in PERSONAS], strict=True):
        assert len(set(values)) == len(PERSONAS)


def test_the_authority_knows_the_personas_by_their_names_except_the_unknown_one() -> None:
    names = {person.id: registered_name(person.id_number, TODAY) for person in PERSONAS}
    assert names.pop("zhou_ming") is None
    assert names == {person.id: person.name for person in PERSONAS if person.id != "zhou_ming"}


def test_numbered_residents_are_a_million_different_known_people() -> None:
    residents = [persona(f"resident-{place}") for place in (*range(1, 3000), 20_011, 40_022, 500_000, 999_999)]
    numbers = {person.id_number for person in residents if person}
    assert len(numbers) == len(residents) == len({person.phone for person in residents if person})
    assert all(is_id_number(number) for number in numbers)
    assert all(person and registered_name(person.id_number, TODAY) == person.name for person in residents)
    assert not numbers & {person.id_number for person in PERSONAS}
    assert {is_woman(number) for number in numbers} == {True, False}


@pytest.mark.parametrize(
    "nobody", ["", "resident-0", "resident-1000000", "resident-01", "resident-x", "LIN_YUE", "../x"]
)
def test_other_ids_are_nobody(nobody: str) -> None:
    assert persona(nobody) is None


def test_an_openid_is_one_for_a_person_and_a_mini_program() -> None:
    assert openid("lin_yue", "wxa") == openid("lin_yue", "wxa")
    others = {openid(who, program) for who in ("lin_yue", "sun_mei") for program in ("wxa", "wxb")}
    assert len(others) == 4
    assert {len(one) for one in others} == {28}
