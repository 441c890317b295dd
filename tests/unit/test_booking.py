"""A citizen books, changes their mind, comes; a second one finds the place free or taken."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from core.caller import StepUpNeeded
from core.clock import ManualClock
from core.documents import Insert, WriteRefused
from core.errors import CityError
from core.idempotency import KeyReused
from server.adapters.memory_documents import MemoryDocuments
from service_registry.booking.bookings import Booking, Claim
from service_registry.booking.errors import (
    AlreadyBooked,
    BookingNotFound,
    ChoiceUnknown,
    ClosedDay,
    CompanionInvalid,
    DayFull,
    DayOutOfRange,
    Full,
    NotCancellable,
    NotLive,
    NotOpenYet,
    PartyTooLarge,
    ResourceUnknown,
    SlotUnknown,
    TooLateToBook,
    TooLateToCancel,
)
from service_registry.booking.party import Companion, Reservation
from service_registry.booking.ports import BookableCard
from service_registry.booking.schedule import BookingPlan
from service_registry.booking.service import BookingService
from tests.booking_city import (
    GATE,
    MONDAY,
    SHANGHAI,
    TUESDAY,
    City,
    asking,
    at,
    citizen,
    companion,
    counters,
    id_number,
    park,
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, 20, 0, tzinfo=SHANGHAI))


@pytest.fixture
def city(clock: ManualClock) -> City:
    return City(MemoryDocuments(), clock)


async def test_the_choices_lead_level_by_level_to_a_counter(city: City) -> None:
    card = counters()
    first = city.bookings.choices(card, {})
    assert first.level is not None
    assert (first.level.key, [choice.id for choice in first.choices]) == ("matter", ["passport", "licence"])
    second = city.bookings.choices(card, {"matter": "passport"})
    assert [choice.id for choice in second.choices] == ["north", "south"]
    last = city.bookings.choices(card, {"matter": "passport", "hall": "south"})
    assert [resource.id for resource in last.resources] == ["passport.south"]
    assert [resource.id for resource in city.bookings.choices(park(), {}).resources] == ["qianling", "huaxi"]


async def test_only_choices_that_lead_somewhere_are_offered(city: City) -> None:
    plan = counters().booking.model_dump(mode="json")
    del plan["resources"][0]  # passport.north
    card = BookableCard("gy.appointments", "1.0.1", BookingPlan.model_validate(plan))
    assert [choice.id for choice in city.bookings.choices(card, {"matter": "passport"}).choices] == ["south"]
    with pytest.raises(ChoiceUnknown):
        city.bookings.choices(card, {"matter": "passport", "hall": "north"})


@pytest.mark.parametrize("path", [{"matter": "marriage"}, {"hall": "north"}, {"window": "1"}, {"matter": "", "": "x"}])
async def test_a_choice_that_is_not_offered_is_refused(city: City, path: dict[str, str]) -> None:
    with pytest.raises(ChoiceUnknown):
        city.bookings.choices(counters(), path)
    with pytest.raises(ChoiceUnknown):
        city.bookings.choices(park(), path)


async def test_a_booking_takes_places_and_a_cancelled_one_gives_them_back(city: City) -> None:
    card = park(capacity=3, day_capacity=4)
    booking = await city.bookings.reserve(citizen(1), card, asking(at(8), companion(2)))
    assert (booking.places, booking.state, booking.starts_at) == (2, "reserved", at(8))
    (monday,) = await city.bookings.days(card, "qianling", MONDAY, 1)
    assert monday.places_left == 2
    assert [slot.places_left for slot in monday.slots] == [1, 2, 2, 2]
    cancelled = await city.bookings.cancel(citizen(1), booking.id)
    assert cancelled.state == "cancelled"
    (monday,) = await city.bookings.days(card, "qianling", MONDAY, 1)
    assert [slot.places_left for slot in monday.slots] == [3, 3, 3, 3]
    await city.check_books()


async def test_the_days_show_what_can_be_booked_in_the_citys_time(city: City, clock: ManualClock) -> None:
    card = park(capacity=1, days_ahead=1, release="08:00")
    clock.advance(hours=12.5)  # Monday 08:30
    await city.bookings.reserve(citizen(1), card, asking(at(9)))
    days = await city.bookings.days(card, "qianling", count=3)
    assert [(day.day, day.state) for day in days] == [
        (MONDAY, "open"), (TUESDAY, "open"), (TUESDAY + timedelta(days=1), "not_open_yet"),
    ]  # fmt: skip
    assert [slot.state for slot in days[0].slots] == ["over", "full", "open", "open"]
    assert days[0].slots[0].starts_at.isoformat() == "2026-11-23T08:00:00+08:00"
    assert days[2].opens_at.isoformat() == "2026-11-24T08:00:00+08:00"
    assert [slot.places_left for slot in await city.bookings.slots(card, "qianling", MONDAY)] == [0, 0, 1, 1]
    assert [
        day.state for day in await city.bookings.days(counters(), "passport.north", MONDAY - timedelta(days=1), 1)
    ] == ["closed"]


@pytest.mark.parametrize(
    ("first", "count"), [(MONDAY, 0), (MONDAY, 32), (date.min, 1), (date.max, 2), (MONDAY, -1), (date(2029, 1, 1), 1)]
)
async def test_days_out_of_range_are_refused(city: City, first: date, count: int) -> None:
    with pytest.raises(DayOutOfRange):
        await city.bookings.days(park(), "qianling", first, count)


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (asking(resource="moon"), ResourceUnknown),
        (asking(at(8, 30)), SlotUnknown),
        (asking(at(8) + timedelta(seconds=1)), SlotUnknown),
        (asking(at(16)), SlotUnknown),
        (asking(at(8, 0, MONDAY + timedelta(days=20))), NotOpenYet),
        (asking(at(8, 0, date(2199, 12, 30))), NotOpenYet),
        (asking(at(8, 0, MONDAY - timedelta(days=1))), TooLateToBook),
        (asking(at(8, 0, date(2000, 6, 1))), TooLateToBook),
        (asking(at(8), *[companion(person) for person in range(2, 8)]), PartyTooLarge),
    ],
)
async def test_what_cannot_be_booked_is_refused_and_nothing_is_taken(
    city: City, request_: Reservation, refusal: type[CityError]
) -> None:
    with pytest.raises(refusal):
        await city.bookings.reserve(citizen(1), park(), request_)
    assert await city.everything(Booking) == []
    await city.check_books()


async def test_a_closed_day_cannot_be_booked(city: City) -> None:
    sunday = MONDAY + timedelta(days=6)
    with pytest.raises(ClosedDay):
        await city.bookings.reserve(citizen(1), counters(), asking(at(9, 0, sunday), resource="passport.north"))


@pytest.mark.parametrize(
    "starts_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1e300, "soon", "2026-11-23T08:00:00"]
)
def test_a_moment_that_no_calendar_of_ours_has_is_a_validation_error(starts_at: object) -> None:
    with pytest.raises(ValidationError):
        Reservation.model_validate({"resource_id": "qianling", "starts_at": starts_at})


async def test_booking_opens_and_ends_by_the_clock(city: City, clock: ManualClock) -> None:
    card = park(days_ahead=1, release="20:30", book_until_minutes=60)
    tuesday_eight = asking(at(8, 0, TUESDAY))
    clock.advance(days=1, minutes=29)
    with pytest.raises(NotOpenYet) as refused:
        await city.bookings.reserve(citizen(1), card, tuesday_eight)
    assert refused.value.facts == {"opens_at": "2026-11-23T12:30:00.000000Z"}
    clock.advance(minutes=1)
    await city.bookings.reserve(citizen(1), card, tuesday_eight)
    clock.advance(hours=10, minutes=29, seconds=59)
    await city.bookings.reserve(citizen(2), card, tuesday_eight)
    clock.advance(seconds=1)
    with pytest.raises(TooLateToBook):
        await city.bookings.reserve(citizen(3), card, tuesday_eight)


async def test_a_full_slot_and_a_full_day_are_told_apart(city: City) -> None:
    card = park(capacity=2, day_capacity=3)
    await city.bookings.reserve(citizen(1), card, asking(at(8), companion(2)))
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(3), card, asking(at(8)))
    with pytest.raises(DayFull):
        await city.bookings.reserve(citizen(3), card, asking(at(9), companion(4)))
    await city.bookings.reserve(citizen(3), card, asking(at(9)))
    with pytest.raises(DayFull):
        await city.bookings.reserve(citizen(5), card, asking(at(14)))
    await city.bookings.reserve(citizen(5), card, asking(at(14), resource="huaxi"))
    await city.check_books()


async def test_a_party_larger_than_the_whole_capacity_is_refused_on_the_first_booking_too(city: City) -> None:
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(1), park(capacity=1), asking(at(8), companion(2)))
    with pytest.raises(DayFull):
        await city.bookings.reserve(citizen(1), park(day_capacity=1), asking(at(8), companion(2)))
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(1), park(capacity=0), asking(at(8)))
    await city.check_books()


async def test_nobody_has_two_live_bookings_under_one_rule_in_whoevers_party(city: City) -> None:
    card = park()
    await city.bookings.reserve(citizen(1), card, asking(at(8), companion(2), companion(3)))
    with pytest.raises(AlreadyBooked) as refused:
        await city.bookings.reserve(citizen(2), card, asking(at(9)))
    assert refused.value.facts == {"member": 0}
    with pytest.raises(AlreadyBooked) as refused:
        await city.bookings.reserve(citizen(4), card, asking(at(9), companion(5), companion(3)))
    assert refused.value.facts == {"member": 2}
    await city.bookings.reserve(citizen(4), card, asking(at(9), companion(5)))
    await city.bookings.reserve(citizen(2), card, asking(at(8, 0, TUESDAY)))
    await city.bookings.reserve(citizen(3), card, asking(at(8), resource="huaxi"))
    await city.check_books()


async def test_one_booking_per_matter_holds_over_halls_and_days_until_it_is_over(
    city: City, clock: ManualClock
) -> None:
    card = counters()
    await city.bookings.reserve(citizen(1), card, asking(at(9), resource="passport.north"))
    with pytest.raises(AlreadyBooked):
        await city.bookings.reserve(citizen(1), card, asking(at(9, 0, TUESDAY), resource="passport.south"))
    await city.bookings.reserve(citizen(1), card, asking(at(9), resource="licence.north"))
    clock.advance(hours=13, minutes=29)
    with pytest.raises(AlreadyBooked):
        await city.bookings.reserve(citizen(1), card, asking(at(9, 0, TUESDAY), resource="passport.south"))
    clock.advance(minutes=1)  # 09:30: over, whether or not a job has seen to it
    await city.bookings.reserve(citizen(1), card, asking(at(9, 0, TUESDAY), resource="passport.south"))


async def test_several_rules_hold_together(city: City) -> None:
    card = counters(one_live_booking_per=[["matter"], ["day"]])
    await city.bookings.reserve(citizen(1), card, asking(at(9), resource="passport.north"))
    with pytest.raises(AlreadyBooked) as refused:
        await city.bookings.reserve(citizen(1), card, asking(at(10), resource="licence.north"))
    assert refused.value.facts == {"member": 0}
    await city.bookings.reserve(citizen(1), card, asking(at(10, 0, TUESDAY), resource="licence.north"))


async def test_cancelling_frees_everybody_of_the_party(city: City) -> None:
    card = park()
    first = await city.bookings.reserve(citizen(1), card, asking(at(8), companion(2)))
    await city.bookings.cancel(citizen(1), first.id)
    await city.bookings.reserve(citizen(2), card, asking(at(8), companion(1)))
    await city.check_books()


async def test_cancelling_twice_is_one_cancelling_and_gives_the_place_back_once(city: City) -> None:
    card = park(capacity=5)
    booking = await city.bookings.reserve(citizen(1), card, asking())
    await city.bookings.reserve(citizen(2), card, asking())
    first = await city.bookings.cancel(citizen(1), booking.id)
    assert await city.bookings.cancel(citizen(1), booking.id) == first
    assert [slot.places_left for slot in await city.bookings.slots(card, "qianling", MONDAY)] == [4, 5, 5, 5]


async def test_cancelling_ends_when_the_card_said_so_at_booking(city: City, clock: ManualClock) -> None:
    booking = await city.bookings.reserve(citizen(1), park(cancel_until_minutes=120), asking())
    assert (await city.bookings.view(booking)).can_cancel
    clock.advance(hours=10)  # Monday 06:00
    assert not (await city.bookings.view(booking)).can_cancel
    with pytest.raises(TooLateToCancel) as refused:
        await city.bookings.cancel(citizen(1), booking.id)
    assert refused.value.facts == {"closed_at": "2026-11-22T22:00:00.000000Z"}
    await city.check_books()


async def test_a_booking_is_its_citizens_alone(city: City) -> None:
    booking = await city.bookings.reserve(citizen(1), park(), asking())
    for act in (city.bookings.get, city.bookings.cancel, city.bookings.ticket):
        with pytest.raises(BookingNotFound):
            await act(citizen(2), booking.id)
        with pytest.raises(BookingNotFound):
            await act(citizen(1), "no such booking")
    assert (await city.bookings.get(citizen(1), booking.id)).state == "reserved"
    assert (await city.bookings.list(citizen(2), "upcoming")).items == ()


@pytest.mark.parametrize(
    ("companions", "member", "reason"),
    [
        ([Companion(name="王小明", id_number="11010519491231002Y")], 1, "id_number"),
        ([Companion(name="王小明", id_number="110105194912310020")], 1, "id_number"),
        ([Companion(name="😀", id_number=id_number(2))], 1, "name"),
        ([Companion(name="王\u0000明", id_number=id_number(2))], 1, "name"),
        ([Companion(name="  ", id_number=id_number(2))], 1, "name"),
        ([Companion(name="·", id_number=id_number(2))], 1, "name"),
        ([companion(2), companion(3), companion(2)], 3, "twice"),
        ([companion(2), companion(1)], 2, "is_citizen"),
    ],
)
async def test_a_companion_that_cannot_be_right_is_refused(
    city: City, companions: list[Companion], member: int, reason: str
) -> None:
    with pytest.raises(CompanionInvalid) as refused:
        await city.bookings.reserve(citizen(1), park(), asking(at(8), *companions))
    assert refused.value.facts == {"member": member, "reason": reason}


async def test_a_companion_is_the_same_person_however_the_number_is_typed(city: City) -> None:
    typed = Companion(name="欧阳·小明", id_number=" １１０１０５１９４９１２３１００２ｘ ")
    await city.bookings.reserve(citizen(1), park(), asking(at(8), typed))
    again = Companion(name="欧阳小明", id_number="11010519491231002X")
    with pytest.raises(AlreadyBooked):
        await city.bookings.reserve(citizen(2), park(), asking(at(9), again))


async def test_companions_are_stored_sealed_and_shown_masked(city: City) -> None:
    person = Companion(name="王小明", id_number=id_number(2))
    booking = await city.bookings.reserve(citizen(1), park(), asking(at(8), person))
    view = await city.bookings.view(booking)
    assert [(one.name, one.id_number) for one in view.companions] == [("王**", "5" + "*" * 16 + id_number(2)[-1])]
    assert view.starts_at.isoformat() == "2026-11-23T08:00:00+08:00"
    everything = [*await city.everything(Booking), *await city.everything(Claim)]
    stored = "".join(document.model_dump_json() for document in everything)
    keys = [await city.people.person_key(f"citizen-{one}") for one in (1, 2)]
    for secret in ("王小明", id_number(1), id_number(2), *keys):
        assert secret not in stored
        assert secret not in view.model_dump_json()
    assert "王小明" not in repr(asking(at(8), person))
    assert id_number(2) not in repr(asking(at(8), person))


async def test_upcoming_is_what_lies_ahead_and_past_is_the_rest(city: City, clock: ManualClock) -> None:
    card = park()
    days = [MONDAY + timedelta(days=offset) for offset in (2, 0, 1)]
    made = [await city.bookings.reserve(citizen(1), card, asking(at(8, 0, day))) for day in days]
    await city.bookings.cancel(citizen(1), made[0].id)
    upcoming = await city.bookings.list(citizen(1), "upcoming", limit=1)
    assert [booking.id for booking in upcoming.items] == [made[1].id]
    rest = await city.bookings.list(citizen(1), "upcoming", after=upcoming.after)
    assert [booking.id for booking in rest.items] == [made[2].id]
    clock.advance(hours=13)  # Monday 09:00, when the slot has just ended
    assert [one.id for one in (await city.bookings.list(citizen(1), "upcoming")).items] == [made[2].id]
    assert [one.id for one in (await city.bookings.list(citizen(1), "past")).items] == [made[1].id, made[0].id]


async def test_a_retry_books_once_and_answers_as_the_first_time(city: City, clock: ManualClock) -> None:
    card = park(capacity=1, days_ahead=1)
    booking = await city.bookings.reserve(citizen(1), card, asking(), city.key(1, "k"))
    assert await city.bookings.reserve(citizen(1), card, asking(), city.key(1, "k")) == booking
    clock.advance(hours=13)  # booking has ended meanwhile: the retry is still the first request
    assert await city.bookings.reserve(citizen(1), card, asking(), city.key(1, "k")) == booking
    with pytest.raises(KeyReused):
        await city.bookings.reserve(citizen(1), card, asking(at(9)), city.key(1, "k", "another body"))
    assert len(await city.everything(Booking)) == 1
    await city.check_books()


async def test_a_retry_after_cancelling_does_not_book_again(city: City) -> None:
    booking = await city.bookings.reserve(citizen(1), park(), asking(), city.key(1, "k"))
    await city.bookings.cancel(citizen(1), booking.id)
    again = await city.bookings.reserve(citizen(1), park(), asking(), city.key(1, "k"))
    assert (again.id, again.state) == (booking.id, "cancelled")
    await city.check_books()


async def test_what_was_refused_may_be_tried_again_with_the_same_key(city: City) -> None:
    card = park(capacity=1)
    holder = await city.bookings.reserve(citizen(1), card, asking())
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(2), card, asking(), city.key(2, "k"))
    await city.bookings.cancel(citizen(1), holder.id)
    booking = await city.bookings.reserve(citizen(2), card, asking(), city.key(2, "k"))
    assert booking.state == "reserved"


async def test_a_smaller_capacity_takes_nobodys_place_and_gives_out_none(city: City) -> None:
    bookings = [await city.bookings.reserve(citizen(person), park(capacity=3), asking()) for person in (1, 2, 3)]
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(4), park(capacity=2), asking())
    assert (await city.bookings.slots(park(capacity=2), "qianling", MONDAY))[0].places_left == 0
    for booking in bookings[:2]:
        await city.bookings.cancel(booking_citizen(booking), booking.id)
    await city.bookings.reserve(citizen(4), park(capacity=2), asking())
    with pytest.raises(Full):
        await city.bookings.reserve(citizen(5), park(capacity=2), asking())
    await city.bookings.reserve(citizen(5), park(capacity=4), asking())
    await city.check_books()


def booking_citizen(booking: Booking) -> Any:
    return citizen(int(booking.citizen_id.removeprefix("citizen-")))


async def test_what_nobody_used_is_missed_and_its_place_of_the_day_serves_the_afternoon(
    city: City, clock: ManualClock
) -> None:
    card = park(day_capacity=2)
    used = await city.bookings.reserve(citizen(1), card, asking())
    missed = await city.bookings.reserve(citizen(2), card, asking())
    clock.advance(hours=12)
    await city.bookings.check_in((await city.bookings.ticket(citizen(1), used.id)).token, GATE)
    assert await city.bookings.close_past() == 0
    with pytest.raises(DayFull):
        await city.bookings.reserve(citizen(3), card, asking(at(14)))
    clock.advance(hours=1)
    assert await city.bookings.close_past() == 1
    assert await city.bookings.close_past() == 0
    assert (await city.bookings.get(citizen(2), missed.id)).state == "missed"
    assert (await city.bookings.get(citizen(1), used.id)).state == "checked_in"
    assert await city.everything(Claim) == []
    for booking in (used, missed):
        with pytest.raises(NotCancellable) as refused:
            await city.bookings.cancel(booking_citizen(booking), booking.id)
        assert refused.value.facts["state"] in ("checked_in", "missed")
        with pytest.raises(NotLive):
            await city.bookings.ticket(booking_citizen(booking), booking.id)
    await city.bookings.reserve(citizen(3), card, asking(at(14)))
    await city.check_books()


async def test_a_claim_that_was_taken_over_stands_when_the_old_booking_is_closed(
    city: City, clock: ManualClock
) -> None:
    card = counters()
    await city.bookings.reserve(citizen(1), card, asking(at(9), resource="passport.north"))
    clock.advance(hours=14)
    await city.bookings.reserve(citizen(1), card, asking(at(9, 0, TUESDAY), resource="passport.north"))
    assert await city.bookings.close_past() == 1
    with pytest.raises(AlreadyBooked):
        await city.bookings.reserve(citizen(1), card, asking(at(10, 0, TUESDAY), resource="passport.north"))
    await city.check_books()


async def test_a_claim_that_is_taken_over_while_the_job_runs_stands(city: City, clock: ManualClock) -> None:
    card = counters()
    await city.bookings.reserve(citizen(1), card, asking(at(9), resource="passport.north"))
    clock.advance(hours=14)
    again = city.bookings.reserve(citizen(1), card, asking(at(9, 0, TUESDAY), resource="passport.north"))
    await asyncio.gather(city.bookings.close_past(), again)
    with pytest.raises(AlreadyBooked):
        await city.bookings.reserve(citizen(1), card, asking(at(10, 0, TUESDAY), resource="passport.north"))
    await city.check_books()


async def test_a_booking_that_cannot_be_closed_keeps_no_other_from_it(city: City, clock: ManualClock) -> None:
    healthy = [
        await city.bookings.reserve(citizen(person), park(capacity=99), asking(at(9))) for person in range(1, 100)
    ]
    broken = healthy[0].model_copy(update={"id": "0", "resource_id": "nowhere", "due_at": at(8)})
    await city.documents.write(Insert(broken))
    clock.advance(hours=14)
    with pytest.raises(WriteRefused):
        await city.bookings.close_past()
    assert {(await city.bookings.get(booking_citizen(one), one.id)).state for one in healthy} == {"missed"}
    assert await city.everything(Claim) == []


async def test_the_card_says_how_sure_the_city_must_be_of_who_books(city: City) -> None:
    plan = park().booking
    with pytest.raises(StepUpNeeded):
        await city.bookings.reserve(citizen(1), BookableCard("gy.scenic_spots", "1.0.0", plan, assurance=3), asking())
    with pytest.raises(StepUpNeeded):
        await city.bookings.reserve(citizen(1), BookableCard("gy.scenic_spots", "1.0.0", plan, 2, 600), asking())
    await city.bookings.reserve(citizen(1), BookableCard("gy.scenic_spots", "1.0.0", plan, 2), asking())


class Counted:
    """A usage sink that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []

    def used(self, citizen_id: str, card_id: str, outcome: str) -> None:
        self.seen.append((citizen_id, card_id, outcome))


async def test_uses_are_counted_with_their_outcome(city: City) -> None:
    usage = Counted()
    bookings = BookingService(city.documents, city.clock, SHANGHAI, city.people, city.signer, usage)
    await bookings.reserve(citizen(1), park(capacity=1), asking())
    with pytest.raises(Full):
        await bookings.reserve(citizen(2), park(capacity=1), asking())
    assert usage.seen == [("citizen-1", "gy.scenic_spots", "ok"), ("citizen-2", "gy.scenic_spots", "refused")]


async def test_a_reserved_booking_whose_inventory_is_gone_is_not_quietly_cancelled(city: City) -> None:
    booking = await city.bookings.reserve(citizen(1), park(), asking())
    other = City(MemoryDocuments(), city.clock)
    await other.documents.write(Insert(booking))
    with pytest.raises(WriteRefused):
        await other.bookings.cancel(citizen(1), booking.id)
    assert (await other.bookings.get(citizen(1), booking.id)).state == "reserved"
    assert booking.booked_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
