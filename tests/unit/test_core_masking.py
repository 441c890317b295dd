"""What stays readable of personal data, and that the rest does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.masking import masked_id_number, masked_name, masked_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("欧阳小明", "欧***"), ("买买提·吐尔逊", "买******"), ("李", "李*"), ("", "*")],
)
def test_a_name_keeps_its_first_character(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
def test_an_id_number_keeps_its_first_and_last(number: str) -> None:
    assert masked_id_number(number) == f"{number[0]}{'*' * 16}{number[-1]}"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_phone_keeps_three_and_four(number: str) -> None:
    assert masked_phone(number) == f"{number[:3]}****{number[-4:]}"
