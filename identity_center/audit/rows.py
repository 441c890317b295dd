"""The rows of one chain against their seals, its head and its anchors: what is wrong, and with which row. Pure.

A row's seal is a keyed digest over its content and the seal of the row before, which it also carries. So a row is
examined by itself, whatever became of its neighbours; and the row after it says which one has to stand there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from identity_center.chain import ChainEntry

E = TypeVar("E", bound=ChainEntry)

What = Literal["altered", "moved", "removed", "replaced", "beyond the head", "not what was anchored", "head"]
_PAIRS = 200
"""Of so many unsound rows it is tried out whether they stand in each other's places; of more, they are all altered."""


@dataclass(frozen=True)
class Point:
    """Where a chain was known to stand: a number, and how its seal begins (a head's or an anchor's)."""

    number: int
    seal: str


@dataclass(frozen=True)
class RowFault:
    """`number` to `until` are wrong. `origin` is the row whose content stands there, when that is known."""

    number: int
    until: int
    what: What
    origin: int | None = None

    def in_words(self) -> str:
        rows = f"row {self.number}" if self.until == self.number else f"rows {self.number} to {self.until}"
        match self.what:
            case "moved":
                return f"{rows}: re-ordered, row {self.origin} stands here"
            case "removed":
                return f"{rows}: removed"
            case "head":
                return f"{rows}: the head of the chain does not belong to it"
            case _:
                return f"{rows}: {self.what}"


@dataclass(frozen=True)
class ChainRows(Generic[E]):
    """All that is left of one chain. `rows` are by their place, None for one that cannot be read; `sealed` is the
    digest of a row's content and the seal before it."""

    rows: Mapping[int, E | None]
    head: Point | None
    anchors: Sequence[Point]
    sealed: Callable[[E, str], str]

    def faults(self) -> list[RowFault]:
        """In the order of the rows."""
        unsound = [number for number, row in self.rows.items() if row is None or not self._is_sound(number, row)]
        found = [
            *self._unsound(sorted(unsound)),
            *self._removed(),
            *self._replaced(set(unsound)),
            *self._at_the_head(set(unsound)),
            *self._not_anchored(set(unsound)),
        ]
        return sorted(found, key=lambda fault: (fault.number, fault.until, fault.what))

    def _is_sound(self, number: int, row: E) -> bool:
        return row.number == number and row.seal == self.sealed(row, self._before(number, row))

    def _before(self, number: int, row: E) -> str:
        """Rows of an earlier version do not carry it: then it is what stands before them."""
        earlier = self.rows.get(number - 1)
        return row.before or ("" if earlier is None else earlier.seal)

    def _unsound(self, numbers: Sequence[int]) -> Iterator[RowFault]:
        few = numbers if len(numbers) <= _PAIRS else ()
        for number in numbers:
            origin = next((other for other in few if self._stands_for(number, other)), None)
            yield RowFault(number, number, "altered" if origin is None else "moved", origin)

    def _stands_for(self, number: int, other: int) -> bool:
        """Whether what is at `number` is the row of another place, with the seal it had there or the one it found."""
        row, there = self.rows[number], self.rows[other]
        if number == other or row is None:
            return False
        renumbered = row.model_copy(update={"number": other})
        seals = [(self._before(other, row), row.seal)]
        seals += [(self._before(other, there), there.seal)] if there is not None else []
        return any(self.sealed(renumbered, before) == seal for before, seal in seals)

    def _removed(self) -> Iterator[RowFault]:
        last = max([0, *self.rows, *(point.number for point in self.anchors)])
        if self.head is not None:
            last = max(last, self.head.number)
        expected = 1
        for number in [*sorted(self.rows), last + 1]:
            if number > expected:
                yield RowFault(expected, number - 1, "removed")
            expected = number + 1

    def _replaced(self, unsound: set[int]) -> Iterator[RowFault]:
        """Sound rows that the sound row after them was not chained to."""
        for number, row in self.rows.items():
            after = self.rows.get(number + 1)
            if row is None or after is None or {number, number + 1} & unsound:
                continue
            if after.before not in ("", row.seal):
                yield RowFault(number, number, "replaced")

    def _at_the_head(self, unsound: set[int]) -> Iterator[RowFault]:
        last = max(self.rows, default=0)
        if self.head is None:
            if last:
                yield RowFault(1, last, "beyond the head")
            return
        if self.head.number < last:
            yield RowFault(self.head.number + 1, last, "beyond the head")
        row = self.rows.get(self.head.number)
        if row is not None and self.head.number not in unsound and row.seal != self.head.seal:
            yield RowFault(self.head.number, self.head.number, "head")

    def _not_anchored(self, unsound: set[int]) -> Iterator[RowFault]:
        for point in {point.number: point for point in self.anchors}.values():
            row = self.rows.get(point.number)
            if row is not None and point.number not in unsound and not row.seal.startswith(point.seal):
                yield RowFault(point.number, point.number, "not what was anchored")
