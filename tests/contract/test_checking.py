"""A store looked over: whatever is wrong in it is named by collection and id, and nothing else is said of it."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pymongo
import pytest

from core.archive import Archive, Damaged, Entry, MomentLost
from core.clock import ManualClock
from core.documents import Delete, Document, Documents, Insert, JsonObject, Operation, Patch
from identity_center.access_log import AccessLogEntry, AccessLogHead
from identity_center.account import Account
from identity_center.vault import Vault, VaultKeys
from insight.model import UsageTotals, Visitor, VisitorCount
from server.adapters.mongo_archive import MongoArchive
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.sqlite_archive import SqliteArchive
from server.adapters.sqlite_documents import SqliteDocuments
from server.collections import COLLECTIONS
from server.moving.checking import faults_of
from service_registry.booking.bookings import Booking, Claim, Inventory
from tests import mongod
from tests.booking_city import SUNDAY_EVENING
from tests.contract.things import Ticket
from tests.settled_city import KEYS, settle
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI

CLOCK = ManualClock(SUNDAY_EVENING)
VAULT = Vault(KEYS)


async def told(archive: Archive, vault: Vault | None = VAULT) -> list[str]:
    """Every fault in words."""
    found = [fault async for fault in faults_of(archive, vault, CLOCK, lambda _line: None)]
    return [f"{fault.collection} {fault.id}: {fault.what}" for fault in found]


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("settled") / "city.db"

    async def live() -> None:
        documents = await SqliteDocuments.open(file)
        await settle(documents)
        await documents.close()

    asyncio.run(live())
    return file


@pytest.fixture
def file(settled: Path, tmp_path: Path) -> Path:
    """A city's file of its own for each test."""
    return Path(shutil.copy(settled, tmp_path / "city.db"))


async def faults_in(file: Path, vault: Vault | None = VAULT) -> list[str]:
    archive = await SqliteArchive.open(file, "moment")
    try:
        return await told(archive, vault)
    finally:
        await archive.close()


async def written(file: Path, *operations: Operation) -> None:
    documents = await SqliteDocuments.open(file)
    await documents.write(*operations)
    await documents.close()


async def entries(file: Path, model: type[Document]) -> list[Entry]:
    archive = await SqliteArchive.open(file)
    try:
        return await archive.scan(model)
    finally:
        await archive.close()


async def first(file: Path, model: type[Document]) -> JsonObject:
    stored = (await entries(file, model))[0].stored
    assert stored is not None
    return stored


