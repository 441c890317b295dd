"""Booking: what can be had, reserving and cancelling it, the ticket, and the gate that takes it."""

from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import Field

from core.idempotency import RequestKey
from core.qr_code import qr_svg
from core.text import Text
from handlers.http.contract import Content, Created, endpoint
from handlers.http.fields import CityTime, Identifier, OneTimeCode, PageQuery, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import FOR_OTHERS, anyone, citizen, staff
from service_registry.booking.availability import DayAvailability, SlotAvailability
from service_registry.booking.party import Companion, Moment, Reservation
from service_registry.booking.ports import BookableCard
from service_registry.booking.schedule import Resource
from service_registry.booking.service import BookingService
from service_registry.booking.views import BookingView


class BookableCards(Protocol):
    """The cards that can be booked."""

    def bookable(self, card_id: str) -> BookableCard:
        """Raises the registry's `CardNotFound`."""
        ...


class ResourceView(View):
    id: str
    name: Text
    path: dict[str, str]
    address: Text | None
    note: Text | None

    @classmethod
    def of(cls, resource: Resource) -> "ResourceView":
        return cls(
            id=resource.id,
            name=resource.name,
            path=dict(resource.path),
            address=resource.address,
            note=resource.note,
        )


class ChoiceView(View):
    id: str
    text: Text


class LevelView(View):
    key: str
    title: Text
    choices: list[ChoiceView]


class ResourceList(View):
    next_level: LevelView | None
    """The question to ask next, with the answers that lead somewhere; null when all are answered."""
    items: list[ResourceView]
    """The resources left, once every level is answered."""


class ChoiceQuery(Request):
    path: (
        Annotated[
            str,
            Field(pattern=r"^([a-z0-9_.\-]{1,64}:[a-z0-9_.\-]{1,64})(,[a-z0-9_.\-]{1,64}:[a-z0-9_.\-]{1,64}){0,7}$"),
        ]
        | None
    ) = None
    """Answers so far: `department:housing,matter:withdrawal`."""

    def answers(self) -> dict[str, str]:
        return dict(answer.split(":", 1) for answer in self.path.split(",")) if self.path else {}


class DaysQuery(Request):
    first_day: date | None = Field(None, alias="from")
    count: Annotated[int, Field(ge=1, le=31)] = 7


class DayQuery(Request):
    day: date


class SlotView(View):
    starts_at: CityTime
    ends_at: CityTime
    state: str
    places: int
    places_left: int

    @classmethod
    def of(cls, slot: SlotAvailability) -> "SlotView":
        return cls.model_validate(vars(slot))


class DayView(View):
    day: date
    state: str
    opens_at: CityTime
    places_left: int

    @classmethod
    def of(cls, found: DayAvailability) -> "DayView":
        return cls(day=found.day, state=found.state, opens_at=found.opens_at, places_left=found.places_left)


class DayList(View):
    items: list[DayView]


class SlotList(View):
    items: list[SlotView]


class ReserveRequest(Request):
    card_id: Identifier
    resource_id: Identifier
    starts_at: Moment
    """A slot's start, as the list of slots gave it."""
    companions: Annotated[list[Companion], Field(max_length=20, default_factory=list)]
    saved_companions: Annotated[list[Identifier], Field(max_length=20, default_factory=list)]
    """Ids of saved companions who come along as well."""


class BookingList(View):
    items: list[BookingView]
    after: str | None


class BookingsQuery(PageQuery):
    when: Literal["upcoming", "past"] = "upcoming"


class TicketView(View):
    token: str
    """Show it as a QR code; it names no person."""
    issued_at: CityTime
    refresh_at: CityTime
    """Ask for the next one then."""
    expires_at: CityTime


class CheckInRequest(Request):
    ticket: OneTimeCode
    resource_id: Identifier | None = None
    """The gate's own place, when it admits to one only."""


class CheckInView(View):
    booking_id: str
    card_id: str
    resource_id: str
    name: Text
    places: int
    state: str
    starts_at: CityTime


class _Bookable(Handler):
    def initialize(self, cards: BookableCards, bookings: BookingService) -> None:
        self.cards = cards
        self.bookings = bookings


