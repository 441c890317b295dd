"""The operators' figures: exact after what is known to have happened, and closed to everybody else."""

from typing import Any

import pytest

from tests.http.api_answers import problem
from tests.http.api_places import booked, city_time, park_slot, reserve
from tests.http.api_services import FUND, HALLS, PARKS, SOCIAL, UNITS, agree, card_figures, department, new_key, use
from tests.running_city import RunningCity

FIGURES, CARDS = "/api/v1/operator/figures", "/api/v1/operator/cards"


async def figures(city: RunningCity) -> dict[str, Any]:
    answer = await city.client.get(FIGURES, headers=await city.staff())
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def risen(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in ("dau", "mau", "new_visitors", "citizens_ever")}


async def test_each_citizen_counts_once_a_day_however_often_they_come(city: RunningCity) -> None:
    before = await figures(city)
    for _ in range(3):
        citizen = await city.sign_in(1)
        for _ in range(3):
            await city.client.get("/api/v1/me", headers=citizen.headers)
    after = await figures(city)
    assert risen(before, after) == {"dau": 3, "mau": 3, "new_visitors": 3, "citizens_ever": 3}
    assert after["uses"] == before["uses"]
    await city.sign_in(1, persona=citizen.person["id"])
    assert risen(after, await figures(city)) == {"dau": 0, "mau": 0, "new_visitors": 0, "citizens_ever": 0}


async def test_who_is_not_let_in_is_not_counted(city: RunningCity) -> None:
    before = await figures(city)
    await city.client.get("/api/v1/me")
    await city.client.get("/api/v1/me", headers={"Authorization": "Bearer forged"})
    await city.client.get("/api/v1/cards")
    await city.client.get("/api/v1/me", headers=await city.staff("gate"))
    assert risen(before, await figures(city)) == {"dau": 0, "mau": 0, "new_visitors": 0, "citizens_ever": 0}


async def test_uses_are_counted_by_card_and_by_how_they_ended(city: RunningCity) -> None:
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    before, whole_before = await card_figures(city, SOCIAL), await figures(city)
    assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 200
    assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 200
    assert (await use(city, other, SOCIAL, "accounts")).status_code == 403
    assert (await use(city, citizen, SOCIAL, "contributions", {})).status_code == 422
    async with department(city, "social_security", "error"):
        assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 503
    after, whole_after = await card_figures(city, SOCIAL), await figures(city)
    added = {name: after["uses"][name] - before["uses"][name] for name in after["uses"]}
    assert added == {"ok": 2, "refused": 2, "failed": 1, "all": 5}
    assert {name: whole_after["uses"][name] - whole_before["uses"][name] for name in added} == added
    assert after["citizens"] == before["citizens"] + 2
    assert after["quota_left"] == before["quota_left"] - 2, "what did not come to an answer is given back"
    assert sum(whole_after["hourly_uses"]) == whole_after["uses"]["all"]
    assert len(whole_after["hourly_uses"]) == 24


async def test_bookings_count_once_with_their_retries(city: RunningCity) -> None:
    citizen, slot, key = await city.sign_in(2), await park_slot(city, hour=14), new_key()
    before = await card_figures(city, PARKS)
    assert (await reserve(city, citizen, slot, key=key)).status_code == 201
    assert (await reserve(city, citizen, slot, key=key)).status_code == 201
    assert (await reserve(city, citizen, slot)).status_code == 409
    await booked(city, citizen, await park_slot(city, days=4))
    after = await card_figures(city, PARKS)
    added = {name: after["uses"][name] - before["uses"][name] for name in after["uses"]}
    assert added == {"ok": 2, "refused": 1, "failed": 0, "all": 3}
    assert after["quota_left"] is None


async def test_every_card_is_on_the_list_with_its_quota(city: RunningCity) -> None:
    answer = await city.client.get(CARDS, headers=await city.staff("auditor"))
    quotas = {card["card_id"]: card["quota"] for card in answer.json()["items"]}
    assert quotas == {SOCIAL: 500_000, FUND: 500_000, HALLS: None, PARKS: None, UNITS: 100_000}


async def test_another_day_has_its_own_figures(city: RunningCity) -> None:
    await city.sign_in(1)
    for path, name in ((FIGURES, "dau"), (CARDS, "items")):
        answer = (await city.client.get(f"{path}?day=2020-02-29", headers=await city.staff())).json()
        assert answer["day"] == "2020-02-29"
        assert answer[name] == 0 or {card["uses"]["all"] for card in answer[name]} == {0}
    today = (await city_time(city)).date().isoformat()
    assert (await figures(city))["day"] == today


@pytest.mark.parametrize("path", [FIGURES, CARDS])
@pytest.mark.parametrize(
    "query",
    ["day=2026-02-30", "day=today", "day=", "day=20261122T00:00", "day=2026-11-22%00", "days=1", "day=0000-01-01"],
)
async def test_a_day_that_is_none_is_refused(city: RunningCity, path: str, query: str) -> None:
    answer = await city.client.get(f"{path}?{query}", headers=await city.staff())
    problem(answer, 422, "request.invalid", query.partition("=")[2])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2999-01-01"])
async def test_the_ends_of_the_calendar_are_days_without_figures(city: RunningCity, day: str) -> None:
    answer = await city.client.get(f"{FIGURES}?day={day}", headers=await city.staff())
    assert answer.status_code == 200, answer.text
    assert answer.json()["dau"] == 0
