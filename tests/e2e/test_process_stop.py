"""Stopping: what is in flight is answered, nothing new is taken, and nothing is left behind, however it ends."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.gated_department import gated_department
from tests.e2e.processes import alive, command_of, eventually, family
from tests.running_city import RunningCity, SignedIn, log_lines, running_city

QUERY = "/api/v1/cards/gy.social_security/operations/accounts"
FACES = {"face_pool": {"workers": 1}}


async def consenting_citizen(city: RunningCity) -> SignedIn:
    citizen = await city.sign_in(2)
    agreed = {"card_id": "gy.social_security", "separate": ["id_number"]}
    consent = await city.client.post("/api/v1/consents", json=agreed, headers=citizen.headers)
    assert consent.status_code == 201
    return citizen


def takes_connections(city: RunningCity) -> bool:
    """Whether somebody new is let in."""
    try:
        httpx.get(city.url + "/healthz", trust_env=False, timeout=5)
    except httpx.ConnectError:
        return False
    return True


def beside(city: RunningCity) -> set[int]:
    """The sandbox and the face worker."""
    return {pid for pid in family(city.process.pid) if "-m" in command_of(pid)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_answers_what_is_in_flight_and_takes_nothing_new(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with gated_department() as department:
        async with running_city(tmp_path, {**FACES, "departments": department.settings()}) as city:
            department.behind = str(city.outside.base_url)
            citizen = await consenting_citizen(city)
            children = family(city.process.pid)
            request = asyncio.create_task(city.client.post(QUERY, json={"input": {}}, headers=citizen.headers))
            await department.asked.wait()

            city.process.send_signal(number)
            await eventually(lambda: not takes_connections(city), "new connections are refused")
            assert not request.done()
            department.gate.set()

            answer = await request
            assert (answer.status_code, answer.json()["operation"]) == (200, "accounts")
            assert await city.ended() == 0
            await eventually(lambda: not alive(children), "its processes are gone")
            assert len(children) >= 2
            logged = [line for line in log_lines(city) if line["event"] == "http.request"]
            assert logged[-1]["request_id"] == answer.headers["X-Request-Id"]
        # Everything went into the database file: the log beside it was closed with it.
        assert [path.name for path in city.data.glob("city.db*")] == ["city.db"]


async def test_a_request_that_never_ends_does_not_keep_the_city_from_stopping(tmp_path: Path) -> None:
    async with gated_department() as department:
        settings = {"http": {"port": 0, "stop_seconds": 0.2}, "departments": department.settings()}
        async with running_city(tmp_path, settings) as city:
            department.behind = str(city.outside.base_url)
            citizen = await consenting_citizen(city)
            request = asyncio.create_task(city.client.post(QUERY, json={"input": {}}, headers=citizen.headers))
            await department.asked.wait()
            assert await city.stop() == 0
            with pytest.raises(httpx.TransportError):
                await request


async def test_killed_it_leaves_neither_sandbox_nor_face_worker_behind(tmp_path: Path) -> None:
    async with running_city(tmp_path, FACES) as city:
        await eventually(lambda: len(beside(city)) == 2, "a sandbox and a face worker")
        children = family(city.process.pid)
        await city.kill()
        await eventually(lambda: not alive(children), "its processes are gone")


async def test_without_its_sandbox_the_city_says_what_is_missing_and_goes_on(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        citizen = await consenting_citizen(city)
        (sandbox,) = beside(city)
        children = family(city.process.pid)
        os.kill(sandbox, signal.SIGKILL)
        await eventually(lambda: not alive({sandbox}), "the sandbox is gone")
        refused = await city.client.post(QUERY, json={"input": {}}, headers=citizen.headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "card.upstream_unavailable")
        assert (await city.client.get("/readyz")).status_code == 200
        assert await city.stop() == 0
        await eventually(lambda: not alive(children), "its processes are gone")
