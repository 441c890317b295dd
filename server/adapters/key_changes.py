"""What the commands do to the key files of a city, running or not: a new key, an old one gone, another master key.

Every change is one file, written whole. A running city sees it within a second (key_watch.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from server.adapters.key_files import (
    PURPOSES,
    KeyChoices,
    KeyFile,
    Purpose,
    changing,
    new_key,
    outlives,
    read_file,
    write_keys,
)
from server.adapters.key_schedule import KeyEntry, KeySchedule
from server.adapters.master_key import KeysUnusable, MasterKey

State = Literal["announced", "in use", "replaced", "over"]


class KeyNotRetired(Exception):
    """The key is still needed. The text says what for."""


@dataclass(frozen=True)
class KeyFolder:
    """The files of one city, and what it takes to write them. `tokens_live` is the longest life of an access token."""

    folder: Path
    master: MasterKey
    choices: KeyChoices
    tokens_live: timedelta

    def outlives(self, purpose: Purpose) -> timedelta:
        """How long after its replacement a key is still needed."""
        return outlives(self.tokens_live)[purpose]


@dataclass(frozen=True)
class KeyView:
    """A key as an operator sees it. `replaced_at` is when the next one begins."""

    purpose: Purpose
    id: str
    algorithm: str
    state: State
    used_from: datetime
    replaced_at: datetime | None


def shown(keys: KeyFolder, now: datetime) -> list[KeyView]:
    """All keys, file by file, in the order of their use. Raises `KeysUnusable`."""
    views = []
    for purpose in PURPOSES:
        schedule = read_file(keys.folder, purpose, keys.master).schedule
        views += [_view(purpose, key, schedule, now, keys.outlives(purpose)) for key in schedule.keys]
    return views


def rotate(keys: KeyFolder, purpose: Purpose, now: datetime, ahead: timedelta, *, leaked: bool = False) -> KeyEntry:
    """A new key, known from now on and used after `ahead`. Keys whose time is over go.

    `leaked`: somebody else has the present one. The new one is used at once, and what can be dropped is: everything
    signed with the old one is then worth nothing. A sealing key stays until nothing is sealed with it.

    Raises `KeysUnusable`, also when another new key is announced already.
    """
    with changing(keys.folder):
        file = read_file(keys.folder, purpose, keys.master)
        announced = file.schedule.announced(now)
        if announced and not leaked:
            at = announced[-1].used_from.isoformat(timespec="seconds")
            raise KeysUnusable(f"{purpose}: {announced[-1].id} is announced already and is used from {at}")
        made = new_key(purpose, keys.choices, now if leaked else now + ahead)
        kept = file.schedule.known(now, keys.outlives(purpose))
        if leaked:
            kept = tuple(replace(key, used_from=min(key.used_from, now)) for key in kept) if purpose == "vault" else ()
        schedule = KeySchedule((*kept, made))
        write_keys(keys.folder, purpose, replace(file, schedule=schedule), keys.master, keys.choices.cipher)
    return made


def purpose_of(keys: KeyFolder, key_id: str) -> Purpose:
    """Whose key it is. Raises `KeysUnusable` for one that is in no file."""
    for purpose in PURPOSES:
        if any(key.id == key_id for key in read_file(keys.folder, purpose, keys.master).schedule.keys):
            return purpose
    raise KeysUnusable(f"{keys.folder}: there is no key {key_id}; cst keys list shows those that there are")


def check_replaced(keys: KeyFolder, key_id: str, now: datetime, margin: timedelta) -> None:
    """Raises `KeyNotRetired` when the key is not replaced, or has been for less than `margin`."""
    schedule = read_file(keys.folder, purpose_of(keys, key_id), keys.master).schedule
    replaced_at = schedule.replaced_at(key_id)
    if replaced_at is None or now < replaced_at:
        raise KeyNotRetired(f"{key_id} is in use, or is to be used; make a new one first: cst keys rotate")
    if now < replaced_at + margin:
        until = (replaced_at + margin).isoformat(timespec="seconds")
        raise KeyNotRetired(f"{key_id} was replaced a moment ago; it can be retired after {until}")


def retire(keys: KeyFolder, key_id: str, now: datetime) -> Purpose:
    """Takes a replaced key out of its file. Whether something is still sealed with it is the caller's to find out.

    Raises `KeyNotRetired` (for a signing key: while something that it signed may live), `KeysUnusable`.
    """
    with changing(keys.folder):
        purpose = purpose_of(keys, key_id)
        margin = timedelta() if purpose == "vault" else keys.outlives(purpose)
        check_replaced(keys, key_id, now, margin)
        file = read_file(keys.folder, purpose, keys.master)
        schedule = file.schedule.without(key_id)
        write_keys(keys.folder, purpose, replace(file, schedule=schedule), keys.master, keys.choices.cipher)
    return purpose


def rewrap(keys: KeyFolder, new_master: MasterKey) -> None:
    """The same keys, wrapped with another master key. What was interrupted can be run again. Raises `KeysUnusable`."""
    with changing(keys.folder):
        files = {purpose: _either(keys, purpose, new_master) for purpose in PURPOSES}
        for purpose, file in files.items():
            write_keys(keys.folder, purpose, file, new_master, keys.choices.cipher)


def _either(keys: KeyFolder, purpose: Purpose, new_master: MasterKey) -> KeyFile:
    """A file that is wrapped with the former master key, or with the new one already."""
    try:
        return read_file(keys.folder, purpose, keys.master)
    except KeysUnusable:
        return read_file(keys.folder, purpose, new_master)


def _view(purpose: Purpose, key: KeyEntry, schedule: KeySchedule, now: datetime, outlives: timedelta) -> KeyView:
    state: State = "replaced"
    if key in schedule.announced(now):
        state = "announced"
    elif key == schedule.in_use(now):
        state = "in use"
    elif key not in schedule.known(now, outlives):
        state = "over"
    return KeyView(purpose, key.id, key.algorithm, state, key.used_from, schedule.replaced_at(key.id))
