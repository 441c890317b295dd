"""Booking for somebody: whose booking it is, what the permission covers, and what the person's log says."""

import asyncio
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.caller import PersonNeeded
from identity_center.acting.errors import ActingEnded, BeyondGrant
from identity_center.acting.limits import ActingLimits
from service_registry.acting import OnlyForOneself
from service_registry.booking.errors import BookingNotFound
from service_registry.booking.service import BookingService
from service_registry.booking.tickets import TicketSigner
from service_registry.errors import NoActing, WrongAudience
from tests.booking_city import EIGHT, asking, at, counters, park
from tests.unit.acting_world import (
    MOTHER,
    MOTHER_NUMBER,
    NEIGHBOUR,
    NEIGHBOUR_NUMBER,
    OLD_MAN,
    OLD_NUMBER,
    PARKS_ONLY,
    ActingWorld,
    deed,
)
from tests.unit.identity_world import SHANGHAI

PARK = replace(park(), theme="culture", department="gy.culture")
HALL = replace(counters(), theme="government", audience=("personal", "enterprise"))


class City(ActingWorld):
    def __init__(self) -> None:
        super().__init__()
        signer = TicketSigner("gate-key-1", Ed25519PrivateKey.generate())
        self.bookings = BookingService(self.documents, self.clock, SHANGHAI, self.people, signer, acting=self.rules)


async def test_a_guardian_s_booking_is_the_child_s_and_the_child_s_log_tells() -> None:
    city = City()
    mother = await city.mother()
    child = await city.acts(mother, (await city.child_of(mother)).id)
    booking = await city.bookings.reserve(child, PARK, asking(EIGHT), request_id="request-7")
    assert booking.citizen_id == child.id
    with pytest.raises(BookingNotFound):
        await city.bookings.get(mother, booking.id)
    hers = await city.bookings.reserve(mother, PARK, asking(EIGHT))
    assert hers.id != booking.id, "two persons, two bookings"
    await city.bookings.cancel(child, booking.id, "request-8")
    cancelled, reserved = (await city.log.of(child)).items
    assert (reserved.request_id, reserved.department, reserved.fields) == ("request-7", "gy.culture", ())
    assert reserved.in_words(deed().use, "周*").zh == "周*（监护人）代您预约（预约）"
    assert cancelled.in_words(deed().use, "周*").en == "周* (guardian) acted for you. Booking (a booking was cancelled)"
    assert (await city.log.of(mother)).items == (), "what she does for herself is nobody's to write down"


async def test_a_helper_books_and_sees_what_the_permission_covers() -> None:
    city = City()
    old, neighbour = await city.person(OLD_MAN, OLD_NUMBER), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    own = await city.bookings.reserve(old, HALL, asking(at(9), resource="passport.north"))
    acting = await city.acts(neighbour, (await city.helped(old, neighbour, PARKS_ONLY)).id)
    parked = await city.bookings.reserve(acting, PARK, asking(EIGHT))
    with pytest.raises(BeyondGrant):
        await city.bookings.reserve(acting, HALL, asking(at(9), resource="licence.north"))
    for look in (city.bookings.get, city.bookings.cancel, city.bookings.ticket):
        with pytest.raises(BookingNotFound):
            await look(acting, own.id)
    assert [one.id for one in (await city.bookings.list(acting, "upcoming")).items] == [parked.id]
    assert [one.id for one in (await city.bookings.list(old, "upcoming")).items] == [parked.id, own.id]
    assert (await city.bookings.ticket(acting, parked.id)).token


async def test_a_theme_that_is_excluded_hides_its_bookings_too() -> None:
    city = City()
    old, neighbour = await city.person(OLD_MAN, OLD_NUMBER), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    await city.bookings.reserve(old, HALL, asking(at(9), resource="passport.north"))
    no_halls = ActingLimits(mode="all_but", themes=("government",))
    acting = await city.acts(neighbour, (await city.helped(old, neighbour, no_halls)).id)
    assert (await city.bookings.list(acting, "upcoming")).items == ()


