"""The city's keys in their files: nothing can be read without the master key, and a change is whole and in time."""

import asyncio
import stat
from base64 import b64encode as base64
from base64 import urlsafe_b64encode as urlsafe
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from identity_center.vault import Vault
from server.adapters.key_changes import KeyFolder, KeyNotRetired, check_replaced, retire, rewrap, rotate, shown
from server.adapters.key_files import PURPOSES, KeyChoices, Purpose, make_keys, path_of, read_file, read_keys
from server.adapters.key_schedule import KeyEntry, KeySchedule
from server.adapters.master_key import KeysUnusable, MasterKey, new_master_key
from tests.unit.identity_world import NOON

HOUR = timedelta(hours=1)
AHEAD = timedelta(minutes=10)
SECRET = b"s" * 32


def folder_of(path: Path, **choices: str) -> KeyFolder:
    keys = KeyFolder(path / "keys", MasterKey(new_master_key()), KeyChoices(**choices), HOUR)  # type: ignore[arg-type]
    make_keys(keys.folder, keys.master, keys.choices, NOON)
    return keys


def states(keys: KeyFolder, purpose: Purpose, clock: ManualClock) -> list[str]:
    return [view.state for view in shown(keys, clock.now()) if view.purpose == purpose]


# --- the schedule ---

MOMENTS = st.integers(0, 10_000).map(lambda minutes: NOON + timedelta(minutes=minutes))
SCHEDULES = st.lists(MOMENTS, min_size=1, max_size=6).map(
    lambda moments: KeySchedule(tuple(KeyEntry(f"k{n}", "A256GCM", at, b"") for n, at in enumerate(moments)))
)


@given(SCHEDULES, MOMENTS, st.integers(0, 5_000).map(lambda minutes: timedelta(minutes=minutes)))
def test_one_key_is_used_and_what_it_made_can_be_verified_as_long_as_it_lives(
    schedule: KeySchedule, now: datetime, lives: timedelta
) -> None:
    used = schedule.in_use(now)
    assert used in schedule.known(now, lives)
    assert all(key in schedule.known(now, lives) for key in schedule.announced(now))
    for age in (timedelta(), lives / 2, lives * 0.99):
        made_by = schedule.in_use(now - age)
        assert made_by in schedule.known(now, lives) or now - age < schedule.keys[0].used_from


@given(SCHEDULES, MOMENTS)
def test_keys_are_used_in_their_order_and_go_in_it(schedule: KeySchedule, now: datetime) -> None:
    order = [key.id for key in schedule.keys]
    later = now + timedelta(minutes=7)
    assert order.index(schedule.in_use(now).id) <= order.index(schedule.in_use(later).id)
    known = [key.id for key in schedule.known(now, HOUR)]
    assert known == order[len(order) - len(known) :]


def test_a_schedule_is_never_empty_and_names_each_key_once() -> None:
    key = KeyEntry("k", "A256GCM", NOON, b"")
    for keys in ((), (key, key)):
        with pytest.raises(ValueError):
            KeySchedule(keys)
    with pytest.raises(ValueError):
        KeySchedule((key,)).without("k")
    with pytest.raises(LookupError):
        KeySchedule((key,)).without("another")


# --- the master key ---


def test_a_wrapped_key_opens_with_its_master_in_its_place_only() -> None:
    master = MasterKey(new_master_key())
    for cipher in ("A256GCM", "SM4GCM"):
        wrapped = master.wrap(SECRET, "vault.k.A256GCM", cipher)
        assert master.unwrap(wrapped, "vault.k.A256GCM") == SECRET
        with pytest.raises(KeysUnusable, match="altered"):
            master.unwrap(wrapped, "vault.other.A256GCM")
        with pytest.raises(KeysUnusable, match="altered"):
            master.unwrap(wrapped[:-1] + ("A" if wrapped[-1] != "A" else "B"), "vault.k.A256GCM")
        with pytest.raises(KeysUnusable, match="wrapped with the master key"):
            MasterKey(new_master_key()).unwrap(wrapped, "vault.k.A256GCM")


@pytest.mark.parametrize("text", ["", "short", "=" * 43, "x" * 42, "x" * 44, "密" * 43, "A" * 43 + "\n"])
def test_what_is_no_master_key_says_how_one_is_made(text: str) -> None:
    with pytest.raises(KeysUnusable, match="cst keys master"):
        MasterKey(text)


