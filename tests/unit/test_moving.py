"""Moving house: which collections there are, how a place is named, and a copy that may end at any moment."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import pytest

import core
import identity_center
import insight
import service_registry
from core.archive import AT_ONCE
from core.clock import ManualClock
from core.documents import Delete, Document, Insert, JsonObject, Operation, Patch, Written
from identity_center.account import Account
from identity_center.vault import Vault, VaultKeys
from identity_center.vault_mark import check_vault
from server.adapters.memory_archive import MemoryArchive
from server.adapters.memory_documents import MemoryDocuments
from server.collections import COLLECTIONS
from server.config import ConfigError, load
from server.copy_record import OF_THE_STORE, CopyRecord, CopyUnfinished, refuse_unfinished
from server.moving.copying import copy
from server.moving.places import Backup, Embedded, Mongo, Refused, Target, place_of
from service_registry.booking.bookings import Booking, Inventory
from tests.booking_city import SUNDAY_EVENING
from tests.contract.things import Ticket
from tests.settled_city import settle, whole

R = TypeVar("R")
CLOCK = ManualClock(SUNDAY_EVENING)
DOMAIN: tuple[ModuleType, ...] = (core, identity_center, service_registry, insight)


def silent(_line: str) -> None:
    return None


class TestCollections:
    def test_every_document_of_the_domain_is_declared(self) -> None:
        for package in DOMAIN:
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                importlib.import_module(module.name)
        floors = {package.__name__ for package in DOMAIN}
        declared = {kind for kind in _below(Document) if kind.__module__.partition(".")[0] in floors}
        assert set(COLLECTIONS) == declared

    def test_each_is_there_once_under_a_name_of_its_own(self) -> None:
        names = [model.collection for model in COLLECTIONS]
        assert len(set(names)) == len(names)
        assert not OF_THE_STORE & set(names)

    async def test_the_settled_city_of_these_tests_has_something_of_each(self) -> None:
        documents = MemoryDocuments()
        await settle(documents)
        assert all((await whole(MemoryArchive(documents))).values())


def _below(kind: type[Document]) -> Iterator[type[Document]]:
    for one in kind.__subclasses__():
        if "collection" in vars(one):
            yield one
        yield from _below(one)


class TestPlaces:
    SETTINGS = load(None, {"data": "/somewhere"})

    def test_a_place_is_named_in_a_word_an_address_or_by_where_its_address_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = "mongodb://city:secret@a.example:27017,b.example/guiyang?replicaSet=rs0"
        monkeypatch.setenv("CITY_STORE", address)
        (tmp_path / "address").write_text(f"{address}\n")
        assert place_of("embedded", "--to", self.SETTINGS) == Embedded(self.SETTINGS)
        assert place_of("backup:/kept/monday", "--from", self.SETTINGS) == Backup(Path("/kept/monday"))
        assert place_of("mongodb://a.example/", "--to", self.SETTINGS) == Mongo("mongodb://a.example/")
        assert place_of("env:CITY_STORE", "--to", self.SETTINGS) == Mongo(address)
        assert place_of(f"file:{tmp_path / 'address'}", "--to", self.SETTINGS) == Mongo(address)

    def test_without_a_name_it_is_where_the_settings_say(self) -> None:
        assert place_of(None, "STORE", self.SETTINGS) == Embedded(self.SETTINGS)
        moved = load(None, {"storage": {"documents": "mongodb://a.example/"}})
        assert place_of(None, "STORE", moved) == Mongo("mongodb://a.example/")

    @pytest.mark.parametrize(
        ("written", "complaint"),
        [
            ("mongodb://city:secret@a.example/", "--to: others can read the command line"),
            ("env:NOT_SET", "--to: neither the environment variable NOT_SET"),
            ("file:/nowhere", "--to: neither"),
            ("redis://a.example", "--to: write embedded"),
            ("sqlite", "--to: write embedded"),
            ("backup:", "--to: write embedded"),
        ],
    )
    def test_what_is_no_place_is_refused_without_repeating_a_password(self, written: str, complaint: str) -> None:
        with pytest.raises(ConfigError) as refused:
            place_of(written, "--to", self.SETTINGS)
        assert str(refused.value).startswith(complaint)
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize(
        ("url", "label"),
        [
            ("mongodb://city:p%40ss@a:27017,b/guiyang?replicaSet=rs0", "mongodb://a:27017,b/guiyang"),
            ("mongodb+srv://city:secret@cluster.example", "mongodb+srv://cluster.example/chengshitong"),
            ("mongodb://127.0.0.1:27017/?directConnection=true", "mongodb://127.0.0.1:27017/chengshitong"),
        ],
    )
    def test_a_place_is_called_by_its_name_without_user_and_password(self, url: str, label: str) -> None:
        assert Mongo(url).label == label


class Killed(Exception):
    """What stands for kill -9 here; the real one is in tests/contract/test_moving.py."""


class Steps:
    """How many steps a target takes before it is killed."""

    def __init__(self, left: int) -> None:
        self._left = left

    async def taken(self, step: Awaitable[R]) -> R:
        done = await step
        self._left -= 1
        if self._left == 0:
            raise Killed
        return done


class MortalDocuments(MemoryDocuments):
    steps: Steps | None = None

    async def write(self, *operations: Operation) -> Written:
        writing = super().write(*operations)
        return await (self.steps.taken(writing) if self.steps else writing)


class Watched(MemoryArchive):
    """Puts and clears in steps, where there are some; `put_into` names what was put into, and `then` follows it."""

    def __init__(self, documents: MemoryDocuments, steps: Steps | None = None) -> None:
        super().__init__(documents)
        self.steps = steps
        self.put_into: list[str] = []
        self.then: Callable[[type[Document]], Awaitable[object]] | None = None

    async def put(self, model: type[Document], documents: Sequence[JsonObject]) -> None:
        putting = super().put(model, documents)
        await (self.steps.taken(putting) if self.steps else putting)
        self.put_into.append(model.collection)
        if self.then is not None:
            await self.then(model)

    async def clear(self, model: type[Document]) -> None:
        clearing = super().clear(model)
        await (self.steps.taken(clearing) if self.steps else clearing)


async def killed(source: MemoryDocuments, steps: int, label: str = "here") -> Target | None:
    """What is left of a target when a copy into it was killed after so many steps; None when it was not killed."""
    documents = MortalDocuments()
    documents.steps = Steps(steps)
    try:
        await copied(source, Target(Watched(documents, documents.steps), documents), label)
    except Killed:
        documents.steps = None
        return Target(MemoryArchive(documents), documents)
    return None


async def a_city(more: int = 0) -> MemoryDocuments:
    documents = MemoryDocuments()
    await settle(documents)
    archive = MemoryArchive(documents)
    count = await archive.count(Inventory)
    await archive.put(Inventory, [{"id": f"z{n:05}", "version": 1, "taken": 0} for n in range(more)])
    assert await archive.count(Inventory) == count + more
    return documents


def empty() -> tuple[MemoryDocuments, MemoryArchive, Target]:
    documents = MemoryDocuments()
    archive = MemoryArchive(documents)
    return documents, archive, Target(archive, documents)


async def copied(
    source: MemoryDocuments,
    target: Target,
    label: str = "here",
    say: Callable[[str], None] = silent,
    at_once: int = 4,
) -> None:
    await copy(MemoryArchive(source), target, label, leaving_out=(), clock=CLOCK, say=say, at_once=at_once)


class TestCopying:
    async def test_everything_comes_over_as_it_was(self) -> None:
        source = await a_city()
        documents, archive, target = empty()
        await copied(source, target)
        assert await whole(archive) == await whole(MemoryArchive(source))
        await refuse_unfinished(documents)

    async def test_killed_at_any_step_it_goes_on_and_doubles_nothing(self) -> None:
        source = await a_city()
        expected = await whole(MemoryArchive(source))
        steps = 1
        while target := await killed(source, steps):
            began = await target.documents.get(CopyRecord, CopyRecord.ID)
            if began is not None and began.finished_at is None:
                with pytest.raises(CopyUnfinished):
                    await refuse_unfinished(target.documents)
            await copied(source, target)
            await refuse_unfinished(target.documents)
            assert await whole(target.archive) == expected
            steps += 1
        assert steps > 4 * len(COLLECTIONS)

    async def test_what_is_there_is_not_copied_again(self) -> None:
        source = await a_city()
        target = await killed(source, 40)
        assert target is not None
        assert isinstance(target.documents, MemoryDocuments)
        record = await target.documents.get(CopyRecord, CopyRecord.ID)
        assert record is not None
        assert Account.collection in record.whole
        watched = Watched(target.documents)
        await copied(source, Target(watched, target.documents))
        assert Account.collection not in watched.put_into
        assert watched.put_into

    async def test_a_finished_copy_is_looked_at_again_and_not_touched(self) -> None:
        source = await a_city()
        documents, archive, target = empty()
        await copied(source, target)
        watched = Watched(documents)
        await copied(source, Target(watched, documents))
        assert watched.put_into == []
        await documents.write(Delete(Booking, (await archive.scan(Booking))[0].id))
        with pytest.raises(Refused, match=r"since the copy was finished, one side has changed: bookings"):
            await copied(source, Target(watched, documents))
        assert watched.put_into == []
        await refuse_unfinished(documents)

    async def test_a_source_that_changes_meanwhile_is_noticed_and_copied_anew(self) -> None:
        source = await a_city()
        documents, archive, target = empty()
        first = (await MemoryArchive(source).scan(Inventory))[0].id

        async def somebody_books(model: type[Document]) -> None:
            if model is Inventory:
                await source.write(Patch(Inventory, first, add={"taken": 1}))

        watched = Watched(documents)
        watched.then = somebody_books
        with pytest.raises(Refused, match=r"changed while it was copied: booking_inventory; stop whatever"):
            await copied(source, Target(watched, documents))
        with pytest.raises(CopyUnfinished):
            await refuse_unfinished(documents)
        await source.write(Delete(Inventory, first))
        await copied(source, target)
        assert await whole(archive) == await whole(MemoryArchive(source))

    async def test_of_two_copies_into_one_place_the_former_stops(self) -> None:
        source = await a_city()
        documents, archive, target = empty()

        async def somebody_else_copies(model: type[Document]) -> None:
            if model is Account:
                await copied(source, target, "another place")

        watched = Watched(documents)
        watched.then = somebody_else_copies
        with pytest.raises(Refused, match="another cst store copy is under way"):
            await copied(source, Target(watched, documents))
        assert await whole(archive) == await whole(MemoryArchive(source))

    async def test_another_source_begins_anew(self) -> None:
        source = await a_city()
        target, said = await killed(source, 30, "backup:/kept/monday"), list[str]()
        assert target is not None
        await source.write(Delete(Account, (await MemoryArchive(source).scan(Account))[0].id))
        await copied(source, target, "here", said.append)
        assert "the target has a part of backup:/kept/monday; beginning anew with here" in said
        assert await whole(target.archive) == await whole(MemoryArchive(source))

    async def test_a_place_that_is_not_empty_is_refused_and_left_as_it_was(self) -> None:
        source = await a_city()
        for keys, complaint in ((VaultKeys.generated(), "another city's"), (None, "not empty")):
            documents, archive, target = empty()
            await check_vault(documents, Vault(keys)) if keys else await settle(documents)
            before = await whole(archive)
            with pytest.raises(Refused, match=complaint):
                await copied(source, target)
            assert await whole(archive) == before
            await refuse_unfinished(documents)

    async def test_half_of_another_city_is_refused(self) -> None:
        target = await killed(await a_city(), 20)
        assert target is not None
        other = MemoryDocuments()
        await settle(other, Vault(VaultKeys.generated()))
        with pytest.raises(Refused, match="a copy of another city"):
            await copied(other, target)

    async def test_a_store_without_a_city_is_no_source(self) -> None:
        with pytest.raises(Refused, match="the source holds no city"):
            await copied(MemoryDocuments(), empty()[2])

    async def test_a_collection_without_a_model_is_not_left_behind_unsaid(self) -> None:
        source = await a_city()
        await source.write(Insert(Ticket(id="t", slot="s", citizen="c")))
        _, archive, target = empty()
        with pytest.raises(Refused, match="no model of tickets: copy with the one that has, or --leave-out it"):
            await copied(source, target)
        await copy(MemoryArchive(source), target, "here", leaving_out=["tickets"], clock=CLOCK, say=silent)
        assert await whole(archive) == await whole(MemoryArchive(source))

    async def test_progress_is_said_in_lines(self) -> None:
        said: list[str] = []
        await copied(await a_city(more=6_000), empty()[2], say=said.append, at_once=AT_ONCE)
        assert "booking_inventory: 5,000 copied" in said
        alike = [line for line in said if "alike on both sides" in line]
        assert [line.partition(":")[0] for line in alike] == [model.collection for model in COLLECTIONS]
