"""A running city takes up what its key files say, and keeps what it has when they say nothing it can use."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import ManualClock
from server.adapters.key_changes import KeyFolder, retire, rewrap, rotate
from server.adapters.key_files import CityKeys, KeyChoices, make_keys, path_of
from server.adapters.key_watch import KeyWatch
from server.adapters.master_key import KeysUnusable, MasterKey, new_master_key
from tests.unit.identity_world import NOON

LIVE, AHEAD = timedelta(minutes=61), timedelta(minutes=10)


class Watched:
    """A folder with keys, a watch over it, and what it told."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock(NOON)
        self.master = MasterKey(new_master_key())
        self.keys = KeyFolder(path / "keys", self.master, KeyChoices(), LIVE)
        make_keys(self.keys.folder, self.master, KeyChoices(), NOON)
        self.watch = KeyWatch(self.keys.folder, lambda: self.master, self.clock, LIVE)
        self.told: list[CityKeys] = []
        self.watch.tell(self.told.append)


def test_nothing_is_told_while_nothing_changes(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    for _ in range(3):
        watched.clock.advance(days=1)
        watched.watch.look()
    assert watched.told == []


def test_a_new_key_is_published_then_signs_then_stays_while_its_predecessors_tokens_live(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    old = watched.watch.keys.tokens.current
    new = rotate(watched.keys, "tokens", NOON, AHEAD).id
    watched.watch.look()
    assert (watched.told[-1].tokens.current, [*watched.told[-1].tokens.keys]) == (old, [old, new])
    watched.clock.advance(minutes=10)
    watched.watch.look()
    assert (watched.told[-1].tokens.current, [*watched.told[-1].tokens.keys]) == (new, [old, new])
    watched.clock.advance(minutes=61)
    watched.watch.look()
    assert (watched.told[-1].tokens.current, [*watched.told[-1].tokens.keys]) == (new, [new])
    assert len(watched.told) == 3


def test_sealing_keys_come_at_once_and_go_when_they_are_retired(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    old = watched.watch.keys.vault.current
    new = rotate(watched.keys, "vault", NOON, timedelta()).id
    watched.watch.look()
    assert (watched.told[-1].vault.current, set(watched.told[-1].vault.sealing)) == (new, {old, new})
    watched.clock.advance(days=400)
    watched.watch.look()
    assert set(watched.watch.keys.vault.sealing) == {old, new}
    retire(watched.keys, old, watched.clock.now())
    watched.watch.look()
    assert set(watched.watch.keys.vault.sealing) == {new}


def test_unusable_files_change_nothing_and_are_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(tmp_path)
    path = path_of(watched.keys.folder, "tokens")
    good = path.read_bytes()
    for spoiled in (b"{", b""):
        path.write_bytes(spoiled)
        for _ in range(3):
            watched.watch.look()
    path.unlink()
    watched.watch.look()
    assert watched.told == []
    assert [record.message for record in caplog.records] == ["keys not taken up"] * 3
    assert all("tokens.json" in record.problem for record in caplog.records)  # type: ignore[attr-defined]
    path.write_bytes(good)
    path.chmod(0o600)
    new = rotate(watched.keys, "tokens", NOON, AHEAD).id
    watched.watch.look()
    assert new in watched.watch.keys.tokens.keys


def test_another_master_key_is_taken_up_when_it_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    watched, new = Watched(tmp_path), MasterKey(new_master_key())
    rewrap(watched.keys, new)
    watched.watch.look()
    watched.watch.look()
    assert len(caplog.records) == 1
    watched.master = new
    watched.watch.look()
    made = rotate(KeyFolder(watched.keys.folder, new, KeyChoices(), LIVE), "tokens", NOON, AHEAD)
    watched.watch.look()
    assert made.id in watched.watch.keys.tokens.keys


def test_a_city_does_not_start_without_its_keys(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable):
        KeyWatch(tmp_path, lambda: MasterKey(new_master_key()), ManualClock(NOON), LIVE)
