"""The signed systems: who may call, what they answer, and what becomes of a withdrawal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.enterprises import credit_code
from sandbox.personas import PERSONAS
from tests.sandbox_world import World, number, world

SECURITY, FUND = "/departments/social_security", "/departments/housing_fund"
SIGNED: dict[str, dict[str, object]] = {
    "/authority/verify": {"name": "林悦", "id_number": PERSONAS[0].id_number},
    "/authority/photo": {"id_number": PERSONAS[0].id_number},
    "/authority/guardian": {"guardian_id_number": PERSONAS[0].id_number, "minor_id_number": PERSONAS[3].id_number},
    "/enterprises/check": {"credit_code": credit_code("MB000001"), "id_number": PERSONAS[0].id_number},
    f"{SECURITY}/enterprises/query": {"credit_code": credit_code("MB000001")},
    f"{SECURITY}/accounts/query": {"id_number": PERSONAS[0].id_number},
    f"{SECURITY}/contributions/query": {"id_number": PERSONAS[0].id_number, "kind": "pension", "year": 2026},
    f"{FUND}/accounts/query": {"id_number": PERSONAS[0].id_number},
    f"{FUND}/withdrawals": {
        "id_number": PERSONAS[0].id_number,
        "purpose": "rent",
        "amount": 100,
        "bank_account": "6222000000000000018",
    },
}
MINOR = next(person for person in PERSONAS if person.id == "lin_xiaoyu")


def body(path: str) -> bytes:
    return json.dumps(SIGNED[path]).encode()


# --- signatures ---


@pytest.mark.parametrize("path", SIGNED)
async def test_an_unsigned_call_is_refused(path: str) -> None:
    async with world() as city:
        answer = await city.client.post(path, content=body(path))
        assert (answer.status_code, answer.json()["error"]) == (401, "signature_missing")


async def refusal(city: World, path: str, content: bytes, headers: dict[str, str]) -> tuple[int, str]:
    answer = await city.client.post(path, content=content, headers=headers)
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.parametrize("path", [path for path in SIGNED if path != "/authority/photo"])
async def test_a_signature_covers_method_path_query_and_body_and_works_once(path: str) -> None:
    async with world() as city:
        content = body(path)
        right = city.signature(path, content)
        assert await refusal(city, path, content + b" ", right) == (401, "signature_wrong")
        assert await refusal(city, f"{path}?x=1", content, right) == (401, "signature_wrong")
        assert await refusal(city, path, content, city.signature(path, content, "PUT")) == (401, "signature_wrong")
        other_secret = city.signature(path, content, secret="other")
        assert await refusal(city, path, content, other_secret) == (401, "signature_wrong")
        assert (await city.client.post(path, content=content, headers=right)).status_code == 200
        assert await refusal(city, path, content, right) == (401, "nonce_replayed")


async def test_a_query_is_signed_too() -> None:
    async with world() as city:
        path = f"{SECURITY}/accounts/query"
        content, target = body(path), f"{path}?a=%E4%B8%AD"
        signed = city.signature(target, content)
        assert (await city.client.post(target, content=content, headers=signed)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"X-City-Key-Id": "other"}, "unknown_key"),
        ({"X-City-Key-Id": ""}, "signature_missing"),
        ({"X-City-Timestamp": "yesterday"}, "clock_skew"),
        ({"X-City-Timestamp": "9" * 40}, "clock_skew"),
        ({"X-City-Timestamp": "-1"}, "clock_skew"),
        ({"X-City-Nonce": "short"}, "signature_missing"),
        ({"X-City-Nonce": "n" * 129}, "signature_missing"),
        ({"X-City-Nonce": "another-nonce"}, "signature_wrong"),
        ({"X-City-Signature": "0" * 64}, "signature_wrong"),
        ({"X-City-Signature": ""}, "signature_missing"),
    ],
)
async def test_a_signature_with_something_wrong_is_refused(changed: dict[str, str], error: str) -> None:
    async with world() as city:
        path = f"{FUND}/accounts/query"
        content = body(path)
        assert await refusal(city, path, content, city.signature(path, content) | changed) == (401, error)


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (301, 401), (-300, 200), (-301, 401)])
async def test_the_clocks_may_be_five_minutes_apart(seconds: int, status: int) -> None:
    async with world() as city:
        path = f"{FUND}/accounts/query"
        headers = city.signature(path, body(path))
        city.later(seconds=seconds)
        assert (await city.client.post(path, content=body(path), headers=headers)).status_code == status


async def test_a_replayed_nonce_is_refused_as_long_as_its_timestamp_would_do() -> None:
    async with world() as city:
        path = f"{FUND}/accounts/query"
        city.later(seconds=300)
        ahead = city.signature(path, body(path))
        city.later(seconds=-300)
        assert (await city.client.post(path, content=body(path), headers=ahead)).status_code == 200
        city.later(seconds=600)
        assert await refusal(city, path, body(path), ahead) == (401, "nonce_replayed")


# --- the population authority ---


async def test_the_authority_matches_names_and_numbers() -> None:
    async with world() as city:
        for person in PERSONAS:
            result = await city.asked("/authority/verify", {"name": person.name, "id_number": person.id_number})
            assert result == {"result": "match" if person.known_to_authority else "not_found"}
            result = await city.asked("/authority/verify", {"name": "某某", "id_number": person.id_number})
            assert result == {"result": "mismatch" if person.known_to_authority else "not_found"}


async def test_anybody_with_a_lawful_number_is_known_by_the_name_the_test_control_tells() -> None:
    async with world() as city:
        stranger = number("11010519491231002")
        told = (await city.client.get(f"/population/{stranger}")).json()
        assert told["birth_date"] == "1949-12-31"
        assert told["sex"] == "female"
        asked = {"name": told["name"], "id_number": stranger}
        assert await city.asked("/authority/verify", asked) == {"result": "match"}


@pytest.mark.parametrize("wrong", ["110105194912310020", "x", "11010519490231002X", "😀", number("52010029990101001")])
async def test_numbers_of_nobody_are_not_found(wrong: str) -> None:
    async with world() as city:
        assert await city.asked("/authority/verify", {"name": "某某", "id_number": wrong}) == {"result": "not_found"}
        assert (await city.signed("/authority/photo", {"id_number": wrong})).json() == {"error": "not_found"}
        assert (await city.client.get(f"/population/{wrong}")).status_code == 404


# --- departments ---


async def test_everybody_has_data_and_the_same_tomorrow() -> None:
    async with world() as city:
        asked = {"id_number": number("11010519851231001")}
        first = [await city.asked(f"{path}/accounts/query", asked) for path in (SECURITY, FUND)]
        city.later(days=1)
        assert [await city.asked(f"{path}/accounts/query", asked) for path in (SECURITY, FUND)] == first


async def test_a_balance_is_the_sum_of_its_entries_in_the_answer_too() -> None:
    async with world() as city:
        for person in PERSONAS:
            account = await city.asked(f"{FUND}/accounts/query", {"id_number": person.id_number})
            assert account["balance"] == pytest.approx(sum(entry["amount"] for entry in account["entries"]))
            assert not account["entries"] or account["entries"][0]["balance"] == account["balance"]


@pytest.mark.parametrize("path", [f"{SECURITY}/accounts/query", f"{SECURITY}/contributions/query",
                                  f"{FUND}/accounts/query", f"{FUND}/withdrawals"])  # fmt: skip
async def test_a_number_with_a_wrong_check_digit_is_refused(path: str) -> None:
    async with world() as city:
        answer = await city.signed(path, SIGNED[path] | {"id_number": "110105194912310020"})
        assert (answer.status_code, answer.json()) == (422, {"error": "invalid_id_number"})


async def test_a_year_without_records_is_empty() -> None:
    async with world() as city:
        for year in (1950, 2013, 2027, 2100):
            asked = {"id_number": PERSONAS[0].id_number, "kind": "medical", "year": year}
            answer = await city.asked(f"{SECURITY}/contributions/query", asked)
            assert answer == {"kind": "medical", "year": year, "records": [], "total_personal": 0.0}


# --- withdrawals ---


def withdrawal(amount: float, changed: dict[str, object] | None = None) -> dict[str, object]:
    return SIGNED[f"{FUND}/withdrawals"] | {"amount": amount} | (changed or {})


async def balance(city: World) -> float:
    account = await city.asked(f"{FUND}/accounts/query", {"id_number": PERSONAS[0].id_number})
    return float(account["balance"])


async def withdraw(city: World, asked: dict[str, object], key: str | None = None) -> httpx.Response:
    return await city.signed(f"{FUND}/withdrawals", asked, **({"Idempotency-Key": key} if key else {}))


async def test_a_withdrawal_is_taken_off_the_account_and_stands_in_its_entries() -> None:
    async with world() as city:
        before = await balance(city)
        receipt = (await withdraw(city, withdrawal(100.25))).json()
        assert receipt["state"] == "received"
        assert receipt["accepted_at"] == "2026-11-22T12:00:00+08:00"
        assert receipt["amount"] == 100.25
        assert await balance(city) == pytest.approx(before - 100.25)
        account = await city.asked(f"{FUND}/accounts/query", {"id_number": PERSONAS[0].id_number})
        newest = account["entries"][0]
        assert (newest["month"], newest["kind"], newest["amount"]) == ("2026-11", "withdrawal", -100.25)


async def test_a_repeated_request_withdraws_once_and_another_body_under_its_key_is_a_conflict() -> None:
    async with world() as city:
        before = await balance(city)
        answers = await asyncio.gather(*[withdraw(city, withdrawal(100), "one-key") for _ in range(8)])
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["receipt_number"] for answer in answers}) == 1
        conflict = await withdraw(city, withdrawal(101), "one-key")
        assert (conflict.status_code, conflict.json()["error"]) == (409, "idempotency_key_reused")
        other = await withdraw(city, withdrawal(100), "other-key")
        assert other.json()["receipt_number"] != answers[0].json()["receipt_number"]
        assert await balance(city) == pytest.approx(before - 200)


async def test_more_than_there_is_cannot_be_withdrawn_and_all_there_is_can() -> None:
    async with world() as city:
        everything = await balance(city)
        refused = await withdraw(city, withdrawal(round(everything + 0.01, 2)), "key")
        assert (refused.status_code, refused.json()) == (422, {"error": "insufficient_balance"})
        assert (await withdraw(city, withdrawal(everything), "key")).status_code == 200
        assert await balance(city) == 0


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"purpose": "holiday"}, 422, "unknown_purpose"),
        ({"id_number": MINOR.id_number}, 422, "no_account"),
        ({"amount": 0}, 400, "invalid_request"),
        ({"amount": -5}, 400, "invalid_request"),
        ({"amount": 0.001}, 400, "invalid_request"),
        ({"amount": 10.005}, 400, "invalid_request"),
        ({"amount": 1e300}, 400, "invalid_request"),
        ({"amount": "100"}, 400, "invalid_request"),
        ({"amount": True}, 400, "invalid_request"),
        ({"bank_account": "6222"}, 400, "invalid_request"),
        ({"bank_account": "６" * 16}, 400, "invalid_request"),
        ({"bank_account": "6222000000000000018\n"}, 400, "invalid_request"),
        ({"more": 1}, 400, "invalid_request"),
    ],
)
async def test_a_withdrawal_with_something_wrong_changes_nothing(
    changed: dict[str, object], status: int, error: str
) -> None:
    async with world() as city:
        before = await balance(city)
        answer = await withdraw(city, withdrawal(100, changed), "key")
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert await balance(city) == before


@pytest.mark.parametrize("key", ["k" * 129, "two words", "é"])
async def test_an_idempotency_key_of_the_wrong_shape_is_refused(key: str) -> None:
    async with world() as city:
        content = json.dumps(withdrawal(5)).encode()
        path = f"{FUND}/withdrawals"
        headers = [*city.signature(path, content).items(), ("Idempotency-Key", key)]
        encoded = [(name.encode(), value.encode()) for name, value in headers]
        answer = await city.client.post(path, content=content, headers=encoded)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_withdrawals_outlive_the_sandbox_when_it_has_a_directory(tmp_path: Path) -> None:
    async with world(tmp_path) as city:
        before = await balance(city)
        receipt = (await withdraw(city, withdrawal(100), "key")).json()
    async with world(tmp_path) as city:
        assert await balance(city) == pytest.approx(before - 100)
        assert (await withdraw(city, withdrawal(100), "key")).json() == receipt


# --- modes ---


async def test_each_system_fails_in_its_own_way_and_alone() -> None:
    async with world() as city:
        path, asked = f"{FUND}/accounts/query", SIGNED[f"{FUND}/accounts/query"]
        await city.mode("housing_fund", "down")
        with pytest.raises(httpx.RemoteProtocolError):
            await city.signed(path, asked)
        expected: dict[str, tuple[int, Any]] = {
            "error": (500, {"error": "internal_error"}),
            "busy": (503, {"error": "busy"}),
            "rate_limited": (429, {"error": "rate_limited"}),
            "misshapen": (200, {"code": "0", "data": None}),
        }
        for mode, answer in expected.items():
            await city.mode("housing_fund", mode)
            told = await city.signed(path, asked)
            assert (told.status_code, told.json()) == answer
        await city.mode("housing_fund", "garbage")
        told = await city.signed(path, asked)
        assert told.status_code == 200
        with pytest.raises(ValueError):
            told.json()
        assert await city.asked(f"{SECURITY}/accounts/query", asked)
        listed = (await city.client.get("/departments")).json()["departments"]
        assert {one["department"]: one["mode"] for one in listed} == {
            "social_security": "ok",
            "housing_fund": "garbage",
            "authority": "ok",
            "enterprise_registry": "ok",
            "wechat": "ok",
        }
        await city.mode("housing_fund", "ok")
        assert await city.asked(path, asked)


async def test_a_slow_system_answers_after_its_delay_and_holds_up_nobody_else() -> None:
    async with world() as city:
        await city.mode("social_security", "slow", delay_seconds=0.4)
        loop = asyncio.get_running_loop()
        asked = SIGNED[f"{FUND}/accounts/query"]
        began = loop.time()
        slow = asyncio.ensure_future(city.asked(f"{SECURITY}/accounts/query", asked))
        await city.asked(f"{FUND}/accounts/query", asked)
        assert not slow.done()
        assert "accounts" in await slow
        assert loop.time() - began >= 0.4


async def test_the_authority_can_be_busy() -> None:
    async with world() as city:
        await city.mode("authority", "busy")
        told = await city.signed("/authority/verify", SIGNED["/authority/verify"])
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "sleepy"}, {"mode": ""}, {}, {"mode": "slow", "delay_seconds": 0}, {"mode": "slow", "delay_seconds": 61}],
)
async def test_a_mode_that_is_none_is_refused_and_changes_nothing(wrong: dict[str, object]) -> None:
    async with world() as city:
        answer = await city.client.put("/departments/authority/mode", json=wrong)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert await city.asked("/authority/verify", SIGNED["/authority/verify"]) == {"result": "match"}
