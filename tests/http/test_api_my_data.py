"""A citizen's own data in clear, and the companions they keep for bookings."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem, unchanged
from tests.http.api_places import as_companion, bookings, left, park_slot, reserve
from tests.http.api_services import new_key
from tests.http.api_tokens import mint
from tests.running_city import RunningCity, SignedIn

Json = dict[str, Any]
REVEAL, COMPANIONS, LOG = "/api/v1/me/reveal", "/api/v1/me/companions", "/api/v1/me/access_log"


async def reveal(city: RunningCity, citizen: SignedIn, *fields: str) -> httpx.Response:
    return await city.client.post(REVEAL, json={"fields": list(fields)}, headers=citizen.headers)


async def proved(city: RunningCity, level: int, **seconds_ago: int) -> SignedIn:
    """A citizen whose token says that their real name or face was proved so long ago."""
    citizen = await city.sign_in(2)
    true, now = mint(city, citizen.access_token), int(time.time())
    at = {"1": now - 9000, "2": now - seconds_ago["name"]}
    if level == 3:
        at["3"] = now - seconds_ago["face"]
    citizen.access_token = true.token(acr=str(level), proved_at=at)
    return citizen


async def save(city: RunningCity, citizen: SignedIn, person: Json, key: str | None = None) -> httpx.Response:
    headers = {**citizen.headers, **({"Idempotency-Key": key} if key else {})}
    return await city.client.post(COMPANIONS, json=as_companion(person), headers=headers)


async def saved(city: RunningCity, citizen: SignedIn, person: Json) -> Json:
    answer = await save(city, citizen, person)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def remove(city: RunningCity, citizen: SignedIn, companion_id: str) -> httpx.Response:
    return await city.client.delete(f"{COMPANIONS}/{companion_id}", headers=citizen.headers)


async def listed(city: RunningCity, citizen: SignedIn) -> Json:
    found: Json = (await city.client.get(COMPANIONS, headers=citizen.headers)).raise_for_status().json()
    return found


# --- reveal ---


async def test_what_is_asked_for_is_shown_and_nothing_else(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    person = citizen.person
    answer = await reveal(city, citizen, "id_number")
    assert answer.json() == {"name": None, "id_number": person["id_number"], "phone": None}
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await reveal(city, citizen, "phone", "name")).json() == {
        "name": person["name"],
        "id_number": None,
        "phone": person["phone"],
    }


async def test_each_look_stands_in_the_citizens_own_log(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    answer = await reveal(city, citizen, "name", "phone")
    (entry,) = (await city.client.get(LOG, headers=citizen.headers)).json()["items"]
    assert entry["request_id"] == answer.headers["X-Request-Id"]
    assert (entry["department"], entry["card_id"], entry["fields"]) == ("citizen", "", ["name", "phone"])
    assert entry["in_words"] == {
        "zh": "您本人查看了自己的姓名、手机号码",
        "en": "You looked at your own name, phone number",
    }
    assert citizen.person["phone"] not in str(entry)


async def test_who_was_proved_to_be_the_citizen_too_long_ago_proves_it_again(city: RunningCity) -> None:
    citizen = await proved(city, 2, name=305)
    async with unchanged(city, citizen):
        body = problem(await reveal(city, citizen, "name"), 401, "identity.step_up_needed", citizen.person["name"])
    assert (body["acr_values"], body["max_age"]) == ("2", 300)
    again = await city.client.post(
        "/api/v1/identity/real_name", json=as_companion(citizen.person), headers=citizen.headers
    )
    citizen.access_token = again.raise_for_status().json()["access_token"]
    assert (await reveal(city, citizen, "name")).json()["name"] == citizen.person["name"]


@pytest.mark.parametrize(("name", "face", "status"), [(9000, 10, 200), (10, 9000, 200), (9000, 400, 401)])
async def test_the_newest_of_real_name_and_face_counts(city: RunningCity, name: int, face: int, status: int) -> None:
    citizen = await proved(city, 3, name=name, face=face)
    assert (await reveal(city, citizen, "phone")).status_code == status


@pytest.mark.parametrize("fields", [[], ["openid"], ["name", "name"], ["name", "phone", "id_number", "name"]])
async def test_other_fields_are_not_shown(city: RunningCity, fields: list[str]) -> None:
    citizen = await city.sign_in(2)
    async with unchanged(city, citizen):
        problem(await reveal(city, citizen, *fields), 422, "request.invalid")


# --- companions ---


async def test_a_saved_companion_is_listed_masked(city: RunningCity) -> None:
    citizen, person = await city.sign_in(2), await city.person()
    answer = await save(city, citizen, person)
    assert answer.status_code == 201
    companion = answer.json()
    assert companion["name"] == person["name"][0] + "*" * (len(person["name"]) - 1)
    assert companion["id_number"] == person["id_number"][0] + "*" * 16 + person["id_number"][-1]
    assert person["id_number"] not in answer.text
    assert await listed(city, citizen) == {"items": [companion], "most": 20}


async def test_the_list_is_in_the_order_of_saving_and_everybody_can_be_taken_off_it_once(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    made = [await saved(city, citizen, await city.person()) for _ in range(3)]
    assert (await listed(city, citizen))["items"] == made
    assert (await remove(city, citizen, made[1]["id"])).status_code == 204
    problem(await remove(city, citizen, made[1]["id"]), 404, "identity.companion_not_found")
    assert (await listed(city, citizen))["items"] == [made[0], made[2]]


async def test_a_list_is_its_citizens_alone(city: RunningCity) -> None:
    citizen, other, person = await city.sign_in(2), await city.sign_in(2), await city.person()
    companion = await saved(city, citizen, person)
    problem(await remove(city, other, companion["id"]), 404, "identity.companion_not_found", companion["id"])
    assert (await listed(city, other))["items"] == []
    assert (await saved(city, other, person))["id"] != companion["id"]
    assert (await listed(city, citizen))["items"] == [companion]


async def test_nobody_is_on_a_list_twice_and_nobody_on_their_own(city: RunningCity) -> None:
    citizen, person = await city.sign_in(2), await city.person()
    await saved(city, citizen, person)
    again = {**person, "name": "另外一人", "id_number": f" {person['id_number'].lower()} "}
    problem(await save(city, citizen, again), 409, "identity.companion_saved_already", person["id_number"])
    problem(await save(city, citizen, citizen.person), 422, "identity.companion_is_citizen", citizen.person["name"])
    assert len((await listed(city, citizen))["items"]) == 1


async def test_a_list_holds_so_many_and_no_more_however_many_come_at_once(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    people = [await city.person() for _ in range(25)]
    answers = await asyncio.gather(*(save(city, citizen, person) for person in people))
    assert sorted(answer.status_code for answer in answers) == [*[201] * 20, *[409] * 5]
    assert {answer.json().get("most") for answer in answers if answer.status_code == 409} == {20}
    assert len((await listed(city, citizen))["items"]) == 20


async def test_a_retry_with_its_key_saves_once(city: RunningCity) -> None:
    citizen, person, key = await city.sign_in(2), await city.person(), new_key()
    answers = await asyncio.gather(*(save(city, citizen, person, key) for _ in range(10)))
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(201, answers[0].json()["id"])}
    problem(await save(city, citizen, await city.person(), key), 422, "idempotency.key_reused", key)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "王1"}, "identity.real_name.invalid_name"),
        ({"name": "·"}, "identity.real_name.invalid_name"),
        ({"id_number": "110105194912310020"}, "identity.real_name.invalid_id_number"),
        ({"id_number": "1"}, "identity.real_name.invalid_id_number"),
    ],
)
async def test_who_cannot_be_is_not_saved(city: RunningCity, change: Json, code: str) -> None:
    citizen, person = await city.sign_in(2), await city.person()
    problem(await save(city, citizen, {**person, **change}), 422, code, person["id_number"], *change.values())
    assert (await listed(city, citizen))["items"] == []


# --- booking with them ---


async def test_a_saved_companion_is_booked_for_by_id(city: RunningCity) -> None:
    citizen, slot = await city.sign_in(2), await park_slot(city, hour=9)
    person, typed = await city.person(), await city.person()
    companion = await saved(city, citizen, person)
    before = await left(city, slot)
    answer = await reserve(city, citizen, slot, [as_companion(typed)], saved_companions=[companion["id"]])
    assert answer.status_code == 201, answer.text
    assert answer.json()["places"] == 3
    shown = {"name": companion["name"], "id_number": companion["id_number"]}
    assert answer.json()["companions"][1] == shown
    assert await left(city, slot) == before - 3
    other = await city.sign_in(2)
    problem(await reserve(city, other, slot, [as_companion(person)]), 409, "booking.already_booked")
    await remove(city, citizen, companion["id"])
    (stands,) = await bookings(city, citizen)
    assert shown in stands["companions"], "a booking keeps its companions when they leave the list"


async def test_who_is_not_saved_or_comes_twice_is_named_by_place(city: RunningCity) -> None:
    citizen, other, slot = await city.sign_in(2), await city.sign_in(2), await park_slot(city)
    person = await city.person()
    mine, theirs = await saved(city, citizen, person), await saved(city, other, await city.person())
    async with unchanged(city, citizen):
        for ids, member, reason in (([mine["id"], theirs["id"]], 2, "not_saved"), ([mine["id"]] * 2, 2, "twice")):
            answer = await reserve(city, citizen, slot, saved_companions=ids)
            body = problem(answer, 422, "booking.companion_invalid", theirs["id"])
            assert (body["member"], body["reason"]) == (member, reason)
        answer = await reserve(city, citizen, slot, [as_companion(person)], saved_companions=[mine["id"]])
        assert problem(answer, 422, "booking.companion_invalid")["member"] == 2
        answer = await reserve(city, citizen, slot, saved_companions=[mine["id"]] * 6)
        assert problem(answer, 422, "booking.party_too_large")["companions_max"] == 5


async def test_a_retry_finds_its_booking_when_the_companion_has_left_the_list(city: RunningCity) -> None:
    citizen, slot, key = await city.sign_in(2), await park_slot(city), new_key()
    companion = await saved(city, citizen, await city.person())
    first = await reserve(city, citizen, slot, saved_companions=[companion["id"]], key=key)
    await remove(city, citizen, companion["id"])
    again = await reserve(city, citizen, slot, saved_companions=[companion["id"]], key=key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_the_rules_of_a_card_are_told_before_booking(city: RunningCity) -> None:
    card = (await city.client.get("/api/v1/cards/gy.scenic_spots")).json()
    assert card["booking"]["one_live_booking_per"] == [["resource", "day"]]
