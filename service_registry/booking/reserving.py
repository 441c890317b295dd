"""One reservation, from what was asked to the operations of its one write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from core.clock import instant_text
from core.closing import refusal, still_open
from core.documents import Insert, Operation, Patch, WriteRefused
from core.errors import CityError
from service_registry.booking.bookings import (
    Booking,
    Claim,
    Inventory,
    claim_id,
    claiming,
    day_inventory_id,
    slot_inventory_id,
    taking,
)
from service_registry.booking.choices import resource_of
from service_registry.booking.errors import (
    AlreadyBooked,
    ClosedDay,
    DayFull,
    Full,
    NotOpenYet,
    SlotUnknown,
    TooLateToBook,
)
from service_registry.booking.party import Party
from service_registry.booking.ports import BookableCard
from service_registry.booking.schedule import BookingPlan, Resource
from service_registry.booking.slots import (
    Slot,
    check_in_window,
    closes_for_booking,
    closes_for_cancelling,
    opens_for_booking,
    slots_of,
)


@dataclass(frozen=True)
class Attempt:
    """A booking that is about to be written, and what must hold for it."""

    booking: Booking
    claims: tuple[Patch[Claim], ...]
    day: Patch[Inventory] | None
    slot: Patch[Inventory]
    persons: int

    def operations(self) -> list[Operation]:
        """Claims first: who has this very booking already is told so, and not that the slot is full."""
        taken = [*([self.day] if self.day else []), self.slot]
        return [*still_open(self.booking.citizen_id), *self.claims, *taken, Insert(self.booking)]

    def refusal(self, error: WriteRefused) -> CityError:
        """What the failure of one of the operations means to a citizen."""
        if error.operation is self.slot:
            return Full()
        if error.operation is self.day:
            return DayFull()
        for place, claim in enumerate(self.claims):
            if error.operation is claim:
                return AlreadyBooked(member=place % self.persons)
        return refusal(error)


def slot_to_book(
    plan: BookingPlan, resource_id: str, starts_at: datetime, zone: tzinfo, now: datetime
) -> tuple[Resource, Slot]:
    """Raises `ResourceUnknown`, `ClosedDay`, `SlotUnknown`, `NotOpenYet`, `TooLateToBook`."""
    resource = resource_of(plan, resource_id)
    day = starts_at.astimezone(zone).date()
    slots = slots_of(plan, resource, day, zone)
    if not slots:
        raise ClosedDay
    slot = next((slot for slot in slots if slot.starts_at == starts_at), None)
    if slot is None:
        raise SlotUnknown
    if now < (opens_at := opens_for_booking(plan.rules, day, zone)):
        raise NotOpenYet(opens_at=instant_text(opens_at))
    if now >= (closed_at := closes_for_booking(plan.rules, slot)):
        raise TooLateToBook(closed_at=instant_text(closed_at))
    return resource, slot


def attempt(
    booking_id: str, citizen_id: str, card: BookableCard, resource: Resource, slot: Slot, party: Party, now: datetime
) -> Attempt:
    """Raises `Full` and `DayFull` when the party is larger than the whole capacity."""
    if party.places > slot.capacity:
        raise Full
    claims = _claims(card, resource, slot, party.person_keys)
    booking = _booking(booking_id, citizen_id, card, resource, slot, party, tuple(claims), now)
    return Attempt(
        booking=booking,
        claims=tuple(claiming(claim, booking_id, slot, now) for claim in claims),
        day=_day(card, resource, slot, party.places),
        slot=taking(slot_inventory_id(card.id, resource.id, slot.starts_at), party.places, slot.capacity),
        persons=party.places,
    )


def _claims(card: BookableCard, resource: Resource, slot: Slot, person_keys: Sequence[str]) -> list[str]:
    """Rule by rule, in each the persons in their order."""
    rules = card.booking.rules.one_live_booking_per
    return [claim_id(card.id, resource, slot.day, rule, person) for rule in rules for person in person_keys]


def _day(card: BookableCard, resource: Resource, slot: Slot, places: int) -> Patch[Inventory] | None:
    if resource.day_capacity is None:
        return None
    if places > resource.day_capacity:
        raise DayFull
    return taking(day_inventory_id(card.id, resource.id, slot.day), places, resource.day_capacity)


def _booking(
    booking_id: str,
    citizen_id: str,
    card: BookableCard,
    resource: Resource,
    slot: Slot,
    party: Party,
    claims: tuple[str, ...],
    now: datetime,
) -> Booking:
    check_in_from, check_in_until = check_in_window(card.booking.rules, slot)
    return Booking(
        id=booking_id,
        citizen_id=citizen_id,
        theme=card.theme,
        department=card.department,
        purpose=card.purpose,
        card_id=card.id,
        card_version=card.version,
        resource_id=resource.id,
        name=resource.name,
        address=resource.address,
        day=slot.day,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        places=party.places,
        companions=party.companions,
        booked_at=now,
        cancel_until=closes_for_cancelling(card.booking.rules, slot),
        check_in_from=check_in_from,
        check_in_until=check_in_until,
        over_at=slot.ends_at,
        due_at=check_in_until,
        has_day_capacity=resource.day_capacity is not None,
        claims=claims,
    )
