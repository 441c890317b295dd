"""Whether the places that are taken are those that bookings hold: the invariants of booking, looked at from outside."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from core.archive import Fault
from core.documents import Document
from service_registry.booking.bookings import Booking, Claim, Inventory, day_inventory_id, slot_inventory_id

_MARGIN = timedelta(minutes=1)
"""A claim ends with its slot, and whoever looks has another clock than whoever removed it."""


class Books:
    """Shown all bookings, inventories and claims of one moment, in any order; `faults` says what does not agree."""

    def __init__(self, now: datetime) -> None:
        self._live_until = now + _MARGIN
        self._held: Counter[str] = Counter()
        self._taken: dict[str, int] = {}
        self._claiming: dict[str, str] = {}
        self._claimed: dict[str, str] = {}

    def saw(self, document: Document) -> None:
        match document:
            case Booking() if document.state in ("reserved", "checked_in"):
                self._booked(document)
            case Inventory():
                self._taken[document.id] = document.taken
            case Claim() if document.until > self._live_until:
                self._claimed[document.id] = document.booking_id

    def faults(self) -> Iterator[Fault]:
        for inventory in sorted({*self._held, *self._taken}):
            taken, held = self._taken.get(inventory, 0), self._held[inventory]
            if taken != held:
                yield Fault(Inventory.collection, inventory, f"has {taken} places taken; live bookings hold {held}")
        for claim, booking in sorted(self._claiming.items()):
            if self._claimed.get(claim) != booking:
                yield Fault(Booking.collection, booking, f"lives without its claim {claim}")

    def _booked(self, booking: Booking) -> None:
        self._held[slot_inventory_id(booking.card_id, booking.resource_id, booking.starts_at)] += booking.places
        if booking.has_day_capacity:
            self._held[day_inventory_id(booking.card_id, booking.resource_id, booking.day)] += booking.places
        if booking.ends_at > self._live_until:
            self._claiming |= dict.fromkeys(booking.claims, booking.id)
