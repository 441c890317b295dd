"""Whatever is done to the chained logs in the database, the audit names the rows it was done to, and no others."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.documents import Delete, Documents, Insert, Operation, Patch
from core.text import text
from identity_center.access_log import AccessLog, AccessLogEntry, AccessLogHead, Release
from identity_center.audit.anchors import Anchor, AnchorBook, Anchors, AnchorsAltered
from identity_center.key_ring import KeyRing
from identity_center.record_signing import RecordSigner
from identity_center.staff.log import COMMAND_LINE, Event, StaffLog, StaffLogEntry, StaffLogHead
from identity_center.vault import Vault, VaultKeys
from server.moving.auditing import Audited, audited
from tests.contract.archives import Both, memory, mongo, opened, sqlite

VAULT = Vault(VaultKeys.generated())
BOOK = AnchorBook(VAULT, RecordSigner(KeyRing.generated()))
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PURPOSE = text("查询", "See")
Adapter = Callable[[Path], Awaitable[Both]]


@dataclass
class Kept:
    """Satisfies the sink: a place outside, which nobody of the city reaches."""

    lines: list[str] = field(default_factory=list)

    async def keep(self, lines: Sequence[str]) -> None:
        self.lines += lines


class City:
    """The logs of some citizens and of the staff, with anchors."""

    def __init__(self, both: Both) -> None:
        self.both = both
        self.clock = ManualClock(NOON)
        self.outside = Kept()
        self.log = AccessLog(both.documents, self.clock, VAULT)
        self.staff = StaffLog(both.documents, self.clock, VAULT)
        self.anchors = Anchors(both.documents, self.clock, BOOK, self.outside)

    @property
    def documents(self) -> Documents:
        return self.both.documents

    async def released(self, chain: str, times: int) -> None:
        for _ in range(times):
            self.clock.advance(minutes=1)
            release = Release("c", "gy.x", "gy.card", ("name",), PURPOSE, PURPOSE, f"r-{self.clock.now()}")
            await self.documents.write(*await self.log.appended(chain, release))

    async def audited(self, *, outside: bool = True) -> Audited:
        return await audited(self.both.archive, VAULT, BOOK, self.clock, self.outside.lines if outside else [])

    async def row(self, chain: str, number: int) -> AccessLogEntry:
        found = await self.documents.get(AccessLogEntry, f"{chain}.{number}")
        assert found is not None
        return found

    async def cut_off(self, chain: str, after: int, last: int) -> None:
        """The rows after one, with the head put back to it."""
        gone: list[Operation] = [Delete(AccessLogEntry, f"{chain}.{number}") for number in range(after + 1, last + 1)]
        if after:
            seal = (await self.row(chain, after)).seal
            gone.append(Patch(AccessLogHead, chain, set={"number": after, "seal": seal}))
        else:
            gone.append(Delete(AccessLogHead, chain))
        await self.documents.write(*gone)


@dataclass(frozen=True)
class Tampering:
    """What is done to one chain: `kind`, and at which places of it."""

    kind: str
    first: int
    second: int


KINDS = ("nothing", "altered", "removed", "swapped", "swapped contents", "cut off", "all", "before", "head")
ROWS = 9


async def tampered(city: City, chain: str, done: Tampering) -> list[str]:  # noqa: PLR0911  # one for each kind
    """Does it, and returns what has to be found."""
    name = f"access_log {chain} "
    first, second = sorted((done.first, done.second))
    match done.kind:
        case "altered":
            await city.documents.write(Patch(AccessLogEntry, f"{chain}.{first}", set={"request_id": "other"}))
            return [f"{name}row {first}: altered"]
        case "before":
            await city.documents.write(Patch(AccessLogEntry, f"{chain}.{first}", set={"before": "0" * 64}))
            return [f"{name}row {first}: altered"]
        case "removed":
            await city.documents.write(Delete(AccessLogEntry, f"{chain}.{first}"))
            return [f"{name}row {first}: removed"]
        case "swapped" | "swapped contents" if first != second:
            one, other = await city.row(chain, first), await city.row(chain, second)
            kept = {"id", "version", "number"} | (set() if done.kind == "swapped" else {"seal", "before"})
            for place, content in ((one, other), (other, one)):
                changes = {key: value for key, value in vars(content).items() if key not in kept}
                await city.documents.write(Patch(AccessLogEntry, place.id, set=changes))
            return [
                f"{name}row {first}: re-ordered, row {second} stands here",
                f"{name}row {second}: re-ordered, row {first} stands here",
            ]
        case "cut off":
            await city.cut_off(chain, first, ROWS)
            rows = f"row {ROWS}" if first + 1 == ROWS else f"rows {first + 1} to {ROWS}"
            return [] if first == ROWS else [f"{name}{rows}: removed"]
        case "all":
            await city.cut_off(chain, 0, ROWS)
            return [f"{name}rows 1 to {ROWS}: removed"]
        case "head":
            await city.documents.write(Patch(AccessLogHead, chain, set={"seal": "0" * 64}))
            return [f"{name}row {ROWS}: the head of the chain does not belong to it"]
    return []


async def found_what_was_done(adapter: Adapter, done: list[Tampering]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(adapter, Path(folder)) as both:
            city = City(both)
            chains = [f"{number:026}" for number in range(len(done))]
            for chain in chains:
                await city.released(chain, ROWS)
            await city.staff.written(Event("test.done", COMMAND_LINE))
            assert await city.anchors.anchor() == 1
            assert (await city.audited()).faults == []
            expected = []
            for chain, one in zip(chains, done, strict=True):
                expected += await tampered(city, chain, one)
            found = await city.audited()
            assert sorted(found.faults) == sorted(expected)


places = st.integers(1, ROWS)
tamperings = st.lists(st.builds(Tampering, st.sampled_from(KINDS), places, places), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(tamperings)
def test_whatever_is_done_is_named_in_memory(done: list[Tampering]) -> None:
    asyncio.run(found_what_was_done(memory, done))


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(tamperings)
def test_whatever_is_done_is_named_in_sqlite(done: list[Tampering]) -> None:
    asyncio.run(found_what_was_done(sqlite, done))


@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(tamperings)
def test_whatever_is_done_is_named_in_mongodb(done: list[Tampering]) -> None:
    asyncio.run(found_what_was_done(mongo, done))


A, B = "A" * 26, "B" * 26


async def test_a_tail_cut_off_before_it_was_anchored_is_not_seen_and_after_it_is(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 5)
    await city.anchors.anchor()
    await city.released(A, 2)
    await city.cut_off(A, 5, 7)
    assert (await city.audited()).faults == []
    await city.cut_off(A, 3, 5)
    assert (await city.audited()).faults == [f"access_log {A} rows 4 to 5: removed"]


async def test_a_tail_that_has_grown_again_is_not_the_one_that_was_anchored(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 5)
    await city.anchors.anchor()
    await city.cut_off(A, 3, 5)
    await city.released(A, 6)
    await city.anchors.anchor()  # the forged rows, too
    assert (await city.audited()).faults == [f"access_log {A} row 5: not what was anchored"]


async def test_anchors_removed_from_the_database_are_missed_outside(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 3)
    await city.anchors.anchor()
    await city.released(A, 3)
    await city.anchors.anchor()
    await city.cut_off(A, 3, 6)
    await city.documents.write(Delete(Anchor, f"{2:012}"))
    assert (await city.audited(outside=False)).faults == []
    assert (await city.audited()).faults == ["anchor 2: removed", f"access_log {A} rows 4 to 6: removed"]


async def test_an_anchor_in_the_middle_and_one_that_is_altered_are_named(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    for _ in range(4):
        await city.released(A, 1)
        await city.anchors.anchor()
    third = await city.documents.get(Anchor, f"{3:012}")
    assert third is not None
    await city.documents.write(
        Delete(Anchor, f"{2:012}"), Patch(Anchor, f"{4:012}", set={"signed": third.signed[:-4] + "AAAA"})
    )
    faults = (await city.audited(outside=False)).faults
    assert faults == ["anchor 000000000004: altered", "anchors 2 to 2: removed"]


async def test_what_somebody_puts_in_an_anchors_place_is_named_and_ends_no_anchoring(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 1)
    await city.anchors.anchor()
    await city.documents.write(Insert(Anchor(id=f"{2:012}", number=2, until=NOON, signed="a.b.c")))
    await city.released(A, 1)
    assert await city.anchors.anchor() == 1
    await city.cut_off(A, 1, 2)
    assert (await city.audited()).faults == [
        "anchor 000000000002: altered",
        "anchors 2 to 2: removed",
        f"access_log {A} row 2: removed",
    ]
    await city.documents.write(*(Delete(Anchor, f"{number:012}") for number in (1, 3)))
    with pytest.raises(AnchorsAltered):
        await city.anchors.anchor()


async def test_a_chain_that_the_law_wants_gone_is_missed_by_nobody_and_any_other_is(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    for chain in (A, B):
        await city.released(chain, 3)
    await city.anchors.anchor()
    await city.anchors.ended([A])
    await city.cut_off(A, 2, 3)  # half of it
    assert (await city.audited()).faults == []
    await city.cut_off(A, 0, 2)
    assert (await city.audited()).faults == []
    await city.cut_off(B, 0, 3)
    assert (await city.audited()).faults == [f"access_log {B} rows 1 to 3: removed"]
    await city.released(B, 1)
    await city.anchors.anchor()
    assert BOOK.read(city.outside.lines[-1]).statement is not None


async def test_an_anchor_of_another_city_is_none_of_ours(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 1)
    await city.anchors.anchor()
    stranger = AnchorBook(Vault(VaultKeys.generated()), RecordSigner(KeyRing.generated()))
    line, _ = stranger.made(2, NOON, NOON, "", [])
    city.outside.lines += [line, "no anchor", ""]
    assert (await city.audited()).faults == ["an anchor kept outside is not one of this city"] * 3


async def test_anchors_hold_when_the_key_of_signatures_is_replaced(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 2)
    await city.anchors.anchor()
    later = AnchorBook(VAULT, RecordSigner(KeyRing.generated()))
    await city.cut_off(A, 1, 2)
    found = await audited(city.both.archive, VAULT, later, city.clock, city.outside.lines)
    assert found.faults == [f"access_log {A} row 2: removed"]


async def test_only_heads_that_moved_are_anchored_and_silence_once_a_day(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 1)
    await city.released(B, 1)
    assert await city.anchors.anchor() == 1
    assert await city.anchors.anchor() == 0
    city.clock.advance(hours=2)
    await city.released(B, 1)
    assert await city.anchors.anchor() == 1
    last = BOOK.read(city.outside.lines[-1]).statement
    assert last is not None
    assert [(leaf.chain, leaf.number) for leaf in last.leaves] == [(B, 2)]
    city.clock.advance(hours=23)
    assert await city.anchors.anchor() == 0
    city.clock.advance(hours=1)
    assert await city.anchors.anchor() == 1


async def test_many_heads_are_several_anchors_and_two_workers_write_each_once(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    for number in range(501):
        await city.released(f"{number:026}", 1)
    written = await asyncio.gather(city.anchors.anchor(), city.anchors.anchor())
    assert sorted(written) in ([0, 2], [1, 1], [0, 2])
    assert (await city.audited()).faults == []
    assert (await city.audited()).anchors == 2


async def test_the_staffs_log_is_looked_at_like_the_citizens(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    for _ in range(4):
        await city.staff.written(Event("test.done", COMMAND_LINE))
    await city.anchors.anchor()
    await city.documents.write(
        Patch(StaffLogEntry, "staff.2", set={"action": "test.other"}), Delete(StaffLogEntry, "staff.4")
    )
    faults = (await city.audited()).faults
    assert faults == ["staff_log staff row 2: altered", "staff_log staff row 4: removed"]
    await city.documents.write(Delete(StaffLogHead, "staff"))
    assert "staff_log staff rows 1 to 3: beyond the head" in (await city.audited()).faults


async def test_a_row_put_back_into_a_chain_that_went_on_without_it_is_named(tmp_path: Path) -> None:
    city = City(await memory(tmp_path))
    await city.released(A, 3)
    hidden = await city.row(A, 3)
    await city.cut_off(A, 2, 3)
    await city.released(A, 2)
    await city.documents.write(Delete(AccessLogEntry, hidden.id), Insert(hidden))
    assert (await city.audited()).faults == [f"access_log {A} row 3: replaced"]
