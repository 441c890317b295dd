"""Face verification over HTTP: the challenge, what may be sent, and what it is worth."""

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tornado.ioloop import IOLoop

from tests.hostile_images import HOSTILE
from tests.http.api_answers import problem, unchanged
from tests.running_city import RunningCity, SignedIn

CHALLENGES, VERIFICATIONS = "/api/v1/identity/face/challenges", "/api/v1/identity/face/verifications"
PIXEL = base64.b64encode(bytes(range(256))).decode()
"""Something that is no image; enough where the frames are not looked at."""

NO_PORTRAITS = (
    "one byte", "GIF", "WebP", "SVG", "HTML", "PNG that unpacks to 7.5 GB", "JPEG that states 65,535 x 65,535",
    "PNG that moves", "JPEG's first half", "JPEG's start alone", "PNG's signature alone", "PNG whose pixels are noise",
)  # fmt: skip
"""Of the hostile images that the face workers are tested with, some of each kind."""
SENT_AS_FRAMES = {kind: (base64.b64encode(HOSTILE[kind][0]).decode(), HOSTILE[kind][1]) for kind in NO_PORTRAITS} | {
    "text that is no base64": ("这不是图片", "not_base64"),
    "base64 with blanks": ("/9j/ 4AAQ", "not_base64"),
    "base64 of another alphabet": ("_9j_4AAQ", "not_base64"),
    "base64 that stops short": ("/9j/4AAQS", "not_base64"),
    "a data address": ("data:image/jpeg;base64,/9j/4AAQ", "not_base64"),
    "NUL": ("\0", "not_base64"),
    "an emoji": ("😀", "not_base64"),
    "a file's name": ("/etc/passwd", "not_base64"),
    "an address": ("http://127.0.0.1/photo.jpg", "not_base64"),
}


@pytest.fixture(scope="module", autouse=True)
def portrait(city: RunningCity) -> None:
    """The sandbox makes its portrait when a camera first wants it, which the authority's deadline does not wait for."""
    IOLoop.current().run_sync(lambda: city.outside.get("/personas/lin_yue/portrait.jpg"))