# --- the files ---


@pytest.mark.parametrize("choices", [{}, {"cipher": "SM4GCM", "signature": "EdDSA"}])
def test_keys_are_made_once_and_are_good_for_what_they_are_for(tmp_path: Path, choices: dict[str, str]) -> None:
    keys = folder_of(tmp_path, **choices)
    first = read_keys(keys.folder, keys.master, NOON, HOUR)
    assert make_keys(keys.folder, keys.master, keys.choices, NOON) == []
    again = read_keys(keys.folder, keys.master, NOON, HOUR)
    assert Vault(again.vault).open(Vault(first.vault).seal("张三", "c"), "c") == "张三"
    assert again.vault.index == first.vault.index
    assert again.tokens.jwks() == first.tokens.jwks()
    assert again.tokens.jwks()["keys"][0]["alg"] == choices.get("signature", "ES256")
    assert again.tickets.kid == first.tickets.kid
    assert {stat.S_IMODE(path_of(keys.folder, purpose).stat().st_mode) for purpose in PURPOSES} == {0o600}
    assert first.vault.digest == ("SM3" if choices else "SHA256")


def test_no_key_can_be_read_in_the_files(tmp_path: Path) -> None:
    keys = folder_of(tmp_path)
    written = b"".join(path.read_bytes() for path in keys.folder.iterdir())
    for purpose in PURPOSES:
        file = read_file(keys.folder, purpose, keys.master)
        for entry in (*file.schedule.keys, *([file.index] if file.index else [])):
            for form in (entry.secret, entry.secret.hex().encode(), base64(entry.secret), urlsafe(entry.secret)):
                assert form.strip(b"=") not in written
            assert repr(entry.secret) not in repr(file)


def test_another_master_key_is_told_from_a_broken_file(tmp_path: Path) -> None:
    keys = folder_of(tmp_path)
    stranger = MasterKey(new_master_key())
    with pytest.raises(KeysUnusable, match=f"master key {keys.master.id}; keys.master is {stranger.id}"):
        read_keys(keys.folder, stranger, NOON, HOUR)


