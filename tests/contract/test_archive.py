"""The archive port: a store walked through and filled as a whole, over every adapter."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.archive import CannotPut, Digest, canonical
from core.conditions import field
from core.documents import Delete, Duplicate, GuardFailed, Insert, JsonObject, Patch, Replace
from tests.contract.archives import ARCHIVES, Both, entries_of, memory, mongo, opened, sqlite, stored_in
from tests.contract.things import NOON, Everything, Slot, Ticket

IDS = ["A", "a", "a.1", "a/2026-11-22", "b" * 300, "é", "城", "🏞️"]


@pytest.fixture(params=ARCHIVES, ids=lambda adapter: str(adapter.__name__))
def both(request: pytest.FixtureRequest, io_loop: IOLoop, tmp_path: Path) -> Iterator[Both]:
    store: Both = io_loop.run_sync(lambda: request.param(tmp_path))
    yield store
    io_loop.run_sync(store.archive.close)
    io_loop.run_sync(store.documents.close)


def slot(document_id: str, **fields: object) -> JsonObject:
    """As it is stored."""
    stored = Slot(id=document_id).model_dump(mode="json")
    return {**stored, **fields}


class TestScanning:
    async def test_what_was_written_is_there_once_in_order_of_id(self, both: Both) -> None:
        await both.documents.write(*(Insert(Slot(id=one)) for one in reversed(IDS)))
        assert [entry.id for entry in await entries_of(both.archive, Slot)] == IDS
        pages = []
        after: str | None = None
        while page := await both.archive.scan(Slot, after, 3):
            pages.append([entry.id for entry in page])
            after = page[-1].id
        assert pages == [IDS[:3], IDS[3:6], IDS[6:]]

    async def test_documents_come_as_they_were_left(self, both: Both) -> None:
        first = Everything(
            id="e", name="城", picture=b"\0\xff", at=NOON, share=0.1, tags=("x",), counts={"n": 2**63 - 1}
        )
        await both.documents.write(Insert(first), Insert(Slot(id="s")), Insert(Slot(id="gone")))
        await both.documents.write(Patch(Slot, "s", add={"taken": 1}), Delete(Slot, "gone"))
        assert await stored_in(both.archive, Everything) == [first.model_dump(mode="json")]
        assert await stored_in(both.archive, Slot) == [slot("s", taken=1, version=2)]

    async def test_an_empty_store_has_nothing(self, both: Both) -> None:
        assert await both.archive.scan(Slot) == []
        assert await both.archive.count(Slot) == 0
        assert await both.archive.faults(Slot) == []
        assert await both.archive.damage() == []
        assert not await both.archive.names() & {"slots", "tickets"}

    async def test_collections_are_named_that_hold_something(self, both: Both) -> None:
        await both.documents.write(Insert(Slot(id="s")), Insert(Ticket(id="t", slot="s", citizen="c")))
        await both.documents.write(Delete(Ticket, "t"))
        assert await both.archive.names() & {"slots", "tickets"} == {"slots"}


class TestPutting:
    async def test_a_document_keeps_its_version_and_fields_that_no_model_knows(self, both: Both) -> None:
        put = [slot("s", version=7, taken=3, former={"a": [1, 2.5, None, "x"]}), slot("t")]
        del put[1]["reserve"]  # from before the field was thought of
        await both.archive.put(Slot, put)
        assert await stored_in(both.archive, Slot) == put
        found = await both.documents.get(Slot, "s")
        assert found == Slot(id="s", version=7, taken=3)
        assert await both.archive.count(Slot) == 2

    async def test_what_is_put_is_found_and_guarded_as_if_it_had_been_written(self, both: Both) -> None:
        opens = "2026-11-22T04:00:00.000000Z"
        await both.archive.put(Slot, [slot("s", version=4, opens=opens, code="A"), slot("t", park=None)])
        assert [one.id for one in (await both.documents.find(Slot, "park_opens", "qianling", NOON)).items] == ["s"]
        assert await both.documents.count(Slot, "id") == 2
        with pytest.raises(Duplicate) as refused:
            await both.documents.write(Insert(Slot(id="u", code="A")))
        assert refused.value.index == "code"
        with pytest.raises(GuardFailed):
            await both.documents.write(Patch(Slot, "s", add={"taken": 2}, guard=field("taken").at_most(-1)))
        found = await both.documents.get(Slot, "s")
        assert found is not None
        await both.documents.write(Replace(found.model_copy(update={"taken": 1})))
        assert (await stored_in(both.archive, Slot))[0]["version"] == 5

    async def test_putting_again_changes_nothing_and_putting_another_replaces(self, both: Both) -> None:
        batch = [slot(one, code=one) for one in IDS]
        for _ in range(3):
            await both.archive.put(Slot, batch)
        assert await both.archive.count(Slot) == len(IDS)
        await both.archive.put(Slot, [slot("a", version=9, code="other")])
        found = (await both.documents.find(Slot, "code", "other")).items
        assert [(one.id, one.version) for one in found] == [("a", 9)]
        assert (await both.documents.find(Slot, "code", "a")).items == ()
        assert await both.archive.faults(Slot) == []

    async def test_what_stands_in_anothers_place_is_refused_by_name(self, both: Both) -> None:
        await both.archive.put(Slot, [slot("first", code="A")])
        with pytest.raises(CannotPut, match=r"slots second: another document stands in its place .*code"):
            await both.archive.put(Slot, [slot("second", code="A")])
        assert await both.archive.count(Slot) == 1

    async def test_clearing_takes_all_of_one_collection(self, both: Both) -> None:
        await both.archive.put(Slot, [slot(one, code=one) for one in IDS])
        await both.archive.put(Ticket, [Ticket(id="t", slot="s", citizen="c").model_dump(mode="json")])
        await both.archive.clear(Slot)
        assert (await both.archive.count(Slot), await both.archive.count(Ticket)) == (0, 1)
        await both.archive.put(Slot, [slot("new", code="a")])
        assert [one.id for one in (await both.documents.find(Slot, "code")).items] == ["new"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NAMES = st.text("abc城_", min_size=1, max_size=4)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(
    TEXTS.filter(bool),
    st.fixed_dictionaries({"version": st.integers(1, 9), "extra": VALUES, "share": NUMBERS, "at": st.none() | TEXTS}),
    max_size=5,
)


class Adapters:
    """All stores at once, kept open from one example to the next."""

    def __init__(self, loop: IOLoop, folder: Path) -> None:
        self._loop = loop
        self.all = [self.run(adapter(folder)) for adapter in (memory, sqlite, mongo)]

    def run(self, work: Any) -> Any:
        return self._loop.run_sync(lambda: work)


def test_every_store_gives_back_exactly_what_was_put_in_whatever_it_is(io_loop: IOLoop, tmp_path: Path) -> None:
    adapters = Adapters(io_loop, tmp_path)

    async def check(documents: list[JsonObject]) -> None:
        before = Digest().with_all(documents)
        for both in adapters.all:
            await both.archive.clear(Everything)
            await both.archive.put(Everything, documents)
            found = await stored_in(both.archive, Everything)
            assert sorted(map(canonical, found)) == sorted(map(canonical, documents))
            assert Digest().with_all(found) == before
            assert await both.archive.faults(Everything) == []

    @settings(max_examples=60, deadline=None)
    @given(DOCUMENTS)
    def examples(given_documents: dict[str, JsonObject]) -> None:
        documents = [{"id": one, "name": "n", **fields} for one, fields in given_documents.items()]
        adapters.run(check(documents))

    examples()
    for both in adapters.all:
        adapters.run(both.archive.close())
        adapters.run(both.documents.close())


class TestDigests:
    DOCUMENTS = (slot("a"), slot("b", taken=1), slot("c", version=2))

    def test_the_order_and_the_steps_do_not_matter(self) -> None:
        a, b, c = self.DOCUMENTS
        assert Digest().with_all([a, b, c]) == Digest().with_all([c]).with_all([b, a])
        assert Digest().with_all([dict(reversed(a.items()))]) == Digest().with_all([a])

    @pytest.mark.parametrize(
        "other",
        [
            [slot("a"), slot("b", taken=1)],
            [slot("a"), slot("b", taken=1), slot("c", version=2), slot("c", version=2)],
            [slot("a"), slot("b", taken=1.0), slot("c", version=2)],
            [slot("a"), slot("b", taken=1), slot("c", version=3)],
            [slot("a"), slot("b", taken=1), slot("c", version=2, more=None)],
            [slot("a", taken=1), slot("b"), slot("c", version=2)],
        ],
        ids=["lost", "doubled", "another number", "another version", "one more field", "exchanged"],
    )
    def test_whatever_is_different_is_noticed(self, other: list[JsonObject]) -> None:
        assert Digest().with_all(other) != Digest().with_all(self.DOCUMENTS)


async def test_digests_are_the_same_over_every_store(tmp_path: Path) -> None:
    seen = set()
    for adapter in ARCHIVES:
        async with opened(adapter, tmp_path) as both:
            await both.documents.write(*(Insert(Slot(id=one, opens=NOON)) for one in IDS))
            seen.add(Digest().with_all(await stored_in(both.archive, Slot)))
    assert len(seen) == 1
