"""What holds for SQLite alone: it uses its indexes, follows its models, and survives trouble with its file."""

import asyncio
import resource
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from core.documents import Document, Documents, Duplicate, Index, Insert, Patch
from core.errors import StoreUnavailable
from core.queries import Query
from server.adapters.sqlite_documents import SqliteDocuments, connect
from server.adapters.sqlite_tables import Table, parameters
from server.adapters.sqlite_writer import LARGEST_BACKLOG, LARGEST_BATCH
from tests.contract.things import NOON, Slot, Ticket

LATER = NOON.replace(hour=5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "city.db"


@pytest.fixture
def no_database(tmp_path: Path) -> Path:
    other = tmp_path / "letter.txt"
    other.write_text("Dear citizens, " * 1_000)
    return other


class TestIndexes:
    @pytest.mark.parametrize(
        ("index", "equals", "bounds", "used"),
        [
            ("id", [], {}, "sqlite_autoindex_slots_1"),
            ("id", [], {"at_least": "a", "below": "b"}, "sqlite_autoindex_slots_1 (id>? AND id<?)"),
            ("park_opens", [], {}, "slots.park_opens"),
            ("park_opens", ["p"], {}, "slots.park_opens (park=?"),
            (
                "park_opens",
                ["p"],
                {"at_least": NOON, "below": LATER},
                "slots.park_opens (park=? AND opens>? AND opens<?)",
            ),
            ("park_opens", ["p", NOON], {}, "slots.park_opens (park=? AND opens=?"),
            ("park_opens", ["p", NOON], {"at_least": "a"}, "slots.park_opens (park=? AND opens=? AND id>?)"),
            ("park_opens", [], {"at_least": "p"}, "slots.park_opens (park>?)"),
            ("code", ["A"], {}, "slots.code (code=?)"),
            ("code", [], {"at_least": "A"}, "slots.code (code>?)"),
            ("park_code", ["p"], {"below": "B"}, "slots.park_code (park=? AND code>? AND code<?)"),
        ],
    )
    @pytest.mark.parametrize("descending", [False, True])
    async def test_every_query_goes_by_its_index_without_sorting(
        self, path: Path, index: str, equals: list[Any], bounds: dict[str, Any], used: str, *, descending: bool
    ) -> None:
        store = await SqliteDocuments.open(path)
        await store.prepare([Slot])
        table, query = Table(Slot), Query.of(Slot, index, equals, bounds.get("at_least"), bounds.get("below"))
        (found,) = _plan(path, table.find(query, descending=descending), (*parameters(query), 10))
        (counted,) = _plan(path, table.count(query), parameters(query))
        assert used in found
        assert used in counted
        if equals or bounds:
            assert found.startswith("SEARCH")
        await store.close()

    @pytest.mark.parametrize(
        ("index", "equals", "used"),
        [
            ("park_opens", ["p"], "(opens,id){}(?,?)"),
            ("park_opens", [], "(park,opens,id){}(?,?,?)"),
            ("id", [], "id{}?"),
            ("code", [], "code{}?"),
        ],
    )
    @pytest.mark.parametrize("descending", [False, True])
    async def test_a_later_page_starts_where_the_last_one_ended(
        self, path: Path, index: str, equals: list[Any], used: str, *, descending: bool
    ) -> None:
        store = await SqliteDocuments.open(path)
        slots = [Slot(id=str(number), park="p", opens=NOON, code=str(number)) for number in range(3)]
        await store.write(*(Insert(slot) for slot in slots))
        page = await store.find(Slot, index, *equals, limit=1, descending=descending)
        query = Query.of(Slot, index, equals, None, None).after(page.after, descending=descending)
        sql = Table(Slot).find(query, descending=descending)
        (found,) = _plan(path, sql, (*parameters(query), 10))
        assert used.format("<" if descending else ">") in found
        await store.close()


def _plan(path: Path, sql: str, values: tuple[Any, ...]) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


class Plain(Document):
    collection: ClassVar[str] = "things"
    kind: str | None = None
    size: int = 0


class ByKind(Plain):
    indexes: ClassVar[tuple[Index, ...]] = (Index("kind", ("kind",)),)


class ByKindAndSize(Plain):
    indexes: ClassVar[tuple[Index, ...]] = (Index("kind", ("kind", "size")), Index("size", ("size",), unique=True))


class Newer(Plain):
    indexes: ClassVar[tuple[Index, ...]] = (Index("colour", ("colour",), unique=True),)
    colour: str | None = None


class TestSchema:
    async def test_an_index_declared_later_holds_what_was_stored_before(self, path: Path) -> None:
        await _stored(path, Plain, *(Plain(id=f"{number:04}", kind="k", size=number) for number in range(2_500)))
        for model in (ByKind, ByKindAndSize, ByKind):
            store = await SqliteDocuments.open(path)
            assert await store.count(model, "kind", "k") == 2_500
            await store.close()

    async def test_an_index_dropped_and_declared_again_is_up_to_date(self, path: Path) -> None:
        await _stored(path, ByKind, ByKind(id="a", kind="old"))
        store = await SqliteDocuments.open(path)
        await store.write(Patch(Plain, "a", set={"kind": "new"}))
        await store.close()
        store = await SqliteDocuments.open(path)
        assert [one.id for one in (await store.find(ByKind, "kind", "new")).items] == ["a"]
        assert await store.count(ByKind, "kind", "old") == 0
        await store.close()

    async def test_a_unique_index_declared_later_is_kept_from_then_on(self, path: Path) -> None:
        await _stored(path, Plain, Plain(id="a", size=1))
        store = await SqliteDocuments.open(path)
        with pytest.raises(Duplicate):
            await store.write(Insert(ByKindAndSize(id="b", size=1)))
        await store.close()
        await _stored(path, Plain, Plain(id="b", size=1))

    async def test_a_unique_index_that_stored_documents_break_is_refused_by_name(self, path: Path) -> None:
        await _stored(path, Plain, Plain(id="a", size=1), Plain(id="b", size=1))
        store = await SqliteDocuments.open(path)
        with pytest.raises(ValueError, match=r"things\.size"):
            await store.prepare([ByKindAndSize])
        assert await store.count(Plain, "id") == 2
        await store.close()

    async def test_a_field_thought_of_later_is_none_in_what_was_stored_before(self, path: Path) -> None:
        await _stored(path, Plain, Plain(id="a"), Plain(id="b"))
        store = await SqliteDocuments.open(path)
        assert await store.count(Newer, "colour") == 0
        await store.write(Patch(Newer, "a", set={"colour": "red"}))
        assert [one.id for one in (await store.find(Newer, "colour", "red")).items] == ["a"]
        await store.close()

    @pytest.mark.parametrize("name", ["select", "order", "group", "index"])
    async def test_a_keyword_is_a_name_like_any_other(self, path: Path, name: str) -> None:
        class Keyword(Document):
            collection: ClassVar[str] = name
            indexes: ClassVar[tuple[Index, ...]] = (Index("where", ("order",)),)
            order: str = "x"

        await _stored(path, Keyword, Keyword(id="a"))

    @pytest.mark.parametrize("name", ['a"; DROP TABLE slots; --', "Ä", "A", "_a", "1a", "id", ""])
    async def test_an_odd_name_is_refused(self, path: Path, name: str) -> None:
        class Odd(Document):
            collection: ClassVar[str] = name

        store = await SqliteDocuments.open(path)
        with pytest.raises(ValueError):
            await store.prepare([Odd])
        await store.close()


async def _stored(path: Path, model: type[Document], *documents: Document) -> None:
    store = await SqliteDocuments.open(path)
    await store.write(*(Insert(document) for document in documents))
    assert await store.count(model, "id") >= len(documents)
    await store.close()


class TestFile:
    def test_is_its_owners_alone_and_written_durably(self, path: Path) -> None:
        asyncio.run(_stored(path, Slot, Slot(id="s")))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with closing(connect(path, 1.0)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    async def test_of_a_later_format_is_refused(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
        with pytest.raises(ValueError, match="99"):
            await SqliteDocuments.open(path)

    async def test_that_cannot_be_opened_is_unavailable(self, path: Path, no_database: Path) -> None:
        with pytest.raises(StoreUnavailable):
            await SqliteDocuments.open(path / "in" / "no" / "folder.db")
        with pytest.raises(StoreUnavailable):
            await SqliteDocuments.open(no_database)

    async def test_close_finishes_what_was_accepted(self, path: Path) -> None:
        threads = threading.active_count()
        store = await SqliteDocuments.open(path)
        await store.prepare([Slot])
        writes = [asyncio.ensure_future(store.write(Insert(Slot(id=str(number))))) for number in range(1_200)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writes)
        assert threading.active_count() == threads
        store = await SqliteDocuments.open(path)
        assert await store.count(Slot, "id") == 1_200
        await store.close()

    async def test_nothing_is_served_after_close(self, path: Path) -> None:
        store = await SqliteDocuments.open(path)
        await store.write(Insert(Slot(id="s")))
        await store.close()
        await store.close()
        asking: list[Callable[[], Any]] = [
            store.ping,
            lambda: store.get(Slot, "s"),
            lambda: store.get_many(Slot, ["s"]),
            lambda: store.find(Slot, "id"),
            lambda: store.count(Slot, "id"),
            lambda: store.count(Ticket, "id"),
            lambda: store.write(Insert(Slot(id="t"))),
        ]
        for ask in asking:
            with pytest.raises(StoreUnavailable):
                await ask()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program that writes to the file and does not come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def full_disk(more_bytes: int, path: Path) -> Iterator[None]:
    """No file may become larger than the write-ahead log is now, and some bytes more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.with_name(path.name + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestTrouble:
    async def test_a_writer_that_does_not_end_makes_writes_unavailable_and_no_reads(self, path: Path) -> None:
        store = await SqliteDocuments.open(path, busy_seconds=0.1)
        await store.write(Insert(Slot(id="before")))
        with locked(path):
            writes = [store.write(Insert(Slot(id=str(number)))) for number in range(20)]
            outcomes = await asyncio.gather(*writes, store.ping(), return_exceptions=True)
            assert [type(one) for one in outcomes] == [StoreUnavailable] * 21
            assert await store.get(Slot, "before") == Slot(id="before")
        await store.ping()
        await store.write(Insert(Slot(id="after")))
        assert await _ids(store) == ["after", "before"]
        await store.close()

    async def test_who_waited_behind_the_trouble_is_told_with_the_first(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = await SqliteDocuments.open(path, busy_seconds=0.1)
        await store.prepare([Slot])
        with locked(path):
            writes = [store.write(Insert(Slot(id=str(number)))) for number in range(3 * LARGEST_BATCH)]
            outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(one) for one in outcomes} == {StoreUnavailable}
        assert [record.getMessage() for record in caplog.records if "SQLITE_BUSY" in record.getMessage()] == [
            f"storage: a transaction of {3 * LARGEST_BATCH} failed: SQLITE_BUSY"
        ]
        await store.close()

    async def test_a_writer_that_ends_in_time_is_waited_for(self, path: Path) -> None:
        store = await SqliteDocuments.open(path)
        await store.prepare([Slot])
        with locked(path):
            waiting = asyncio.ensure_future(store.write(Insert(Slot(id="s"))))
            await asyncio.sleep(0)
            assert await store.get(Slot, "s") is None
        await waiting
        await store.close()

    async def test_a_queue_that_grows_too_long_sends_the_last_away(self, path: Path) -> None:
        store = await SqliteDocuments.open(path)
        await store.prepare([Slot])
        with locked(path):
            writes = [store.write(Insert(Slot(id=str(number)))) for number in range(LARGEST_BACKLOG + 1_000)]
            waiting = [asyncio.ensure_future(write) for write in writes]
            await asyncio.sleep(0)
            refused = [write for write in waiting if write.done()]
            assert 500 <= len(refused) <= 1_000
            assert {type(write.exception()) for write in refused} == {StoreUnavailable}
        await asyncio.gather(*(write for write in waiting if write not in set(refused)))
        assert await store.count(Slot, "id") == LARGEST_BACKLOG + 1_000 - len(refused)
        await store.close()

    async def test_on_a_full_disk_the_store_says_that_it_cannot_serve(self, path: Path) -> None:
        store = await SqliteDocuments.open(path)
        await store.ping()
        with full_disk(0, path), pytest.raises(StoreUnavailable):
            await store.ping()
        await store.ping()
        await store.close()

    async def test_a_full_disk_refuses_writes_and_loses_none(self, path: Path) -> None:
        store = await SqliteDocuments.open(path)
        await store.write(Insert(Slot(id="before", park="p" * 10_000)))
        acknowledged = ["before"]
        refused = 0
        with full_disk(100_000, path):
            for number in range(30):
                try:
                    await store.write(
                        Insert(Slot(id=f"{number}", park="p" * 10_000)), Patch(Slot, "before", add={"taken": 1})
                    )
                    acknowledged.append(f"{number}")
                except StoreUnavailable:
                    refused += 1
                assert await store.get(Slot, "before") is not None
        assert refused > 0 < len(acknowledged) - 1
        await store.write(Insert(Slot(id="after")))
        before = await store.get(Slot, "before")
        assert before is not None
        assert before.taken == len(acknowledged) - 1
        assert await _ids(store) == sorted([*acknowledged, "after"])
        await store.close()


async def _ids(documents: Documents) -> list[str]:
    return [one.id for one in (await documents.find(Slot, "id")).items]
