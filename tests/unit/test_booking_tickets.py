"""Tickets: what a gate admits, with the store and without it."""

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import CityError
from core.qr_code import qr_svg
from server.adapters.memory_documents import MemoryDocuments
from service_registry.booking.bookings import Booking
from service_registry.booking.errors import (
    CheckedInAlready,
    NotLive,
    OtherPlace,
    OutsideCheckIn,
    TicketExpired,
    TicketInvalid,
)
from service_registry.booking.tickets import LONGEST_TOKEN, TYPE, TicketKeys, TicketSigner, verify_offline
from tests.booking_city import GATE, MONDAY, SHANGHAI, City, asking, at, citizen, companion, park

NOW = datetime(2026, 11, 22, 20, 0, 7, tzinfo=SHANGHAI)
BOOKING = Booking.model_validate_json(
    json.dumps(
        {
            "id": "01KB", "citizen_id": "citizen-1", "card_id": "gy.scenic_spots", "card_version": "1.0.0",
            "resource_id": "qianling", "name": {"zh": "黔灵山公园", "en": "Qianling Park"}, "address": None,
            "day": "2026-11-23", "starts_at": "2026-11-23T00:00:00Z", "ends_at": "2026-11-23T01:00:00Z", "places": 3,
            "companions": None, "booked_at": "2026-11-22T12:00:00Z", "cancel_until": "2026-11-23T00:00:00Z",
            "check_in_from": "2026-11-22T23:30:00Z", "check_in_until": "2026-11-23T01:00:00Z",
            "over_at": "2026-11-23T01:00:00Z", "due_at": "2026-11-23T01:00:00Z", "has_day_capacity": False,
            "claims": [],
        }
    )
)  # fmt: skip
KEY = Ed25519PrivateKey.generate()
SIGNER = TicketSigner("gate-key-1", KEY)
TOKEN = SIGNER.sign(BOOKING, NOW).token


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at(7, 40))


@pytest.fixture
def city(clock: ManualClock) -> City:
    return City(MemoryDocuments(), clock)


async def reserved(city: City) -> Booking:
    return await city.bookings.reserve(citizen(1), park(), asking(at(8), companion(2)))


async def shown(city: City, booking: Booking) -> str:
    return (await city.bookings.ticket(citizen(1), booking.id)).token


def test_a_gate_needs_the_keys_and_a_clock_alone() -> None:
    keys = json.loads(json.dumps(SIGNER.jwks))  # as it comes over the wire
    admission = verify_offline(TOKEN, keys, NOW)
    assert (admission.booking_id, admission.card_id, admission.resource_id) == ("01KB", "gy.scenic_spots", "qianling")
    assert (admission.day, admission.starts_at, admission.ends_at, admission.places) == (MONDAY, at(8), at(9), 3)
    assert [admission.may_enter(moment) for moment in (at(7, 29), at(7, 30), at(8, 59), at(9))] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_code_changes_every_half_minute_and_dies_within_the_minute() -> None:
    ticket = SIGNER.sign(BOOKING, NOW)
    assert ticket.issued_at == NOW - timedelta(seconds=7)
    assert (ticket.refresh_at - ticket.issued_at, ticket.expires_at - ticket.issued_at) == (
        timedelta(seconds=30), timedelta(seconds=60),
    )  # fmt: skip
    assert SIGNER.sign(BOOKING, ticket.refresh_at - timedelta(microseconds=1)).token == ticket.token
    assert SIGNER.sign(BOOKING, ticket.refresh_at).token != ticket.token
    verify_offline(ticket.token, SIGNER.jwks, ticket.expires_at - timedelta(microseconds=1))
    with pytest.raises(TicketExpired):
        verify_offline(ticket.token, SIGNER.jwks, ticket.expires_at)
    verify_offline(ticket.token, SIGNER.jwks, ticket.issued_at - timedelta(seconds=10))  # a gate's clock that lags
    with pytest.raises(TicketInvalid):
        verify_offline(ticket.token, SIGNER.jwks, ticket.issued_at - timedelta(seconds=11))


