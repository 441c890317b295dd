"""A copy of one's data, corrections, and closing the account, over HTTP."""

import asyncio
import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem, unchanged
from tests.http.api_places import booked, park_slot, reserve
from tests.http.api_services import FUND, agree, use
from tests.http.api_tokens import mint
from tests.running_city import RunningCity, SignedIn

Json = dict[str, Any]
EXPORT, CLOSING, CORRECTIONS = "/api/v1/me/export", "/api/v1/me/closing", "/api/v1/me/corrections"
QUEUE = "/api/v1/operator/corrections"
WORDS = "姓名中的“晓”应为“小”。\n户口簿可以证明。"


async def export(city: RunningCity, citizen: SignedIn) -> httpx.Response:
    return await city.client.get(EXPORT, headers=citizen.headers)


async def ask(city: RunningCity, citizen: SignedIn, **other: str) -> httpx.Response:
    return await city.client.post(CORRECTIONS, json={"field": "name", "text": WORDS, **other}, headers=citizen.headers)


async def close(city: RunningCity, citizen: SignedIn) -> httpx.Response:
    return await city.client.post(CLOSING, headers=citizen.headers)


async def closing(city: RunningCity, citizen: SignedIn, method: str = "GET") -> httpx.Response:
    return await city.client.request(method, CLOSING, headers=citizen.headers)


async def proved_long_ago(city: RunningCity) -> SignedIn:
    citizen = await city.sign_in(2)
    citizen.access_token = mint(city, citizen.access_token).token(proved_at={"1": 1_700_000_000, "2": 1_700_000_000})
    return citizen


# --- the copy ---


async def test_a_citizen_gets_a_zip_of_all_that_is_theirs(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, FUND)
    await use(city, citizen, FUND, "balance")
    booking = await booked(city, citizen, await park_slot(city))
    answer = await export(city, citizen)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Length" not in answer.headers, "it is made while it is sent"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as whole:
        found = {name: json.loads(whole.read(name)) for name in whole.namelist() if name.endswith(".json")}
    (account,) = found["account.json"]
    person = citizen.person
    assert [account[name] for name in ("name", "id_number", "phone")] == [
        person[name] for name in ("name", "id_number", "phone")
    ]
    assert [one["id"] for one in found["bookings.json"]] == [booking["id"]]
    assert [one["card"] for one in found["consents.json"]] == [FUND]
    log = (await city.client.get("/api/v1/me/access_log", headers=citizen.headers)).json()["items"]
    assert log[0]["in_words"]["zh"] == "您本人导出了自己的全部个人信息"
    assert log[0]["request_id"] == answer.headers["X-Request-Id"]


async def test_who_was_proved_too_long_ago_proves_it_again(city: RunningCity) -> None:
    citizen = await proved_long_ago(city)
    async with unchanged(city, citizen):
        for answer in (await export(city, citizen), await close(city, citizen)):
            body = problem(answer, 401, "identity.step_up_needed", citizen.person["name"])
            assert (body["acr_values"], body["max_age"]) == ("2", 300)


