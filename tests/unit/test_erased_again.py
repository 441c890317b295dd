"""Whoever was erased stays erased when an older backup is put back."""

from asyncio import to_thread
from pathlib import Path

from core.clock import SystemClock
from core.closing import Erasure
from identity_center.account import Account
from identity_center.data_keys import StoredDataKey
from identity_center.vault import Vault, VaultKeys
from server.adapters.erased_ledger import append, entries_of
from server.adapters.sqlite_backup import restore, take_backup
from server.adapters.sqlite_documents import SqliteDocuments
from server.config import Settings
from server.erased_again import erased_before
from tests.privacy_world import PrivacyWorld
from tests.unit.identity_world import NOON

KEYS = VaultKeys.generated()


async def opened(folder: Path) -> PrivacyWorld:
    return PrivacyWorld(folder, await SqliteDocuments.open(folder / "city.db"), vault=Vault(KEYS))


async def erased_after_a_backup(folder: Path) -> str:
    """A city whose citizen closed the account after the backup in `folder`/backup was taken. Returns the account."""
    (folder / "var").mkdir()
    world = await opened(folder / "var")
    citizen = await world.settled()
    take_backup(folder / "var" / "city.db", folder / "backup", version="1", clock=SystemClock())
    await world.closed(citizen)
    await world.documents.close()
    return citizen.id


async def test_a_restored_backup_has_nobody_who_was_erased(tmp_path: Path) -> None:
    account_id = await erased_after_a_backup(tmp_path)
    await restored(tmp_path, 1)
    world = await opened(tmp_path / "var")
    assert await world.documents.get(Account, account_id) is None
    assert await world.documents.get(StoredDataKey, account_id) is None
    await world.erased()
    back = await world.citizen()
    assert back.id != account_id
    await world.documents.close()


async def restored(folder: Path, again: int) -> None:
    erased = erased_before(Settings(data=folder / "var"), folder / "var" / "city.db")
    await to_thread(
        restore, folder / "backup", folder / "var" / "city.db", force=True, clock=SystemClock(), mend=erased.erase_in
    )
    assert erased.again == again
    assert not list((folder / "var").glob("city.db.*"))


async def test_the_former_database_is_asked_when_the_file_is_lost(tmp_path: Path) -> None:
    account_id = await erased_after_a_backup(tmp_path)
    (tmp_path / "var" / "erased.jsonl").unlink()
    await restored(tmp_path, 1)
    assert list(entries_of(tmp_path / "var" / "erased.jsonl")) == [account_id], "and the file has it again"


async def test_without_the_former_database_the_file_is_enough(tmp_path: Path) -> None:
    account_id = await erased_after_a_backup(tmp_path)
    for part in (tmp_path / "var").glob("city.db*"):
        part.unlink()
    (tmp_path / "var" / "erased.jsonl").rename(tmp_path / "kept.jsonl")
    erased = erased_before(
        Settings.model_validate({"data": tmp_path / "var", "privacy": {"ledger": tmp_path / "kept.jsonl"}}),
        tmp_path / "var" / "city.db",
    )
    assert list(erased.entries) == [account_id]


async def test_a_city_that_was_restored_by_other_means_looks_at_its_ledger_when_it_starts(tmp_path: Path) -> None:
    account_id = await erased_after_a_backup(tmp_path)
    restore(tmp_path / "backup", tmp_path / "var" / "city.db", force=True, clock=SystemClock())
    world = await opened(tmp_path / "var")
    assert await world.documents.get(Account, account_id) is not None
    await world.erasures.run()
    assert await world.documents.get(Account, account_id) is None
    assert await world.documents.get(Erasure, account_id) is not None
    await world.erased()
    await world.documents.close()


async def test_a_ledger_that_was_lost_is_written_anew_from_the_database(tmp_path: Path) -> None:
    account_id = await erased_after_a_backup(tmp_path)
    (tmp_path / "var" / "erased.jsonl").unlink()
    world = await opened(tmp_path / "var")
    await world.erasures.run()
    assert list(entries_of(tmp_path / "var" / "erased.jsonl")) == [account_id]
    await world.documents.close()


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "erased.jsonl"
    append(file, {"a": NOON})
    file.write_bytes(file.read_bytes() + b'{"account": "b", "era')
    append(file, {"c": NOON})
    assert list(entries_of(file)) == ["a", "c"]
    assert file.stat().st_mode & 0o777 == 0o600
