"""An auditor tells a chain of releases whose time was over from one that somebody took away."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.closing import Erasure
from core.documents import Insert, Operation, Written
from identity_center.access_log import AccessLogEntry
from identity_center.privacy.retention import Retention
from identity_center.privacy.settings import PrivacySettings
from server.adapters.memory_archive import MemoryArchive
from server.adapters.memory_documents import MemoryDocuments
from tests.contract.archives import Both, memory, opened
from tests.contract.test_audit import City

YEARS = timedelta(days=1100)


class StopsShort(MemoryDocuments):
    """A store whose process dies after so many writes."""

    left = 1_000_000

    async def write(self, *operations: Operation) -> Written:
        if not self.left:
            raise ConnectionError
        self.left -= 1
        return await super().write(*operations)


async def anchored(city: City) -> None:
    """Two citizens with seven releases each, anchored; one of them was erased more than three years ago."""
    await city.released("gone", 7)
    await city.released("stays", 7)
    await city.anchors.anchor()
    begun = city.clock.now() - YEARS
    erasure = Erasure(id="gone", begun_at=begun, next_at=None, records_since=begun)
    await city.documents.write(Insert(erasure))


def retention_of(city: City) -> Retention:
    return Retention(city.documents, city.clock, city.staff, PrivacySettings(batch=3))


async def test_what_was_forgotten_in_time_is_no_fault(tmp_path: Path) -> None:
    async with opened(memory, tmp_path) as both:
        city = City(both)
        await anchored(city)
        assert await retention_of(city).run() == 7
        assert await city.documents.count(AccessLogEntry, "access_log", "gone") == 0
        assert (await city.audited()).faults == []
        (entry,) = (await city.staff.page()).items
        assert (entry.action, entry.actor_name, entry.subject) == ("access_log.forget", "retention", "gone")


async def test_what_anybody_else_takes_away_is(tmp_path: Path) -> None:
    async with opened(memory, tmp_path) as both:
        city = City(both)
        await anchored(city)
        await city.cut_off("gone", 0, 7)
        assert (await city.audited()).faults == ["access_log gone rows 1 to 7: removed"]
        forged = Erasure(id="stays", begun_at=city.clock.now() - YEARS, next_at=None, records_since=None)
        await city.documents.write(Insert(forged))
        await city.cut_off("stays", 3, 7)
        assert "access_log stays rows 4 to 7: removed" in (await city.audited()).faults, "no ledger excuses it"


async def stopping(_folder: Path) -> Both:
    documents = StopsShort()
    return Both(documents, MemoryArchive(documents))


async def test_it_is_told_once_and_first_wherever_the_forgetting_is_stopped(tmp_path: Path) -> None:
    async with opened(stopping, tmp_path) as both:
        city = City(both)
        await anchored(city)
        store = both.documents
        assert isinstance(store, StopsShort)
        for writes in (0, 1, 1, 1):
            store.left = writes
            with pytest.raises(ConnectionError):
                await retention_of(city).run()
            assert (await city.audited()).faults == []
        store.left = 100
        await retention_of(city).run()
        assert [one.action for one in (await city.staff.page()).items] == ["access_log.forget"]
        assert (await city.audited()).faults == []
        assert await city.documents.count(AccessLogEntry, "access_log", "gone") == 0