def contents(token: str = TOKEN) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def forged() -> dict[str, str]:
    """Tokens somebody might try."""
    header, payload, signature = TOKEN.split(".")
    other = Ed25519PrivateKey.generate()
    rsa = generate_private_key(public_exponent=65537, key_size=2048)
    public = SIGNER.jwks["keys"][0]["x"].encode() * 2
    named = {"kid": "gate-key-1", "typ": TYPE}
    more = {**contents(), "places": 50}
    return {
        "alg none": jwt.encode(contents(), "", "none", headers=named),
        "alg none, signature kept": f"{encoded({'alg': 'none', **named})}.{payload}.{signature}",
        "the public key as an HMAC secret": jwt.encode(contents(), public, "HS256", headers=named),
        "another algorithm": jwt.encode(contents(), rsa, "RS256", headers=named),
        "another key under the known id": jwt.encode(contents(), other, "EdDSA", headers=named),
        "another key under its own id": jwt.encode(contents(), other, "EdDSA", headers={**named, "kid": "mine"}),
        "a key of its own in the header": jwt.encode(
            contents(), other, "EdDSA", headers={**named, "jwk": TicketSigner("gate-key-1", other).jwks["keys"][0]}
        ),
        "no key id": jwt.encode(contents(), KEY, "EdDSA", headers={"typ": TYPE}),
        "a true signature for something else": jwt.encode(contents(), KEY, "EdDSA", headers={"kid": "gate-key-1"}),
        "a true signature over other contents": jwt.encode({"sub": "01KB"}, KEY, "EdDSA", headers=named),
        "more places": f"{header}.{encoded(more)}.{signature}",
        "no signature": f"{header}.{payload}.",
        "two parts": f"{header}.{payload}",
        "spare bits": f"{header}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}",
        "stray characters": f"{header}.{payload}.{signature}!!!!",
        "nothing": "",
        "a word": "ticket",
        "not ASCII": "票.码.号",
        "not even text": "\udfff",
        "deeply nested": base64.urlsafe_b64encode(b"[" * 540).decode() + ".e30.e30",
        "endless": "A" * 10_000_000,
    }


FORGED = forged()


@pytest.mark.parametrize("attempt", FORGED)
def test_a_forged_ticket_is_refused(attempt: str) -> None:
    with pytest.raises(TicketInvalid):
        verify_offline(FORGED[attempt], SIGNER.jwks, NOW)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCXYZabcxyz0189-_.= "))
def test_a_ticket_altered_anywhere_is_refused(place: int, character: str) -> None:
    altered = TOKEN[:place] + character + TOKEN[place + 1 :]
    if altered == TOKEN:
        assert verify_offline(altered, SIGNER.jwks, NOW).booking_id == "01KB"
        return
    with pytest.raises(TicketInvalid):
        verify_offline(altered, SIGNER.jwks, NOW)


def test_a_replaced_key_still_opens_and_an_unknown_one_does_not() -> None:
    successor = TicketSigner("gate-key-2", Ed25519PrivateKey.generate(), {"gate-key-1": KEY.public_key()})
    assert verify_offline(TOKEN, successor.jwks, NOW).places == 3
    assert verify_offline(successor.sign(BOOKING, NOW).token, successor.jwks, NOW).places == 3
    with pytest.raises(TicketInvalid):
        verify_offline(successor.sign(BOOKING, NOW).token, SIGNER.jwks, NOW)


def test_a_signer_takes_up_other_keys_while_it_works() -> None:
    signer = TicketSigner("gate-key-1", KEY)
    successor = Ed25519PrivateKey.generate()
    signer.take_up(TicketKeys("gate-key-1", KEY, {"gate-key-2": successor.public_key()}))
    fetched = signer.jwks
    assert signer.sign(BOOKING, NOW).token == TOKEN
    signer.take_up(TicketKeys("gate-key-2", successor, {"gate-key-1": KEY.public_key()}))
    assert verify_offline(signer.sign(BOOKING, NOW).token, fetched, NOW).places == 3  # a gate that fetched it before
    assert verify_offline(TOKEN, signer.jwks, NOW).places == 3
    signer.take_up(TicketKeys("gate-key-2", successor))
    with pytest.raises(TicketInvalid):
        verify_offline(TOKEN, signer.jwks, NOW)
    assert str(successor) not in repr(TicketKeys("gate-key-2", successor))


def test_a_ticket_names_no_person_and_fits_its_bound() -> None:
    assert set(contents()) == {"sub", "card", "resource", "day", "slot", "entry", "places", "iat", "exp"}
    longest = BOOKING.model_copy(update={"id": "0" * 26, "card_id": "c" * 64, "resource_id": "r" * 64})
    assert len(SIGNER.sign(longest, NOW).token) <= LONGEST_TOKEN


