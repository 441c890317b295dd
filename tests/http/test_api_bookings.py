"""Reserving, seeing and cancelling; who may, what may be asked for, and that nothing is booked twice or in part."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from core.resident_id import check_digit
from tests.http.api_answers import problem, seen_by, unchanged
from tests.http.api_places import (
    PARK,
    Slot,
    as_companion,
    booked,
    bookings,
    cancel,
    city_time,
    left,
    park_slot,
    reserve,
    shown,
)
from tests.http.api_services import HALLS, PARKS, SOCIAL, new_key
from tests.running_city import RunningCity

# --- the good way ---


async def test_a_booking_takes_its_places_and_is_on_the_list(city: RunningCity) -> None:
    citizen, companion, slot = await city.sign_in(2), await city.person(), await park_slot(city)
    before = await left(city, slot)
    answer = await reserve(city, citizen, slot, [as_companion(companion)])
    assert answer.status_code == 201
    booking = answer.json()
    assert answer.headers["Location"] == f"/api/v1/bookings/{booking['id']}"
    assert (booking["starts_at"], booking["places"], booking["state"]) == (slot.starts_at, 2, "reserved")
    assert booking["can_cancel"]
    assert companion["id_number"] not in answer.text
    assert booking["companions"] == [{
        "name": companion["name"][0] + "*" * (len(companion["name"]) - 1),
        "id_number": companion["id_number"][0] + "*" * 16 + companion["id_number"][-1],
    }]  # fmt: skip
    assert await left(city, slot) == before - 2
    assert await bookings(city, citizen) == [booking]
    assert (await city.client.get(answer.headers["Location"], headers=citizen.headers)).json() == booking


async def test_a_cancelled_booking_gives_its_places_back_once(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city, hour=11)
    before = await left(city, slot)
    booking = await booked(city, citizen, slot, [as_companion(await city.person())])
    answers = await asyncio.gather(*(cancel(city, citizen, booking["id"]) for _ in range(5)))
    assert {(answer.status_code, answer.json()["state"]) for answer in answers} == {(200, "cancelled")}
    assert await left(city, slot) == before
    assert await bookings(city, citizen) == []
    assert [one["id"] for one in await bookings(city, citizen, "when=past")] == [booking["id"]]
    await booked(city, citizen, slot)
    assert await left(city, slot) == before - 1


async def test_an_appointment_is_found_question_by_question(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    path: list[str] = []
    while True:
        query = f"?path={','.join(path)}" if path else ""
        answer = (await city.client.get(f"/api/v1/cards/{HALLS}/resources{query}")).raise_for_status().json()
        if answer["next_level"] is None:
            break
        path.append(f"{answer['next_level']['key']}:{answer['next_level']['choices'][0]['id']}")
    assert [part.partition(":")[0] for part in path] == ["department", "matter", "hall"]
    slot = await appointment(city, answer["items"][0]["id"])
    assert (await booked(city, citizen, slot))["name"] == answer["items"][0]["name"]


async def appointment(city: RunningCity, resource_id: str) -> Slot:
    days = (await city.client.get(f"/api/v1/cards/{HALLS}/resources/{resource_id}/days?count=14")).json()["items"]
    day = next(one["day"] for one in reversed(days) if one["state"] == "open")
    slots = (await city.client.get(f"/api/v1/cards/{HALLS}/resources/{resource_id}/slots?day={day}")).json()["items"]
    return Slot(HALLS, resource_id, next(one["starts_at"] for one in slots if one["state"] == "open"))


async def test_lists_of_bookings_are_read_page_by_page(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    made = [(await booked(city, citizen, await park_slot(city, days=day)))["id"] for day in (4, 2, 3, 5)]
    in_order = [made[1], made[2], made[0], made[3]]
    assert [one["id"] for one in await bookings(city, citizen)] == in_order
    first = (await city.client.get("/api/v1/bookings?limit=3", headers=citizen.headers)).json()
    second = (await city.client.get(f"/api/v1/bookings?limit=3&after={first['after']}", headers=citizen.headers)).json()
    assert [one["id"] for one in first["items"] + second["items"]] == in_order
    assert second["after"] is None
    other = await city.sign_in(2)
    answer = await city.client.get(f"/api/v1/bookings?after={first['after']}", headers=other.headers)
    problem(answer, 400, "request.cursor", first["after"])


# --- once ---


async def test_a_retry_with_its_key_books_once(city: RunningCity) -> None:
    citizen, slot, key = await city.sign_in(2), await park_slot(city), new_key()
    first = await reserve(city, citizen, slot, key=key)
    before = await left(city, slot)
    async with unchanged(city, citizen):
        again = await reserve(city, citizen, slot, key=key)
        assert (again.status_code, again.json()) == (201, first.json())
        problem(
            await reserve(city, citizen, await park_slot(city, days=3), key=key), 422, "idempotency.key_reused", key
        )
        problem(await reserve(city, citizen, slot, [], key=key), 422, "idempotency.key_reused", key)
    assert await left(city, slot) == before


async def test_a_retry_storm_books_once(city: RunningCity) -> None:
    citizen, slot, key = await city.sign_in(2), await park_slot(city, hour=12), new_key()
    before = await left(city, slot)
    answers = await asyncio.gather(*(reserve(city, citizen, slot, key=key) for _ in range(20)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    assert await left(city, slot) == before - 1
    assert len(await bookings(city, citizen)) == 1


async def test_a_key_is_its_callers_own(city: RunningCity) -> None:
    citizen, other, slot, key = await city.sign_in(2), await city.sign_in(2), await park_slot(city), new_key()
    first, second = await reserve(city, citizen, slot, key=key), await reserve(city, other, slot, key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


async def test_nobody_books_one_park_twice_on_a_day(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city)
    await booked(city, citizen, slot)
    later = await park_slot(city, hour=15)
    before = await left(city, later)
    async with unchanged(city, citizen):
        assert problem(await reserve(city, citizen, slot), 409, "booking.already_booked")["member"] == 0
        assert problem(await reserve(city, citizen, later), 409, "booking.already_booked")["member"] == 0
    assert await left(city, later) == before
    await booked(city, citizen, await park_slot(city, days=3))
    await booked(city, citizen, await park_slot(city, resource_id="huaxi_park"))


async def test_twenty_requests_at_once_without_a_key_book_once(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city, hour=13)
    before = await left(city, slot)
    answers = await asyncio.gather(*(reserve(city, citizen, slot) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
    assert await left(city, slot) == before - 1


async def test_a_companion_counts_as_a_person_in_whoever_party_they_come(city: RunningCity) -> None:
    citizen, other, slot = await city.sign_in(2), await city.sign_in(2), await park_slot(city)
    companion = await city.person()
    await booked(city, citizen, slot, [as_companion(companion)])
    before = await left(city, slot)
    async with unchanged(city, citizen, other):
        party = [as_companion(await city.person()), as_companion(companion)]
        body = problem(await reserve(city, other, slot, party), 409, "booking.already_booked", companion["id_number"])
        assert body["member"] == 2
        body = problem(await reserve(city, other, slot, [as_companion(citizen.person)]), 409, "booking.already_booked")
        assert body["member"] == 1
    assert await left(city, slot) == before, "the party is booked as a whole or not at all"
    themselves = await city.sign_in(2, persona=companion["id"])
    assert problem(await reserve(city, themselves, slot), 409, "booking.already_booked")["member"] == 0


async def test_one_person_with_two_wechat_accounts_is_one_person(city: RunningCity) -> None:
    first, second = await city.sign_in(2), await city.sign_in(1)
    answer = await city.client.post(
        "/api/v1/identity/real_name", json=as_companion(first.person), headers=second.headers
    )
    second.access_token = answer.raise_for_status().json()["access_token"]
    slot = await park_slot(city)
    await booked(city, first, slot)
    problem(await reserve(city, second, slot), 409, "booking.already_booked")


async def test_one_appointment_per_matter_whichever_hall(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    slot = await appointment(city, "passport.huaxi")
    await booked(city, citizen, slot)
    async with unchanged(city, citizen):
        answer = await reserve(city, citizen, await appointment(city, "passport.guanshanhu"))
        problem(answer, 409, "booking.already_booked")
    await booked(city, citizen, await appointment(city, "marriage.yunyan"))


# --- whom ---


def companions_that_cannot_be(person: dict[str, Any]) -> list[tuple[list[Any], str]]:
    number, good = person["id_number"], as_companion(person)
    no_such_day = f"{number[:6]}20230229{number[14:17]}"
    other_digit = next(digit for digit in "0123456789X" if digit != number[17])
    names = ["李😀", "李\0四", "李\n四\x1b[2J", "1234", " ", "\u200b", "<b>李四</b>", "'; --", "·", "李\u202e四"]
    numbers = [number[:17] + other_digit, no_such_day + check_digit(no_such_day), "0" * 18, "😀" * 9, number[:17], "X"]
    return [
        *[([{**good, "name": name}], "name") for name in names],
        *[([{**good, "id_number": one}], "id_number") for one in numbers],
        ([good, good], "twice"),
        ([good, {**good, "name": "王小明", "id_number": f" {number.lower()} "}], "twice"),
    ]


async def test_companions_that_cannot_be_are_refused_with_their_place_and_reason(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city)
    before = await left(city, slot)
    async with unchanged(city, citizen):
        person = await city.person()
        for party, reason in companions_that_cannot_be(person):
            sent = [part for one in party for part in one.values()]
            body = problem(await reserve(city, citizen, slot, party), 422, "booking.companion_invalid", *sent)
            assert (body["member"], body["reason"]) == (len(party), reason), party
        answer = await reserve(city, citizen, slot, [as_companion(citizen.person)])
        assert problem(answer, 422, "booking.companion_invalid")["reason"] == "is_citizen"
    assert await left(city, slot) == before


async def test_companions_of_another_shape_are_refused(city: RunningCity) -> None:
    citizen, slot, person = await city.sign_in(2), await park_slot(city), await city.person()
    good = as_companion(person)
    wrong: list[Any] = [
        [{"name": person["name"]}], [{"id_number": person["id_number"]}], [{}], [None], ["李四"], [[good]],
        [{**good, "phone": "1"}],
        [{**good, "name": 5}], [{**good, "id_number": int(person["id_number"][:17])}], [{**good, "name": ""}],
        [{**good, "name": "长" * 51}], [{**good, "id_number": "1" * 33}], [good] * 21, good, "none", {"0": good}, None,
    ]  # fmt: skip
    async with unchanged(city, citizen):
        for companions in wrong:
            answer = await reserve(city, citizen, slot, companions=companions)
            problem(answer, 422, "request.invalid", person["id_number"], person["name"] * 2)
        six = [as_companion(await city.person()) for _ in range(6)]
        assert problem(await reserve(city, citizen, slot, six), 422, "booking.party_too_large")["companions_max"] == 5
        answer = await reserve(city, citizen, await appointment(city, "passport.huaxi"), [good])
        assert problem(answer, 422, "booking.party_too_large")["companions_max"] == 0


@pytest.mark.parametrize("name", ["李〇", "李\ue123", "欧阳·小明", "阿卜杜拉·买买提", "O'Neil Mary-Ann", "𠮷野家"])
async def test_names_as_cards_carry_them_are_taken(city: RunningCity, name: str) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city, days=5)
    companion = {"name": name, "id_number": (await city.person())["id_number"]}
    booking = await booked(city, citizen, slot, [companion])
    assert booking["companions"][0]["name"] == name[0] + "*" * (len(name) - 1)


# --- when and what ---


async def times_that_cannot_be(city: RunningCity) -> dict[str, str]:
    """A start, and the code it is refused with."""
    now = await city_time(city)
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    day = (now + timedelta(days=2)).date()
    return {
        this_hour.isoformat(): "booking.too_late_to_book",
        (this_hour - timedelta(days=30)).isoformat(): "booking.too_late_to_book",
        (this_hour + timedelta(days=9)).isoformat(): "booking.not_open_yet",
        f"{day}T10:17:00+08:00": "booking.slot_unknown",
        f"{day}T10:00:00.000001+08:00": "booking.slot_unknown",
        f"{day}T10:00:00+07:30": "booking.slot_unknown",
        f"{day}T10:00:00": "request.invalid",
        f"{day}": "request.invalid",
        f"{day}T24:00:00+08:00": "request.invalid",
        f"{day}T10:00:60+08:00": "request.invalid",
        "1999-12-31T10:00:00+08:00": "request.invalid",
        "2200-01-01T10:00:00+08:00": "request.invalid",
        "0001-01-01T00:00:00+08:00": "request.invalid",
        "9999-12-31T23:59:59-08:00": "request.invalid",
        "+275760-09-13T00:00:00Z": "request.invalid",
        "2026-02-30T10:00:00+08:00": "request.invalid",
        "tomorrow": "request.invalid",
        "": "request.invalid",
    }


async def test_a_time_that_cannot_be_booked_is_refused(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    async with unchanged(city, citizen):
        for starts_at, code in (await times_that_cannot_be(city)).items():
            answer = await reserve(city, citizen, Slot(PARKS, PARK, starts_at))
            assert answer.status_code in (409, 422), (starts_at, answer.text)
            problem(answer, answer.status_code, code, starts_at)


async def test_the_same_moment_may_be_written_with_another_offset(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city)
    elsewhere = datetime.fromisoformat(slot.starts_at) + timedelta(hours=-8)
    answer = await reserve(city, citizen, slot, starts_at=f"{elsewhere:%Y-%m-%dT%H:%M:%S}Z")
    assert (answer.status_code, answer.json()["starts_at"]) == (201, slot.starts_at)


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"card_id": "gy.nowhere"}, 404, "card.not_found"),
        ({"card_id": SOCIAL}, 409, "card.not_bookable"),
        ({"resource_id": "nowhere"}, 404, "booking.resource_unknown"),
        ({"resource_id": PARK.upper()}, 404, "booking.resource_unknown"),
        ({"resource_id": f"{PARK}/2026"}, 422, "request.invalid"),
        ({"resource_id": "公园"}, 422, "request.invalid"),
        ({"resource_id": f"{PARK}\n"}, 422, "request.invalid"),
        ({"places": 2}, 422, "request.invalid"),
        ({"citizen_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 422, "request.invalid"),
        ({"state": "checked_in"}, 422, "request.invalid"),
    ],
)
async def test_what_is_not_offered_cannot_be_booked(
    city: RunningCity, other: dict[str, Any], status: int, code: str
) -> None:
    citizen = await city.sign_in(2)
    async with unchanged(city, citizen):
        answer = await reserve(city, citizen, await park_slot(city), **other)
        problem(answer, status, code, *(value for value in other.values() if isinstance(value, str)))


@pytest.mark.parametrize("level", [0, 1])
async def test_a_booking_needs_a_name(city: RunningCity, level: int) -> None:
    citizen, slot = await city.sign_in(level), await park_slot(city)
    before = await left(city, slot)
    async with unchanged(city, citizen):
        assert problem(await reserve(city, citizen, slot), 401, "identity.step_up_needed")["acr_values"] == "2"
    assert await left(city, slot) == before


# --- somebody else's ---


async def test_nobody_sees_uses_or_cancels_somebody_elses_booking(city: RunningCity) -> None:
    citizen, other, slot = await city.sign_in(2), await city.sign_in(2), await park_slot(city)
    theirs = (await booked(city, other, slot))["id"]
    before = await left(city, slot)
    async with unchanged(city, citizen, other):
        for booking_id in (theirs, theirs.lower(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "0" * 26):
            for method, end in (("GET", ""), ("POST", "/cancellation"), ("GET", "/ticket"), ("GET", "/ticket.svg")):
                path = f"/api/v1/bookings/{booking_id}{end}"
                answer: httpx.Response = await city.client.request(method, path, headers=citizen.headers)
                problem(answer, 404, "booking.not_found", booking_id)
    assert await left(city, slot) == before
    assert theirs not in str(await seen_by(city, citizen))


# --- what is to be had ---


async def test_days_and_slots_show_what_is_to_be_had(city: RunningCity) -> None:
    slot = await park_slot(city)
    path = f"/api/v1/cards/{PARKS}/resources/{PARK}/days"
    days = (await city.client.get(f"{path}?from={slot.day}&count=2")).json()["items"]
    assert days[0]["day"] == slot.day
    assert {day["state"] for day in days} == {"open"}
    assert (await shown(city, slot))["places"] == 400
    assert len((await city.client.get(path)).json()["items"]) == 7


QUESTIONS = [
    (f"{PARKS}/resources/{PARK}/slots?day=2020-01-01", 422, "booking.day_out_of_range"),
    (f"{PARKS}/resources/{PARK}/slots?day=9999-12-31", 422, "booking.day_out_of_range"),
    (f"{PARKS}/resources/{PARK}/slots?day=0001-01-01", 422, "booking.day_out_of_range"),
    (f"{PARKS}/resources/{PARK}/slots?day=2026-02-30", 422, "request.invalid"),
    (f"{PARKS}/resources/{PARK}/slots?day=tomorrow", 422, "request.invalid"),
    (f"{PARKS}/resources/{PARK}/slots", 422, "request.invalid"),
    (f"{PARKS}/resources/{PARK}/days?count=0", 422, "request.invalid"),
    (f"{PARKS}/resources/{PARK}/days?count=32", 422, "request.invalid"),
    (f"{PARKS}/resources/{PARK}/days?count=31&from=9999-12-31", 422, "booking.day_out_of_range"),
    (f"{PARKS}/resources/{PARK}/days?first_day=2026-11-30", 422, "request.invalid"),
    (f"{PARKS}/resources/unknown/days", 404, "booking.resource_unknown"),
    (f"{SOCIAL}/resources", 409, "card.not_bookable"),
    ("gy.unknown/resources", 404, "card.not_found"),
    (f"{HALLS}/resources?path=department:unknown", 404, "booking.choice_unknown"),
    (f"{HALLS}/resources?path=hall:huaxi", 404, "booking.choice_unknown"),
    (f"{HALLS}/resources?path=department:tax,matter:passport", 404, "booking.choice_unknown"),
    (f"{HALLS}/resources?path=colour:red", 404, "booking.choice_unknown"),
    (f"{PARKS}/resources?path=department:tax", 404, "booking.choice_unknown"),
    (f"{HALLS}/resources?path=department", 422, "request.invalid"),
    (f"{HALLS}/resources?path=", 422, "request.invalid"),
    (f"{HALLS}/resources?path=部门:税务", 422, "request.invalid"),
]


@pytest.mark.parametrize(("question", "status", "code"), QUESTIONS)
async def test_what_cannot_be_asked_is_refused(city: RunningCity, question: str, status: int, code: str) -> None:
    problem(await city.client.get(f"/api/v1/cards/{question}"), status, code, "tomorrow", "部门:税务")
