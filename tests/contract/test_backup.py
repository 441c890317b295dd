"""Backups of the embedded store: taken under load, believed only whole, put back whatever happens."""

import asyncio
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import ManualClock, SystemClock
from server.adapters.folder_lock import FolderInUse, sole_use
from server.adapters.sqlite_backup import RESTORED, BackupRefused, restore, take_backup, verified
from server.adapters.sqlite_documents import SqliteDocuments
from server.config import ConfigError, load
from server.stores import documents_of
from service_registry.booking.bookings import Booking
from tests.booking_city import City
from tests.contract.test_booking_invariants import ROOT

CLOCK = ManualClock(datetime(2026, 11, 22, 6, 30, tzinfo=UTC))
ENOUGH = 300


def booking_process(file: Path, first_person: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.contract.booking_until_killed", str(file), str(first_person)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]", enough: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(enough)]


def backed_up(file: Path, into: Path) -> Path:
    take_backup(file, into, version="1.0.0", clock=CLOCK)
    return into


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that a kill -9 left behind, with a log that is not played back yet, and a backup from before.

    `acknowledged` has what had been said before the backup was asked for."""
    folder = tmp_path_factory.mktemp("busy")
    (folder / "data").mkdir()
    file = folder / "data" / "city.db"
    with booking_process(file, 0) as process:
        before = told(process, ENOUGH)
        backed_up(file, folder / "kept")
        told(process, ENOUGH)  # it books on, whatever is backed up
        process.kill()
    (folder / "acknowledged").write_text("\n".join(before))
    assert file.with_name("city.db-wal").stat().st_size > 0
    return folder


@pytest.fixture
def data(busy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(busy / "data", tmp_path / "data"))


async def bookings_in(file: Path) -> dict[str, str]:
    """The state of each, after a look whether all invariants hold."""
    documents = await SqliteDocuments.open(file)
    try:
        city = City(documents)
        await city.check_books()
        return {booking.id: booking.state for booking in await city.everything(Booking)}
    finally:
        await documents.close()


def test_a_backup_under_load_has_all_that_was_acknowledged_before_it_and_holds_together(
    busy: Path, tmp_path: Path
) -> None:
    restored = restore(busy / "kept", tmp_path / "city.db", force=False, clock=CLOCK)
    assert restored.aside is None
    states = asyncio.run(bookings_in(tmp_path / "city.db"))
    before = [line.split() for line in (busy / "acknowledged").read_text().splitlines()]
    assert {booking for _, booking in before} <= states.keys()
    assert all(states[booking] == "cancelled" for what, booking in before if what == "cancelled")
    assert restored.manifest.documents["bookings"] == len(states)
    assert len(states) < len(
        asyncio.run(bookings_in(Path(shutil.copytree(busy / "data", tmp_path / "later")) / "city.db"))
    )


def test_a_backup_says_what_is_in_it_and_is_for_its_owner_alone(busy: Path) -> None:
    manifest = verified(busy / "kept")
    assert (manifest.version, manifest.taken_at) == ("1.0.0", CLOCK.now())
    assert manifest.bytes == (busy / "kept/city.db").stat().st_size
    assert {path.name for path in (busy / "kept").iterdir()} == {"city.db", "manifest.json"}
    assert stat.S_IMODE((busy / "kept").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (busy / "kept").iterdir()} == {0o600}


def flipped(backup: Path) -> None:
    with (backup / "city.db").open("r+b") as content:
        content.seek(20_000)
        byte = content.read(1)
        content.seek(20_000)
        content.write(bytes([byte[0] ^ 1]))


def truncated(backup: Path) -> None:
    with (backup / "city.db").open("r+b") as content:
        content.truncate((backup / "city.db").stat().st_size - 4096)


def without_manifest(backup: Path) -> None:
    (backup / "manifest.json").unlink()


def without_database(backup: Path) -> None:
    (backup / "city.db").unlink()


def with_half_a_manifest(backup: Path) -> None:
    (backup / "manifest.json").write_text((backup / "manifest.json").read_text()[:100])


@pytest.mark.parametrize("harm", [flipped, truncated, without_manifest, without_database, with_half_a_manifest])
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_touched(
    harm: Callable[[Path], None], busy: Path, data: Path, tmp_path: Path
) -> None:
    backup = Path(shutil.copytree(busy / "kept", tmp_path / "kept"))
    harm(backup)
    before = contents(data)
    with pytest.raises(BackupRefused, match=str(backup)):
        restore(backup, data / "city.db", force=True, clock=CLOCK)
    assert contents(data) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_in_use_is_not_restored_into(busy: Path, data: Path) -> None:
    before = contents(data)
    with sole_use(data), pytest.raises(FolderInUse):
        restore(busy / "kept", data / "city.db", force=True, clock=CLOCK)
    assert contents(data) == {**before, "city.lock": b""}


@pytest.mark.parametrize("name", ["city.db", "city.db-wal", "somebody_elses.txt"])
def test_a_folder_that_is_not_empty_is_refused(busy: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_text("something")
    with pytest.raises(BackupRefused, match=r"is not empty .*--force"):
        restore(busy / "kept", tmp_path / "data/city.db", force=False, clock=CLOCK)
    assert (tmp_path / "data" / name).read_text() == "something"


def test_with_force_the_former_store_is_kept_aside_with_its_log(busy: Path, data: Path) -> None:
    (data / "keys").mkdir()
    (data / "keys/vault.json").write_text("the keys stay where they are")
    former = asyncio.run(bookings_in(Path(shutil.copytree(data, data.parent / "look")) / "city.db"))
    restored = restore(busy / "kept", data / "city.db", force=True, clock=CLOCK)
    assert restored.aside is not None
    assert restored.aside.parent == data
    assert asyncio.run(bookings_in(restored.aside / "city.db")) == former
    now = asyncio.run(bookings_in(data / "city.db"))
    assert now.keys() < former.keys()
    assert (data / "keys/vault.json").read_text() == "the keys stay where they are"
    restore(busy / "kept", data / "city.db", force=True, clock=SystemClock())  # and once more


def test_killed_at_any_moment_a_restore_leaves_one_store_or_the_other(busy: Path, tmp_path: Path) -> None:
    arguments = map(str, (busy / "kept", busy / "data", tmp_path))
    command = [sys.executable, "-m", "tests.contract.restore_killed", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.split()[1]) > 10


async def test_a_city_does_not_start_on_half_a_restore(tmp_path: Path) -> None:
    (tmp_path / f"city.db{RESTORED}").touch()
    with pytest.raises(ConfigError, match="was interrupted: run the same cst restore again"):
        await documents_of(load(None, {"data": str(tmp_path)}))


@contextmanager
def full_disk(at_bytes: int) -> Iterator[None]:
    """No file may become larger than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 5_000, 100_000])