async def challenge(city: RunningCity, citizen: SignedIn) -> dict[str, Any]:
    answer = await city.client.post(CHALLENGES, json={"consent": True}, headers=citizen.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def proof(challenge: dict[str, Any], frames: list[str] | None = None) -> dict[str, Any]:
    """With as many frames as the challenge wants, and nothing on them, unless they are given."""
    wanted = frames or [PIXEL] * (1 + len(challenge["actions"]))
    return {"challenge_id": challenge["id"], "nonce": challenge["nonce"], "frames": wanted}


@asynccontextmanager
async def unraised(city: RunningCity, *citizens: SignedIn) -> AsyncIterator[None]:
    """Whatever is tried inside, these citizens are as sure of themselves afterwards as before. (What is tried counts as
    a use of the consent, which they see.)"""
    before = [(await city.client.get("/api/v1/me", headers=citizen.headers)).json() for citizen in citizens]
    yield
    assert [(await city.client.get("/api/v1/me", headers=citizen.headers)).json() for citizen in citizens] == before


async def verify(city: RunningCity, citizen: SignedIn, body: dict[str, Any]) -> httpx.Response:
    return await city.client.post(VERIFICATIONS, json=body, headers=citizen.headers)


# --- the challenge ---


async def test_a_challenge_says_what_to_do_and_until_when(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    found = await challenge(city, citizen)
    assert len(found["actions"]) in (2, 3)
    assert all(action["instruction"]["zh"] and action["instruction"]["en"] for action in found["actions"])
    assert found["expires_at"].endswith("+08:00")


@pytest.mark.parametrize("consent", [{}, {"consent": False}, {"consent": "true"}, {"consent": 1}, {"consent": None}])
async def test_without_separate_consent_no_face_is_asked_for(city: RunningCity, consent: dict[str, Any]) -> None:
    citizen = await city.sign_in(2)
    answer = await city.client.post(CHALLENGES, json=consent, headers=citizen.headers)
    errors = problem(answer, 422, "request.invalid")["errors"]
    assert [error["pointer"] for error in errors] == ["/consent"]


async def test_a_challenge_is_for_one_citizen_in_one_session_and_once(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    theirs = await challenge(city, other)
    async with unraised(city, citizen, other):
        stolen = await verify(city, citizen, proof(theirs))
        problem(stolen, 409, "identity.face.challenge_expired", theirs["id"], theirs["nonce"])
        own = await challenge(city, citizen)
        swapped = {**proof(own), "challenge_id": theirs["id"]}
        problem(await verify(city, citizen, swapped), 409, "identity.face.challenge_expired")
        made_up = {**proof(own), "challenge_id": "../../etc/passwd"}
        problem(await verify(city, citizen, made_up), 409, "identity.face.challenge_expired", "../../etc/passwd")
        wrong_nonce = {**proof(own), "nonce": theirs["nonce"]}
        problem(await verify(city, citizen, wrong_nonce), 409, "identity.face.challenge_expired", theirs["nonce"])
        used_up = await verify(city, citizen, proof(own))
        problem(used_up, 409, "identity.face.challenge_expired")
        wants = 1 + len(theirs["actions"])
        lives = await verify(city, other, proof(theirs, [PIXEL] * (wants + 1)))
        assert problem(lives, 422, "identity.face.frame_count")["expected"] == wants
        problem(await verify(city, other, proof(theirs)), 409, "identity.face.challenge_expired")


async def test_a_new_challenge_takes_the_place_of_the_last(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    first = await challenge(city, citizen)
    await challenge(city, citizen)
    async with unchanged(city, citizen):
        problem(await verify(city, citizen, proof(first)), 409, "identity.face.challenge_expired")


async def test_nobody_collects_challenges_until_one_suits(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    for _ in range(20):
        await challenge(city, citizen)
    answer = await city.client.post(CHALLENGES, json={"consent": True}, headers=citizen.headers)
    problem(answer, 429, "identity.face.too_many_challenges")


async def test_a_face_comes_after_a_name(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    async with unchanged(city, citizen):
        answer = await city.client.post(CHALLENGES, json={"consent": True}, headers=citizen.headers)
        assert problem(answer, 401, "identity.step_up_needed")["acr_values"] == "2"
        body = {"challenge_id": "x", "nonce": "x", "frames": [PIXEL, PIXEL]}
        assert problem(await verify(city, citizen, body), 401, "identity.step_up_needed")["acr_values"] == "2"


async def test_the_consent_is_recorded_like_any_and_withdrawn_at_once(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    first = await challenge(city, citizen)
    second = await challenge(city, citizen)
    (consent,) = (await city.client.get("/api/v1/consents", headers=citizen.headers)).json()["items"]
    assert (consent["department"], consent["fields"], consent["separate"]) == ("city", ["face"], ["face"])
    assert consent["department_name"]["zh"] == "本市统一身份认证"
    assert "人口库登记照片" in consent["purpose"]["zh"]
    await city.client.delete(f"/api/v1/consents/{consent['id']}", headers=citizen.headers)
    assert first["id"] != second["id"]
    problem(await verify(city, citizen, proof(second)), 403, "identity.face.consent_needed")
    again = await challenge(city, citizen)
    problem(await verify(city, citizen, proof(again)), 422, "identity.face.image_invalid")


async def test_a_face_beside_the_citizen_is_no_consent_of_theirs(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    answer = await city.client.post(CHALLENGES, json={"consent": True, "own": False}, headers=citizen.headers)
    assert answer.status_code == 201
    assert (await city.client.get("/api/v1/consents", headers=citizen.headers)).json()["items"] == []
    problem(await verify(city, citizen, proof(answer.json())), 403, "identity.face.consent_needed")


# --- what may be sent ---


async def test_frames_that_are_no_images_are_told_so_and_prove_nothing(city: RunningCity) -> None:
    """Each as the second of its frames, the others being pictures of nobody."""
    good = base64.b64encode(HOSTILE["PNG one pixel too wide"][0]).decode()
    citizen = await city.sign_in(2)
    for number, (kind, (frame, reason)) in enumerate(SENT_AS_FRAMES.items()):
        if number % 15 == 0:
            citizen = await city.sign_in(2)
        own = await challenge(city, citizen)
        frames = [frame] + [good] * len(own["actions"])
        body = problem(await verify(city, citizen, proof(own, frames)), 422, "identity.face.image_invalid", frame[:60])
        assert (kind, body["frame"], body["reason"]) == (kind, 0, reason)
    assert (await city.client.get("/api/v1/me", headers=citizen.headers)).json()["assurance"] == 2


@pytest.mark.parametrize("size", [0, 1_398_105])
async def test_what_the_size_alone_tells_spends_no_challenge(city: RunningCity, size: int) -> None:
    citizen = await city.sign_in(2)
    own = await challenge(city, citizen)
    wants = 1 + len(own["actions"])
    async with unchanged(city, citizen):
        answer = await verify(city, citizen, proof(own, [PIXEL] * (wants - 1) + ["A" * size]))
        body = problem(answer, 422, "identity.face.image_invalid")
        assert (body["frame"], body["reason"]) == (wants - 1, "too_many_bytes" if size else "empty")
        problem(await verify(city, citizen, proof(own, [PIXEL] * (wants + 1))), 422, "identity.face.frame_count")


@pytest.mark.parametrize(
    "frames", [[], [PIXEL], [PIXEL] * 9, ["A" * 1_500_001, PIXEL], [None, PIXEL], [[PIXEL], PIXEL], PIXEL, {"0": PIXEL}]
)
async def test_frames_of_another_shape_are_invalid_and_spend_no_challenge(city: RunningCity, frames: Any) -> None:
    citizen = await city.sign_in(2)
    own = await challenge(city, citizen)
    async with unchanged(city, citizen):
        body = {"challenge_id": own["id"], "nonce": own["nonce"], "frames": frames}
        errors = problem(await verify(city, citizen, body), 422, "request.invalid", PIXEL)["errors"]
        assert all(error["pointer"].startswith("/frames") for error in errors)
        wrong_count = proof(own, [PIXEL] * (2 + len(own["actions"])))
        problem(await verify(city, citizen, wrong_count), 422, "identity.face.frame_count")


async def test_more_than_eight_frames_worth_of_bytes_are_not_read(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    async with unchanged(city, citizen):
        body = {"challenge_id": "x", "nonce": "x", "frames": ["A" * 1_600_000] * 8}
        answer = await verify(city, citizen, body)
        assert problem(answer, 413, "request.body_too_large")["limit_bytes"] == 12 * 1024 * 1024


# --- what it is worth ---


async def test_a_matched_face_is_level_3_in_the_session_that_showed_it(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    shown = await city.face_proof(citizen)
    strange = await verify(city, other, shown)
    problem(strange, 409, "identity.face.challenge_expired", *shown["frames"])
    answer = await verify(city, citizen, shown)
    assert (answer.status_code, answer.json()["assurance"]) == (200, 3)
    raised = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    mine = (await city.client.get("/api/v1/me", headers=raised)).json()
    assert [proof["level"] for proof in mine["proofs"]] == [0, 1, 2, 3]
    assert [proof["method"] for proof in mine["proofs"]] == ["wechat", "phone", "authority", "face"]
    assert [proof["expires_at"] is None for proof in mine["proofs"]] == [True, True, True, False]
    problem(await verify(city, citizen, shown), 409, "identity.face.challenge_expired", *shown["frames"])
    elsewhere = {"code": await city.code(citizen.person), "device_id": "another-device-0001"}
    assert (await city.client.post("/api/v1/sessions", json=elsewhere)).json()["assurance"] == 2
    pair = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    assert (await city.client.post("/api/v1/sessions/refresh", json=pair)).json()["assurance"] == 3


async def test_of_the_same_proof_sent_many_times_at_once_one_is_looked_at(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    own = await challenge(city, citizen)
    body = proof(own)
    answers = await asyncio.gather(*(verify(city, citizen, body) for _ in range(10)))
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == ["identity.face.challenge_expired"] * 9 + ["identity.face.image_invalid"]


def face_worker_of(city: RunningCity) -> int:
    """The process that looks at faces."""
    children = Path(f"/proc/{city.process.pid}/task/{city.process.pid}/children").read_text().split()
    (worker,) = [child for child in map(int, children) if b"face_worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return worker


async def test_when_all_places_are_taken_the_next_is_told_when_to_come_back(city: RunningCity) -> None:
    """One worker and a queue of eight: ten of the same citizen's phones at once."""
    citizen = await city.sign_in(2)
    phones = [citizen, *[await city.sign_in(0, citizen.person["id"]) for _ in range(9)]]
    proofs = [proof(await challenge(city, phone)) for phone in phones]
    await verify(city, citizen, proofs[0])  # starts the worker where none is
    proofs[0] = proof(await challenge(city, citizen))
    worker = face_worker_of(city)
    os.kill(worker, signal.SIGSTOP)
    try:
        waiting = [asyncio.create_task(verify(city, *one)) for one in zip(phones, proofs, strict=True)]
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        os.kill(worker, signal.SIGCONT)
    (refused,) = done
    body = problem(await refused, 503, "identity.face.busy")
    assert body["examined"] is False
    assert (await refused).headers["Retry-After"] == "30"
    answers = await asyncio.gather(*others)
    assert {answer.json()["code"] for answer in answers} == {"identity.face.image_invalid"}
    late = next(one for one, task in zip(zip(phones, proofs, strict=True), waiting, strict=True) if task is refused)
    problem(await verify(city, *late), 422, "identity.face.image_invalid")  # its challenge was given back


async def test_the_face_of_somebody_else_is_not_matched(city: RunningCity) -> None:
    citizen = await city.sign_in(2, persona="gao_lan")
    async with unraised(city, citizen):
        shown = await city.face_proof(citizen)
        body = problem(await verify(city, citizen, shown), 422, "identity.face.not_matched", *shown["frames"])
        assert "distance" not in body


async def test_a_still_picture_is_not_alive(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    async with unraised(city, citizen):
        shown = await city.face_proof(citizen)
        still = {**shown, "frames": [shown["frames"][0]] * len(shown["frames"])}
        body = problem(await verify(city, citizen, still), 422, "identity.face.not_alive", shown["frames"][0])
        assert len(body["missing"]) == len(shown["frames"]) - 1


async def test_without_a_registered_photo_the_hall_is_the_way(city: RunningCity) -> None:
    citizen = await city.sign_in(2, persona="sun_mei")
    async with unraised(city, citizen):
        own = await challenge(city, citizen)
        problem(await verify(city, citizen, proof(own)), 409, "identity.face.reference_unusable")
