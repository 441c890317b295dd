"""The newcomer's second terminal: a citizen's day against the running city, and what the city logged of it."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from tornado.ioloop import IOLoop

from tests.e2e.command_line import Ran, cst
from tests.running_city import RunningCity, log_lines, running_city

WENT_WELL = "✓ The whole day went as it should. 全程顺利。"
EVENT = {"time", "level", "event"}
REQUEST = EVENT | {"request_id", "method", "route", "status", "milliseconds", "role"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """As `./run` starts it, with a face worker; on the loop on which pytest-tornasync runs the tests."""
    loop, stack, folder = IOLoop.current(), AsyncExitStack(), tmp_path_factory.mktemp("city")
    settings = {"face_pool": {"workers": 1}, "limits": {}}
    yield loop.run_sync(lambda: stack.enter_async_context(running_city(folder, settings)))
    loop.run_sync(stack.aclose)


async def tour(city: RunningCity) -> Ran:
    return await cst("tour", "--url", city.url)


async def test_the_tour_goes_well_today_and_again(city: RunningCity) -> None:
    for _ in range(2):
        day = await tour(city)
        assert (day.code, day.err) == (0, ""), day.out
        assert day.out.splitlines()[-1] == WENT_WELL
        lines = [line[:6] for line in day.out.splitlines()]
        assert lines.count("    → ") == lines.count("    ← ") > 30
        assert "\033[" not in day.out


async def test_the_tour_ends_where_the_day_goes_wrong(city: RunningCity) -> None:
    switch = f"{city.outside.base_url}/departments/social_security/mode"
    await set_mode(switch, "down")
    try:
        day = await tour(city)
    finally:
        await set_mode(switch, "ok")
    assert (day.code, day.err) == (1, "")
    question = "POST /api/v1/cards/gy.social_security/operations/accounts"
    assert day.out.splitlines()[-1] == f"✗ {question} answered 503, not 200"


async def set_mode(switch: str, mode: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.put(switch, json={"mode": mode})).raise_for_status()


async def test_the_tour_says_when_there_is_no_city() -> None:
    nowhere, nonsense = await asyncio.gather(
        cst("tour", "--url", "http://127.0.0.1:9"), cst("tour", "--url", "my-city")
    )
    assert (nowhere.code, nowhere.err, nonsense.code, nonsense.err) == (1, "", 1, "")
    said = nowhere.out.splitlines()[-1]
    assert said.startswith("✗ http://127.0.0.1:9: ")
    assert said.endswith("Connection refused; is the city running (./run)?")
    assert nonsense.out.splitlines()[-1].startswith("✗ my-city: ")


async def test_all_it_logs_is_json_with_request_ids_and_without_persons(city: RunningCity) -> None:
    person = await city.person()
    citizen = await city.sign_in(2, person["id"])
    wanted = {"card_id": "gy.social_security", "separate": ["id_number"]}
    (await city.client.post("/api/v1/consents", json=wanted, headers=citizen.headers)).raise_for_status()
    path = "/api/v1/cards/gy.social_security/operations/accounts"
    asked = [
        await city.client.post(path, json={"input": {}}, headers=citizen.headers),
        await city.client.get(f"/api/v1/nowhere/{person['id_number']}"),
        await city.client.post("/api/v1/sessions", content=b"{"),
    ]
    assert [answer.status_code for answer in asked] == [200, 404, 415]
    assert await city.stop() == 0

    lines = log_lines(city)
    assert all(line.keys() >= EVENT for line in lines)
    requests = [line for line in lines if line["event"] == "http.request"]
    assert all(line.keys() == REQUEST for line in requests)
    ids = [line["request_id"] for line in requests]
    assert len(set(ids)) == len(ids)
    assert ids[-3:] == [answer.headers["X-Request-Id"] for answer in asked]
    assert [line["route"] for line in requests[-3:-1]] == ["/api/v1/cards/{card_id}/operations/{operation}", "nowhere"]
    everything = json.dumps(lines, ensure_ascii=False)
    for secret in (person["name"], person["id_number"], person["phone"], citizen.access_token, citizen.refresh_token):
        assert secret not in everything
    assert not re.search(r"(?<![0-9])[1-9][0-9]{16}[0-9X](?![0-9])", everything)
