"""A booking as its citizen, or a gate, may see it."""

from datetime import date, datetime, tzinfo

from pydantic import BaseModel, ConfigDict, Field

from core.text import Text
from service_registry.booking.bookings import Booking, State
from service_registry.booking.party import masked_companions
from service_registry.booking.ports import People


class CompanionView(BaseModel):
    """A companion, masked."""

    name: str = Field(description="Family name only: 张*.")
    id_number: str = Field(description="First and last character only.")


class BookingView(BaseModel):
    """A booking. Times carry the city's offset."""

    model_config = ConfigDict(frozen=True)

    id: str
    card_id: str
    resource_id: str
    name: Text = Field(description="What was booked.")
    address: Text | None
    day: date
    starts_at: datetime
    ends_at: datetime
    places: int = Field(description="Persons: the citizen and the companions.")
    companions: list[CompanionView]
    state: State = Field(description="reserved, checked_in, cancelled or missed.")
    booked_at: datetime
    can_cancel: bool = Field(description="Whether it can be cancelled now.")
    cancel_until: datetime
    check_in_from: datetime
    check_in_until: datetime
    checked_in_at: datetime | None


async def booking_view(booking: Booking, people: People, zone: tzinfo, now: datetime) -> BookingView:
    companions = await masked_companions(people, booking)
    checked_in_at = booking.checked_in_at
    return BookingView(
        id=booking.id,
        card_id=booking.card_id,
        resource_id=booking.resource_id,
        name=booking.name,
        address=booking.address,
        day=booking.day,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=booking.ends_at.astimezone(zone),
        places=booking.places,
        companions=[CompanionView(name=one.name, id_number=one.id_number) for one in companions],
        state=booking.state,
        booked_at=booking.booked_at.astimezone(zone),
        can_cancel=booking.state == "reserved" and now < booking.cancel_until,
        cancel_until=booking.cancel_until.astimezone(zone),
        check_in_from=booking.check_in_from.astimezone(zone),
        check_in_until=booking.check_in_until.astimezone(zone),
        checked_in_at=checked_in_at.astimezone(zone) if checked_in_at else None,
    )
