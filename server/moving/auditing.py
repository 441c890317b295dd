"""The chained logs of a whole store against their seals, heads and anchors: what `cst audit verify` finds.

A row is named by its log, its chain (an account's id, or `staff`) and its number. Nothing of a row's content is told.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import ValidationError

from core.archive import Archive, Entry, everything
from core.clock import Clock
from core.documents import decoded
from identity_center.access_log import AccessLog, AccessLogEntry, AccessLogHead
from identity_center.audit.anchors import Anchor, AnchorBook, ReadAnchor
from identity_center.audit.rows import ChainRows, Point
from identity_center.chain import ChainEntry, ChainHead
from identity_center.staff.log import StaffLog, StaffLogEntry, StaffLogHead
from identity_center.vault import Vault
from server.adapters.memory_documents import MemoryDocuments

_SEAL = 16
"""Characters of an anchored seal that are remembered: nobody can choose a seal, so 64 bits are enough."""
E = TypeVar("E", bound=ChainEntry)
Points = Mapping[str, list[Point]]


@dataclass
class Audited:
    """What was looked at, and what is wrong: a sentence for each fault."""

    chains: int = 0
    rows: int = 0
    anchors: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Log(Generic[E]):
    """One of the logs: its rows, its heads, and the digest that seals a row."""

    entry: type[E]
    head: type[ChainHead]
    sealed: Callable[[E, str], str]

    @property
    def name(self) -> str:
        return self.entry.collection


async def audited(archive: Archive, vault: Vault, book: AnchorBook, clock: Clock, lines: Iterable[str]) -> Audited:
    """`lines` are anchors that were kept outside. Raises `StoreUnavailable`, `MomentLost`, `Damaged`."""
    found, nowhere = Audited(), MemoryDocuments()
    points = _points(await _anchors(archive, book, lines, found))
    access = _Log(AccessLogEntry, AccessLogHead, AccessLog(nowhere, clock, vault).sealed)
    staff = _Log(StaffLogEntry, StaffLogHead, StaffLog(nowhere, clock, vault).sealed)
    await _walked(archive, access, points[access.name], found)
    await _walked(archive, staff, points[staff.name], found)
    return found


async def _anchors(archive: Archive, book: AnchorBook, lines: Iterable[str], found: Audited) -> dict[int, ReadAnchor]:
    """The genuine ones by number, from the store and from outside; what is wrong with them is noted."""
    stored, outside = {}, {}
    async for entry in _entries(archive, Anchor):
        place = int(entry.id) if entry.id.isdigit() else 0
        anchor = book.read(str((entry.stored or {}).get("signed")))
        if anchor.statement is None or anchor.statement.number != place:
            found.faults.append(f"anchor {entry.id}: altered")
        else:
            stored[place] = anchor
    for line in lines:
        anchor = book.read(line)
        if anchor.statement is None:
            found.faults.append("an anchor kept outside is not one of this city")
        else:
            outside[anchor.statement.number] = anchor
    found.faults += _gaps(stored, outside)
    known = {**stored, **outside}
    found.anchors = len(known)
    return known


def _gaps(stored: Mapping[int, ReadAnchor], outside: Mapping[int, ReadAnchor]) -> list[str]:
    known, faults, earlier = {**stored, **outside}, [], ReadAnchor("", None, is_signed=False)
    expected = 1
    for number in sorted(known):
        statement, before = known[number].statement, earlier.statement
        if number > expected:
            faults.append(f"anchors {expected} to {number - 1}: removed")
        elif before is not None and statement is not None and statement.before != before.seal:
            faults.append(f"anchor {number}: not the one that followed")
        if number not in stored:
            faults.append(f"anchor {number}: removed")
        elif number in outside and stored[number].statement != outside[number].statement:
            faults.append(f"anchor {number}: not the one that was kept outside")
        earlier, expected = known[number], number + 1
    return faults


def _points(anchors: Mapping[int, ReadAnchor]) -> dict[str, dict[str, list[Point]]]:
    """Where each chain of each log was anchored, in order."""
    points: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for number in sorted(anchors):
        statement = anchors[number].statement
        for leaf in statement.leaves if statement is not None else ():
            points[leaf.log][leaf.chain].append(Point(leaf.number, leaf.seal[:_SEAL]))
    return points


async def _walked(archive: Archive, log: _Log[E], points: Points, found: Audited) -> None:
    """Every chain of which there is a row, a head or an anchor."""
    heads = {entry.id: _head(entry) async for entry in _entries(archive, log.head)}
    seen = set()
    async for chain, rows in _chains(archive, log):
        seen.add(chain)
        _noted(log, chain, rows, heads.get(chain), points.get(chain, ()), found)
    for chain in sorted({*heads, *points} - seen):
        _noted(log, chain, {}, heads.get(chain), points.get(chain, ()), found)


def _noted(
    log: _Log[E], chain: str, rows: Mapping[int, E | None], head: Point | None, anchors: Sequence[Point], found: Audited
) -> None:
    found.chains += 1
    found.rows += len(rows)
    if any(point.number == 0 for point in anchors):  # stated to be removed lawfully, which goes from its end
        anchors = ()
    faults = ChainRows(rows, head, anchors, log.sealed).faults()
    found.faults += [f"{log.name} {chain} {fault.in_words()}" for fault in faults]


async def _chains(archive: Archive, log: _Log[E]) -> AsyncIterator[tuple[str, dict[int, E | None]]]:
    """The rows of each chain by the place that their id says; in the store's order of ids they follow each other."""
    chain, rows = "", dict[int, E | None]()
    async for entry in _entries(archive, log.entry):
        own, _, number = entry.id.rpartition(".")
        if own != chain and rows:
            yield chain, rows
            rows = {}
        chain = own
        rows[int(number) if number.isdigit() else 0] = _row(log, entry, own)
    if rows:
        yield chain, rows


def _row(log: _Log[E], entry: Entry, chain: str) -> E | None:
    """None for what is no row, or one of another chain."""
    try:
        row = decoded(log.entry, entry.stored or {})
    except ValidationError:
        return None
    return row if row.id == entry.id and _chain_of(row) == chain else None


def _chain_of(row: ChainEntry) -> str:
    return str(getattr(row, "account_id", None) or getattr(row, "chain", ""))


def _head(entry: Entry) -> Point:
    stored = entry.stored or {}
    number = stored.get("number")
    return Point(number if isinstance(number, int) else 0, str(stored.get("seal")))


async def _entries(archive: Archive, model: type[ChainEntry] | type[ChainHead] | type[Anchor]) -> AsyncIterator[Entry]:
    async for some in everything(archive, model):
        for entry in some:
            yield entry
