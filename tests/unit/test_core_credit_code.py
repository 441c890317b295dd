"""Unified social credit codes after GB 32100-2015, beside another implementation of it."""

from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from core.credit_code import ALPHABET, check_character, is_credit_code, normalised
from core.masking import masked_credit_code


def test_the_standard_s_code_is_one() -> None:
    assert is_credit_code("91110000600037341L")
    assert not is_credit_code("91110000600037341M")
    assert masked_credit_code("91110000600037341L") == "91************341L"


@given(st.text(alphabet=ALPHABET, min_size=9, max_size=9), st.integers(0, 999_999))
def test_check_characters_agree_with_another_s(organisation: str, district: int) -> None:
    first = f"91{district:06d}{organisation}"
    assert check_character(first) == uscc.calc_check_digit(first)
    assert is_credit_code(first + check_character(first))


@given(st.text(alphabet=ALPHABET, min_size=9, max_size=9), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(organisation: str, place: int, other: str) -> None:
    first = f"91529900{organisation}"
    code = first + check_character(first)
    wrong = code[:place] + other + code[place + 1 :]
    assert is_credit_code(wrong) == (wrong == code)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_not(typed: str) -> None:
    assert is_credit_code(normalised(typed)) in (True, False)
    assert normalised(" ９１110000 600037341l\n") == "91110000600037341L"
