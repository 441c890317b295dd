"""After an erasure the files of the database tell nothing of the citizen, not even with the vault's keys."""

import re
from pathlib import Path

import pytest

from core.clock import ManualClock
from identity_center.data_keys import StoredDataKey
from identity_center.errors import SealBroken
from identity_center.vault import Vault, VaultKeys
from server.adapters.sqlite_documents import SqliteDocuments
from tests.booking_city import id_number
from tests.privacy_world import WORDS, PrivacyWorld
from tests.unit.identity_world import LI, LI_NUMBER, NOON, PHONE_OF_LI, WANG, WANG_NUMBER

SEALED = re.compile(rb"v[12]\.A256GCM\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


async def test_nothing_can_be_read_or_opened(tmp_path: Path) -> None:
    """With every key of the city, over every page of the database, the write-ahead log and the ledger."""
    vault = Vault(VaultKeys.generated())
    world = PrivacyWorld(tmp_path, await SqliteDocuments.open(tmp_path / "city.db"), vault=vault)
    citizen = await world.settled()
    account = await world.accounts.get(citizen.id)
    indexes = [account.openid_index or "", account.id_number_index or "", account.phone_index or ""]
    before = contents(tmp_path)
    assert all(index.encode() in before for index in indexes), "the test reads what was written"
    own_key = await stored_key(world, citizen.id)
    assert own_key in before
    await world.closed(citizen)
    after = contents(tmp_path)  # while the city runs: with its log
    await world.documents.close()
    for written in (after, contents(tmp_path)):
        for secret in (LI, WANG, LI_NUMBER, WANG_NUMBER, PHONE_OF_LI, id_number(7), "openid-li", WORDS, "0.3127"):
            assert secret.encode() not in written
        for index in indexes:
            assert index.encode() not in written, "nobody can be looked up by what they were found by"
        assert own_key not in written
        assert account.name_sealed is not None
        assert account.name_sealed.encode() not in written
        assert SEALED.findall(written) == [], "there is not even a sealed text left that one could try to open"
    assert citizen.id.encode() in after, "what the law keeps is under an id that names nobody"


async def stored_key(world: PrivacyWorld, account_id: str) -> bytes:
    stored = await world.documents.get(StoredDataKey, account_id)
    assert stored is not None
    return stored.key_sealed.encode()


async def test_an_older_copy_cannot_be_opened_without_the_key_that_is_gone(tmp_path: Path) -> None:
    """A sealed text that lies in a copy somewhere, and the vault's keys: the account's own key is what is missing."""
    world = PrivacyWorld(tmp_path, await SqliteDocuments.open(tmp_path / "city.db"), clock=ManualClock(NOON))
    citizen = await world.settled()
    kept = await world.accounts.get(citizen.id)
    await world.closed(citizen)
    with pytest.raises(SealBroken):
        await kept.opened(world.elsewhere().data_keys, "name")
    await world.documents.close()


async def test_whatever_is_still_held_by_others_goes_on(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path, await SqliteDocuments.open(tmp_path / "city.db"))
    await world.closed(await world.settled())
    other = await world.citizen("openid-wang", "another")
    await world.accounts.confirm_phone(other, world.wechat.phone_code("13985550456"))
    assert (await world.accounts.me(await world.now(other))).phone == "139****0456"
    await world.documents.close()
