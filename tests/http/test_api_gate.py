"""Tickets and the gate that takes them: the true one once, at its place, in its time."""

import asyncio
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service_registry.booking.tickets import verify_offline
from tests.http.api_answers import problem, unchanged
from tests.http.api_places import (
    PARK,
    as_companion,
    booked,
    bookings,
    cancel,
    coming_slot,
    park_slot,
    ticket,
)
from tests.http.api_services import PARKS, new_key
from tests.http.api_tokens import decoded, encoded
from tests.running_city import RunningCity, SignedIn

CHECK_INS = "/api/v1/gate/check_ins"
Headers = dict[str, str]


async def enter(
    city: RunningCity, gate: Headers, token: str, *, key: str | None = None, **other: Any
) -> httpx.Response:
    headers = {**gate, **({"Idempotency-Key": key} if key else {})}
    return await city.client.post(CHECK_INS, json={"ticket": token, **other}, headers=headers)


async def visitor(city: RunningCity, companions: int = 0) -> tuple[SignedIn, str]:
    """Somebody with a booking that can be used now, and its id."""
    citizen = await city.sign_in(2)
    party = [as_companion(await city.person()) for _ in range(companions)]
    return citizen, (await booked(city, citizen, await coming_slot(city), party))["id"]


def signed(city: RunningCity, true: str, **changed: Any) -> str:
    """A ticket like a true one but for these contents, signed with the city's own key."""
    key = city.keys().tickets.private_key
    contents = {**jwt.decode(true, options={"verify_signature": False}), **changed}
    return jwt.encode(contents, key, "EdDSA", headers=jwt.get_unverified_header(true))


def forged(city: RunningCity, true: str) -> dict[str, str]:
    """Tickets that say what a true one says, and that the city did not sign."""
    header, payload, signature = true.split(".")
    contents = json.loads(decoded(payload))
    more = encoded(json.dumps({**contents, "places": 100}).encode())
    stranger = Ed25519PrivateKey.generate()
    own = city.keys().tickets.private_key
    raw = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid = jwt.get_unverified_header(true)["kid"]
    as_hmac = encoded(json.dumps({"alg": "HS256", "kid": kid, "typ": "city-ticket+jwt"}).encode())
    digest = hmac.new(raw, f"{as_hmac}.{payload}".encode(), hashlib.sha256).digest()
    unsigned = encoded(json.dumps({"alg": "none", "kid": kid, "typ": "city-ticket+jwt"}).encode())
    typed = {"kid": kid, "typ": "city-ticket+jwt"}
    return {
        "more places": f"{header}.{more}.{signature}",
        "no signature": f"{header}.{payload}.",
        "algorithm none": f"{unsigned}.{payload}.",
        "HS256 with the public key": f"{as_hmac}.{payload}.{encoded(digest)}",
        "another key": jwt.encode(contents, stranger, "EdDSA", headers=typed),
        "another key of its own": jwt.encode(contents, stranger, "EdDSA", headers={**typed, "kid": "mine"}),
        "another type": jwt.encode(contents, stranger, "EdDSA", headers={"kid": kid, "typ": "JWT"}),
        "truncated": true[:-4],
        "lengthened": true + "AAAA",
        "two parts": f"{header}.{payload}",
        "no ticket at all": "https://example.org/ticket?id=1",
        "too long": "x" * 1024,
    }


# --- the good way ---


async def test_a_ticket_is_shown_verified_offline_and_let_in(city: RunningCity) -> None:
    citizen, booking_id = await visitor(city, companions=1)
    shown = (await city.client.get(f"/api/v1/bookings/{booking_id}/ticket", headers=citizen.headers)).json()
    assert shown["issued_at"] < shown["refresh_at"] < shown["expires_at"]
    contents = decoded(shown["token"].split(".")[1]).decode()
    assert not any(citizen.person[name] in contents for name in ("name", "id_number", "phone", "id"))
    keys = (await city.client.get("/api/v1/gate/keys")).json()
    assert verify_offline(shown["token"], keys, datetime.now(UTC)).booking_id == booking_id
    answer = await enter(city, await city.staff("gate"), shown["token"], resource_id=PARK)
    assert answer.status_code == 200
    let_in = answer.json()
    assert (let_in["booking_id"], let_in["card_id"], let_in["resource_id"]) == (booking_id, PARKS, PARK)
    assert (let_in["places"], let_in["state"]) == (2, "checked_in")
    (seen,) = await bookings(city, citizen)
    assert (seen["state"], seen["can_cancel"]) == ("checked_in", False)
    assert seen["checked_in_at"]


async def test_the_picture_of_a_ticket_is_a_picture(city: RunningCity) -> None:
    citizen, booking_id = await visitor(city)
    answer = await city.client.get(f"/api/v1/bookings/{booking_id}/ticket.svg", headers=citizen.headers)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.startswith("<svg")
    assert "<script" not in answer.text


# --- once ---