def without_index(content: bytes) -> bytes:
    return orjson.dumps({"keys": orjson.loads(content)["keys"]})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"{}",
        lambda _: b"[]",
        lambda _: b'{"keys": []}',
        lambda _: b'{"current": "a", "sealing": {"a": "AAAA"}, "index": "AAAA"}',
        without_index,
        lambda content: content.replace(b"A256GCM", b"SM4GCM"),
        lambda content: content.replace(b"A256GCM", b"ES256"),
        lambda content: content.replace(b'"id": "', b'"id": "0'),
        lambda content: content[:-20],
    ],
)
def test_a_file_that_holds_no_keys_is_named(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    keys = folder_of(tmp_path)
    path = path_of(keys.folder, "vault")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(KeysUnusable) as refused:
        read_keys(keys.folder, keys.master, NOON, HOUR)
    assert str(keys.folder) in str(refused.value)


def test_keys_moved_to_another_file_do_not_open(tmp_path: Path) -> None:
    keys = folder_of(tmp_path, signature="EdDSA")
    path_of(keys.folder, "tokens").write_bytes(path_of(keys.folder, "tickets").read_bytes())
    with pytest.raises(KeysUnusable, match="altered"):
        read_keys(keys.folder, keys.master, NOON, HOUR)


def test_files_that_others_can_read_and_missing_ones_are_refused(tmp_path: Path) -> None:
    keys = folder_of(tmp_path)
    path_of(keys.folder, "tokens").chmod(0o640)
    with pytest.raises(KeysUnusable, match=r"chmod 600 .*tokens\.json"):
        read_keys(keys.folder, keys.master, NOON, HOUR)
    path_of(keys.folder, "tokens").unlink()
    with pytest.raises(KeysUnusable, match="cst keys new"):
        read_keys(keys.folder, keys.master, NOON, HOUR)
    with pytest.raises(KeysUnusable, match="cannot be made here"):
        make_keys(keys.folder / "vault.json" / "no", keys.master, keys.choices, NOON)


# --- changes ---


@pytest.mark.parametrize("purpose", ["tokens", "tickets"])
def test_a_signing_key_is_announced_then_used_then_replaced_then_gone(tmp_path: Path, purpose: Purpose) -> None:
    keys, clock = folder_of(tmp_path), ManualClock(NOON)
    rotate(keys, purpose, clock.now(), AHEAD)
    assert states(keys, purpose, clock) == ["in use", "announced"]
    with pytest.raises(KeysUnusable, match="announced already"):
        rotate(keys, purpose, clock.now(), AHEAD)
    clock.advance(minutes=10)
    assert states(keys, purpose, clock) == ["replaced", "in use"]
    old, new = [view.id for view in shown(keys, clock.now()) if view.purpose == purpose]
    for key in (old, new):
        with pytest.raises(KeyNotRetired):
            retire(keys, key, clock.now())
    clock.advance(hours=2)
    assert states(keys, purpose, clock) == ["over", "in use"]
    rotate(keys, purpose, clock.now(), AHEAD)
    assert states(keys, purpose, clock) == ["in use", "announced"]
    with pytest.raises(KeysUnusable, match="there is no key"):
        retire(keys, old, clock.now())


@pytest.mark.parametrize("purpose", ["tokens", "tickets"])
def test_a_leaked_signing_key_is_gone_at_once(tmp_path: Path, purpose: Purpose) -> None:
    keys = folder_of(tmp_path)
    rotate(keys, purpose, NOON, AHEAD)
    made = rotate(keys, purpose, NOON, AHEAD, leaked=True)
    assert [key.id for key in read_file(keys.folder, purpose, keys.master).schedule.keys] == [made.id]


def test_a_leaked_sealing_key_seals_no_more_and_still_opens(tmp_path: Path) -> None:
    keys = folder_of(tmp_path)
    before = Vault(read_keys(keys.folder, keys.master, NOON, HOUR).vault)
    sealed = before.seal("张三", "c")
    rotate(keys, "vault", NOON, AHEAD)
    made = rotate(keys, "vault", NOON, AHEAD, leaked=True)
    after = Vault(read_keys(keys.folder, keys.master, NOON, HOUR).vault)
    assert after.current == made.id
    assert after.open(sealed, "c") == "张三"


def test_a_sealing_key_is_retired_when_it_has_been_replaced_for_a_while(tmp_path: Path) -> None:
    keys, clock = folder_of(tmp_path, cipher="A256GCM"), ManualClock(NOON)
    old = read_keys(keys.folder, keys.master, NOON, HOUR).vault.current
    changed = KeyFolder(keys.folder, keys.master, KeyChoices("SM4GCM"), HOUR)
    rotate(changed, "vault", clock.now(), AHEAD)
    with pytest.raises(KeyNotRetired, match="in use"):
        check_replaced(keys, old, clock.now(), AHEAD)
    clock.advance(minutes=15)
    with pytest.raises(KeyNotRetired, match="a moment ago"):
        check_replaced(keys, old, clock.now(), AHEAD)
    clock.advance(minutes=5)
    check_replaced(keys, old, clock.now(), AHEAD)
    retire(keys, old, clock.now())
    vault = read_keys(keys.folder, keys.master, clock.now(), HOUR).vault
    assert [key.algorithm for key in vault.sealing.values()] == ["SM4GCM"]
    assert vault.digest == "SHA256", "an index that exists stays as it is"


def test_another_master_key_wraps_the_same_keys_also_when_that_was_interrupted(tmp_path: Path) -> None:
    keys, new = folder_of(tmp_path), MasterKey(new_master_key())
    before = {purpose: read_file(keys.folder, purpose, keys.master) for purpose in PURPOSES}
    vault = path_of(keys.folder, "vault").read_bytes()
    rewrap(keys, new)
    path_of(keys.folder, "vault").write_bytes(vault)  # as if the process had been killed before its last file
    rewrap(keys, new)
    assert {purpose: read_file(keys.folder, purpose, new) for purpose in PURPOSES} == before
    with pytest.raises(KeysUnusable):
        read_file(keys.folder, "vault", keys.master)


async def test_of_commands_at_once_none_is_lost(tmp_path: Path) -> None:
    keys = folder_of(tmp_path)
    turning = (asyncio.to_thread(rotate, keys, "vault", NOON, AHEAD, leaked=True) for _ in range(8))
    made = {key.id for key in await asyncio.gather(*turning)}
    assert len(made) == 8
    assert made < {key.id for key in read_file(keys.folder, "vault", keys.master).schedule.keys}
