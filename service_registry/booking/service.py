"""Booking: reserve, cancel, show, check in. Every change is one guarded write; nothing is looked at first and taken
afterwards. docs/booking.md says what always holds, and how."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from core.caller import Citizen, Staff
from core.clock import Clock, instant_text
from core.conditions import all_of, field
from core.documents import D, Delete, Documents, GuardFailed, Operation, Page, Patch, WriteRefused
from core.errors import CityError, StoreUnavailable
from core.idempotency import RequestKey, write_once
from core.ids import new_id
from service_registry.acting import OnlyForOneself, check_acting, check_audience
from service_registry.booking.acting import OPERATION, deed_of_booking, deed_of_card
from service_registry.booking.availability import DayAvailability, SlotAvailability, availability
from service_registry.booking.bookings import Booking, Claim, giving_back, releasing
from service_registry.booking.choices import Choices, choices
from service_registry.booking.errors import (
    BookingNotFound,
    BookingRefused,
    CheckedInAlready,
    NotCancellable,
    NotLive,
    OtherPlace,
    OutsideCheckIn,
    TicketInvalid,
    TooLateToCancel,
    Waiting,
)
from service_registry.booking.party import Reservation, party_of
from service_registry.booking.ports import BookableCard, People, UncountedUsage, UsageSink
from service_registry.booking.reserving import Attempt, attempt, slot_to_book
from service_registry.booking.tickets import Ticket, TicketSigner, verify_offline
from service_registry.booking.views import BookingView, booking_view
from service_registry.booking.waiting_room import WaitingRoom
from service_registry.ports import ActingRules

_INSTANT = timedelta(microseconds=1)
_ATTEMPTS = 10
_AT_ONCE = 64
"""How many closings are under way together, so that the store can commit them in groups."""


class BookingService:
    """`zone` is the city's: schedules are written in it, and views and availability carry its offset."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        zone: tzinfo,
        people: People,
        tickets: TicketSigner,
        usage: UsageSink | None = None,
        waiting_room: WaitingRoom | None = None,
        acting: ActingRules | None = None,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._people = people
        self._tickets = tickets
        self._usage = usage or UncountedUsage()
        self._waiting_room = waiting_room
        self._acting = acting or OnlyForOneself()

    def choices(self, card: BookableCard, path: Mapping[str, str]) -> Choices:
        """What can be chosen after these answers. Raises `ChoiceUnknown`."""
        return choices(card.booking, path)

    async def days(
        self, card: BookableCard, resource_id: str, first_day: date | None = None, count: int = 7
    ) -> tuple[DayAvailability, ...]:
        """From `first_day` (today when None). Raises `ResourceUnknown`, `DayOutOfRange`."""
        now = self._clock.now()
        first = first_day or now.astimezone(self._zone).date()
        return await availability(self._documents, card, resource_id, first, count, zone=self._zone, now=now)

    async def slots(self, card: BookableCard, resource_id: str, day: date) -> tuple[SlotAvailability, ...]:
        """The slots of one day; none on a closed day. Raises `ResourceUnknown`, `DayOutOfRange`."""
        (found,) = await self.days(card, resource_id, day, 1)
        return found.slots

    async def reserve(
        self,
        citizen: Citizen,
        card: BookableCard,
        request: Reservation,
        key: RequestKey | None = None,
        request_id: str = "",
    ) -> Booking:
        """Books the whole party or nobody. A retry with the same key gets what the first request booked.

        Raises `WrongAudience`, `NoActing`, what `ActingRules.permit` raises, `StepUpNeeded`, `Waiting`,
        `ResourceUnknown`, `ClosedDay`, `SlotUnknown`, `NotOpenYet`, `TooLateToBook`, `PartyTooLarge`,
        `CompanionInvalid`, `Full`, `DayFull`, `AlreadyBooked`, `KeyReused`, `AccountClosing`.
        """
        try:
            check_audience(citizen, card.audience)
            check_acting(citizen, card.acting)
            await self._acting.permit(citizen, deed_of_card(card, request_id))
            citizen.require(card.assurance, card.max_age_seconds, self._clock.now())
            booking, is_new = await self._reserved(citizen, card, request, key, request_id)
        except Waiting:
            raise  # no use yet: whoever waits will use it
        except BaseException as error:
            refused = isinstance(error, CityError) and not isinstance(error, StoreUnavailable)
            self._usage.used(citizen.actor_id, card.id, "refused" if refused else "failed")
            raise
        if is_new:  # a retry that found what the first request booked is no second use
            self._usage.used(citizen.actor_id, card.id, "ok")
        return booking

    async def _reserved(
        self, citizen: Citizen, card: BookableCard, request: Reservation, key: RequestKey | None, request_id: str
    ) -> tuple[Booking, bool]:
        """The booking, and whether this request made it."""
        try:
            await self._wait(citizen, card)
            wanted = await self._attempt(citizen, card, request)
        except BookingRefused:
            # What time or the card forbids by now may have been done when the request was first sent.
            earlier = await key.earlier_result(self._documents) if key else None
            if earlier is None:
                raise
            return await self.get(citizen, earlier), False
        for turn in range(1, _ATTEMPTS + 1):
            noted = await self._acting.noted(citizen, deed_of_card(card, request_id))
            try:
                booking = await write_once(
                    self._documents,
                    [*wanted.operations(), *noted],
                    key=key,
                    result=wanted.booking.id,
                    find=lambda booking_id: self.get(citizen, booking_id),
                    made=lambda _written: wanted.booking,
                )
            except WriteRefused as error:
                if turn == _ATTEMPTS or not _is_among(noted, error):
                    raise wanted.refusal(error) from error
            else:
                return booking, booking.id == wanted.booking.id
        raise AssertionError("the last attempt returns or raises")

    async def _wait(self, citizen: Citizen, card: BookableCard) -> None:
        rule = card.booking.rules.waiting_room
        if rule is not None and self._waiting_room is not None:
            await self._waiting_room.enter(rule, card.id, citizen.served_id)

    async def _attempt(self, citizen: Citizen, card: BookableCard, request: Reservation) -> Attempt:
        now = self._clock.now()
        resource, slot = slot_to_book(card.booking, request.resource_id, request.starts_at, self._zone, now)
        booking_id = new_id(self._clock)
        most = card.booking.rules.companions_max
        party = await party_of(self._people, citizen, request, most, booking_id)
        return attempt(booking_id, citizen.served_id, card, resource, slot, party, now)

    async def get(self, citizen: Citizen, booking_id: str) -> Booking:
        """The citizen's own booking, or one of whom they act for. Raises `BookingNotFound`, also for anybody else's and
        for what the permission to act does not cover, and what `ActingRules.limits` raises."""
        limits = await self._acting.limits(citizen)
        booking = await self._documents.get(Booking, booking_id)
        if booking is None or booking.citizen_id != citizen.served_id:
            raise BookingNotFound
        if not limits.allow(card_id=booking.card_id, theme=booking.theme, operation=OPERATION):
            raise BookingNotFound
        return booking

    async def list(
        self, citizen: Citizen, when: Literal["upcoming", "past"], limit: int = 20, after: str | None = None
    ) -> Page[Booking]:
        """Upcoming: reserved or checked in and not over, the soonest first. Past: over or cancelled, the latest first.

        For somebody else, those that the permission to act covers: a page may then have fewer than `limit`.

        Raises `BadCursor`, and what `ActingRules.limits` raises.
        """
        limits = await self._acting.limits(citizen)
        bound = self._clock.now() + _INSTANT
        at_least, below = (bound, None) if when == "upcoming" else (None, bound)
        page = await self._documents.find(
            Booking,
            "citizen",
            citizen.served_id,
            at_least=at_least,
            below=below,
            descending=when == "past",
            limit=limit,
            after=after,
        )
        covered = [one for one in page.items if limits.allow(card_id=one.card_id, theme=one.theme, operation=OPERATION)]
        return Page(tuple(covered), page.after)

    async def view(self, booking: Booking) -> BookingView:
        """As its citizen may see it: companions masked, times of the city."""
        return await booking_view(booking, self._people, self._zone, self._clock.now())

    async def cancel(self, citizen: Citizen, booking_id: str, request_id: str = "") -> Booking:
        """Gives the places back, once; a booking cancelled before is returned as it is.

        Raises `BookingNotFound`, `NotCancellable`, `TooLateToCancel`, and what `ActingRules.noted` raises.
        """
        booking = await self.get(citizen, booking_id)
        if booking.state == "cancelled":
            return booking
        if booking.state != "reserved":
            raise NotCancellable(state=booking.state)
        now = self._clock.now()
        if now >= booking.cancel_until:
            raise TooLateToCancel(closed_at=instant_text(booking.cancel_until))
        change = _leaving_reserved(booking, "cancelled", now)
        noted = await self._acting.noted(citizen, deed_of_booking(booking, "cancel", request_id))
        try:
            written = await self._documents.write(change, *noted, *giving_back(booking), *releasing(booking))
        except WriteRefused as error:
            if error.operation is not change and not _is_among(noted, error):
                raise
            # It has left "reserved" for good, or who acts has to ask again.
            return await self.cancel(citizen, booking_id, request_id)
        return written.after(change)

    async def ticket(self, citizen: Citizen, booking_id: str) -> Ticket:
        """The code of this half minute. Raises `BookingNotFound`, `NotLive`."""
        booking = await self.get(citizen, booking_id)
        now = self._clock.now()
        if booking.state != "reserved":
            raise NotLive(state=booking.state)
        if now >= booking.check_in_until:
            raise NotLive(state="over")
        return self._tickets.sign(booking, now)

    async def check_in(
        self, token: str, gate: Staff, resource_id: str | None = None, key: RequestKey | None = None
    ) -> Booking:
        """Admits the party of a ticket, once. `resource_id` is the gate's own, if it admits to one resource only; a
        gate whose post is for one card admits with tickets of that card only.

        A gate that got no answer repeats with the same key. Raises `TicketInvalid`, `TicketExpired`, `OtherPlace`,
        `OutsideCheckIn`, `NotLive`, `CheckedInAlready`, `KeyReused`.
        """
        now = self._clock.now()
        try:
            admission = verify_offline(token, self._tickets.jwks, now)
            elsewhere = resource_id is not None and resource_id != admission.resource_id
            if elsewhere or not gate.serves(admission.card_id):
                raise OtherPlace(resource_id=admission.resource_id)
        except BookingRefused:
            earlier = await key.earlier_result(self._documents) if key else None
            if earlier is None:
                raise
            return await self._existing(earlier)
        change = _checking_in(admission.booking_id, gate, now)
        try:
            return await write_once(
                self._documents,
                [change],
                key=key,
                result=admission.booking_id,
                find=self._existing,
                made=lambda written: written.after(change),
            )
        except GuardFailed as error:
            raise _not_admitted(await self._existing(admission.booking_id), now) from error

    async def _existing(self, booking_id: str) -> Booking:
        booking = await self._documents.get(Booking, booking_id)
        if booking is None:
            raise TicketInvalid
        return booking

    async def close_past(self, limit: int = 1000) -> int:
        """Marks what was reserved and never used as missed, gives its places back (those of a day serve its later
        slots), and removes claims that bind nobody any more. A job: run it every minute or so, in as many processes
        as there are. Returns how many bookings it closed; `limit` of them means there may be more."""
        now = self._clock.now()
        due = await self._documents.find(Booking, "due", below=now + _INSTANT, limit=limit)
        dead = await self._documents.find(Claim, "until", below=now + _INSTANT, limit=limit)
        await _for_each(dead.items, lambda claim: self._forget(claim, now))
        return sum(await _for_each(due.items, lambda booking: self._missed(booking, now)))

    async def _missed(self, booking: Booking, now: datetime) -> bool:
        change = _leaving_reserved(booking, "missed", now)
        try:
            await self._documents.write(change, *giving_back(booking))
        except GuardFailed as error:
            if error.operation is not change:
                raise
            return False  # used, cancelled or closed by another process meanwhile
        return True

    async def _forget(self, claim: Claim, now: datetime) -> bool:
        try:
            await self._documents.write(Delete(Claim, claim.id, guard=field("until").at_most(now)))
        except GuardFailed:
            return False  # a new booking has taken it over
        return True