async def test_a_ticket_opens_the_gate_once(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    token = await ticket(city, citizen, booking_id)
    assert (await enter(city, gate, token)).status_code == 200
    async with unchanged(city, citizen):
        body = problem(await enter(city, gate, token), 409, "booking.checked_in_already", token)
        assert body["checked_in_at"]
        answer = await city.client.get(f"/api/v1/bookings/{booking_id}/ticket", headers=citizen.headers)
        assert problem(answer, 409, "booking.not_live")["state"] == "checked_in"
        body = problem(await cancel(city, citizen, booking_id), 409, "booking.not_cancellable")
        assert body["state"] == "checked_in"


async def test_of_ten_gates_at_once_one_lets_the_party_in(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    token = await ticket(city, citizen, booking_id)
    answers = await asyncio.gather(*(enter(city, gate, token) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 9]


async def test_a_gate_that_got_no_answer_asks_again_with_its_key(city: RunningCity) -> None:
    (citizen, booking_id), (other, others_id), gate = await visitor(city), await visitor(city), await city.staff("gate")
    token, key = await ticket(city, citizen, booking_id), new_key()
    answers = await asyncio.gather(*(enter(city, gate, token, key=key) for _ in range(10)))
    assert {(answer.status_code, answer.json()["state"]) for answer in answers} == {(200, "checked_in")}
    async with unchanged(city, other):
        another = await enter(city, gate, await ticket(city, other, others_id), key=key)
        problem(another, 422, "idempotency.key_reused", key)


# --- the true one, at its place, in its time ---


async def test_what_the_city_did_not_sign_opens_nothing(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    true = await ticket(city, citizen, booking_id)
    async with unchanged(city, citizen):
        wrong = forged(city, true) | {"an access token": citizen.access_token}
        for kind, token in wrong.items():
            answer = await enter(city, gate, token)
            assert answer.status_code == 422, kind
            problem(answer, 422, "booking.ticket_invalid", token)
    assert (await enter(city, gate, true)).status_code == 200


async def test_what_the_city_signed_for_another_minute_or_nobody_opens_nothing(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    true, now = await ticket(city, citizen, booking_id), int(time.time())
    async with unchanged(city, citizen):
        for code, changed in (
            ("booking.ticket_expired", {"iat": now - 120, "exp": now - 60}),
            ("booking.ticket_invalid", {"iat": now + 60, "exp": now + 120}),
            ("booking.ticket_invalid", {"sub": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
            ("booking.ticket_invalid", {"sub": 5}),
            ("booking.ticket_invalid", {"slot": "now"}),
            ("booking.ticket_invalid", {"day": "2026-02-30"}),
            ("booking.ticket_invalid", {"gift": True}),
        ):
            token = signed(city, true, **changed)
            problem(await enter(city, gate, token), 422, code, token)


async def test_a_ticket_is_for_its_own_place(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    token = await ticket(city, citizen, booking_id)
    async with unchanged(city, citizen):
        answer = await enter(city, gate, token, resource_id="huaxi_park")
        assert problem(answer, 409, "booking.other_place", token)["resource_id"] == PARK
        for resource_id in ("", "花溪公园", "x" * 65, 5, ["shili_hetan"], f"{PARK} "):
            problem(await enter(city, gate, token, resource_id=resource_id), 422, "request.invalid", token)


async def test_a_ticket_is_for_its_own_time(city: RunningCity) -> None:
    citizen, gate = await city.sign_in(2), await city.staff("gate")
    booking = await booked(city, citizen, await park_slot(city))
    token = await ticket(city, citizen, booking["id"])
    async with unchanged(city, citizen):
        body = problem(await enter(city, gate, token), 409, "booking.check_in_window", token)
        assert body["opens_at"] < body["closes_at"]


async def test_a_cancelled_ticket_opens_nothing(city: RunningCity) -> None:
    (citizen, booking_id), gate = await visitor(city), await city.staff("gate")
    token = await ticket(city, citizen, booking_id)
    assert (await cancel(city, citizen, booking_id)).status_code == 200
    async with unchanged(city, citizen):
        assert problem(await enter(city, gate, token), 409, "booking.not_live", token)["state"] == "cancelled"
        answer = await city.client.get(f"/api/v1/bookings/{booking_id}/ticket.svg", headers=citizen.headers)
        assert problem(answer, 409, "booking.not_live")["state"] == "cancelled"


async def test_nobody_but_a_gate_lets_anybody_in(city: RunningCity) -> None:
    citizen, booking_id = await visitor(city)
    token = await ticket(city, citizen, booking_id)
    async with unchanged(city, citizen):
        problem(await enter(city, {}, token), 401, "identity.sign_in_needed", token)
        for headers in (citizen.headers, await city.staff("operator"), await city.staff("auditor")):
            problem(await enter(city, headers, token), 403, "identity.forbidden", token)


async def test_what_is_no_text_of_a_code_is_no_ticket(city: RunningCity) -> None:
    gate = await city.staff("gate")
    for token in ("", "x" * 1025, "a b", "票", "😀", "a\0b", "a\n", 5, None, ["x"], {"token": "x"}):
        answer = await city.client.post(CHECK_INS, json={"ticket": token}, headers=gate)
        assert problem(answer, 422, "request.invalid")["errors"][0]["pointer"] == "/ticket"
