"""What holds for MongoDB alone: its indexes are used, guards are filters, several workers share it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pymongo
import pytest
from tornado.ioloop import IOLoop

from core.conditions import Condition, all_of, field
from core.documents import Document, Documents, Duplicate, GuardFailed, Index, Insert, JsonObject, Patch, cursor
from core.errors import StoreUnavailable
from core.queries import Query
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.mongo_queries import hint, order, ranges
from tests.contract.things import NOON, Everything, Slot, Ticket
from tests.mongod import Mongod, database_name, empty, mongodb

LATER = NOON.replace(hour=5)
FREE = field("taken").at_most(field("capacity") - 1)


@asynccontextmanager
async def opened(url: str | None = None, deadline_seconds: float = 5.0) -> AsyncIterator[MongoDocuments]:
    documents = await MongoDocuments.open(url or mongodb(), database=database_name(), deadline_seconds=deadline_seconds)
    try:
        yield documents
    finally:
        await documents.close()


@pytest.fixture
def mongo(io_loop: IOLoop) -> Iterator[MongoDocuments]:
    empty()
    documents = io_loop.run_sync(lambda: MongoDocuments.open(mongodb(), database=database_name()))
    yield documents
    io_loop.run_sync(documents.close)


@pytest.fixture
def shell() -> Iterator["pymongo.database.Database[JsonObject]"]:
    """The same database, past the port."""
    with pymongo.MongoClient[JsonObject](mongodb()) as client:
        yield client[database_name()]


class TestIndexes:
    @pytest.mark.parametrize(
        ("index", "equals", "bounds", "after"),
        [
            ("id", [], {}, None),
            ("id", [], {"at_least": "s2", "below": "s5"}, None),
            ("park_opens", [], {}, ("p", "2026-11-22T04:00:00.000000Z")),
            ("park_opens", ["p"], {}, ("p", "2026-11-22T04:00:00.000000Z")),
            ("park_opens", ["p"], {"at_least": NOON, "below": LATER}, None),
            ("park_opens", ["p", NOON], {"at_least": "s3"}, None),
            ("park_taken", ["p"], {"at_least": 1}, ("p", 1)),
            ("code", ["c3"], {}, None),
            ("code", [], {"at_least": "c3"}, ("c4",)),
            ("park_code", ["p"], {"below": "c7"}, ("p", "c1")),
        ],
    )
    @pytest.mark.parametrize("descending", [False, True])
    async def test_a_query_reads_its_part_of_its_index_and_no_more(
        self, mongo: MongoDocuments, shell: Any, index: str, equals: list[Any], bounds: Any, after: Any, *,
        descending: bool,
    ) -> None:  # fmt: skip
        places = itertools.product("pq", range(40))
        slots = [
            Slot(id=f"s{hour}{park}", park=park, opens=NOON.replace(minute=hour), taken=hour, code=f"c{hour}{park}")
            for park, hour in places
        ]
        await mongo.write(*(Insert(slot) for slot in slots), *(Insert(Slot(id=f"none {n}")) for n in range(40)))
        query = Query.of(Slot, index, equals, bounds.get("at_least"), bounds.get("below"))
        if after:
            query = query.after(cursor(query.index, after, "s0"), descending=descending)
        for part in ranges(query, descending=descending):
            asked = (
                shell["slots"]
                .find(part, hint=hint(query.index))
                .sort(order(query, descending=descending) or [("_id", 1)])
            )
            plan = asked.limit(1000).explain()
            stages = set(_stages(plan["queryPlanner"]["winningPlan"]))
            told = plan["executionStats"]
            assert "IXSCAN" in stages
            assert not stages & {"COLLSCAN", "SORT"} or (told["totalKeysExamined"] <= 2 and "COLLSCAN" not in stages)
            assert told["totalDocsExamined"] == told["nReturned"]
            assert told["totalKeysExamined"] <= told["nReturned"] + 4  # looks behind the end of a range

    async def test_a_query_without_its_index_is_an_error_not_a_scan(self, mongo: MongoDocuments, shell: Any) -> None:
        await mongo.write(Insert(Slot(id="s", code="A")))
        shell["slots"].drop_index("park_opens")
        with pytest.raises(StoreUnavailable):
            await mongo.find(Slot, "park_opens", "qianling")
        async with opened() as restarted:  # the next start makes it again
            await restarted.write(Patch(Slot, "s", set={"opens": NOON}))
            assert await restarted.count(Slot, "park_opens", "qianling") == 1


class Old(Document):
    collection: ClassVar[str] = "changing"
    indexes: ClassVar[tuple[Index, ...]] = (Index("name", ("name",)), Index("old", ("age",)))

    name: str | None = None
    age: int = 0


class New(Old):
    indexes: ClassVar[tuple[Index, ...]] = (Index("name", ("name",), unique=True), Index("age_name", ("age", "name")))


class TestModels:
    async def test_indexes_follow_the_models(self, mongo: MongoDocuments, shell: Any) -> None:
        shell["changing"].drop()
        await mongo.write(*(Insert(Old(id=str(number), name=f"n{number}", age=number)) for number in range(3)))
        async with opened() as later:
            await later.prepare([New])
            assert [one.id for one in (await later.find(New, "age_name", 1)).items] == ["1"]
            with pytest.raises(Duplicate):
                await later.write(Insert(New(id="4", name="n1")))
            assert await mongo.count(Old, "old", 2) == 1  # a worker of the former version still runs

    async def test_documents_that_collide_in_a_new_unique_index_are_named(
        self, mongo: MongoDocuments, shell: Any
    ) -> None:
        shell["changing"].drop()
        await mongo.write(Insert(Old(id="1", name="same")), Insert(Old(id="2", name="same")))
        async with opened() as later:
            with pytest.raises(ValueError, match="name"):
                await later.prepare([New])


class TestMistakes:
    @pytest.mark.parametrize(
        "unfit",
        [
            Insert(Everything(id="large", name="x" * 17_000_000)),
            Insert(Everything(id="name with a nul", counts={"a\0b": 1})),
            Insert(Everything(id="long number", counts={"a": 2**63})),
        ],
        ids=lambda insert: insert.id,
    )
    async def test_what_no_document_can_hold_is_its_own_callers_mistake(
        self, mongo: MongoDocuments, unfit: Insert
    ) -> None:
        outcomes = await asyncio.gather(
            mongo.write(unfit, Insert(Ticket(id="with it", slot="s", citizen="c"))),
            mongo.write(unfit),
            *(mongo.write(Insert(Slot(id=str(n))), Insert(Ticket(id=str(n), slot="s", citizen=str(n)))) for n in "123"),
            return_exceptions=True,
        )
        assert all(isinstance(one, ValueError | OverflowError) for one in outcomes[:2])
        assert not any(isinstance(one, BaseException) for one in outcomes[2:])
        assert await mongo.count(Everything, "id") == 0
        assert await mongo.count(Ticket, "id") == 3

    async def test_half_a_character_is_found_nowhere_and_harms_nobody(self, mongo: MongoDocuments) -> None:
        half = "\ud83c"
        outcomes = await asyncio.gather(
            mongo.write(Patch(Slot, half, set={"taken": 1}), Insert(Ticket(id="t", slot="s", citizen="c"))),
            mongo.write(Patch(Slot, half, set={"taken": 1})),
            mongo.write(Insert(Slot(id="a")), Insert(Slot(id="b"))),
            return_exceptions=True,
        )
        assert [type(one) for one in outcomes[:2]] == [GuardFailed] * 2
        assert await mongo.get_many(Slot, [half, "a"]) == {"a": Slot(id="a")}
        assert (await mongo.find(Slot, "code", half)).items == ()
        assert await mongo.count(Slot, "code", half) == 0

    async def test_what_is_no_url_is_refused(self) -> None:
        with pytest.raises(ValueError, match="URL"):
            await MongoDocuments.open("postgres://127.0.0.1/")

    async def test_a_server_without_transactions_is_refused(self) -> None:
        lone = Mongod(alone=True)
        await asyncio.to_thread(lone.start)
        try:
            with pytest.raises(ValueError, match="replSet"):
                await MongoDocuments.open(lone.url)
        finally:
            lone.remove()

    async def test_a_closed_store_is_unavailable(self, mongo: MongoDocuments) -> None:
        await mongo.close()
        calls: list[Callable[[], Coroutine[Any, Any, Any]]] = [
            lambda: mongo.get(Slot, "s"), lambda: mongo.write(Insert(Slot(id="s"))), mongo.ping,
            lambda: mongo.find(Slot, "id"), lambda: mongo.count(Slot, "id"), lambda: mongo.get_many(Slot, ["s"]),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(StoreUnavailable):
                await call()


GUARDS: list[tuple[Condition, bool]] = [
    (field("taken").at_most(field("capacity") - 1), True),
    (field("taken").equals(2), True),
    (field("id").equals("s"), True),
    (field("code").above("A"), True),
    (field("reserve").equals(None), True),
    (all_of(field("open").equals(True), field("opens").at_most(NOON)), True),
    (field("taken").above(field("capacity")), False),
    (field("reserve").below(9), False),
    (field("never_stored").equals(None), True),
    (field("never_stored").at_least(0), False),
]


@pytest.mark.parametrize(("guard", "met"), GUARDS)
async def test_a_guard_alone_means_what_it_means_among_others(
    mongo: MongoDocuments, guard: Condition, *, met: bool
) -> None:
    """Alone, it is a filter of MongoDB; together with other operations it is evaluated here."""
    await mongo.write(Insert(Slot(id="s", taken=2, capacity=3, opens=NOON, code="B")))
    patch = Patch(Slot, "s", set={"park": "patched"}, guard=guard)
    for number, others in enumerate([(), (Insert(Ticket(id="t", slot="s", citizen="c")),)]):
        if met:
            assert (await mongo.write(patch, *others)).after(patch).version == 2 + number
        else:
            with pytest.raises(GuardFailed):
                await mongo.write(patch, *others)


class TestWorkers:
    async def test_several_never_give_more_places_than_there_are(self, mongo: MongoDocuments) -> None:
        await mongo.write(Insert(Slot(id="hot", capacity=50)))

        async def take(worker: Documents, name: str) -> bool:
            try:
                await worker.write(
                    Patch(Slot, "hot", add={"taken": 1}, guard=FREE), Insert(Ticket(id=name, slot="hot", citizen=name))
                )
            except GuardFailed:
                return False
            return True

        async with opened() as second, opened() as third:
            workers = [mongo, second, third]
            taking = [take(workers[number % 3], str(number)) for number in range(240)]
            assert sum(await asyncio.gather(*taking)) == 50
        slot = await mongo.get(Slot, "hot")
        assert slot is not None
        assert slot.taken == await mongo.count(Ticket, "id") == 50

    async def test_several_give_a_unique_place_once(self, mongo: MongoDocuments) -> None:
        async with opened() as second:
            claims = [
                worker.write(Insert(Ticket(id=f"{name}{n}", slot="s", citizen="c")), Insert(Slot(id=f"{name}{n}")))
                for n in range(40)
                for name, worker in (("first", mongo), ("second", second))
            ]
            outcomes = await asyncio.gather(*claims, return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, Duplicate)]
        assert len(refused) == 79
        assert {one.index for one in refused} == {"slot_citizen"}
        assert await mongo.count(Ticket, "id") == await mongo.count(Slot, "id") == 1

    async def test_single_and_joint_writes_count_together(self, mongo: MongoDocuments) -> None:
        counted = Patch(Slot, "s", add={"taken": 1}, otherwise=Slot(id="s", taken=1))
        async with opened() as second:
            for turn in range(20):
                joint = Insert(Ticket(id=str(turn), slot=str(turn), citizen="c"))
                await asyncio.gather(mongo.write(counted), second.write(counted), second.write(counted, joint))
        slot = await mongo.get(Slot, "s")
        assert slot is not None
        assert slot.taken == slot.version == 60


def _stages(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for part in plan.values():
            yield from _stages(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _stages(part)