def test_a_full_disk_leaves_no_half_backup_and_the_former_one_alone(
    busy: Path, data: Path, tmp_path: Path, room: int
) -> None:
    shutil.copytree(busy / "kept", tmp_path / "backups/monday")
    asyncio.run(bookings_in(data / "city.db"))  # it has played its log back, and needs no more room for that
    with full_disk(room), pytest.raises(BackupRefused, match="cannot be written"):
        backed_up(data / "city.db", tmp_path / "backups/tuesday")
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["monday"]
    verified(tmp_path / "backups/monday")
    verified(backed_up(data / "city.db", tmp_path / "backups/tuesday"))


@pytest.mark.parametrize("room", [0, 100_000])
def test_a_full_disk_leaves_the_former_store_where_it_was(busy: Path, data: Path, room: int) -> None:
    before = contents(data)
    with full_disk(room), pytest.raises(BackupRefused, match="cannot be written"):
        restore(busy / "kept", data / "city.db", force=True, clock=CLOCK)
    assert contents(data) == {**before, "city.lock": b""}


def test_a_damaged_store_gives_no_backup(data: Path, tmp_path: Path) -> None:
    asyncio.run(bookings_in(data / "city.db"))
    with closing(sqlite3.connect(data / "city.db")) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'bookings.due'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with (data / "city.db").open("r+b") as content:
        content.seek((page - 1) * size)
        content.write(b"\xff" * size)
    with pytest.raises(BackupRefused, match="the database is damaged"):
        backed_up(data / "city.db", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_name_that_is_taken_and_a_city_that_is_not_there(busy: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="is there already"):
        backed_up(busy / "data/city.db", busy / "kept")
    with pytest.raises(BackupRefused, match="there is no database"):
        backed_up(tmp_path / "city.db", tmp_path / "kept")
    assert list(tmp_path.iterdir()) == []
