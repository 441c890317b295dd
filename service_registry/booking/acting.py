"""Booking for somebody else: what is told to the book of it."""

from typing import Final, Literal

from core.deeds import Deed
from core.text import Text, text
from service_registry.booking.bookings import Booking
from service_registry.booking.ports import BookableCard

OPERATION: Final = "booking"
"""What a permission to act calls all that is done with bookings of a card."""
_USES: Final[dict[Literal["reserve", "cancel"], Text]] = {
    "reserve": text("预约", "a booking was made"),
    "cancel": text("取消预约", "a booking was cancelled"),
}


def deed_of_card(card: BookableCard, request_id: str) -> Deed:
    return Deed(card.id, card.theme, OPERATION, card.department, card.purpose, _USES["reserve"], request_id)


def deed_of_booking(booking: Booking, use: Literal["cancel"], request_id: str) -> Deed:
    purpose = booking.purpose or booking.name
    return Deed(booking.card_id, booking.theme, OPERATION, booking.department, purpose, _USES[use], request_id)
