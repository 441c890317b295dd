"""Whether the figures agree with one another: citizens' numbers without a gap, totals that are the sum of the days."""

from collections import Counter
from collections.abc import Iterator

from pyroaring import BitMap

from core.archive import Fault
from core.documents import Document
from insight.model import DayUsage, Outcome, UsageTotals, Visitor, VisitorCount


class Books:
    """Shown all of insight's documents of one moment, in any order; `faults` says what does not agree."""

    def __init__(self) -> None:
        self._numbers = BitMap()
        self._visitors = 0
        self._given = 0
        self._days: Counter[Outcome] = Counter()
        self._totals: Counter[Outcome] = Counter()

    def saw(self, document: Document) -> None:
        match document:
            case Visitor():
                self._visitors += 1
                self._numbers.add(document.number)
            case VisitorCount():
                self._given += document.given
            case DayUsage():
                self._days.update(document.outcomes)
            case UsageTotals():
                self._totals.update(document.outcomes)

    def faults(self) -> Iterator[Fault]:
        dense = not self._numbers or self._numbers.max() == len(self._numbers) - 1
        if not dense or len(self._numbers) != self._visitors:
            yield Fault(Visitor.collection, None, "numbers are given twice or left out")
        if self._given != self._visitors:
            what = f"says {self._given} numbers were given out; there are {self._visitors} visitors"
            yield Fault(VisitorCount.collection, VisitorCount.ID, what)
        if +self._days != +self._totals:
            yield Fault(UsageTotals.collection, UsageTotals.ID, "is not the sum of the days")
