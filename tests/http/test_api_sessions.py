"""Signing in with WeChat, staying signed in, seeing and ending sign-ins."""

import secrets
from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem, unchanged
from tests.running_city import RunningCity, SignedIn

SESSIONS, REFRESH = "/api/v1/sessions", "/api/v1/sessions/refresh"


async def sign_in(city: RunningCity, code: str, **other: Any) -> httpx.Response:
    wanted = {"code": code, "device_id": secrets.token_hex(16), **other}
    return await city.client.post(SESSIONS, json=wanted)


async def refreshed(city: RunningCity, citizen: SignedIn, token: str | None = None) -> httpx.Response:
    pair = {"refresh_token": token or citizen.refresh_token, "device_id": citizen.device_id}
    return await city.client.post(REFRESH, json=pair)


async def works(city: RunningCity, access_token: str) -> bool:
    headers = {"Authorization": f"Bearer {access_token}"}
    return (await city.client.get("/api/v1/me", headers=headers)).status_code == 200


async def listed(city: RunningCity, citizen: SignedIn) -> list[dict[str, Any]]:
    answer = await city.client.get(SESSIONS, headers=citizen.headers)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


async def again(city: RunningCity, citizen: SignedIn) -> SignedIn:
    """The same person, signed in on another device."""
    device_id = secrets.token_hex(16)
    wanted = {"code": await city.code(citizen.person), "device_id": device_id, "device_name": "平板 📱"}
    pair = (await city.client.post(SESSIONS, json=wanted)).raise_for_status().json()
    return SignedIn(citizen.person, device_id, pair["access_token"], pair["refresh_token"])


# --- signing in ---


async def test_a_wechat_code_signs_in_at_level_0_for_a_quarter_of_an_hour(city: RunningCity) -> None:
    answer = await sign_in(city, await city.code(await city.person()))
    assert answer.status_code == 201
    session = answer.json()
    assert (session["token_type"], session["expires_in"], session["assurance"]) == ("Bearer", 900, 0)
    assert answer.headers["Cache-Control"] == "no-store"
    assert await works(city, session["access_token"])


