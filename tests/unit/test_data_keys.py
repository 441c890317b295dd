"""What is sealed for an account opens with that account's own key, and with none when it was shredded."""

import asyncio
from pathlib import Path

import pytest

from core.documents import Delete, Insert
from identity_center.account import Account, seal_context
from identity_center.data_keys import DataKeys, StoredDataKey, shredding
from identity_center.errors import SealBroken
from identity_center.vault import Vault, VaultKeys
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, WANG, World
from tests.unit.test_identity_at_rest import contents


async def test_an_account_is_born_with_a_key_of_its_own() -> None:
    world = World()
    citizen = await world.with_real_name()
    account = await world.accounts.get(citizen.id)
    assert await world.documents.get(StoredDataKey, citizen.id)
    sealed = [account.openid_sealed, account.name_sealed, account.id_number_sealed, account.phone_sealed]
    assert all(text and text.startswith(f"v2.A256GCM.{world.vault.current}.") for text in sealed)
    fresh = DataKeys(world.documents, world.clock, world.vault)
    assert await account.opened(fresh, "name") == LI
    assert await account.opened(fresh, "id_number") == LI_NUMBER
    assert await account.opened(fresh, "phone") == PHONE_OF_LI


async def test_a_text_of_one_account_opens_for_no_other() -> None:
    world = World()
    li, wang = await world.citizen("openid-li"), await world.citizen("openid-wang")
    sealed = await world.data_keys.seal(li.id, WANG, "note")
    assert await world.data_keys.open(li.id, sealed, "note") == WANG
    for owner, context in ((wang.id, "note"), (li.id, "another"), ("nobody", "note")):
        with pytest.raises(SealBroken):
            await world.data_keys.open(owner, sealed, context)
    with pytest.raises(SealBroken):
        world.vault.open(sealed, "note")


async def test_shredding_the_key_ends_everything_sealed_for_the_account_and_nothing_else() -> None:
    world = World()
    li, wang = await world.with_real_name(), await world.with_phone("openid-wang")
    companions = await world.people.seal(li.id, WANG, "booking")
    kept = await world.accounts.get(li.id)
    await world.documents.write(shredding(li.id), Delete(Account, li.id))
    world.data_keys.forget(li.id)
    for field in ("name", "id_number", "phone"):
        with pytest.raises(SealBroken):
            await kept.opened(world.data_keys, field)  # also from a copy of the row
    with pytest.raises(SealBroken):
        await world.people.open(li.id, companions, "booking")
    assert await (await world.accounts.get(wang.id)).opened(world.data_keys, "phone") == PHONE_OF_LI


async def test_a_shredded_key_is_not_left_in_the_file(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    li, wang = await world.with_phone(), await world.with_phone("openid-wang")
    keys = await world.documents.get_many(StoredDataKey, [li.id, wang.id])
    await world.documents.write(shredding(li.id))
    await world.documents.close()
    left = contents(tmp_path)
    assert keys[wang.id].key_sealed.encode() in left
    assert keys[li.id].key_sealed.encode() not in left


async def test_another_process_forgets_a_shredded_key_in_ten_minutes() -> None:
    world = World()
    citizen = await world.with_phone()
    elsewhere = DataKeys(world.documents, world.clock, world.vault)
    account = await world.accounts.get(citizen.id)
    assert await account.opened(elsewhere, "phone") == PHONE_OF_LI
    await world.documents.write(shredding(citizen.id))
    world.clock.advance(minutes=10)
    with pytest.raises(SealBroken):
        await account.opened(elsewhere, "phone")


async def test_an_owner_without_a_key_is_given_one_and_only_one(tmp_path: Path) -> None:
    world = World(await SqliteDocuments.open(tmp_path / "city.db"))
    others = [DataKeys(world.documents, world.clock, world.vault) for _ in range(10)]
    sealed = await asyncio.gather(*(keys.seal("owner", LI, "note") for keys in others))
    assert await world.documents.count(StoredDataKey, "id") == 1
    for keys, text in zip(others, reversed(sealed), strict=True):
        assert await keys.open("owner", text, "note") == LI
    await world.documents.close()


async def test_what_was_sealed_before_there_were_data_keys_opens() -> None:
    world = World()
    citizen = await world.citizen()
    context = seal_context(citizen.id, "phone")
    account = await world.accounts.get(citizen.id)
    earlier = account.model_copy(update={"phone_sealed": world.vault.seal(PHONE_OF_LI, context)})
    assert await earlier.opened(world.data_keys, "phone") == PHONE_OF_LI


async def test_a_stored_key_is_of_no_use_without_the_vault_and_in_another_place() -> None:
    world = World()
    await world.data_keys.seal("one", LI, "note")
    stored = await world.documents.get(StoredDataKey, "one")
    assert stored is not None
    moved = stored.model_copy(update={"id": "two"})
    await world.documents.write(Insert(moved))
    with pytest.raises(SealBroken):
        await world.data_keys.seal("two", LI, "note")
    stranger = DataKeys(world.documents, world.clock, Vault(VaultKeys.generated()))
    with pytest.raises(SealBroken):
        await stranger.seal("one", LI, "note")