def _is_among(operations: Sequence[Operation], refused: WriteRefused) -> bool:
    return any(refused.operation is operation for operation in operations)


async def _for_each(items: Sequence[D], work: Callable[[D], Awaitable[bool]]) -> Sequence[bool]:
    """Works on all items, whatever fails; then raises the first failure, if there was one."""
    outcomes: list[bool | BaseException] = []
    for start in range(0, len(items), _AT_ONCE):
        group = items[start : start + _AT_ONCE]
        outcomes += await asyncio.gather(*(work(item) for item in group), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def _leaving_reserved(booking: Booking, state: Literal["cancelled", "missed"], now: datetime) -> Patch[Booking]:
    """Of all that would take the booking out of `reserved`, the first succeeds and the others' guards fail."""
    over_at = min(booking.over_at, now)
    return Patch(
        Booking,
        booking.id,
        set={"state": state, "over_at": over_at, "due_at": None},
        guard=field("state").equals("reserved"),
    )


def _checking_in(booking_id: str, gate: Staff, now: datetime) -> Patch[Booking]:
    return Patch(
        Booking,
        booking_id,
        set={"state": "checked_in", "due_at": None, "checked_in_at": now, "checked_in_by": gate.id},
        guard=all_of(
            field("state").equals("reserved"),
            field("check_in_from").at_most(now),
            field("check_in_until").above(now),
        ),
    )


def _not_admitted(booking: Booking, now: datetime) -> BookingRefused:
    if booking.state == "checked_in" and booking.checked_in_at:
        return CheckedInAlready(checked_in_at=instant_text(booking.checked_in_at))
    if booking.state == "reserved" and not booking.check_in_from <= now < booking.check_in_until:
        opens_at, closes_at = instant_text(booking.check_in_from), instant_text(booking.check_in_until)
        return OutsideCheckIn(opens_at=opens_at, closes_at=closes_at)
    return NotLive(state=booking.state)