async def test_the_same_wechat_user_finds_the_same_account_again(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    other = await again(city, citizen)
    first = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()
    second = (await city.client.get("/api/v1/me", headers=other.headers)).json()
    assert first == second
    assert second["assurance"] == 2


async def test_a_code_signs_in_once(city: RunningCity) -> None:
    person = await city.person()
    code = await city.code(person)
    assert (await sign_in(city, code)).status_code == 201
    problem(await sign_in(city, code), 400, "identity.wechat.code_invalid", code)


async def test_codes_that_wechat_does_not_take_sign_nobody_in(city: RunningCity) -> None:
    person = await city.person()
    path = f"/personas/{person['id']}/wechat_code"
    expired = (await city.outside.post(path, json={"expired": True})).json()["code"]
    of_another_program = (await city.outside.post(path, json={"appid": "wx0000000000000000"})).json()["code"]
    of_the_phone_button = await city.code(person, "phone_code")
    for code in (
        expired,
        of_another_program,
        of_the_phone_button,
        "made-up-4c1b8e",
        "&appid=wx1&js_code=2",
        "%00#?/..",
    ):
        problem(await sign_in(city, code), 400, "identity.wechat.code_invalid", code)


async def test_whom_wechat_holds_back_is_told_where_else_to_go(city: RunningCity) -> None:
    code = await city.code(await city.person("zhao_lei"))
    problem(await sign_in(city, code), 403, "identity.wechat.blocked", code)


@pytest.mark.parametrize("mode", ["down", "garbage", "misshapen", "error", "busy", "rate_limited"])
async def test_when_wechat_fails_the_citizen_is_asked_to_come_again(city: RunningCity, mode: str) -> None:
    code = await city.code(await city.person())
    try:
        (await city.outside.put("/departments/wechat/mode", json={"mode": mode})).raise_for_status()
        problem(await sign_in(city, code), 503, "identity.wechat.unavailable", code)
    finally:
        (await city.outside.put("/departments/wechat/mode", json={"mode": "ok"})).raise_for_status()
    assert (await sign_in(city, await city.code(await city.person()))).status_code == 201


@pytest.mark.parametrize(
    "other",
    [
        {"device_id": "short"},
        {"device_id": "x" * 129},
        {"device_id": "with blanks in its middle"},
        {"device_id": "机" * 20},
        {"device_id": "x" * 20 + "\n"},
        {"device_name": "x" * 61},
        {"device_name": "line\nbreak"},
        {"device_name": "bell\x07"},
        {"device_name": "\x00"},
        {"device_name": None},
        {"unionid": "x"},
        {"assurance": 3},
    ],
)
async def test_a_sign_in_that_is_not_well_formed_spends_no_code(city: RunningCity, other: dict[str, Any]) -> None:
    code = await city.code(await city.person())
    problem(await sign_in(city, code, **other), 422, "request.invalid", code, *map(str, other.values()))
    assert (await sign_in(city, code)).status_code == 201


async def test_a_device_may_be_called_anything_that_can_be_read(city: RunningCity) -> None:
    for name in ("我的手机 📱", "", "x" * 60, "<b>phone</b>", "Олена's телефон"):
        answer = await sign_in(city, await city.code(await city.person()), device_name=name)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        (session,) = (await city.client.get(SESSIONS, headers=headers)).json()["items"]
        assert session["device_name"] == name


async def test_signing_in_again_on_one_device_ends_the_sign_in_before(city: RunningCity) -> None:
    citizen = await city.sign_in()
    answer = await sign_in(city, await city.code(citizen.person), device_id=citizen.device_id)
    assert answer.status_code == 201
    assert not await works(city, citizen.access_token)
    problem(await refreshed(city, citizen), 401, "identity.refresh_refused", citizen.refresh_token)
    assert await works(city, answer.json()["access_token"])


# --- staying signed in ---


async def test_a_refresh_gives_a_new_pair_and_no_proof_becomes_younger(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    before = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()
    pair = (await refreshed(city, citizen)).raise_for_status().json()
    assert pair["assurance"] == 2
    assert pair["refresh_token"] != citizen.refresh_token
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert (await city.client.get("/api/v1/me", headers=headers)).json() == before


async def test_a_refresh_whose_answer_was_lost_can_be_asked_for_again(city: RunningCity) -> None:
    citizen = await city.sign_in()
    first = (await refreshed(city, citizen)).raise_for_status().json()
    second = (await refreshed(city, citizen)).raise_for_status().json()
    assert first["refresh_token"] == second["refresh_token"]
    assert await works(city, second["access_token"])


async def test_a_refresh_token_used_after_its_successor_ends_the_session(city: RunningCity) -> None:
    """One of the two users is a thief, and nobody can tell which."""
    citizen = await city.sign_in()
    second = (await refreshed(city, citizen)).json()["refresh_token"]
    third = (await refreshed(city, citizen, second)).raise_for_status().json()
    problem(await refreshed(city, citizen), 401, "identity.refresh_refused", citizen.refresh_token)
    problem(await refreshed(city, citizen, third["refresh_token"]), 401, "identity.refresh_refused")
    assert not await works(city, third["access_token"])
    assert not await works(city, citizen.access_token)


async def test_refresh_tokens_that_are_not_this_devices_are_refused_and_cost_the_owner_nothing(
    city: RunningCity,
) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    session, generation, digest = citizen.refresh_token.split(".")
    forged = [
        f"{session}.{generation}.{digest[:-1]}{'A' if digest[-1] != 'A' else 'B'}",
        f"{session}.2.{digest}",
        f"{session}.0.{digest}",
        f"{session}.01.{digest}",
        f"{session}.-1.{digest}",
        f"{session}.999999999999.{digest}",
        f"{other.refresh_token.split('.')[0]}.{generation}.{digest}",
        f"{session.lower()}.{generation}.{digest}",
        f"{session}.{generation}",
        f"{citizen.refresh_token}.",
        citizen.access_token,
        "..",
        "x",
    ]
    async with unchanged(city, citizen, other):
        for token in forged:
            problem(await refreshed(city, citizen, token), 401, "identity.refresh_refused", token)
        stolen = {"refresh_token": citizen.refresh_token, "device_id": other.device_id}
        problem(await city.client.post(REFRESH, json=stolen), 401, "identity.refresh_refused", citizen.refresh_token)
    assert (await refreshed(city, citizen)).status_code == 200


# --- seeing and ending ---


async def test_a_citizen_sees_every_sign_in_and_which_one_this_is(city: RunningCity) -> None:
    citizen = await city.sign_in()
    other = await again(city, citizen)
    sessions = await listed(city, other)
    assert [(session["device_name"], session["current"]) for session in sessions] == [("平板 📱", True), ("", False)]
    assert all(session["created_at"].endswith("+08:00") for session in sessions)
    whole = str(sessions)
    assert citizen.device_id not in whole
    assert citizen.refresh_token.partition(".")[2] not in whole


async def test_signing_out_counts_from_that_moment_and_here_only(city: RunningCity) -> None:
    citizen = await city.sign_in()
    other = await again(city, citizen)
    answer = await city.client.delete(f"{SESSIONS}/current", headers=citizen.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await city.client.get("/api/v1/me", headers=citizen.headers), 401, "identity.token_invalid")
    problem(await refreshed(city, citizen), 401, "identity.refresh_refused")
    problem(await city.client.delete(f"{SESSIONS}/current", headers=citizen.headers), 401, "identity.token_invalid")
    assert len(await listed(city, other)) == 1


async def test_a_lost_phone_is_signed_out_from_another(city: RunningCity) -> None:
    lost = await city.sign_in()
    citizen = await again(city, lost)
    (found,) = [session["id"] for session in await listed(city, citizen) if not session["current"]]
    assert (await city.client.delete(f"{SESSIONS}/{found}", headers=citizen.headers)).status_code == 204
    assert not await works(city, lost.access_token)
    problem(await refreshed(city, lost), 401, "identity.refresh_refused")
    answer = await city.client.delete(f"{SESSIONS}/{found}", headers=citizen.headers)
    problem(answer, 404, "identity.session_not_found", found)


async def test_signing_out_everywhere_leaves_no_session(city: RunningCity) -> None:
    first = await city.sign_in()
    second = await again(city, first)
    assert (await city.client.delete(SESSIONS, headers=second.headers)).status_code == 204
    for citizen in (first, second):
        assert not await works(city, citizen.access_token)
        problem(await refreshed(city, citizen), 401, "identity.refresh_refused")


async def test_nobody_ends_somebody_elses_session(city: RunningCity) -> None:
    citizen, other = await city.sign_in(), await city.sign_in()
    (theirs,) = await listed(city, other)
    async with unchanged(city, citizen, other):
        for session_id in (theirs["id"], theirs["id"].lower(), "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
            answer = await city.client.delete(f"{SESSIONS}/{session_id}", headers=citizen.headers)
            problem(answer, 404, "identity.session_not_found", session_id)
    assert (await refreshed(city, other)).status_code == 200
