"""`cst backup` and `cst restore`: the embedded store kept in a safe place, and put back."""

import argparse
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from server.cli.common import add_settings_options, settings_of
from server.config import EMBEDDED, Settings


def add_to(commands: Any) -> None:
    backup = commands.add_parser("backup", help="back the embedded store up, also while the city runs")
    backup.add_argument(
        "folder", type=Path, metavar="DIR", help="one that is there: a new one is made in it; or its name"
    )
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="put a backup in the place of the embedded store of a stopped city")
    restore.add_argument("backup", type=Path, metavar="DIR", help="what cst backup made")
    restore.add_argument("--force", action="store_true", help="set the present store aside, in the data folder")
    restore.set_defaults(run=run_restore)
    for command in (backup, restore):
        add_settings_options(command)


def run_backup(chosen: argparse.Namespace) -> int:
    from server.adapters.sqlite_backup import BackupRefused, take_backup  # noqa: PLC0415  # loads the store
    from server.stores import DATABASE  # noqa: PLC0415  # as well

    settings, clock = settings_of(chosen), SystemClock()
    if settings.storage.documents != EMBEDDED:
        return _not_embedded("mongodump")
    into = chosen.folder.absolute()
    if into.is_dir():
        into /= f"city-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    try:
        manifest = take_backup(settings.data_folder / DATABASE, into, version=_version(), clock=clock)
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return 1
    print(f"made {into}: {sum(manifest.documents.values()):,} documents, {manifest.bytes:,} bytes")
    print(f"without the keys, which open the citizens' data: keep a copy of {settings.keys_folder} in another place")
    return 0


def run_restore(chosen: argparse.Namespace) -> int:
    from server.adapters.folder_lock import FolderInUse  # noqa: PLC0415  # loads the store
    from server.adapters.sqlite_backup import BackupRefused, restore  # noqa: PLC0415  # as well
    from server.beside import data_folder_of  # noqa: PLC0415  # as well
    from server.erased_again import erased_before  # noqa: PLC0415  # as well
    from server.stores import DATABASE  # noqa: PLC0415  # as well

    settings = settings_of(chosen)
    if settings.storage.documents != EMBEDDED:
        return _not_embedded("mongorestore")
    file = data_folder_of(settings) / DATABASE
    try:
        erased = erased_before(settings, file)
        restored = restore(
            chosen.backup.absolute(), file, force=chosen.force, clock=SystemClock(), mend=erased.erase_in
        )
    except FolderInUse:
        print(f"a city is running on {file.parent}: stop it first", file=sys.stderr)
        return 1
    except BackupRefused as error:
        print(error, file=sys.stderr)
        return 1
    taken_at = restored.manifest.taken_at.isoformat(timespec="seconds")
    print(f"restored {file} as it was at {taken_at}: {sum(restored.manifest.documents.values()):,} documents")
    if erased.again:
        print(f"erased again, because they were erased after it was taken: {erased.again} accounts")
    if restored.aside:
        print(f"the former store is in {restored.aside}")
    print(_about_keys(settings))
    return 0


def _about_keys(settings: Settings) -> str:
    if (settings.keys_folder / "vault.json").is_file():
        return f"the city starts with the keys in {settings.keys_folder}: they must be those of the time of the backup"
    return f"there are no keys in {settings.keys_folder}: put back those of the city before it starts"


def _not_embedded(tool: str) -> int:
    print(f"the documents are in MongoDB: {tool} does this there (docs/storage.md)", file=sys.stderr)
    return 1


def _version() -> str:
    from server.wiring.services import VERSION  # noqa: PLC0415  # loads the whole city

    return VERSION
