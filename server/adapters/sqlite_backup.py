"""Backups of the embedded store: taken while the city runs, verified before they are believed, put back whole.

A backup is a folder with two files: the database as it was at one moment, and manifest.json, which says what must be in
it. It appears under its name only when both are on the disk; until then it is called NAME.partial.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from core.clock import Clock, Instant
from server.adapters.erased_ledger import FILE as ERASED
from server.adapters.folder_lock import LOCK, sole_use
from server.adapters.sqlite_archive import SqliteArchive
from server.adapters.sqlite_documents import BUSY_SECONDS, connect

CONTENT, MANIFEST = "city.db", "manifest.json"
RESTORED = ".restored"
"""Ends the name of a database that a restore is about to put in its place. While there is one, no city may start."""
_INCOMING, _LOG, _MEMORY = ".incoming", "-wal", "-shm"
_CHUNK = 1 << 20
_BESIDE = ("keys", "sandbox", ERASED, LOCK)
"""What else a city keeps in its data folder; a restore leaves it alone."""


class BackupRefused(Exception):
    """A backup cannot be taken, is not what its manifest says, or has no place to go to. The text says which."""


class Manifest(BaseModel):
    """What is in a backup. `documents` counts them by collection; `version` is that of the platform."""

    model_config = ConfigDict(frozen=True)

    version: str
    taken_at: Instant
    documents: dict[str, int]
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    aside: Path | None
    """Where the former database is now."""


def take_backup(file: Path, into: Path, *, version: str, clock: Clock) -> Manifest:
    """Copies the database as it is at one moment. The city goes on reading and writing.

    Raises `BackupRefused`; then nothing is left behind.
    """
    partial = into.with_name(f"{into.name}.partial")
    if into.exists():
        raise BackupRefused(f"{into} is there already")
    if not file.is_file():
        raise BackupRefused(f"there is no database {file}")
    with _told(partial):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        taken_at = clock.now()
        _copied(file, partial / CONTENT)
        manifest = Manifest(
            version=version,
            taken_at=taken_at,
            documents=_counts(partial / CONTENT),
            bytes=(partial / CONTENT).stat().st_size,
            sha256=_sha256(partial / CONTENT),
        )
        _write(partial / MANIFEST, manifest.model_dump_json(indent=2).encode())
        _to_disk(partial)
        partial.rename(into)
        _to_disk(into.parent)
    return manifest


def verified(backup: Path) -> Manifest:
    """Raises `BackupRefused` when the database is not, byte for byte, the one that the manifest was written for."""
    try:
        manifest = Manifest.model_validate_json((backup / MANIFEST).read_bytes())
        found = _sha256(backup / CONTENT)
    except OSError as error:
        raise BackupRefused(f"{backup} is no backup: {error.filename}: {error.strerror}") from error
    except ValidationError as error:
        raise BackupRefused(f"{backup / MANIFEST} is no manifest of a backup") from error
    if found != manifest.sha256:
        raise BackupRefused(f"{backup / CONTENT} is damaged: its SHA-256 is not that of the manifest")
    return manifest


async def opened_backup(backup: Path) -> SqliteArchive:
    """Raises `BackupRefused`, `StoreUnavailable`, and ValueError for a file of a later version."""
    verified(backup)
    return await SqliteArchive.of_backup(backup / CONTENT)


def restore(
    backup: Path, file: Path, *, force: bool, clock: Clock, mend: Callable[[Path], None] | None = None
) -> Restored:
    """Puts a backup's database in the place of `file`. With `force`, one that is there is kept in a folder beside it.

    Whatever interrupts it, the former database or the restored one is there, whole; in between a city does not start
    (`RESTORED`), and the same command again comes to the end. `mend` changes the restored database before it takes its
    place.

    Raises `BackupRefused`, with nothing changed, and `FolderInUse`.
    """
    manifest = verified(backup)
    marker = file.with_name(file.name + RESTORED)
    with sole_use(file.parent):
        interrupted = marker.exists()
        if not (interrupted or force):
            _refuse_occupied(file)
        incoming = file.with_name(file.name + _INCOMING)
        with _told(incoming):
            _brought(backup / CONTENT, incoming, manifest)
            if mend is not None:
                mend(incoming)
            aside = None if interrupted else _set_aside(file, clock)
            incoming.rename(marker)
            _to_disk(file.parent)
        for ending in (_LOG, _MEMORY):  # a log that is not the database's own would be played back into it
            file.with_name(file.name + ending).unlink(missing_ok=True)
        marker.rename(file)
        _to_disk(file.parent)
    return Restored(manifest, aside)


def _copied(file: Path, to: Path) -> None:
    """All pages in one step, which is one reading transaction: no writer waits for it, and it sees no later write."""
    to.touch(mode=0o600)
    with closing(connect(file, BUSY_SECONDS)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=-1)
    with to.open("rb") as written:
        os.fsync(written.fileno())


def _counts(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise BackupRefused(f"the database is damaged, and so would its backup be: {verdict}")
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        names = sorted(name for (name,) in connection.execute(query).fetchall())
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _refuse_occupied(file: Path) -> None:
    passing = (file.name + _INCOMING, *_BESIDE)
    others = [one.name for one in file.parent.iterdir() if one.name not in passing and not _is_aside(one)]
    if others:
        held = ", ".join(sorted(others)[:3])
        raise BackupRefused(f"{file.parent} is not empty ({held}); --force sets its database aside and keeps it")


def _is_aside(path: Path) -> bool:
    return path.name.startswith("before-restore-")


def _brought(database: Path, to: Path, manifest: Manifest) -> None:
    """The bytes are looked at once more on their way: a disk may give others the second time."""
    digest = hashlib.sha256()
    to.unlink(missing_ok=True)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written, database.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    if digest.hexdigest() != manifest.sha256:
        raise BackupRefused(f"{database} changed while it was read")


def _set_aside(file: Path, clock: Clock) -> Path | None:
    """Second names for the former database and its log, so that they are whole in their new place before anything
    leaves the old one."""
    parts = [part for part in (file, file.with_name(file.name + _LOG)) if part.exists()]
    if not parts:
        return None
    aside = file.parent / f"before-restore-{clock.now():%Y%m%dT%H%M%S.%fZ}"
    aside.mkdir(mode=0o700)
    for part in parts:
        os.link(part, aside / part.name)
    _to_disk(aside)
    return aside


@contextmanager
def _told(unfinished: Path) -> Iterator[None]:
    """Takes away what was begun when it cannot be finished, and says why in words."""
    try:
        yield
    except (OSError, sqlite3.Error, BackupRefused) as error:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)
        if isinstance(error, BackupRefused):
            raise
        why = error.strerror if isinstance(error, OSError) else getattr(error, "sqlite_errorname", str(error))
        raise BackupRefused(f"{unfinished} cannot be written: {why}; nothing was changed") from error


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    file.chmod(0o600)


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
