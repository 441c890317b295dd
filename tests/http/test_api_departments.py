"""Departments that decline, that fail, and a withdrawal that happens once."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem, unchanged
from tests.http.api_services import FUND, SOCIAL, agree, block, card_figures, department, new_key, use, with_face
from tests.running_city import RunningCity, SignedIn

CODES: dict[str, tuple[int, str, str]] = {
    "down": (503, "card.upstream_unavailable", "broken"),
    "error": (503, "card.upstream_unavailable", "status"),
    "busy": (503, "card.upstream_unavailable", "status"),
    "rate_limited": (503, "card.upstream_unavailable", "throttled"),
    "garbage": (502, "card.upstream_invalid", "media_type"),
    "misshapen": (502, "card.upstream_invalid", "schema"),
}


def withdrawal(**other: Any) -> dict[str, Any]:
    return {"purpose": "rent", "amount": 100.5, "bank_account": "6222020000000000001", **other}


async def take(city: RunningCity, citizen: SignedIn, key: str, **other: Any) -> httpx.Response:
    return await use(city, citizen, FUND, "withdraw", withdrawal(**other), key=key)


async def balance(city: RunningCity, citizen: SignedIn) -> int:
    """In fen."""
    shown = block(await use(city, citizen, FUND, "balance"), "summary")["value"]
    return round(float(shown.replace(",", "")) * 100)


async def saver(city: RunningCity) -> SignedIn:
    """A resident with money in the housing fund, as every second one has."""
    while True:
        citizen = await with_face(city)
        await agree(city, citizen, FUND)
        shown = (await use(city, citizen, FUND, "balance")).json()["view"]
        if shown[0]["block"] == "summary" and await balance(city, citizen) > 1_000_000:
            return citizen


# --- a department that fails ---


@pytest.mark.parametrize("mode", list(CODES))
async def test_a_department_that_fails_is_that_cards_failure_and_costs_nothing(city: RunningCity, mode: str) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL, FUND)
    before = await card_figures(city, SOCIAL)
    async with department(city, "social_security", mode):
        status, code, reason = CODES[mode]
        answer = await use(city, citizen, SOCIAL, "accounts")
        assert problem(answer, status, code, citizen.person["id_number"])["reason"] == reason
        assert (await use(city, citizen, FUND, "balance")).status_code == 200, "other cards are not affected"
    after = await card_figures(city, SOCIAL)
    assert after["quota_left"] == before["quota_left"]
    assert after["uses"]["failed"] == before["uses"]["failed"] + 1
    assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 200


async def test_what_a_department_received_is_on_record_even_if_it_did_not_answer(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    async with department(city, "social_security", "error"):
        answer = await use(city, citizen, SOCIAL, "accounts")
    log = (await city.client.get("/api/v1/me/access_log", headers=citizen.headers)).json()["items"]
    assert [entry["request_id"] for entry in log] == [answer.headers["X-Request-Id"]]


# --- a withdrawal ---


async def test_a_withdrawal_is_received_and_the_balance_shows_it(city: RunningCity) -> None:
    citizen = await saver(city)
    before = await balance(city, citizen)
    answer = await take(city, citizen, new_key())
    items = {item["label"]: item["value"] for item in block(answer, "fields")["items"]}
    assert items["提取金额"] == "¥100.50"
    assert items["受理编号"]
    assert await balance(city, citizen) == before - 10_050
    assert "6222020000000000001" not in answer.text


async def test_a_withdrawal_sent_again_happens_once(city: RunningCity) -> None:
    citizen, key = await saver(city), new_key()
    before = await balance(city, citizen)
    first = await take(city, citizen, key)
    again = await take(city, citizen, key)
    assert (first.json()["earlier"], again.json()["earlier"]) == (False, True)
    assert again.json()["view"] == first.json()["view"]
    assert await balance(city, citizen) == before - 10_050
    problem(await take(city, citizen, key, amount=200), 422, "idempotency.key_reused", key)
    assert await balance(city, citizen) == before - 10_050


async def test_a_withdrawal_sent_many_times_at_once_happens_once(city: RunningCity) -> None:
    citizen, key = await saver(city), new_key()
    before = await balance(city, citizen)
    answers = await asyncio.gather(*(take(city, citizen, key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({str(answer.json()["view"]) for answer in answers}) == 1
    assert await balance(city, citizen) == before - 10_050


async def test_a_withdrawal_while_the_department_is_away_can_be_sent_again_with_its_key(city: RunningCity) -> None:
    citizen, key = await saver(city), new_key()
    before = await balance(city, citizen)
    async with department(city, "housing_fund", "down"):
        problem(await take(city, citizen, key), 503, "card.upstream_unavailable", "6222020000000000001")
    assert (await take(city, citizen, key)).status_code == 200
    assert await balance(city, citizen) == before - 10_050


async def test_a_key_is_its_citizens_own(city: RunningCity) -> None:
    citizen, other, key = await saver(city), await with_face(city), new_key()
    first = await take(city, citizen, key)
    assert first.status_code == 200
    async with unchanged(city, other):
        problem(await take(city, other, key), 403, "identity.consent_needed")


async def test_a_withdrawal_needs_a_key_of_its_own(city: RunningCity) -> None:
    citizen = await saver(city)
    async with unchanged(city, citizen):
        answer = await use(city, citizen, FUND, "withdraw", withdrawal())
        problem(answer, 400, "idempotency.key_required", "6222020000000000001")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"amount": 0}, "/amount"), ({"amount": -1}, "/amount"), ({"amount": 0.001}, "/amount"),
    ({"amount": 10_000_000.01}, "/amount"), ({"amount": "100"}, "/amount"), ({"amount": None}, "/amount"),
    ({"amount": 1e-300}, "/amount"), ({"amount": 1e300}, "/amount"), ({"amount": True}, "/amount"),
    ({"purpose": "lottery"}, "/purpose"), ({"purpose": ""}, "/purpose"), ({"purpose": "rent "}, "/purpose"),
    ({"bank_account": "622202000"}, "/bank_account"), ({"bank_account": "6" * 33}, "/bank_account"),
    ({"bank_account": "６２２２０２００００００００１"}, "/bank_account"),
    ({"bank_account": 6222020000000001}, "/bank_account"),
    ({"bank_account": "6222020000000001\n"}, "/bank_account"), ({"bank_account": "6222020😀0000001"}, "/bank_account"),
    ({"iban": "GB00"}, ""),
]  # fmt: skip


async def test_a_withdrawal_that_cannot_be_meant_reaches_nobody(city: RunningCity) -> None:
    citizen = await saver(city)
    before = await balance(city, citizen)
    async with unchanged(city, citizen):
        for other, pointer in WRONG:
            answer = await take(city, citizen, new_key(), **other)
            sent = [value for value in other.values() if isinstance(value, str) and len(value) > 8]
            errors = problem(answer, 422, "card.input_invalid", *sent)["errors"]
            assert {error["pointer"] for error in errors} == {pointer}, other
    assert await balance(city, citizen) == before


async def test_what_the_department_declines_is_told_in_its_words_and_can_be_sent_anew(city: RunningCity) -> None:
    citizen, key = await saver(city), new_key()
    before = await balance(city, citizen)
    body = problem(await take(city, citizen, key, amount=9_999_999), 422, "card.refused")
    assert (body["reason"], body["message"]) == ("insufficient_balance", "提取金额超过账户余额")
    assert await balance(city, citizen) == before
    assert (await take(city, citizen, new_key(), amount=1)).status_code == 200