async def test_when_the_permission_has_ended_nothing_is_seen_or_done() -> None:
    city = City()
    old, neighbour = await city.person(OLD_MAN, OLD_NUMBER), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    relation = await city.helped(old, neighbour)
    acting = await city.acts(neighbour, relation.id)
    booking = await city.bookings.reserve(acting, PARK, asking(EIGHT))
    await city.acting.relations.end(old, relation.id)
    for attempt in (
        city.bookings.reserve(acting, PARK, asking(at(9))),
        city.bookings.cancel(acting, booking.id),
        city.bookings.ticket(acting, booking.id),
        city.bookings.list(acting, "upcoming"),
    ):
        with pytest.raises(ActingEnded):
            await attempt
    assert (await city.bookings.get(old, booking.id)).state == "reserved"


async def test_many_bookings_at_once_are_all_written_down() -> None:
    city = City()
    old, neighbour = await city.person(OLD_MAN, OLD_NUMBER), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    acting = await city.acts(neighbour, (await city.helped(old, neighbour)).id)
    wanted = [asking(at(9), resource=f"{matter}.{hall}") for matter in ("passport", "licence") for hall in ("north",)]
    await asyncio.gather(*(city.bookings.reserve(acting, HALL, one) for one in wanted))
    assert len((await city.log.of(old)).items) == len(wanted)
    assert await city.log.fault(old.id) is None


async def test_a_card_says_whom_it_is_for_and_who_may_act() -> None:
    city = City()
    old, neighbour = await city.person(OLD_MAN, OLD_NUMBER), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    helper = await city.acts(neighbour, (await city.helped(old, neighbour)).id)
    owner = await city.person(MOTHER, MOTHER_NUMBER, 3)
    representing = await city.acts(owner, (await city.bound(owner, MOTHER_NUMBER)).mandate.id)
    with pytest.raises(NoActing):
        await city.bookings.reserve(helper, replace(PARK, acting=("guardian",)), asking(EIGHT))
    with pytest.raises(PersonNeeded):
        await city.bookings.reserve(helper, replace(PARK, assurance=3), asking(EIGHT))
    with pytest.raises(WrongAudience):
        await city.bookings.reserve(representing, PARK, asking(EIGHT))
    with pytest.raises(WrongAudience):
        await city.bookings.reserve(owner, replace(PARK, audience=("enterprise",)), asking(EIGHT))


async def test_an_enterprise_s_booking_is_the_enterprise_s_and_not_the_agent_s() -> None:
    city = City()
    owner, agent = await city.person(MOTHER, MOTHER_NUMBER, 3), await city.person(NEIGHBOUR, NEIGHBOUR_NUMBER)
    bound = await city.bound(owner, MOTHER_NUMBER)
    mandate = await city.agent(owner, bound.id, agent)
    acting = await city.acts(agent, mandate)
    booking = await city.bookings.reserve(acting, HALL, asking(at(9), resource="passport.north"))
    assert booking.citizen_id == bound.id
    with pytest.raises(BookingNotFound):
        await city.bookings.get(agent, booking.id)
    await city.acting.agents.end(owner, bound.id, mandate)
    with pytest.raises(ActingEnded):
        await city.bookings.get(acting, booking.id)
    representing = await city.acts(owner, bound.mandate.id)
    assert (await city.bookings.get(representing, booking.id)).state == "reserved"
    (entry,) = (await city.log.of(representing)).items
    assert entry.by is not None
    assert entry.by.capacity == "agent"


async def test_a_service_without_rules_for_acting_serves_nobody_who_acts() -> None:
    city = City()
    mother = await city.mother()
    child = await city.acts(mother, (await city.child_of(mother)).id)
    alone = OnlyForOneself()
    for ask in (alone.permit, alone.noted, alone.note):
        with pytest.raises(RuntimeError):
            await ask(child, deed())
        await ask(mother, deed())
    with pytest.raises(RuntimeError):
        await alone.limits(child)
