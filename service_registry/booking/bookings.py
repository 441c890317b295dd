"""What booking stores: bookings, the places taken, and the claims that hold a person to one booking."""

from datetime import date, datetime
from typing import ClassVar, Literal

from core.clock import Instant, instant_text
from core.conditions import field
from core.documents import Delete, Document, Index, Operation, Patch
from core.ids import derived_id
from core.text import Text
from service_registry.booking.schedule import Resource
from service_registry.booking.slots import Slot

State = Literal["reserved", "checked_in", "cancelled", "missed"]


class Booking(Document):
    """A party's places in one slot.

    reserved → checked_in | cancelled | missed. The times of cancelling and check-in are those the card had when it was
    booked; a card that changes does not change what a citizen was promised.
    """

    collection: ClassVar[str] = "bookings"
    indexes: ClassVar[tuple[Index, ...]] = (Index("citizen", ("citizen_id", "over_at")), Index("due", ("due_at",)))

    citizen_id: str
    """Whose it is: an account, or the enterprise that it was made for."""
    theme: str = ""
    """The card's at that time; the permission to act for somebody may name it."""
    department: str = ""
    purpose: Text | None = None
    card_id: str
    card_version: str
    resource_id: str
    name: Text
    address: Text | None
    day: date
    starts_at: Instant
    ends_at: Instant
    places: int
    """The citizen and the companions."""
    companions: str | None
    """Sealed; party.py reads it."""
    state: State = "reserved"
    booked_at: Instant
    cancel_until: Instant
    check_in_from: Instant
    check_in_until: Instant
    over_at: Instant
    """When it stops being upcoming: the end of its slot, or the moment it was cancelled or found missed."""
    due_at: Instant | None
    """When it counts as missed; None once that cannot happen any more."""
    has_day_capacity: bool
    """Whether its places were also taken from the day's."""
    claims: tuple[str, ...]
    checked_in_at: Instant | None = None
    checked_in_by: str | None = None
    """The member of staff at the gate."""


class Inventory(Document):
    """How many places of a slot, or of a whole day, are taken. It appears with the first booking.

    The capacity is not stored: each write compares with what the card says at that moment.
    """

    collection: ClassVar[str] = "booking_inventory"

    taken: int


class Claim(Document):
    """That a person has a live booking under one rule: its id is made of person and rule, so there is only one.

    After `until` it binds nobody and the next booking takes it over.
    """

    collection: ClassVar[str] = "booking_claims"
    indexes: ClassVar[tuple[Index, ...]] = (Index("until", ("until",)),)

    booking_id: str
    until: Instant


def slot_inventory_id(card_id: str, resource_id: str, starts_at: datetime) -> str:
    return f"{card_id}/{resource_id}/{instant_text(starts_at)}"


def day_inventory_id(card_id: str, resource_id: str, day: date) -> str:
    return f"{card_id}/{resource_id}/{day.isoformat()}"


def claim_id(card_id: str, resource: Resource, day: date, rule: tuple[str, ...], person_key: str) -> str:
    """Opaque: tells neither the person nor, without the person's key, that two claims are of the same one."""
    values = {"card": card_id, "resource": resource.id, "day": day.isoformat(), **resource.path}
    scope = (part for name in sorted(rule) for part in (name, values[name]))
    return derived_id(card_id, *scope, person_key)


def taking(inventory_id: str, places: int, capacity: int) -> Patch[Inventory]:
    """Takes places; its guard fails when fewer are left. `places` must not exceed `capacity`."""
    return Patch(
        Inventory,
        inventory_id,
        add={"taken": places},
        guard=field("taken").at_most(capacity - places),
        otherwise=Inventory(id=inventory_id, taken=places),
    )


def claiming(claim: str, booking_id: str, slot: Slot, now: datetime) -> Patch[Claim]:
    """Claims a person's one booking; its guard fails while another live booking holds the claim."""
    return Patch(
        Claim,
        claim,
        set={"booking_id": booking_id, "until": slot.ends_at},
        guard=field("until").at_most(now),
        otherwise=Claim(id=claim, booking_id=booking_id, until=slot.ends_at),
    )


def giving_back(booking: Booking) -> list[Operation]:
    """Returns a booking's places. Stands in one write with the guarded change of its state, and so happens once."""
    inventories = [slot_inventory_id(booking.card_id, booking.resource_id, booking.starts_at)]
    if booking.has_day_capacity:
        inventories.append(day_inventory_id(booking.card_id, booking.resource_id, booking.day))
    enough = field("taken").at_least(booking.places)
    return [Patch(Inventory, one, add={"taken": -booking.places}, guard=enough) for one in inventories]


def releasing(booking: Booking) -> list[Operation]:
    """Frees the persons of a booking for another one under the card's rules."""
    own = field("booking_id").equals(booking.id)
    return [Delete(Claim, claim, guard=own) for claim in booking.claims]
