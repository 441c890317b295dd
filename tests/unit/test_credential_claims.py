"""What a credential says: checked when it is issued, derived from the proven identity, masked in lists."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from identity_center.credentials.claims import Holder, Value, age, checked, masked, values
from identity_center.credentials.credit_code import is_credit_code
from identity_center.credentials.errors import CredentialClaimsInvalid
from identity_center.credentials.type_files import load_types
from tests.credential_world import LICENCE, LICENCE_CLAIMS, PASS, PASS_CLAIMS, PROOF
from tests.unit.identity_world import LI, LI_NUMBER

TYPES = load_types().types
HOLDER = Holder(LI, LI_NUMBER)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("given_claims", "wrong"),
    [
        ({}, {"pass_number": "missing", "category": "missing"}),
        ({**PASS_CLAIMS, "colour": "red"}, {"*": "unknown"}),
        ({**PASS_CLAIMS, "name": "张三"}, {"*": "unknown"}),
        ({**PASS_CLAIMS, "category": 7}, {"category": "text"}),
        ({**PASS_CLAIMS, "category": ""}, {"category": "text"}),
        ({**PASS_CLAIMS, "category": " x"}, {"category": "text"}),
        ({**PASS_CLAIMS, "category": "a\nb"}, {"category": "text"}),
        ({**PASS_CLAIMS, "category": "\u202eb"}, {"category": "text"}),
        ({**PASS_CLAIMS, "category": "x" * 201}, {"category": "text"}),
    ],
)
def test_what_does_not_fit_the_type_is_named_and_never_repeated(
    given_claims: dict[str, Value], wrong: dict[str, str]
) -> None:
    with pytest.raises(CredentialClaimsInvalid) as refused:
        checked(TYPES[PASS], given_claims)
    assert refused.value.facts == {"claims": wrong, "known": ["category", "pass_number"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("credit_code", "91110000600037341M"),
        ("credit_code", "91110000600037341l"),
        ("credit_code", 91110000600037341),
        ("established_on", "2019-02-30"),
        ("established_on", "20190102"),
        ("established_on", "2019-01-02T00:00"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: Value) -> None:
    with pytest.raises(CredentialClaimsInvalid) as refused:
        checked(TYPES[LICENCE], {**LICENCE_CLAIMS, name: value})
    assert list(refused.value.facts["claims"]) == [name]  # type: ignore[arg-type]


def test_what_fits_is_taken_and_what_may_be_missing_may() -> None:
    assert checked(TYPES[LICENCE], LICENCE_CLAIMS) == LICENCE_CLAIMS
    whole = {**LICENCE_CLAIMS, "capital": "500万元"}
    assert checked(TYPES[LICENCE], whole) == whole


def test_the_rest_follows_from_the_proven_identity() -> None:
    found = values(TYPES[PROOF], HOLDER, {"address": "观山湖区"}, TODAY)
    assert found == {
        "name": LI, "id_number": LI_NUMBER, "birth_date": "1990-03-07", "over_18": True, "address": "观山湖区",
    }  # fmt: skip
    assert "address" not in values(TYPES[PROOF], HOLDER, {}, TODAY)


def test_somebody_comes_of_age_without_a_new_credential() -> None:
    born = date(1990, 3, 7)
    before = values(TYPES[PROOF], HOLDER, {}, born.replace(year=2008) - timedelta(days=1))
    on_the_day = values(TYPES[PROOF], HOLDER, {}, born.replace(year=2008))
    assert (before["over_18"], on_the_day["over_18"]) == (False, True)


@given(st.dates(date(1900, 1, 1), date(2020, 12, 28)), st.integers(0, 100))
def test_age_is_full_years(born: date, years: int) -> None:
    if (born.month, born.day) == (2, 29):
        born -= timedelta(days=1)
    birthday = born.replace(year=born.year + years)
    assert [age(born, birthday + timedelta(days=days)) for days in (-1, 0, 1)] == [years - 1, years, years]


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    born = date(2008, 2, 29)
    assert [age(born, date(2026, 2, 28)), age(born, date(2026, 3, 1))] == [17, 18]


def test_names_and_numbers_are_never_whole_in_a_list() -> None:
    shown = {claim.name: masked(claim, value) for claim in TYPES[PROOF].claims
             if (value := values(TYPES[PROOF], HOLDER, {}, TODAY).get(claim.name)) is not None}  # fmt: skip
    assert (shown["name"], shown["id_number"]) == ("李**", "5****************" + LI_NUMBER[-1])
    assert LI not in str(shown)
    assert LI_NUMBER not in str(shown)


def test_the_example_of_the_standard_is_a_credit_code() -> None:
    assert is_credit_code("91110000600037341L")


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_check_characters_are_those_of_another_implementation(first_seventeen: str) -> None:
    check = uscc.calc_check_digit(first_seventeen)
    assert is_credit_code(first_seventeen + check)
    assert not any(
        is_credit_code(first_seventeen + other) for other in "0123456789ABCDEFGHJKLMNPQRTUWXY" if other != check
    )


@pytest.mark.parametrize(
    "text", ["", "9111", "91110000600037341I", "９1110000600037341L", "91110000600037341L ", "x" * 18]
)
def test_what_has_another_form_is_no_credit_code(text: str) -> None:
    assert not is_credit_code(text)
