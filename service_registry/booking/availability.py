"""What can be booked: the slots of a plan, and how many places of them are left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from core.documents import Documents
from service_registry.booking.bookings import Inventory, day_inventory_id, slot_inventory_id
from service_registry.booking.choices import resource_of
from service_registry.booking.errors import DayOutOfRange
from service_registry.booking.ports import BookableCard
from service_registry.booking.schedule import Resource
from service_registry.booking.slots import Slot, closes_for_booking, opens_for_booking, slots_of

MOST_DAYS = 31

SlotState = Literal["open", "full", "over", "not_open_yet"]
DayState = Literal["open", "full", "over", "not_open_yet", "closed"]


@dataclass(frozen=True)
class SlotAvailability:
    """A slot as a citizen sees it, times with the city's offset. `places_left` is never more than the day has left, and
    0 once booking is over."""

    starts_at: datetime
    ends_at: datetime
    state: SlotState
    places: int
    places_left: int


@dataclass(frozen=True)
class DayAvailability:
    """A day as a citizen sees it: `opens_at` is when booking begins (or began), `places_left` what can still be had."""

    day: date
    state: DayState
    opens_at: datetime
    places_left: int
    slots: tuple[SlotAvailability, ...]


async def availability(
    documents: Documents,
    card: BookableCard,
    resource_id: str,
    first_day: date,
    count: int,
    *,
    zone: tzinfo,
    now: datetime,
) -> tuple[DayAvailability, ...]:
    """The days from `first_day` on, in one read. Raises `ResourceUnknown`, `DayOutOfRange`.

    What it says may be taken a moment later: only a reservation holds a place.
    """
    resource = resource_of(card.booking, resource_id)
    days = _days(first_day, count, now.astimezone(zone).date())
    slots = {day: slots_of(card.booking, resource, day, zone) for day in days}
    taken = await _taken(documents, card.id, resource_id, slots)
    view = _View(card, resource, zone, now, taken)
    return tuple(view.day(day, slots[day]) for day in days)


def _days(first_day: date, count: int, today: date) -> list[date]:
    if not 1 <= count <= MOST_DAYS or not -366 <= (first_day - today).days <= 731:
        raise DayOutOfRange
    return [first_day + timedelta(days=offset) for offset in range(count)]


async def _taken(
    documents: Documents, card_id: str, resource_id: str, slots: Mapping[date, tuple[Slot, ...]]
) -> dict[str, int]:
    asked = [day_inventory_id(card_id, resource_id, day) for day in slots]
    asked += [slot_inventory_id(card_id, resource_id, slot.starts_at) for day in slots.values() for slot in day]
    found = await documents.get_many(Inventory, asked)
    return {inventory.id: inventory.taken for inventory in found.values()}


@dataclass(frozen=True)
class _View:
    card: BookableCard
    resource: Resource
    zone: tzinfo
    now: datetime
    taken: Mapping[str, int]

    def day(self, day: date, slots: tuple[Slot, ...]) -> DayAvailability:
        opens_at = opens_for_booking(self.card.booking.rules, day, self.zone)
        day_left = self._day_left(day)
        seen = tuple(self._slot(slot, self.now >= opens_at, day_left) for slot in slots)
        left = sum(slot.places_left for slot in seen)
        left = left if day_left is None else min(left, day_left)
        return DayAvailability(day, _day_state(seen), opens_at.astimezone(self.zone), left, seen)

    def _day_left(self, day: date) -> int | None:
        if self.resource.day_capacity is None:
            return None
        taken = self.taken.get(day_inventory_id(self.card.id, self.resource.id, day), 0)
        return max(0, self.resource.day_capacity - taken)

    def _slot(self, slot: Slot, opened: bool, day_left: int | None) -> SlotAvailability:
        taken = self.taken.get(slot_inventory_id(self.card.id, self.resource.id, slot.starts_at), 0)
        left = max(0, slot.capacity - taken)
        left = left if day_left is None else min(left, day_left)
        over = self.now >= closes_for_booking(self.card.booking.rules, slot)
        state = _slot_state(over=over, opened=opened, left=left)
        starts_at, ends_at = slot.starts_at.astimezone(self.zone), slot.ends_at.astimezone(self.zone)
        return SlotAvailability(starts_at, ends_at, state, slot.capacity, 0 if over else left)


def _slot_state(*, over: bool, opened: bool, left: int) -> SlotState:
    if over:
        return "over"
    if not opened:
        return "not_open_yet"
    return "open" if left else "full"


def _day_state(slots: tuple[SlotAvailability, ...]) -> DayState:
    """The most hopeful of its slots' states."""
    states = {slot.state for slot in slots}
    by_hope: tuple[SlotState, ...] = ("open", "not_open_yet", "full", "over")
    return next((state for state in by_hope if state in states), "closed")
