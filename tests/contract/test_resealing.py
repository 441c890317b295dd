"""Sealing anew, over every store: online, to the end, whatever happens meanwhile, and nothing is lost."""

import asyncio
import itertools
import pickle
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.documents import Delete, Documents, Patch
from identity_center.account import Account
from identity_center.ciphers import Algorithm
from identity_center.data_keys import DataKeys, shredding
from identity_center.errors import SealBroken
from identity_center.resealing import AT_ONCE, UNREADABLE, Resealed
from identity_center.vault import VaultKeys
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.sqlite_documents import SqliteDocuments
from server.sealed import HOLDERS
from tests.contract.sealed_city import SealedCity, expected
from tests.unit.identity_world import PHONE_OF_WANG

ROOT = Path(__file__).parents[2]
COUNT = 2 * AT_ONCE + 7


@pytest.mark.parametrize("algorithm", ["A256GCM", "SM4GCM"])
async def test_after_it_the_former_key_is_needed_by_nothing(documents: Documents, algorithm: Algorithm) -> None:
    city = SealedCity(documents)
    await city.populate(COUNT)
    former = city.renew(algorithm)
    used = await city.resealing.used_keys()
    assert used == {
        ("data_keys", former): COUNT,
        ("accounts", former): 4 * COUNT,
        ("receipts", former): COUNT,
    }
    await city.finish()
    assert set((await city.resealing.used_keys()).keys()) == {
        (collection, city.vault.current) for collection in ("data_keys", "accounts", "receipts")
    }
    assert await city.read(city.keys.without(former)) == expected(COUNT)
    account = (await documents.find(Account, "id", limit=1)).items[0]
    assert account.phone_sealed is not None
    assert account.phone_sealed.startswith(f"v2.{algorithm}.{city.vault.current}.")
    progress = await city.resealing.progress()
    assert (progress.resealed, progress.unreadable) == (3 * COUNT, 0)


