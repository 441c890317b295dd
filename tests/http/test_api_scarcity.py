"""Where there is not enough for all: places, uses, requests, and departments' patience. In a city of its own."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from tornado.ioloop import IOLoop

from tests.http.api_answers import problem, unchanged
from tests.http.api_narrow_city import (
    CROWDED,
    FRAGILE,
    HASTY,
    HEAVY,
    PLACES,
    READS,
    SIGN_INS,
    THRICE,
    TWICE,
    WRITES,
    narrow_city,
)
from tests.http.api_places import as_companion, booked, bookings, cancel, left, park_slot, reserve, shown
from tests.http.api_services import FUND, PARKS, SOCIAL, agree, card_figures, department, use
from tests.running_city import RunningCity, SignedIn

SMALL_PARK, SMALL_DAY = "jiaxiulou", "wenchangge"
"""One has ten places in a slot, the other three in a day."""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    loop, stack = IOLoop.current(), AsyncExitStack()
    yield loop.run_sync(lambda: stack.enter_async_context(narrow_city(tmp_path_factory.mktemp("narrow"))))
    loop.run_sync(stack.aclose)


async def crowd(city: RunningCity, size: int) -> list[SignedIn]:
    return list(await asyncio.gather(*(city.sign_in(2) for _ in range(size))))


def codes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("ok" if answer.status_code < 300 else str(answer.json()["code"]) for answer in answers)


# --- places ---


async def test_fifty_citizens_rush_ten_places_and_ten_get_one(narrow: RunningCity) -> None:
    slot = await park_slot(narrow, resource_id=SMALL_PARK)
    citizens = await crowd(narrow, 50)
    answers = list(await asyncio.gather(*(reserve(narrow, citizen, slot) for citizen in citizens)))
    assert codes(answers) == {"ok": PLACES, "booking.full": 50 - PLACES}
    seen = await shown(narrow, slot)
    assert (seen["state"], seen["places"], seen["places_left"]) == ("full", PLACES, 0)
    winners = []
    for citizen, answer in zip(citizens, answers, strict=True):
        listed = [one["id"] for one in await bookings(narrow, citizen)]
        assert listed == ([answer.json()["id"]] if answer.status_code == 201 else [])
        if answer.status_code == 201:
            winners.append((citizen, answer.json()["id"]))
        else:
            problem(answer, 409, "booking.full")
    losers = [citizen for citizen in citizens if citizen not in [winner for winner, _ in winners]]
    assert (await cancel(narrow, *winners[0])).status_code == 200
    again = list(await asyncio.gather(*(reserve(narrow, citizen, slot) for citizen in losers)))
    assert codes(again) == {"ok": 1, "booking.full": len(losers) - 1}, "a place that came back is had once"


async def test_a_party_comes_in_as_a_whole_or_not_at_all(narrow: RunningCity) -> None:
    slot = await park_slot(narrow, resource_id=SMALL_PARK, hour=14)
    hosts = await crowd(narrow, 5)
    parties = [[as_companion(await narrow.person()) for _ in range(3)] for _ in hosts]
    rush = (reserve(narrow, host, slot, party) for host, party in zip(hosts, parties, strict=True))
    assert codes(list(await asyncio.gather(*rush))) == {"ok": 2, "booking.full": 3}
    assert await left(narrow, slot) == PLACES - 8


async def test_a_day_can_be_full_before_its_slots_are(narrow: RunningCity) -> None:
    morning = await park_slot(narrow, resource_id=SMALL_DAY, days=3, hour=9)
    noon = await park_slot(narrow, resource_id=SMALL_DAY, days=3, hour=12)
    first, second, third = await crowd(narrow, 3)
    await booked(narrow, first, morning, [as_companion(await narrow.person())])
    await booked(narrow, second, noon)
    async with unchanged(narrow, third):
        problem(await reserve(narrow, third, noon), 409, "booking.day_full")
    seen = await shown(narrow, noon)
    assert (seen["state"], seen["places_left"]) == ("full", 0)
    days = await narrow.client.get(f"/api/v1/cards/{PARKS}/resources/{SMALL_DAY}/days?from={noon.day}&count=1")
    assert [(day["state"], day["places_left"]) for day in days.json()["items"]] == [("full", 0)]


async def test_a_party_larger_than_the_whole_slot_is_told_it_is_full(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    slot = await park_slot(narrow, resource_id=SMALL_DAY, days=4, hour=9)
    party = [as_companion(await narrow.person()) for _ in range(3)]
    async with unchanged(narrow, citizen):
        problem(await reserve(narrow, citizen, slot, party), 409, "booking.day_full")


# --- uses ---


async def test_a_citizens_quota_is_the_citizens_own(narrow: RunningCity) -> None:
    citizen, other = await crowd(narrow, 2)
    for one in (citizen, other):
        await agree(narrow, one, TWICE, FUND)
    answers = list(await asyncio.gather(*(use(narrow, citizen, TWICE, "balance") for _ in range(10))))
    assert codes(answers) == {"ok": 2, "card.quota_citizen": 8}
    async with unchanged(narrow, citizen):
        answer = await use(narrow, citizen, TWICE, "balance")
        body = problem(answer, 429, "card.quota_citizen")
        assert (body["limit"], body["period"]) == (2, "day")
        assert int(answer.headers["Retry-After"]) <= 86_400
    assert (await use(narrow, other, TWICE, "balance")).status_code == 200
    assert (await use(narrow, citizen, FUND, "balance")).status_code == 200


async def test_a_cards_quota_is_for_all_together(narrow: RunningCity) -> None:
    citizens = await crowd(narrow, 5)
    for citizen in citizens:
        await agree(narrow, citizen, THRICE)
    async with department(narrow, "housing_fund", "error"):
        problem(await use(narrow, citizens[0], THRICE, "balance"), 503, "card.upstream_unavailable")
    assert (await card_figures(narrow, THRICE))["quota_left"] == 3, "a failure of the department costs nobody a use"
    answers = list(await asyncio.gather(*(use(narrow, citizen, THRICE, "balance") for citizen in citizens)))
    assert codes(answers) == {"ok": 3, "card.quota_card": 2}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert problem(refused, 429, "card.quota_card")["period"] == "day"
    assert (await card_figures(narrow, THRICE))["quota_left"] == 0


# --- departments' patience ---


async def test_a_slow_department_is_given_up_in_time_and_slows_nobody_else(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    await agree(narrow, citizen, HASTY, SOCIAL)
    async with department(narrow, "housing_fund", "slow"):
        slow = asyncio.create_task(use(narrow, citizen, HASTY, "balance"))
        assert (await use(narrow, citizen, SOCIAL, "accounts")).status_code == 200
        assert not slow.done()
        assert problem(await slow, 503, "card.upstream_unavailable")["reason"] == "timeout"


async def test_a_department_that_keeps_failing_is_left_alone_for_a_while(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    await agree(narrow, citizen, FRAGILE, FUND)
    async with department(narrow, "housing_fund", "error"):
        answers = list(await asyncio.gather(*(use(narrow, citizen, FRAGILE, "balance") for _ in range(25))))
        assert {answer.status_code for answer in answers} == {503}
    answer = await use(narrow, citizen, FRAGILE, "balance")
    assert problem(answer, 503, "card.upstream_unavailable")["reason"] == "open"
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert (await use(narrow, citizen, FUND, "balance")).status_code == 200, "another card of the same department works"


async def test_more_calls_than_a_department_takes_at_once_are_told_to_come_again(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    await agree(narrow, citizen, CROWDED)
    async with department(narrow, "housing_fund", "slow"):
        answers = list(await asyncio.gather(*(use(narrow, citizen, CROWDED, "balance") for _ in range(4))))
    assert codes(answers) == {"card.upstream_unavailable": 1, "card.busy": 3}
    problem(next(answer for answer in answers if answer.json()["code"] == "card.busy"), 503, "card.busy")


# --- requests ---


async def after(city: RunningCity, limit: int, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """The answer that follows as many as the limit allows."""
    answers = [await city.client.request(method, path, headers=headers, json={}) for _ in range(limit + 1)]
    assert 429 not in {answer.status_code for answer in answers[: limit // 2]}
    return answers[-1]


def told_to_wait(answer: httpx.Response, rate_class: str) -> None:
    problem(answer, 429, "request.rate_limited")
    wait = answer.headers["Retry-After"]
    assert answer.headers["RateLimit"] == f'"{rate_class}";r=0;t={wait}'
    assert 1 <= int(wait) <= 600


async def test_who_reads_too_much_waits_and_can_still_write(narrow: RunningCity) -> None:
    citizen, other = await crowd(narrow, 2)
    told_to_wait(await after(narrow, READS, "GET", "/api/v1/me", citizen.headers), "read")
    moved = {**citizen.headers, "X-Forwarded-For": "203.0.113.9"}
    told_to_wait(await narrow.client.get("/api/v1/me", headers=moved), "read")
    assert (await narrow.client.get("/api/v1/me", headers=other.headers)).status_code == 200
    answer = await narrow.client.post(
        "/api/v1/consents", json={"card_id": FUND, "separate": ["id_number"]}, headers=citizen.headers
    )
    assert answer.status_code == 201


async def test_what_is_written_too_often_is_not_written(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    told_to_wait(await after(narrow, WRITES, "POST", "/api/v1/bookings", citizen.headers), "write")
    slot = await park_slot(narrow)
    before = await left(narrow, slot)
    async with unchanged(narrow, citizen):
        told_to_wait(await reserve(narrow, citizen, slot), "write")
    assert await left(narrow, slot) == before


async def test_faces_are_shown_seldom(narrow: RunningCity) -> None:
    (citizen,) = await crowd(narrow, 1)
    path = "/api/v1/identity/face/verifications"
    told_to_wait(await after(narrow, HEAVY, "POST", path, citizen.headers), "heavy")


async def test_strangers_are_counted_by_the_address_that_the_proxy_saw(narrow: RunningCity) -> None:
    """What a client writes into the headers itself moves nothing: neither another address before the proxy's entry,
    nor a header that no proxy here writes."""
    seen = {"X-Forwarded-For": "203.0.113.5"}
    told_to_wait(await after(narrow, SIGN_INS, "POST", "/api/v1/sessions", seen), "sign_in")
    for pretended in ("198.51.100.1, 203.0.113.5", "127.0.0.1, 203.0.113.5", "nonsense, 203.0.113.5"):
        headers = {"X-Forwarded-For": pretended, "X-Real-Ip": "198.51.100.1", "Forwarded": "for=198.51.100.1"}
        told_to_wait(await narrow.client.post("/api/v1/sessions", json={}, headers=headers), "sign_in")
    elsewhere = {"X-Forwarded-For": "203.0.113.5, 203.0.113.6"}
    problem(await narrow.client.post("/api/v1/sessions", json={}, headers=elsewhere), 422, "request.invalid")


async def test_who_fails_to_prove_something_waits_and_the_number_asked_about_does_not(narrow: RunningCity) -> None:
    guesser, holder = await narrow.sign_in(1), await narrow.sign_in(1)
    theirs = holder.person["id_number"]
    path, wrong = "/api/v1/identity/real_name", {"name": guesser.person["name"], "id_number": theirs}
    for _ in range(2):
        answer = await narrow.client.post(path, json=wrong, headers=guesser.headers)
        problem(answer, 422, "identity.real_name.mismatch", theirs)
    own = {"name": guesser.person["name"], "id_number": guesser.person["id_number"]}
    locked = await narrow.client.post(path, json=own, headers=guesser.headers)
    problem(locked, 429, "identity.proof_locked", guesser.person["id_number"])
    assert 0 < int(locked.headers["Retry-After"]) <= 601
    right = {"name": holder.person["name"], "id_number": theirs}
    assert (await narrow.client.post(path, json=right, headers=holder.headers)).status_code == 200
    told = (await narrow.client.get("/api/v1/me/messages", headers=guesser.headers)).json()["items"]
    assert [item["kind"] for item in told] == ["identity.proof_locked"]
