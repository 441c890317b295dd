"""The city's keys: where they lie, what they are wrapped with, and the watch over them."""

from pathlib import Path

from core.clock import Clock, SystemClock
from server.adapters.key_changes import KeyFolder
from server.adapters.key_files import CityKeys, KeyChoices, make_keys, read_keys, write_whole
from server.adapters.key_watch import KeyWatch
from server.adapters.master_key import KeysUnusable, MasterKey, new_master_key
from server.config import ConfigError, Settings

_DEMO_MASTER = "master.key"


def keys_of(settings: Settings) -> CityKeys:
    """The city's keys; the demo makes what is missing. Raises `ConfigError`."""
    make_demo_keys(settings)
    return present_keys(settings)


def present_keys(settings: Settings) -> CityKeys:
    """Those that are there. Raises `ConfigError`."""
    longest = settings.identity.tokens.longest
    try:
        return read_keys(settings.keys_folder, master_key_of(settings), SystemClock().now(), longest)
    except KeysUnusable as error:
        raise ConfigError(f"keys.folder: {error}") from error


def watched_keys(settings: Settings, clock: Clock) -> KeyWatch:
    """The same keys, to be taken up again when their files change. Raises `ConfigError`."""
    try:
        return KeyWatch(settings.keys_folder, lambda: master_key_of(settings), clock, settings.identity.tokens.longest)
    except KeysUnusable as error:
        raise ConfigError(f"keys.folder: {error}") from error


def key_folder_of(settings: Settings) -> KeyFolder:
    """For the commands that change keys. Raises `KeysUnusable`."""
    return KeyFolder(
        settings.keys_folder, master_key_of(settings), key_choices_of(settings), settings.identity.tokens.longest
    )


def key_choices_of(settings: Settings) -> KeyChoices:
    return KeyChoices(settings.identity.vault.algorithm, settings.identity.tokens.algorithm)


def master_key_of(settings: Settings) -> MasterKey:
    """What `keys.master` names; in the demo, when that is nowhere, the one beside its keys. Raises `KeysUnusable`."""
    try:
        return MasterKey(settings.keys.master.read("keys.master"))
    except ConfigError as error:
        beside = settings.keys_folder / _DEMO_MASTER
        if settings.profile == "demo" and beside.is_file():
            return MasterKey(beside.read_text().strip())
        raise KeysUnusable(f"{error}; one is made with: cst keys master") from None


def make_master_key(file: Path) -> bool:
    """A new master key in a file, unless one is there. Raises `KeysUnusable`."""
    if file.exists():
        return False
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, new_master_key().encode())
    except OSError as error:
        raise KeysUnusable(f"{file}: cannot be made: {error.strerror}") from error
    return True


def make_demo_keys(settings: Settings) -> None:
    """What the demo lacks: a master key of its own, and the keys. Nothing in production. Raises `ConfigError`."""
    if settings.profile != "demo":
        return
    try:
        if not _has_master_key(settings):
            make_master_key(settings.keys.master.file or settings.keys_folder / _DEMO_MASTER)
        make_keys(settings.keys_folder, master_key_of(settings), key_choices_of(settings), SystemClock().now())
    except KeysUnusable as error:
        raise ConfigError(f"keys.folder: {error}") from error


def _has_master_key(settings: Settings) -> bool:
    try:
        master_key_of(settings)
    except KeysUnusable:
        return False
    return True