def test_the_code_is_an_image_of_its_own() -> None:
    image = ElementTree.fromstring(qr_svg(TOKEN))  # noqa: S314
    assert image.tag == "{http://www.w3.org/2000/svg}svg"
    assert image.get("viewBox")


async def test_check_in_happens_once(city: City, clock: ManualClock) -> None:
    booking = await reserved(city)
    token = await shown(city, booking)
    admitted = await city.bookings.check_in(token, GATE)
    assert (admitted.state, admitted.checked_in_by, admitted.checked_in_at) == ("checked_in", "gate-1", clock.now())
    clock.advance(seconds=1)
    with pytest.raises(CheckedInAlready) as refused:
        await city.bookings.check_in(token, GATE)
    assert refused.value.facts == {"checked_in_at": "2026-11-22T23:40:00.000000Z"}
    await city.check_books()


async def test_a_gate_that_got_no_answer_repeats_and_gets_the_first_one(city: City, clock: ManualClock) -> None:
    token = await shown(city, await reserved(city))
    admitted = await city.bookings.check_in(token, GATE, "qianling", city.key(9, "scan"))
    clock.advance(minutes=5)  # the code has expired meanwhile
    assert await city.bookings.check_in(token, GATE, "qianling", city.key(9, "scan")) == admitted
    with pytest.raises(TicketExpired):
        await city.bookings.check_in(token, GATE, "qianling", city.key(9, "another scan"))


async def test_check_in_keeps_to_its_window(city: City, clock: ManualClock) -> None:
    booking = await reserved(city)
    early = City(city.documents, ManualClock(at(7, 29)), city.signer)
    with pytest.raises(OutsideCheckIn) as refused:
        await early.bookings.check_in(await shown(early, booking), GATE)
    assert refused.value.facts == {
        "opens_at": "2026-11-22T23:30:00.000000Z", "closes_at": "2026-11-23T01:00:00.000000Z",
    }  # fmt: skip
    clock.advance(hours=1, minutes=19, seconds=50)
    token = await shown(city, booking)
    clock.advance(seconds=10)  # 09:00: the slot is over, the code still fresh
    with pytest.raises(OutsideCheckIn):
        await city.bookings.check_in(token, GATE)
    with pytest.raises(NotLive):
        await shown(city, booking)
    assert (await city.bookings.get(citizen(1), booking.id)).state == "reserved"


async def test_a_gate_admits_to_its_own_place(city: City) -> None:
    token = await shown(city, await reserved(city))
    with pytest.raises(OtherPlace) as refused:
        await city.bookings.check_in(token, GATE, "huaxi")
    assert refused.value.facts == {"resource_id": "qianling"}
    assert (await city.bookings.check_in(token, GATE, "qianling")).state == "checked_in"


async def test_a_gate_for_one_card_admits_with_its_tickets_only(city: City) -> None:
    token = await shown(city, await reserved(city))
    with pytest.raises(OtherPlace):
        await city.bookings.check_in(token, replace(GATE, scope="card:another.card"))
    own = replace(GATE, scope=f"card:{park().id}")
    assert (await city.bookings.check_in(token, own)).state == "checked_in"


async def test_a_cancelled_bookings_code_opens_nothing(city: City) -> None:
    booking = await reserved(city)
    token = await shown(city, booking)
    await city.bookings.cancel(citizen(1), booking.id)
    with pytest.raises(NotLive):
        await city.bookings.check_in(token, GATE)
    with pytest.raises(NotLive):
        await city.bookings.ticket(citizen(1), booking.id)


async def test_a_ticket_of_a_booking_that_does_not_exist_is_invalid(city: City, clock: ManualClock) -> None:
    with pytest.raises(TicketInvalid):
        await city.bookings.check_in(city.signer.sign(BOOKING, clock.now()).token, GATE)


@pytest.mark.parametrize("token", ["", "a.b.c", TOKEN])
async def test_nothing_that_is_no_ticket_of_now_is_admitted(city: City, token: str) -> None:
    booking = await reserved(city)
    with pytest.raises(CityError):
        await city.bookings.check_in(token, GATE)
    assert (await city.bookings.get(citizen(1), booking.id)).state == "reserved"