async def test_a_day_has_three_copies(city: RunningCity) -> None:
    citizen = await city.sign_in()
    answers = await asyncio.gather(*(export(city, citizen) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 3
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem(refused, 429, "identity.privacy.export_limit")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600 + 1


# --- corrections ---


async def test_a_correction_goes_from_the_citizen_over_the_queue_to_the_answer(city: RunningCity) -> None:
    citizen, operator = await city.sign_in(2), await city.staff()
    answer = await ask(city, citizen)
    assert answer.status_code == 201, answer.text
    asked = answer.json()
    assert (asked["state"], asked["text"], asked["answer"]) == ("open", WORDS, None)
    problem(await ask(city, citizen), 409, "identity.privacy.correction_open")
    queue = (await city.client.get(f"{QUEUE}?limit=100", headers=operator)).json()
    queued = next(one for one in queue["items"] if one["id"] == asked["id"])
    assert "text" not in queued
    path = f"{QUEUE}/{asked['id']}"
    read = (await city.client.get(path, headers=operator)).json()
    assert (read["text"], read["due_on"]) == (WORDS, asked["due_on"])
    person = citizen.person
    assert read["name"] == person["name"][0] + "*" * (len(person["name"]) - 1)
    assert person["id_number"] not in str(read)
    decided = await city.client.post(f"{path}/acceptance", json={"answer": "请重新认证"}, headers=operator)
    assert decided.json()["state"] == "accepted"
    again = await city.client.post(f"{path}/refusal", json={"answer": "不"}, headers=operator)
    assert problem(again, 409, "identity.privacy.correction_decided")["state"] == "accepted"
    refreshed = await city.client.post(
        "/api/v1/sessions/refresh", json={"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    )
    citizen.access_token = refreshed.raise_for_status().json()["access_token"]
    assert (await city.client.get("/api/v1/me", headers=citizen.headers)).json()["assurance"] == 1
    (mine,) = (await city.client.get(CORRECTIONS, headers=citizen.headers)).json()["items"]
    assert (mine["state"], mine["answer"]) == ("accepted", "请重新认证")
    told = (await city.client.get("/api/v1/me/messages", headers=citizen.headers)).json()["items"]
    assert "identity.correction_accepted" in {one["kind"] for one in told}


async def test_what_is_asked_is_nobody_elses(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    await ask(city, citizen)
    assert (await city.client.get(CORRECTIONS, headers=other.headers)).json()["items"] == []
    missing = await city.client.get(f"{QUEUE}/nothing", headers=await city.staff())
    problem(missing, 404, "identity.privacy.correction_not_found")


@pytest.mark.parametrize("other", [{"field": "openid"}, {"text": ""}, {"text": "  \n "}, {"text": "a\x07b"}])
async def test_what_says_nothing_is_not_taken(city: RunningCity, other: Json) -> None:
    problem(await ask(city, await city.sign_in(), **other), 422, "request.invalid")


# --- closing ---


async def test_closing_is_shown_signs_the_others_out_and_is_taken_back_with_one_request(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    tablet = await elsewhere(city, citizen)
    slot = await park_slot(city)
    booking = await booked(city, citizen, slot)
    before = (await closing(city, citizen)).json()
    assert (before["due_at"], before["days"]) == (None, 7)
    assert [(loss["kind"], loss["count"]) for loss in before["losses"]] == [("bookings", 1)]
    asked = await close(city, citizen)
    assert asked.status_code == 201, asked.text
    assert asked.json()["due_at"] is not None
    problem(await closing(city, tablet), 401, "identity.token_invalid")
    refused = await reserve(city, citizen, await park_slot(city, days=3))
    problem(refused, 409, "identity.account_closing")
    shown = await city.client.get(f"/api/v1/bookings/{booking['id']}/ticket", headers=citizen.headers)
    assert shown.status_code == 200, "what there is goes on"
    back = await elsewhere(city, citizen)
    assert (await closing(city, back)).json()["due_at"] == asked.json()["due_at"]
    kept = await closing(city, back, "DELETE")
    assert kept.json()["due_at"] is None
    problem(await closing(city, back, "DELETE"), 404, "identity.privacy.closing_not_found")
    assert (await reserve(city, citizen, await park_slot(city, days=3))).status_code == 201


async def elsewhere(city: RunningCity, citizen: SignedIn) -> SignedIn:
    """The same citizen on another device."""
    wanted = {"code": await city.code(citizen.person), "device_id": f"other-{citizen.device_id}"}
    session = (await city.client.post("/api/v1/sessions", json=wanted)).raise_for_status().json()
    return SignedIn(citizen.person, wanted["device_id"], session["access_token"], session["refresh_token"])


async def test_nothing_of_a_citizen_is_in_the_log(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await ask(city, citizen)
    await export(city, citizen)
    await close(city, citizen)
    written = city.log.read_text()
    for secret in (citizen.person["name"], citizen.person["id_number"], citizen.person["phone"], "户口簿"):
        assert secret not in written
        assert secret.encode("unicode_escape").decode() not in written
