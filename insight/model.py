"""What is stored, and the figures that come of it. No document holds anything about a person but an opaque id.

An event goes this way: memory → `UsageBatch` (each flush, in one write with the new `Visitor`s) → `DayUsage` and
`CardUsage` (each checkpoint, in one write that deletes the batches). Sets of citizens are roaring bitmaps of their
numbers, in the portable serialised form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from pyroaring import BitMap

from core.documents import Document, Index

Outcome = Literal["ok", "refused", "failed"]
"""Served; turned down by a rule (quota, hours, consent, a full slot); failed on the city's or a department's side."""


class Visitor(Document):
    """A citizen who was ever seen, by the id of the account. Numbers are dense: 0, 1, 2, ... without a gap."""

    collection: ClassVar[str] = "visitors"
    indexes: ClassVar[tuple[Index, ...]] = (Index("first_day", ("first_day",)),)

    number: int
    first_day: date
    """The earliest city day with an event of this citizen."""


class VisitorCount(Document):
    """How many numbers are given out. There is one, and it changes in the same write as the visitors it counts."""

    collection: ClassVar[str] = "visitor_counts"
    ID: ClassVar[str] = "visitors"

    given: int


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", val_json_bytes="base64")


class CardUse(_Stored):
    """The uses of one card within one city day: how many by outcome and by hour (0 to 23), and by which citizens."""

    card_id: str
    outcomes: dict[Outcome, int]
    hours: dict[int, int]
    citizens: bytes


class DayUse(_Stored):
    day: date
    visitors: bytes
    cards: tuple[CardUse, ...]


class UsageBatch(Document):
    """What one process saw between two flushes. Never changed; deleted by the checkpoint that merges it."""

    collection: ClassVar[str] = "usage_batches"

    days: tuple[DayUse, ...]


class UsageWriter(Document):
    """One running process, and how many batches it has written. A flush whose answer was lost is recognised by it."""

    collection: ClassVar[str] = "usage_writers"

    sequence: int


class DayUsage(Document):
    """One city day: its citizens, and the uses of all cards by outcome and by hour.

    The id is the day (`2026-11-22`); `generation` is the checkpoint that wrote it.
    """

    collection: ClassVar[str] = "usage_days"
    indexes: ClassVar[tuple[Index, ...]] = (Index("generation", ("generation",)),)

    generation: int
    visitors: bytes
    outcomes: dict[Outcome, int]
    hours: dict[int, int]


class CardUsage(Document):
    """One card on one city day."""

    collection: ClassVar[str] = "usage_cards"
    indexes: ClassVar[tuple[Index, ...]] = (Index("day", ("day",)),)

    day: date
    use: CardUse

    @staticmethod
    def id_of(day: date, card_id: str) -> str:
        return f"{day.isoformat()}/{card_id}"


class UsageTotals(Document):
    """All uses ever. There is one; every checkpoint replaces it, which puts all checkpoints in one order.

    Its version is the generation of that checkpoint.
    """

    collection: ClassVar[str] = "usage_totals"
    ID: ClassVar[str] = "all"

    outcomes: dict[Outcome, int]


def serialised(citizens: BitMap) -> bytes:
    """A set of citizens' numbers as it is stored; `BitMap.deserialize` reads it."""
    citizens.run_optimize()
    return citizens.serialize()


@dataclass(frozen=True)
class Uses:
    ok: int
    refused: int
    failed: int

    @classmethod
    def of(cls, outcomes: Mapping[Outcome, int]) -> "Uses":
        return cls(outcomes.get("ok", 0), outcomes.get("refused", 0), outcomes.get("failed", 0))

    @property
    def all(self) -> int:
        return self.ok + self.refused + self.failed


@dataclass(frozen=True)
class CardFigures:
    """One card on one city day: uses by outcome, and how many different citizens they came from."""

    card_id: str
    uses: Uses
    citizens: int


@dataclass(frozen=True)
class DayFigures:
    """One city day: citizens of the day, of the 30 days ending with it, those never seen before, and uses of cards."""

    day: date
    dau: int
    mau: int
    new_visitors: int
    uses: Uses


@dataclass(frozen=True)
class Totals:
    """Since the beginning: different citizens ever seen, and uses of cards."""

    citizens: int
    uses: Uses