class Resources(_Bookable):
    @endpoint(who=anyone())
    async def get(self, card_id: str, query: ChoiceQuery) -> ResourceList:
        """What a card lets one book: the next question on the way, or the resources at its end."""
        found = self.bookings.choices(self.cards.bookable(card_id), query.answers())
        level = None
        if found.level is not None:
            choices = [ChoiceView(id=choice.id, text=choice.text) for choice in found.choices]
            level = LevelView(key=found.level.key, title=found.level.title, choices=choices)
        return ResourceList(next_level=level, items=[ResourceView.of(resource) for resource in found.resources])


class Days(_Bookable):
    @endpoint(who=anyone())
    async def get(self, card_id: str, resource_id: str, query: DaysQuery) -> DayList:
        """The coming days of a resource, and what is left on each."""
        card = self.cards.bookable(card_id)
        found = await self.bookings.days(card, resource_id, query.first_day, query.count)
        return DayList(items=[DayView.of(day) for day in found])


class Slots(_Bookable):
    @endpoint(who=anyone())
    async def get(self, card_id: str, resource_id: str, query: DayQuery) -> SlotList:
        """The slots of one day, and what is left of each."""
        found = await self.bookings.slots(self.cards.bookable(card_id), resource_id, query.day)
        return SlotList(items=[SlotView.of(slot) for slot in found])


class Bookings(_Bookable):
    @endpoint(who=citizen(acting=FOR_OTHERS), rate="write", idempotent=True)
    async def post(self, request: ReserveRequest, key: RequestKey | None) -> Created[BookingView]:
        """Reserve places for the citizen and companions: all of them, or none."""
        wanted = Reservation(
            resource_id=request.resource_id,
            starts_at=request.starts_at,
            companions=tuple(request.companions),
            saved_companions=tuple(request.saved_companions),
        )
        card = self.cards.bookable(request.card_id)
        booking = await self.bookings.reserve(self.citizen, card, wanted, key, self.request_id)
        return Created(await self.bookings.view(booking), f"/api/v1/bookings/{booking.id}")

    @endpoint(who=citizen(acting=FOR_OTHERS))
    async def get(self, query: BookingsQuery) -> BookingList:
        """The citizen's bookings: upcoming, the soonest first, or past, the latest first."""
        page = await self.bookings.list(self.citizen, query.when, query.limit, query.after)
        return BookingList(items=[await self.bookings.view(booking) for booking in page.items], after=page.after)


class OneBooking(_Bookable):
    @endpoint(who=citizen(acting=FOR_OTHERS))
    async def get(self, booking_id: str) -> BookingView:
        """One booking."""
        return await self.bookings.view(await self.bookings.get(self.citizen, booking_id))


class Cancellation(_Bookable):
    @endpoint(who=citizen(acting=FOR_OTHERS), rate="write")
    async def post(self, booking_id: str) -> BookingView:
        """Cancel a booking. Its places come back at once; cancelling again changes nothing."""
        return await self.bookings.view(await self.bookings.cancel(self.citizen, booking_id, self.request_id))


class BookingTicket(_Bookable):
    @endpoint(who=citizen(acting=FOR_OTHERS))
    async def get(self, booking_id: str) -> TicketView:
        """The booking's code of this half minute."""
        ticket = await self.bookings.ticket(self.citizen, booking_id)
        return TicketView(
            token=ticket.token,
            issued_at=ticket.issued_at,
            refresh_at=ticket.refresh_at,
            expires_at=ticket.expires_at,
        )


class TicketPicture(_Bookable):
    @endpoint(who=citizen(acting=FOR_OTHERS), media_type="image/svg+xml")
    async def get(self, booking_id: str) -> Content:
        """The booking's code of this half minute as a QR code."""
        ticket = await self.bookings.ticket(self.citizen, booking_id)
        return Content(qr_svg(ticket.token).encode(), "image/svg+xml")


class CheckIns(_Bookable):
    @endpoint(who=staff("gate"), idempotent=True)
    async def post(self, request: CheckInRequest, key: RequestKey | None) -> CheckInView:
        """Let the party of a ticket in, once."""
        booking = await self.bookings.check_in(request.ticket, self.staff, request.resource_id, key)
        return CheckInView(
            booking_id=booking.id,
            card_id=booking.card_id,
            resource_id=booking.resource_id,
            name=booking.name,
            places=booking.places,
            state=booking.state,
            starts_at=booking.starts_at,
        )
