"""A city that has WeChat look at faces: through the API, with the sandbox's WeChat and the personas' phones."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from tornado.ioloop import IOLoop

from tests.http.api_answers import problem, unchanged
from tests.http.api_services import department
from tests.running_city import RunningCity, SignedIn, running_city

START, RESULT = "/api/v1/identity/face/wechat", "/api/v1/identity/face/wechat/result"
SETTINGS: dict[str, Any] = {
    "face": {"provider": "wechat", "attempts_per_day": 3},
    "identity": {"proof_attempts": {"free_attempts": 50}},
}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def wechat_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    folder = tmp_path_factory.mktemp("wechat_city")
    loop, stack = IOLoop.current(), AsyncExitStack()
    yield loop.run_sync(lambda: stack.enter_async_context(running_city(folder, SETTINGS)))
    loop.run_sync(stack.aclose)


async def opened(city: RunningCity, citizen: SignedIn) -> Json:
    answer = await city.client.post(START, json={"consent": True}, headers=citizen.headers)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def shown(city: RunningCity, citizen: SignedIn, verification: Json, verify_ret: int | None = None) -> None:
    """What wx.requestFacialVerify does on the citizen's phone."""
    body: Json = {"verify_id": verification["verify_id"]}
    if verify_ret is not None:
        body["verify_ret"] = verify_ret
    answer = await city.outside.post(f"/personas/{citizen.person['id']}/facial_verify", json=body)
    answer.raise_for_status()


async def result(city: RunningCity, citizen: SignedIn, verification: Json) -> httpx.Response:
    body = {name: verification[name] for name in ("attempt_id", "verify_id")}
    return await city.client.post(RESULT, json=body, headers=citizen.headers)


async def test_the_city_says_who_looks_at_faces(wechat_city: RunningCity, city: RunningCity) -> None:
    said = [(await one.client.get("/api/v1/city")).json()["face_provider"] for one in (wechat_city, city)]
    assert said == ["wechat", "built_in"]


async def test_a_face_shown_to_wechat_is_level_3_in_this_session(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2)
    verification = await opened(city, citizen)
    assert set(verification) == {"attempt_id", "verify_id", "expires_at"}
    early = await result(city, citizen, verification)
    problem(early, 409, "identity.face.unfinished")
    assert early.headers["Retry-After"] == "2"
    await shown(city, citizen, verification)
    answer = await result(city, citizen, verification)
    assert (answer.status_code, answer.json()["assurance"]) == (200, 3)
    raised = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    proofs = (await city.client.get("/api/v1/me", headers=raised)).json()["proofs"]
    assert [proof["method"] for proof in proofs] == ["wechat", "phone", "authority", "wechat_face"]
    elsewhere = {"code": await city.code(citizen.person), "device_id": "another-device-0001"}
    assert (await city.client.post("/api/v1/sessions", json=elsewhere)).json()["assurance"] == 2


@pytest.mark.parametrize("consent", [{}, {"consent": False}, {"consent": None}])
async def test_without_separate_consent_wechat_is_told_nothing(wechat_city: RunningCity, consent: Json) -> None:
    citizen = await wechat_city.sign_in(2)
    answer = await wechat_city.client.post(START, json=consent, headers=citizen.headers)
    problem(answer, 422, "request.invalid")


@pytest.mark.parametrize(
    ("persona", "status", "code"),
    [("gao_lan", 422, "identity.face.not_matched"), ("sun_mei", 409, "identity.face.reference_unusable")],
)
async def test_who_is_not_matched_is_told_so(wechat_city: RunningCity, persona: str, status: int, code: str) -> None:
    city = wechat_city
    citizen = await city.sign_in(2, persona)
    verification = await opened(city, citizen)
    await shown(city, citizen, verification)
    problem(await result(city, citizen, verification), status, code)
    assert (await city.client.get("/api/v1/me", headers=citizen.headers)).json()["assurance"] == 2


async def test_a_document_that_wechat_does_not_know_leads_to_the_hall(wechat_city: RunningCity) -> None:
    citizen = await wechat_city.sign_in(2, "wang_yating")
    for _ in range(4):  # more than the attempts of a day
        answer = await wechat_city.client.post(START, json={"consent": True}, headers=citizen.headers)
        problem(answer, 409, "identity.face.not_eligible", citizen.person["name"], citizen.person["id_number"])


