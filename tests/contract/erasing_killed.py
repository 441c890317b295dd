"""Erases an account again and again, killed with SIGKILL one write later each time, until one run comes to its end.

python -m tests.contract.erasing_killed FOLDER

After each kill the account is whole, with its key and its closing, or gone in all of them; and the next run of the job
comes to the end that a run without any kill comes to.
"""

import asyncio
import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

from core.clock import ManualClock
from core.closing import Closing, Erasure
from core.documents import Document, Operation, Written
from identity_center.access_log import AccessLog
from identity_center.account import Account
from identity_center.data_keys import StoredDataKey
from identity_center.persons import Person
from identity_center.vault import Vault, VaultKeys
from server.adapters.erased_ledger import entries_of
from server.adapters.sqlite_documents import SqliteDocuments
from server.collections import COLLECTIONS
from service_registry.booking.bookings import Booking, Inventory
from tests.privacy_world import PrivacyWorld, all_credentials
from tests.unit.identity_world import NOON

KEYS = VaultKeys.generated()
TIME_COMES = NOON + timedelta(days=7)
VOLATILE = {"revocations", "erasures", "pings"}


async def opened(folder: Path, clock: ManualClock) -> PrivacyWorld:
    documents = await SqliteDocuments.open(folder / "city.db")
    await documents.prepare(COLLECTIONS)
    return PrivacyWorld(folder, documents, vault=Vault(KEYS), clock=clock)


async def prepared(folder: Path) -> str:
    """A city in which the time of a closed account has come: its id."""
    world = await opened(folder, ManualClock(NOON))
    citizen = await world.settled()
    await world.closings.ask(citizen)
    await world.documents.close()
    return citizen.id


async def erasing(folder: Path, kill_at: int) -> None:
    """The job to its end; the process kills itself when so many writes are done."""
    world = await opened(folder, ManualClock(TIME_COMES))
    write, left = world.documents.write, [kill_at]

    async def counted(*operations: Operation) -> Written:
        written = await write(*operations)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    world.documents.write = counted  # type: ignore[method-assign]
    await world.erased()
    await world.documents.close()


def killed(folder: Path, kill_at: int) -> bool:
    """A run in a process of its own. False when it came to its end before that write."""
    child = os.fork()
    if child == 0:
        asyncio.run(erasing(folder, kill_at))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


async def check_after_kill(folder: Path, account_id: str) -> None:
    world = await opened(folder, ManualClock(TIME_COMES))
    models: tuple[type[Document], ...] = (Account, StoredDataKey, Closing)
    there = {await world.documents.get(model, account_id) is not None for model in models}
    assert len(there) == 1, "the account is whole, or it is gone"
    assert (await world.documents.get(Erasure, account_id) is None) == there.pop()
    assert await AccessLog(world.documents, world.clock, world.vault).fault(account_id) is None
    for credential in await all_credentials(world):
        assert await world.record.fault(credential.id) is None
    held = sum([one.places for one in (await world.documents.find(Booking, "id")).items if one.state == "reserved"])
    assert sum([one.taken for one in (await world.documents.find(Inventory, "id")).items]) == held
    await world.documents.close()


async def outcome(folder: Path) -> dict[str, int]:
    """How many documents of each kind are left, without what comes and goes."""
    world = await opened(folder, ManualClock(TIME_COMES))
    left = {model.collection: await world.documents.count(model, "id") for model in COLLECTIONS}
    (erasure,) = (await world.documents.find(Erasure, "id")).items
    assert (erasure.next_at, erasure.person_key, erasure.finished_at is not None) == (None, None, True)
    assert await world.documents.count(Person, "id") == 0
    assert list(entries_of(folder / "erased.jsonl")) == [erasure.id]
    await world.documents.close()
    return {name: count for name, count in left.items() if name not in VOLATILE}


def main(folder: Path) -> None:
    first = folder / "first"
    first.mkdir()
    account_id = asyncio.run(prepared(first))
    whole = folder / "whole"
    shutil.copytree(first, whole)
    assert not killed(whole, 10_000)
    expected = asyncio.run(outcome(whole))
    step, ended = 0, False
    while not ended:
        step += 1
        work = folder / f"step-{step}"
        shutil.copytree(first, work)
        ended = not killed(work, step)
        asyncio.run(check_after_kill(work, account_id))
        assert not killed(work, 10_000)
        assert asyncio.run(outcome(work)) == expected, step
        shutil.rmtree(work)
    print("steps", step)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
