"""The checkpoint: batches become the documents of their days and cards, each of them exactly once.

Everything a checkpoint changes is changed in one write, the deletion of the batches included, so a crash leaves all or
nothing of it. Two checkpoints at once cannot both count a batch: `UsageTotals` is read before the batches and replaced
with them, so who read it before another checkpoint wrote is refused, and who read it afterwards finds the batches gone.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pyroaring import BitMap

from core.documents import Delete, Documents, Insert, Operation, Page, Replace, WriteRefused
from insight.model import CardUsage, CardUse, DayUsage, DayUse, Outcome, UsageBatch, UsageTotals, serialised

MERGED_AT_ONCE = 200
"""Batches in one write: one minute of one process, near enough."""
ATTEMPTS = 100
"""Each refusal means that another process got its checkpoint through, so this many in a row are a fault, not a race."""


@dataclass
class _Uses:
    """Uses of one card, or of all cards of a day, and the citizens that belong to them."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    citizens: BitMap = field(default_factory=BitMap)

    def add(self, outcomes: Mapping[Outcome, int], hours: Mapping[int, int], citizens: bytes | None = None) -> None:
        self.outcomes.update(outcomes)
        self.hours.update(hours)
        if citizens is not None:
            self.citizens |= BitMap.deserialize(citizens)


@dataclass
class _Sum:
    """What a number of batches come to."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    days: dict[date, _Uses] = field(default_factory=dict)
    cards: dict[tuple[date, str], _Uses] = field(default_factory=dict)

    def add(self, part: DayUse) -> None:
        day = self.days.setdefault(part.day, _Uses())
        day.add({}, {}, part.visitors)
        for use in part.cards:
            self.outcomes.update(use.outcomes)
            day.add(use.outcomes, use.hours)
            card = self.cards.setdefault((part.day, use.card_id), _Uses())
            card.add(use.outcomes, use.hours, use.citizens)


async def checkpoint(documents: Documents) -> None:
    """Merges every batch there is. Any process may do it at any time. Raises `StoreUnavailable`."""
    refusals = 0
    while True:
        totals = await documents.get(UsageTotals, UsageTotals.ID)
        page = await documents.find(UsageBatch, "id", limit=MERGED_AT_ONCE)
        if not page.items:
            return
        try:
            await documents.write(*await _merge(documents, totals, page))
        except WriteRefused:
            refusals += 1
            if refusals == ATTEMPTS:
                raise
        else:
            if page.after is None:
                return


async def _merge(documents: Documents, totals: UsageTotals | None, page: Page[UsageBatch]) -> list[Operation]:
    sums = _Sum()
    for batch in page.items:
        for day_use in batch.days:
            sums.add(day_use)
    return [
        _totals(totals, sums),
        *await _days(documents, sums, generation=1 if totals is None else totals.version + 1),
        *await _cards(documents, sums),
        *(Delete(UsageBatch, batch.id) for batch in page.items),
    ]


def _totals(totals: UsageTotals | None, sums: _Sum) -> Operation:
    if totals is None:
        return Insert(UsageTotals(id=UsageTotals.ID, outcomes=dict(sums.outcomes)))
    return Replace(totals.model_copy(update={"outcomes": dict(sums.outcomes + Counter(totals.outcomes))}))


async def _days(documents: Documents, sums: _Sum, generation: int) -> list[Operation]:
    stored = await documents.get_many(DayUsage, [day.isoformat() for day in sums.days])
    operations: list[Operation] = []
    for day, uses in sums.days.items():
        before = stored.get(day.isoformat())
        if before is not None:
            uses.add(before.outcomes, before.hours, before.visitors)
        document = DayUsage(
            id=day.isoformat(),
            version=1 if before is None else before.version,
            generation=generation,
            visitors=serialised(uses.citizens),
            outcomes=dict(uses.outcomes),
            hours=dict(uses.hours),
        )
        operations.append(Insert(document) if before is None else Replace(document))
    return operations


async def _cards(documents: Documents, sums: _Sum) -> list[Operation]:
    stored = await documents.get_many(CardUsage, [CardUsage.id_of(*place) for place in sums.cards])
    operations: list[Operation] = []
    for (day, card_id), uses in sums.cards.items():
        before = stored.get(CardUsage.id_of(day, card_id))
        if before is not None:
            uses.add(before.use.outcomes, before.use.hours, before.use.citizens)
        use = CardUse(
            card_id=card_id,
            outcomes=dict(uses.outcomes),
            hours=dict(uses.hours),
            citizens=serialised(uses.citizens),
        )
        version = 1 if before is None else before.version
        document = CardUsage(id=CardUsage.id_of(day, card_id), version=version, day=day, use=use)
        operations.append(Insert(document) if before is None else Replace(document))
    return operations