async def test_it_goes_on_where_it_was_left_off(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(COUNT)
    city.renew()
    whole = 0
    while True:  # each step by a process that was just started
        city.resealing = city.fresh()
        progress = await city.resealing.step()
        if progress.finished_at is not None:
            break
        whole += 1
    again = SealedCity(documents, city.keys)
    assert await again.finish() == 1, "what is finished is known to be"
    steps_of_a_pass = 3 * (COUNT // AT_ONCE + 1) + len(HOLDERS) - 3  # one look at each that is empty
    assert whole + 1 == 2 * steps_of_a_pass, "one pass that works, one that finds nothing left"


async def test_the_city_goes_on_meanwhile(documents: Documents) -> None:
    """Accounts change, come and are erased between the steps, by processes that know one key or both."""
    city = SealedCity(documents)
    await city.populate(COUNT)
    former = city.renew()
    late = VaultKeys(former, city.keys.sealing, city.keys.index)
    before = SealedCity(documents, late)  # a process that knows the new key, and still seals with the former one
    accounts = [account.id for account in (await documents.find(Account, "id", limit=1000)).items]
    rng = random.Random(7)  # noqa: S311
    changed: dict[str, str] = {}
    for step in itertools.count():
        if (await city.resealing.step()).finished_at is not None:
            break
        for process in (city, before if step < 10 else city):
            account_id = rng.choice(accounts)
            number = f"138{rng.randrange(10**8):08}"
            world = process.world
            sealed = await world.data_keys.seal(account_id, number, f"account.{account_id}.phone")
            await documents.write(Patch(Account, account_id, set={"phone_sealed": sealed}))
            changed[account_id] = number
        if step < 10 and rng.random() < 0.3:
            before.world.clock.advance(seconds=1)
            await before.world.citizen(f"late-{rng.random()}")
    left = await city.resealing.used_keys()
    if any(key == former for _, key in left):  # sealed behind its back by the process that knew no better
        await city.resealing.restart()
        await city.finish()
    assert {key for _, key in await city.resealing.used_keys()} == {city.vault.current}
    alone = DataKeys(documents, city.world.clock, SealedCity(documents, city.keys.without(former)).vault)
    for account_id, number in changed.items():
        assert await (await city.world.accounts.get(account_id)).opened(alone, "phone") == number


async def test_a_change_between_reading_and_writing_is_not_undone(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(1)
    account = (await documents.find(Account, "id", limit=1)).items[0]
    city.renew()
    fresh = await city.world.data_keys.seal(account.id, PHONE_OF_WANG, f"account.{account.id}.phone")
    stale = Account.model_validate(account.model_dump())
    holder = next(holder for holder in city.resealing._holders if holder.model is Account)
    await documents.write(Patch(Account, account.id, set={"phone_sealed": fresh}))
    await city.resealing._record(holder, stale)
    assert await (await city.world.accounts.get(account.id)).opened(city.world.data_keys, "phone") == PHONE_OF_WANG


async def test_several_processes_at_once_do_no_harm(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(COUNT)
    former = city.renew()
    workers = [city.fresh() for _ in range(4)]

    async def work(worker: Any) -> None:
        while (await worker.step()).finished_at is None:
            pass

    await asyncio.gather(*(work(worker) for worker in workers))
    assert await city.read(city.keys.without(former)) == expected(COUNT)


async def test_what_cannot_be_opened_is_counted_left_alone_and_stops_nothing(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(5)
    first, second = (await documents.find(Account, "id", limit=2)).items
    broken = "v2.A256GCM.0badc0de.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
    await documents.write(Patch(Account, first.id, set={"phone_sealed": broken}))
    await documents.write(Patch(Account, second.id, set={"phone_sealed": "no sealed text"}))
    former = city.renew()
    await city.finish()
    progress = await city.resealing.progress()
    assert progress.unreadable == 2
    assert (await city.world.accounts.get(first.id)).phone_sealed == broken
    used = await city.resealing.used_keys()
    assert (used["accounts", "0badc0de"], used["accounts", UNREADABLE]) == (1, 1)
    assert used["accounts", former] == 6, "the fields beside them"


async def test_what_a_shredded_account_left_behind_keeps_no_key_from_being_retired(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(3)
    gone = (await documents.find(Account, "id", limit=1)).items[0]
    await documents.write(shredding(gone.id))
    former = city.renew()
    await city.finish()
    assert (await city.resealing.progress()).unreadable == 0
    assert former not in {key for _, key in await city.resealing.used_keys()}
    with pytest.raises(SealBroken):
        await gone.opened(city.fresh()._data_keys, "phone")
    await documents.write(Delete(Account, gone.id))


async def test_a_second_rotation_begins_anew_and_other_holders_too(documents: Documents) -> None:
    city = SealedCity(documents)
    await city.populate(3)
    for _ in range(3):
        former = city.renew()
        await city.finish()
    assert await city.read(city.keys.without(former)) == expected(3)
    fewer = city.fresh()
    fewer._holders = fewer._holders[:1]
    assert not fewer.is_finished
    assert (await fewer.progress()).finished_at is None, "it was finished for others"


@given(st.lists(st.sampled_from(["renew", "renew to SM4", "step", "restart", "add"]), max_size=25))
@settings(max_examples=30, deadline=None)
def test_any_order_of_rotations_and_steps_loses_nothing(acts: list[str]) -> None:
    async def live() -> None:
        city, count = SealedCity(MemoryDocuments()), 2
        await city.populate(2)
        for number, act in enumerate(acts):
            match act:
                case "renew" | "renew to SM4":
                    city.renew("SM4GCM" if act.endswith("SM4") else "A256GCM")
                case "restart":
                    city.resealing = city.fresh()
                case "add":
                    await city.populate(1, f"more-{number}-")
                    count += 1
                case _:
                    await city.resealing.step()
        assert len(await city.read()) == count
        await city.finish()
        only = city.keys
        for key in city.keys.sealing:
            only = only if key == only.current else only.without(key)
        assert len(await city.read(only)) == count

    asyncio.run(live())


def test_kill_9_in_the_middle_loses_nothing_and_begins_nothing_anew(io_loop: IOLoop, tmp_path: Path) -> None:
    path, keys = tmp_path / "city.db", tmp_path / "keys"
    count = 6 * AT_ONCE

    async def populated() -> SealedCity:
        city = SealedCity(await SqliteDocuments.open(path))
        await city.populate(count)
        await city.documents.close()
        return city

    city = io_loop.run_sync(populated)
    former = city.renew("SM4GCM")
    keys.write_bytes(pickle.dumps(city.keys))
    seen = [0]
    for generation in range(2):
        lines = worked_until_killed(path, keys, enough=6 * generation + 3)
        assert lines[0][0] >= seen[-1], "it goes on where it was left off"
        seen += [line[0] for line in lines]

    async def finished() -> None:
        documents = await SqliteDocuments.open(path)
        again = SealedCity(documents, city.keys)
        assert await again.read() == expected(count), "half of it under one key, half under the other"
        before = (await again.resealing.progress()).looked_at
        assert before >= seen[-1]
        await again.finish()
        assert await again.read(city.keys.without(former)) == expected(count)
        assert former not in {key for _, key in await again.resealing.used_keys()}
        assert await documents.count(Resealed, "id") == 1
        await documents.close()

    io_loop.run_sync(finished)


def worked_until_killed(path: Path, keys: Path, enough: int) -> list[list[int]]:
    """Its whole lines, until the kill -9 that ended it in the midst of its work."""
    command = [sys.executable, "-m", "tests.contract.sealed_city", str(path), str(keys)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(enough)]
        process.kill()
        lines += process.stdout.readlines()
    return [[int(number) for number in line.split()] for line in lines if line.endswith("\n")]
