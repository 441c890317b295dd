"""What the city tells a citizen of, as the app reads it; and levels that are taken back."""

from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem, unchanged
from tests.running_city import RunningCity, SignedIn

MESSAGES = "/api/v1/me/messages"
WITHDRAWALS = "/api/v1/operator/withdrawals"


async def messages(city: RunningCity, citizen: SignedIn, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await city.client.get(MESSAGES + query, headers=citizen.headers)).raise_for_status().json()
    return found


async def on_another_device(city: RunningCity, citizen: SignedIn) -> SignedIn:
    other = await city.sign_in(persona=citizen.person["id"])
    assert other.device_id != citizen.device_id
    return other


async def withdraw(city: RunningCity, **wanted: Any) -> httpx.Response:
    body = {"proof": "phone", "reason": "given_up", **wanted}
    return await city.client.post(WITHDRAWALS, json=body, headers=await city.staff())


async def me(city: RunningCity, citizen: SignedIn) -> dict[str, Any]:
    found: dict[str, Any] = (await city.client.get("/api/v1/me", headers=citizen.headers)).raise_for_status().json()
    return found


async def refresh(city: RunningCity, citizen: SignedIn) -> None:
    wanted = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    pair = (await city.client.post("/api/v1/sessions/refresh", json=wanted)).raise_for_status().json()
    citizen.access_token, citizen.refresh_token = pair["access_token"], pair["refresh_token"]


async def test_a_sign_in_on_a_new_device_is_told_in_both_languages_and_read(city: RunningCity) -> None:
    citizen = await city.sign_in()
    assert await messages(city, citizen) == {"items": [], "after": None, "unread": 0}
    other = await on_another_device(city, citizen)
    page = await messages(city, citizen)
    (told,) = page["items"]
    assert (told["kind"], told["title"]["zh"], told["read_at"], page["unread"]) == (
        "identity.new_device", "新设备登录", None, 1,
    )  # fmt: skip
    assert told["title"]["en"] == "Signed in on a new device"
    sessions = (await city.client.get("/api/v1/sessions", headers=other.headers)).json()["items"]
    assert told["about"] == next(session["id"] for session in sessions if session["current"])
    read = await city.client.post(f"{MESSAGES}/read", json={"ids": [told["id"], "another"]}, headers=citizen.headers)
    assert read.json() == {"unread": 0}
    (seen,) = (await messages(city, citizen))["items"]
    assert seen["read_at"].endswith("+08:00")


async def test_messages_come_in_pages(city: RunningCity) -> None:
    citizen = await city.sign_in()
    for _ in range(3):
        await on_another_device(city, citizen)
    first = await messages(city, citizen, "?limit=2")
    rest = await messages(city, citizen, f"?limit=2&after={first['after']}")
    assert ([len(page["items"]) for page in (first, rest)], rest["after"], first["unread"]) == ([2, 1], None, 3)
    assert len({item["id"] for page in (first, rest) for item in page["items"]}) == 3


async def test_nobody_marks_somebody_elses_messages(city: RunningCity) -> None:
    citizen, stranger = await city.sign_in(), await city.sign_in()
    await on_another_device(city, citizen)
    (told,) = (await messages(city, citizen))["items"]
    async with unchanged(city, citizen):
        read = await city.client.post(f"{MESSAGES}/read", json={"ids": [told["id"]]}, headers=stranger.headers)
        assert read.json() == {"unread": 0}
    assert (await messages(city, citizen))["unread"] == 1


async def test_a_copied_refresh_token_is_told_to_its_owner(city: RunningCity) -> None:
    citizen = await city.sign_in()
    copied = SignedIn(citizen.person, citizen.device_id, citizen.access_token, citizen.refresh_token)
    await refresh(city, citizen)
    await refresh(city, citizen)
    wanted = {"refresh_token": copied.refresh_token, "device_id": copied.device_id}
    problem(await city.client.post("/api/v1/sessions/refresh", json=wanted), 401, "identity.refresh_refused")
    again = await on_another_device(city, citizen)
    assert [item["kind"] for item in (await messages(city, again))["items"]] == [
        "identity.new_device", "identity.token_reused",
    ]  # fmt: skip


@pytest.mark.parametrize(("proof", "level"), [("phone", 0), ("real_name", 1)])
async def test_a_proof_that_is_withdrawn_counts_no_more_with_the_next_request(
    city: RunningCity, proof: str, level: int
) -> None:
    citizen = await city.sign_in(2)
    account = (await me(city, citizen))["id"]
    answer = await withdraw(city, proof=proof, reason="misuse", account_id=account)
    assert (answer.status_code, answer.json()) == (200, {"lowered": 1})
    problem(await city.client.get("/api/v1/me", headers=citizen.headers), 401, "identity.token_expired")
    await refresh(city, citizen)
    mine = await me(city, citizen)
    assert (mine["assurance"], [one["level"] for one in mine["proofs"]]) == (level, list(range(level + 1)))
    assert (await messages(city, citizen))["items"][0]["kind"] == f"identity.{proof}_withdrawn"
    again = await withdraw(city, proof=proof, reason="misuse", account_id=account)
    problem(again, 404, "identity.proof_not_held")


async def test_a_number_that_was_given_up_is_withdrawn_wherever_it_is_and_nobody_is_named(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    person = citizen.person
    answer = await withdraw(city, phone=person["phone"])
    assert answer.json() == {"lowered": 1}
    await refresh(city, citizen)
    mine = await me(city, citizen)
    assert (mine["assurance"], mine["phone"]) == (0, None)
    lowered = await withdraw(city, proof="real_name", reason="authority", id_number=person["id_number"])
    assert lowered.json() == {"lowered": 1}


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"account_id": "a", "phone": "13900000000"},
        {"account_id": "a", "proof": "wechat"},
        {"account_id": "a", "reason": "I like it"},
        {"account_id": "a b"},
        {"account_id": None, "id_number": None},
    ],
)
async def test_a_withdrawal_says_whose_and_why(city: RunningCity, wanted: dict[str, Any]) -> None:
    problem(await withdraw(city, **wanted), 422, "request.invalid")
