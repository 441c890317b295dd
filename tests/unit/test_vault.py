"""What is sealed can be read by nobody without the keys, and nowhere but in its own place."""

import string

import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash
from hypothesis import given
from hypothesis import strategies as st

from identity_center.ciphers import Algorithm, aead, keyed_hash
from identity_center.errors import SealBroken
from identity_center.vault import DataKey, SealingKey, Vault, VaultKeys

KEYS = VaultKeys.generated()
VAULT = Vault(KEYS)
SM = Vault(VaultKeys.generated("SM4GCM"))
VAULTS = st.sampled_from([VAULT, SM])
LI, WANG = DataKey(b"li" * 16), DataKey(b"wang" * 8)
OWNERS = st.sampled_from([None, LI, WANG])
BASE64URL = string.ascii_letters + string.digits + "-_"


@given(VAULTS, OWNERS, st.text(), st.text())
def test_what_was_sealed_opens_in_its_context(vault: Vault, owner: DataKey | None, text: str, context: str) -> None:
    assert vault.open(vault.seal(text, context, owner), context, owner) == text


@given(VAULTS, OWNERS, OWNERS, st.text(), st.text(), st.text())
def test_a_sealed_text_opens_nowhere_else(
    vault: Vault, owner: DataKey | None, reader: DataKey | None, text: str, context: str, other: str
) -> None:
    sealed = vault.seal(text, context, owner)
    if (context, owner) != (other, reader):
        with pytest.raises(SealBroken):
            vault.open(sealed, other, reader)


@given(VAULTS, OWNERS, st.text(min_size=1), st.data())
def test_no_character_can_be_altered(vault: Vault, owner: DataKey | None, plaintext: str, data: st.DataObject) -> None:
    sealed = vault.seal(plaintext, "row.field", owner)
    place = data.draw(st.integers(0, len(sealed) - 1))
    character = data.draw(st.sampled_from(BASE64URL + ".=").filter(lambda other: other != sealed[place]))
    with pytest.raises(SealBroken):
        vault.open(sealed[:place] + character + sealed[place + 1 :], "row.field", owner)


@pytest.mark.parametrize("plaintext", ["", "a", "ab", "abc"])
def test_a_sealed_text_has_one_spelling(plaintext: str) -> None:
    """The last character of base64 can hold bits that no byte uses."""
    sealed = VAULT.seal(plaintext, "row.field")
    for character in BASE64URL.replace(sealed[-1], "") + "=":
        with pytest.raises(SealBroken):
            VAULT.open(sealed[:-1] + character, "row.field")


@given(VAULTS, st.text(max_size=200) | st.from_regex(r"v[12]\.(A256GCM|SM4GCM)\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]*"))
def test_what_was_never_sealed_does_not_open(vault: Vault, text: str) -> None:
    for owner in (None, LI):
        with pytest.raises(SealBroken):
            vault.open(text, "row.field", owner)


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


def test_another_suite_seals_and_the_old_one_still_opens() -> None:
    before = VAULT.seal("张三", "row.field", LI)
    changed = Vault(KEYS.with_new_key("SM4GCM"))
    after = changed.seal("张三", "row.field", LI)
    assert after.split(".")[:2] == ["v2", "SM4GCM"]
    assert changed.open(before, "row.field", LI) == changed.open(after, "row.field", LI) == "张三"
    assert changed.blind_index("phone", "13985550123") == VAULT.blind_index("phone", "13985550123")


def test_a_dropped_key_opens_nothing_more() -> None:
    before = VAULT.seal("张三", "row.field", LI)
    vault = Vault(KEYS.with_new_key())
    assert vault.open(before, "row.field", LI) == "张三"
    vault.take_up(KEYS.with_new_key().without(KEYS.current))
    with pytest.raises(SealBroken):
        vault.open(before, "row.field", LI)


def test_a_text_of_a_key_that_another_process_made_is_opened_after_a_look() -> None:
    newer = KEYS.with_new_key()
    looks = []

    def look() -> None:
        looks.append(1)
        vault.take_up(newer)

    vault = Vault(KEYS, look)
    assert vault.open(Vault(newer).seal("张三", "row.field"), "row.field") == "张三"
    assert vault.open(VAULT.seal("张三", "row.field"), "row.field") == "张三"
    assert len(looks) == 1


def test_the_index_secret_does_not_change_under_way() -> None:
    with pytest.raises(ValueError):
        Vault(KEYS).take_up(VaultKeys.generated())


def sm3(content: bytes) -> bytes:
    whole = Hash(SM3())
    whole.update(content)
    return whole.finalize()


def test_the_suites_are_the_standards() -> None:
    """SM4-GCM of RFC 8998 (A.1), SM3 of GB/T 32905 (A.1), HMAC as RFC 2104 makes it of a hash."""
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    expected = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert aead("SM4GCM", key).encrypt(nonce, plain, associated) == expected
    assert aead("SM4GCM", key).decrypt(nonce, expected, associated) == plain
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    inner, outer = (bytes(byte ^ pad for byte in b"key".ljust(64, b"\0")) for pad in (0x36, 0x5C))
    assert keyed_hash("SM3", b"key", b"message") == sm3(outer + sm3(inner + b"message"))


def test_people_are_found_again_after_a_rotation() -> None:
    assert Vault(KEYS.with_new_key()).blind_index("phone", "13985550123") == VAULT.blind_index("phone", "13985550123")


@given(VAULTS, st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_blind_indexes_are_equal_for_equal_values_of_a_kind_only(
    vault: Vault, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (vault.blind_index(*one) == vault.blind_index(*other)) == (one == other)


def test_another_citys_key_gives_other_indexes() -> None:
    elsewhere = Vault(VaultKeys.generated())
    assert elsewhere.blind_index("phone", "13985550123") != VAULT.blind_index("phone", "13985550123")


def test_keyed_digests_of_different_purposes_differ() -> None:
    assert VAULT.keyed_digest("device", "a") != VAULT.keyed_digest("pseudonym", "a")


@pytest.mark.parametrize(
    ("algorithm", "secret"), [("A256GCM", b""), ("A256GCM", b"k" * 16), ("SM4GCM", b"k" * 32), ("SM4GCM", b"k" * 15)]
)
def test_a_key_of_another_length_is_none(algorithm: Algorithm, secret: bytes) -> None:
    with pytest.raises(ValueError):
        SealingKey(algorithm, secret)


def test_keys_that_cannot_be_a_vaults_are_refused() -> None:
    key = SealingKey.generated()
    with pytest.raises(ValueError):
        VaultKeys("another", {key.id: key}, bytes(32))
    with pytest.raises(ValueError):
        VaultKeys(key.id, {key.id: key}, bytes(31))
    with pytest.raises(ValueError):
        KEYS.without(KEYS.current)


def test_keys_do_not_show_themselves() -> None:
    shown = repr(KEYS)
    assert KEYS.index.hex() not in shown
    assert str(KEYS.index) not in shown
    assert all(str(key) not in shown for key in KEYS.sealing.values())