def by_hand(file: Path, *statements: str, **values: object) -> None:
    """As somebody does it who has the database's shell."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement, values)
        connection.commit()


async def test_a_city_as_it_must_be_has_no_faults(file: Path) -> None:
    assert await faults_in(file) == []
    assert await faults_in(file, None) == []


def test_looking_changes_nothing(file: Path) -> None:
    before = file.read_bytes()
    assert asyncio.run(faults_in(file)) == []
    assert file.read_bytes() == before


async def test_writers_go_on_and_what_they_write_is_not_of_the_moment(file: Path) -> None:
    archive = await SqliteArchive.open(file, "moment")
    documents = await SqliteDocuments.open(file, busy_seconds=0.1)
    await documents.write(Insert(Inventory(id="later", taken=3)))  # somebody books meanwhile, wrongly even
    assert await told(archive) == []
    await archive.close()
    await documents.close()
    assert await faults_in(file) == ["booking_inventory later: has 3 places taken; live bookings hold 0"]


class TestBooks:
    async def test_places_taken_that_nobody_holds(self, file: Path) -> None:
        by_id = {entry.id: entry.stored for entry in await entries(file, Inventory) if entry.stored}
        day = next(one for one in by_id if one.endswith("2026-11-23"))
        slot = next(one for one in by_id if one != day and by_id[one]["taken"])
        await written(file, Patch(Inventory, day, add={"taken": 1}), Delete(Inventory, slot))
        taken, held = by_id[day]["taken"], by_id[slot]["taken"]
        assert await faults_in(file) == sorted(
            [
                f"booking_inventory {day}: has {taken + 1} places taken; live bookings hold {taken}",
                f"booking_inventory {slot}: has 0 places taken; live bookings hold {held}",
            ]
        )

    async def test_a_live_booking_whose_claim_is_gone_or_anothers(self, file: Path) -> None:
        claims = {entry.id: entry.stored for entry in await entries(file, Claim) if entry.stored}
        gone, anothers = list(claims)[:2]
        await written(file, Delete(Claim, gone), Patch(Claim, anothers, set={"booking_id": "another"}))
        found = await faults_in(file)
        assert sorted(found) == sorted(
            f"bookings {claims[claim]['booking_id']}: lives without its claim {claim}" for claim in (gone, anothers)
        )

    async def test_figures_that_do_not_agree(self, file: Path) -> None:
        given = (await first(file, VisitorCount))["given"]
        await written(
            file,
            Patch(Visitor, "citizen-2", set={"number": 99}),
            Patch(VisitorCount, VisitorCount.ID, add={"given": 1}),
            Patch(UsageTotals, UsageTotals.ID, set={"outcomes": {"ok": 1}}),
        )
        assert await faults_in(file) == [
            "visitors None: numbers are given twice or left out",
            f"visitor_counts visitors: says {given + 1} numbers were given out; there are {given} visitors",
            "usage_totals all: is not the sum of the days",
        ]


class TestChains:
    async def test_an_entry_that_was_altered_or_taken_out(self, file: Path) -> None:
        entry = await first(file, AccessLogEntry)
        account = entry["account_id"]
        await written(file, Patch(AccessLogEntry, f"{account}.7", set={"department": "gy.somebody_else"}))
        assert await faults_in(file) == [f"access_log {account}.7: is altered"]
        await written(file, Delete(AccessLogEntry, f"{account}.3"))
        assert await faults_in(file) == [f"access_log {account}.3: is missing"]
        assert await faults_in(file, None) == []

    async def test_a_chain_without_its_head_and_a_head_without_its_chain(self, file: Path) -> None:
        head = AccessLogHead.model_validate(await first(file, AccessLogHead))
        lone = AccessLogHead(id="nobody", number=2, seal="seal")
        await written(file, Delete(AccessLogHead, head.id), Insert(lone))
        assert await faults_in(file) == [
            f"access_log {head.id}.{head.number + 1}: is missing",
            "access_log_heads nobody: has no entries",
        ]

    async def test_the_keys_of_another_city(self, file: Path) -> None:
        found = await faults_in(file, Vault(VaultKeys.generated()))
        assert found == ["vault_marks index: was made with other keys than those of vault.json"]


class TestDocuments:
    async def test_a_document_that_is_none(self, file: Path) -> None:
        account, booking = await first(file, Account), await first(file, Booking)
        other = json.dumps({**booking, "state": "sold", "places": "two", "id": "another"})
        by_hand(file, "UPDATE accounts SET _json = '{' WHERE id = :id", id=account["id"])
        by_hand(file, "UPDATE bookings SET _json = :other WHERE id = :id", other=other, id=booking["id"])
        by_hand(file, "UPDATE staff SET _json = json_remove(_json, '$.version')")
        found = await faults_in(file)
        assert f"accounts {account['id']}: is no JSON object" in found
        assert f"bookings {booking['id']}: names itself otherwise" in found
        assert f"bookings {booking['id']}: is no Booking: places (int_parsing), state (literal_error)" in found
        assert [line for line in found if line.startswith("staff ") and line.endswith(": has no version")]

    async def test_an_index_under_another_value(self, file: Path) -> None:
        account, booking = await first(file, Account), await first(file, Booking)
        by_hand(file, "UPDATE accounts SET openid_index = 'other' WHERE id = :id", id=account["id"])
        by_hand(file, "UPDATE bookings SET over_at = NULL WHERE id = :id", id=booking["id"])
        assert await faults_in(file) == [
            f"accounts {account['id']}: stands in an index under another openid_index",
            f"bookings {booking['id']}: stands in an index under another over_at",
        ]

    async def test_an_index_that_is_gone_and_what_it_would_have_refused(self, file: Path) -> None:
        ids = [entry.id for entry in await entries(file, Account)]
        by_hand(
            file,
            'DROP INDEX "accounts.openid"',
            "UPDATE accounts SET openid_index = 'same', _json = json_set(_json, '$.openid_index', 'same')",
        )
        assert await faults_in(file) == [
            "accounts None: its index openid is not as declared; the next start makes it anew",
            f"accounts {ids[0]}: stands with {len(ids) - 1} more in one place of openid",
        ]

    async def test_a_collection_of_another_version(self, file: Path) -> None:
        await written(file, Insert(Ticket(id="t", slot="s", citizen="c")))
        assert await faults_in(file) == ["tickets None: is a collection of which this version has no model"]

    async def test_what_is_said_names_no_person(self, file: Path) -> None:
        account = await first(file, Account)
        private = json.dumps({**account, "created_at": LI, "phone_index": {LI_NUMBER: PHONE_OF_LI}, "openid_index": LI})
        by_hand(file, "UPDATE accounts SET _json = :private WHERE id = :id", private=private, id=account["id"])
        found = await faults_in(file)
        assert len(found) >= 2
        for secret in (LI, LI_NUMBER, PHONE_OF_LI, account["openid_index"], account["openid_sealed"]):
            assert secret not in "\n".join(found)


class TestDamage:
    async def test_a_page_that_is_overwritten(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'access_log'").fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        with file.open("r+b") as content:
            content.seek((page - 1) * size)
            content.write(b"\xff" * size)
        found = await faults_in(file)
        assert found[0].startswith("city.db None: ")
        assert "access_log None: cannot be read to its end (SQLITE_CORRUPT)" in found

    def test_what_is_no_database(self, file: Path) -> None:
        file.write_bytes(b"not a database, but long enough to look at" * 100)
        with pytest.raises(Damaged):
            asyncio.run(faults_in(file))


@pytest.fixture
def shell() -> Iterator["pymongo.database.Database[JsonObject]"]:
    """The database past every port."""
    mongod.empty()
    with pymongo.MongoClient[JsonObject](mongod.mongodb()) as client:
        yield client[mongod.database_name()]


@asynccontextmanager
async def settled_mongo() -> AsyncIterator[Documents]:
    documents = await MongoDocuments.open(mongod.mongodb(), database=mongod.database_name())
    await documents.prepare(COLLECTIONS)
    await settle(documents)
    try:
        yield documents
    finally:
        await documents.close()


@asynccontextmanager
async def looked_at() -> AsyncIterator[Archive]:
    archive = await MongoArchive.open(mongod.mongodb(), database=mongod.database_name(), moment=True)
    try:
        yield archive
    finally:
        await archive.close()


class TestMongo:
    async def test_a_moment_is_looked_at_while_others_write(self, shell: Any) -> None:
        async with settled_mongo() as documents, looked_at() as archive:
            assert await archive.count(Inventory) > 0
            await documents.write(Insert(Inventory(id="later", taken=3)))
            assert await told(archive) == []
            async with looked_at() as afterwards:
                assert await told(afterwards) == ["booking_inventory later: has 3 places taken; live bookings hold 0"]

    async def test_what_is_done_by_hand_is_named(self, shell: Any) -> None:
        async with settled_mongo(), looked_at() as archive:
            account = shell["accounts"].find_one()
            shell["accounts"].drop_index("openid")
            twin = {**account, "_id": "twin"}
            shell["accounts"].insert_one(twin)
            shell["staff"].insert_one({"name": "no id of ours"})
            shell["revocations"].update_one({}, {"$set": {"forget_at": SUNDAY_EVENING}})
            revocation = shell["revocations"].find_one()["_id"]
            found = await told(archive)
        assert "accounts None: its index openid is not as declared; the next start makes it anew" in found
        one = min(account["_id"], "twin")
        assert f"accounts {one}: stands with 1 more in one place of openid" in found
        assert "staff None: 1 ids are no text" in found
        assert f"revocations {revocation}: is no JSON object" in found
        assert len(found) == 4

    async def test_a_moment_that_mongodb_has_forgotten_is_said(self, shell: Any) -> None:
        admin = shell.client.admin
        async with settled_mongo() as documents, looked_at() as archive:
            assert await archive.count(Inventory) > 0
            admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=0)
            try:
                with pytest.raises(MomentLost):
                    await asyncio.wait_for(read_until_lost(documents, archive), 20)
            finally:
                admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=300)


async def read_until_lost(documents: Documents, archive: Archive) -> None:
    while True:
        await documents.write(Patch(VisitorCount, VisitorCount.ID, add={"given": 1}))
        await archive.scan(Inventory)
