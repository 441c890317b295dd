"""The same city with its state in MongoDB and Redis: a day goes as it should, a restart finds it again, and without
Redis it goes on."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from tests.e2e.bookings import first_open_slot, places_left, reserve
from tests.e2e.command_line import cst
from tests.e2e.several_workers import WORKERS, everywhere
from tests.mongod import Mongod, mongodb
from tests.running_city import RunningCity, running_city
from tests.valkey import Valkey

BACK_SECONDS = 15.0


@pytest.fixture
def mongo_url() -> Iterator[str]:
    """An empty database of its own."""
    name = f"cst_test_{secrets.token_hex(6)}"
    yield mongodb().replace("/?", f"/{name}?")
    with pymongo.MongoClient[dict[str, object]](mongodb()) as client:
        client.drop_database(name)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    yield server
    server.kill()


async def test_a_day_goes_well_and_a_restart_finds_it_again(tmp_path: Path, mongo_url: str, redis: Valkey) -> None:
    settings = {"storage": {"documents": mongo_url, "ephemeral": redis.url}, "face_pool": {"workers": 1}}
    async with running_city(tmp_path, settings) as city:
        toured = await cst("tour", "--url", city.url)
        assert (toured.code, toured.out.splitlines()[-1][:1]) == (0, "✓")
        citizen = await city.sign_in(2)
        slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park")
        key, left = secrets.token_hex(16), await places_left(city, slot)
        answers = await asyncio.gather(*(reserve(city, citizen, slot, key) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert await places_left(city, slot) == left - 1
        assert await city.stop() == 0

    async with running_city(tmp_path, settings) as city:
        wanted = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
        session = (await city.client.post("/api/v1/sessions/refresh", json=wanted)).raise_for_status().json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        kept = (await city.client.get("/api/v1/bookings", headers=headers)).json()["items"]
        assert [booking["id"] for booking in kept] == [answers[0].json()["id"]]
        assert await places_left(city, slot) == left - 1
        figures = await city.client.get("/api/v1/operator/figures", headers=await city.staff())
        assert figures.json()["dau"] == 2


async def test_without_redis_the_city_goes_on_and_says_so(tmp_path: Path, mongo_url: str, redis: Valkey) -> None:
    settings = {"storage": {"documents": mongo_url, "ephemeral": redis.url}}
    async with running_city(tmp_path, settings) as city:
        before = await city.sign_in(2)
        redis.kill()
        newcomer = await city.sign_in(2)
        for citizen in (before, newcomer):
            slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park")
            assert (await reserve(city, citizen, slot, secrets.token_hex(16))).status_code == 201
            assert (await city.client.get("/api/v1/me", headers=citizen.headers)).status_code == 200
        ready = await city.client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["documents"]) == (200, "ok")
        assert ready.json()["checks"]["ephemeral"].startswith("away")
        assert "cst_ephemeral_away 1.0" in await metrics(city)
        redis.restart()
        async with asyncio.timeout(BACK_SECONDS):
            while "cst_ephemeral_away 0.0" not in await metrics(city):  # noqa: ASYNC110  # it finds out by itself
                await asyncio.sleep(0.1)


async def metrics(city: RunningCity) -> str:
    return (await city.client.get("/metrics")).text


async def test_a_store_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("storage: {documents: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200'}\nhttp: {port: 0}\n")
    ended = await cst("serve", "--config", file, "--data", tmp_path / "var")
    assert ended.code == 2
    assert "storage.documents: the server cannot be reached" in ended.err


@pytest.fixture
def mongod() -> Iterator[Mongod]:
    """A server of its own, to be killed and held up."""
    server = Mongod()
    server.start()
    yield server
    server.remove()


@pytest.mark.parametrize("trouble", ["killed", "hung"])
async def test_without_mongodb_the_city_says_so_at_once_and_resumes_by_itself(
    tmp_path: Path, mongod: Mongod, redis: Valkey, trouble: str
) -> None:
    documents = mongod.url.replace("/?", "/city?") + "&serverSelectionTimeoutMS=1000"
    settings = {"workers": WORKERS, "storage": {"documents": documents, "ephemeral": redis.url}}
    async with running_city(tmp_path, settings) as city:
        citizen = await city.sign_in(2)
        slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park")
        kept = (await reserve(city, citizen, slot, secrets.token_hex(16))).raise_for_status().json()["id"]
        (mongod.kill if trouble == "killed" else mongod.pause)()

        answers = await asyncio.gather(*(reserve(city, citizen, slot, secrets.token_hex(16)) for _ in range(20)))
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        ready = await city.client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["ephemeral"]) == (503, "ok")
        assert ready.json()["checks"]["documents"] in ("store.unavailable", "no answer")
        assert (await city.client.get("/api/v1/cards")).status_code == 200

        (mongod.start if trouble == "killed" else mongod.go_on)()
        await everywhere(city, "/readyz", None, lambda answer: answer.status_code == 200)
        held = (await city.client.get("/api/v1/bookings", headers=citizen.headers)).raise_for_status().json()["items"]
        assert [booking["id"] for booking in held] == [kept]
        newcomer = await city.sign_in(2)
        assert (await reserve(city, newcomer, slot, secrets.token_hex(16))).status_code == 201