async def test_a_cancelled_one_costs_nothing_and_a_failed_one_an_attempt(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2)
    for _ in range(4):
        cancelled = await opened(city, citizen)
        await shown(city, citizen, cancelled, 90004)
        problem(await result(city, citizen, cancelled), 409, "identity.face.cancelled")
    for left in (2, 1, 0):
        failed = await opened(city, citizen)
        await shown(city, citizen, failed, 10004)
        assert problem(await result(city, citizen, failed), 422, "identity.face.not_matched")["attempts_left"] == left
    answer = await city.client.post(START, json={"consent": True}, headers=citizen.headers)
    problem(answer, 429, "identity.face.locked")


async def test_of_one_verification_used_many_times_at_once_one_counts(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2)
    verification = await opened(city, citizen)
    await shown(city, citizen, verification)
    answers = await asyncio.gather(*(result(city, citizen, verification) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    problem(await result(city, citizen, verification), 409, "identity.face.attempt_over", verification["verify_id"])


async def test_it_is_worth_nothing_to_another_citizen_nor_in_another_session(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    again = SignedIn(citizen.person, secrets.token_hex(16), "", "")
    session = {"code": await city.code(citizen.person), "device_id": again.device_id}
    again.access_token = (await city.client.post("/api/v1/sessions", json=session)).json()["access_token"]
    verification, theirs = await opened(city, citizen), await opened(city, other)
    await shown(city, citizen, verification)
    async with unchanged(city, other):
        for stranger in (other, again):
            problem(await result(city, stranger, verification), 409, "identity.face.attempt_over")
            mixed = {**theirs, "verify_id": verification["verify_id"]}
            problem(await result(city, stranger, mixed), 409, "identity.face.attempt_over", verification["verify_id"])
    assert (await result(city, citizen, verification)).status_code == 200


async def test_a_wechat_that_does_not_answer_costs_nothing_and_the_result_waits(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2)
    for mode in ("down", "garbage", "busy"):
        async with department(city, "wechat", mode):
            answer = await city.client.post(START, json={"consent": True}, headers=citizen.headers)
            problem(answer, 503, "identity.wechat.unavailable")
    for _ in range(2):
        unreported = await opened(city, citizen)
    verification = await opened(city, citizen)  # the third, and the last of the day
    await shown(city, citizen, verification)
    async with department(city, "wechat", "down"):
        problem(await result(city, citizen, verification), 503, "identity.wechat.unavailable")
    assert (await result(city, citizen, verification)).status_code == 200
    await shown(city, citizen, unreported, 90002)
    problem(await result(city, citizen, unreported), 409, "identity.face.cancelled")


async def test_the_other_way_of_verifying_is_not_open(wechat_city: RunningCity, city: RunningCity) -> None:
    citizen, elsewhere = await wechat_city.sign_in(2), await city.sign_in(2)
    challenges, frames = "/api/v1/identity/face/challenges", "/api/v1/identity/face/verifications"
    proof = {"challenge_id": "x", "nonce": "y", "frames": ["AAAA", "AAAA"]}
    ids = {"attempt_id": "x", "verify_id": "y"}
    for where, who, path, body, provider in (
        (wechat_city, citizen, challenges, {"consent": True}, "wechat"),
        (wechat_city, citizen, frames, proof, "wechat"),
        (city, elsewhere, START, {"consent": True}, "built_in"),
        (city, elsewhere, RESULT, ids, "built_in"),
    ):
        answer = await where.client.post(path, json=body, headers=who.headers)
        assert problem(answer, 409, "identity.face.other_provider")["provider"] == provider


async def test_a_halls_code_is_the_other_way_here_too(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2, "wang_yating")
    wanted = {"id_number": citizen.person["id_number"]}
    issued = await city.client.post("/api/v1/staff/hall_codes", json=wanted, headers=await city.staff("hall_clerk"))
    answer = await city.client.post(
        "/api/v1/identity/hall_code", json={"code": issued.raise_for_status().json()["code"]}, headers=citizen.headers
    )
    assert answer.raise_for_status().json()["assurance"] == 3


async def test_the_record_says_who_looked_and_holds_nobodys_name(wechat_city: RunningCity) -> None:
    city = wechat_city
    citizen = await city.sign_in(2)
    verification = await opened(city, citizen)
    await shown(city, citizen, verification)
    await result(city, citizen, verification)
    with sqlite3.connect(f"file:{city.data / 'city.db'}?mode=ro", uri=True) as store:
        kept = "\n".join(str(row) for row in store.iterdump() if "face" in row)
    assert '"provider":"wechat"' in kept
    assert '"verify_ret":10000' in kept
    secrets_seen = [verification["verify_id"], citizen.person["id_number"], citizen.person["name"]]
    assert [secret for secret in secrets_seen if secret in kept] == []
    assert [secret for secret in secrets_seen if secret in city.log.read_text()] == []
