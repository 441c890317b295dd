"""What is sealed can be read by nobody without the keys, and nowhere but in its own place."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_center.errors import SealBroken
from identity_center.vault import Vault, VaultKeys

KEYS = VaultKeys.generated()
VAULT = Vault(KEYS)
BASE64URL = string.ascii_letters + string.digits + "-_"


@given(st.text(), st.text())
def test_what_was_sealed_opens_in_its_context(plaintext: str, context: str) -> None:
    assert VAULT.open(VAULT.seal(plaintext, context), context) == plaintext


@given(st.text(), st.text(), st.text())
def test_a_sealed_text_opens_nowhere_else(plaintext: str, context: str, other: str) -> None:
    sealed = VAULT.seal(plaintext, context)
    if context != other:
        with pytest.raises(SealBroken):
            VAULT.open(sealed, other)


@given(st.text(min_size=1), st.data())
def test_no_character_can_be_altered(plaintext: str, data: st.DataObject) -> None:
    sealed = VAULT.seal(plaintext, "row.field")
    place = data.draw(st.integers(0, len(sealed) - 1))
    character = data.draw(st.sampled_from(BASE64URL + ".=").filter(lambda other: other != sealed[place]))
    with pytest.raises(SealBroken):
        VAULT.open(sealed[:place] + character + sealed[place + 1 :], "row.field")


@pytest.mark.parametrize("plaintext", ["", "a", "ab", "abc"])
def test_a_sealed_text_has_one_spelling(plaintext: str) -> None:
    """The last character of base64 can hold bits that no byte uses."""
    sealed = VAULT.seal(plaintext, "row.field")
    for character in BASE64URL.replace(sealed[-1], "") + "=":
        with pytest.raises(SealBroken):
            VAULT.open(sealed[:-1] + character, "row.field")


@given(st.text(max_size=200))
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(SealBroken):
        VAULT.open(text, "row.field")


@pytest.mark.parametrize("length", range(0, 40, 7))
def test_no_part_can_be_cut_off(length: int) -> None:
    sealed = VAULT.seal("520100199003071234", "row.field")
    with pytest.raises(SealBroken):
        VAULT.open(sealed[:-1][:length], "row.field")


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert len({VAULT.seal("张三", "row.field") for _ in range(100)}) == 100


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before = VAULT.seal("张三", "row.field")
    rotated = Vault(KEYS.with_new_key())
    after = rotated.seal("张三", "row.field")
    assert rotated.open(before, "row.field") == rotated.open(after, "row.field") == "张三"
    assert before.split(".")[:2] == after.split(".")[:2] == ["v1", "A256GCM"]
    assert before.split(".")[2] != after.split(".")[2]
    with pytest.raises(SealBroken):
        VAULT.open(after, "row.field")


def test_people_are_found_again_after_a_rotation() -> None:
    assert Vault(KEYS.with_new_key()).blind_index("phone", "13985550123") == VAULT.blind_index("phone", "13985550123")


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_blind_indexes_are_equal_for_equal_values_of_a_kind_only(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (VAULT.blind_index(*one) == VAULT.blind_index(*other)) == (one == other)


def test_another_citys_key_gives_other_indexes() -> None:
    elsewhere = Vault(VaultKeys.generated())
    assert elsewhere.blind_index("phone", "13985550123") != VAULT.blind_index("phone", "13985550123")


def test_keyed_digests_of_different_purposes_differ() -> None:
    assert VAULT.keyed_digest("device", "a") != VAULT.keyed_digest("pseudonym", "a")


def test_keys_survive_their_file() -> None:
    again = VaultKeys.from_json(KEYS.with_new_key().to_json())
    assert Vault(again).open(VAULT.seal("张三", "c"), "c") == "张三"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"\xff", b'{"current": "a", "sealing": {}, "index": ""}',
        b'{"current": ["a"], "sealing": {"a": "AAAA"}, "index": "AAAA"}',
        b'{"current": "a", "sealing": {"a": "AAAA"}, "index": "AAAA"}',
        b'{"current": "a", "sealing": {"a": "!"}, "index": 5}',
        b'{"current": "a.b", "sealing": {"a.b": "%s"}, "index": "%s"}' % (b"A" * 43, b"A" * 43),
    ],
)  # fmt: skip
def test_what_are_no_keys_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        VaultKeys.from_json(content)


def test_keys_do_not_show_themselves() -> None:
    shown = repr(KEYS)
    assert KEYS.index.hex() not in shown
    assert str(KEYS.index) not in shown
    assert all(str(key) not in shown for key in KEYS.sealing.values())
