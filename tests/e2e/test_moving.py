"""A city that moves, and one that is brought back from a backup: its citizens notice nothing."""

import asyncio
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest

from tests.e2e.bookings import Slot, bookings_of, cancel, first_open_slot, places_left, reserve
from tests.e2e.command_line import cst
from tests.e2e.test_process_survival import (
    CAPACITY,
    Comings,
    at_the_port_of,
    comes_and_goes,
    folder_with_a_small_place,
    operators_figures,
)
from tests.mongod import mongodb
from tests.running_city import RunningCity, SignedIn, running_city

CARD = "gy.social_security"


@pytest.fixture
def mongo_url() -> Iterator[str]:
    """An empty database of its own."""
    name = f"cst_test_{secrets.token_hex(6)}"
    yield mongodb().replace("/?", f"/{name}?")
    with pymongo.MongoClient[dict[str, object]](mongodb()) as client:
        client.drop_database(name)


@dataclass(frozen=True)
class Known:
    """What a citizen and an operator see of the city."""

    me: Any
    bookings: dict[str, str]
    consents: Any
    access_log: Any
    left: int
    figures: Any


async def lived_in(city: RunningCity) -> tuple[SignedIn, Slot]:
    """A citizen who has consented, asked a department, booked, and cancelled another booking."""
    citizen = await city.sign_in(2, "resident-1")
    wanted = {"card_id": CARD, "separate": ["id_number"]}
    (await city.client.post("/api/v1/consents", json=wanted, headers=citizen.headers)).raise_for_status()
    asked = f"/api/v1/cards/{CARD}/operations/accounts"
    (await city.client.post(asked, json={"input": {}}, headers=citizen.headers)).raise_for_status()
    slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park", after_days=1)
    booking = (await reserve(city, citizen, slot, secrets.token_hex(16))).raise_for_status().json()
    (await cancel(city, citizen, booking["id"])).raise_for_status()
    (await reserve(city, citizen, slot, "the-one-that-stays")).raise_for_status()
    return citizen, slot


async def known(city: RunningCity, citizen: SignedIn, slot: Slot, day: object) -> Known:
    """`day` is the one of the figures: midnight may have passed since."""
    asked = {"day": str(day)}
    figures = await city.client.get("/api/v1/operator/figures", params=asked, headers=await city.staff())

    async def seen(path: str) -> Any:
        return (await city.client.get(path, headers=citizen.headers)).raise_for_status().json()

    return Known(
        me=await seen("/api/v1/me"),
        bookings=await bookings_of(city, citizen),
        consents=await seen("/api/v1/consents"),
        access_log=await seen("/api/v1/me/access_log"),
        left=await places_left(city, slot),
        figures=figures.raise_for_status().json(),
    )


async def refreshed(city: RunningCity, citizen: SignedIn) -> None:
    """A phone goes on with the refresh token that it has."""
    wanted = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    session = (await city.client.post("/api/v1/sessions/refresh", json=wanted)).raise_for_status().json()
    citizen.access_token, citizen.refresh_token = session["access_token"], session["refresh_token"]


async def moved(source: str, target: str, data: Path) -> list[str]:
    ran = await cst("store", "copy", "--from", source, "--to", target, "--data", data)
    assert (ran.code, ran.err) == (0, "")
    checked = await cst("store", "check", target, "--data", data)
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "everything is as it must be")
    return [line for line in ran.out.splitlines() if "alike on both sides" in line]


async def test_a_city_moves_to_mongodb_and_back_and_its_citizens_find_everything(
    tmp_path: Path, mongo_url: str
) -> None:
    async with running_city(tmp_path) as city:
        citizen, slot = await lived_in(city)
        day = (await operators_figures(city))["day"]
        before = await known(city, citizen, slot, day)
        refused = await cst("store", "copy", "--from", "embedded", "--to", mongo_url, "--data", city.data)
        assert (refused.code, refused.err.partition(":")[0]) == (1, f"a city is running on {city.data}")
        assert await city.stop() == 0
    there = await moved("embedded", mongo_url, city.data)

    settings = {"storage": {"documents": mongo_url, "ephemeral": "embedded"}, **at_the_port_of(city)}
    async with running_city(tmp_path, settings) as city:
        assert await known(city, citizen, slot, day) == before
        await refreshed(city, citizen)
        again = await reserve(city, citizen, slot, "the-one-that-stays")  # the receipt has moved as well
        assert again.status_code == 201
        assert again.json()["id"] in before.bookings
        assert await known(city, citizen, slot, day) == before
        assert await city.stop() == 0
    city.data.joinpath("city.db").unlink()
    back = await moved(mongo_url, "embedded", city.data)
    assert len(there) == len(back)

    async with running_city(tmp_path, at_the_port_of(city)) as city:
        await refreshed(city, citizen)
        assert await known(city, citizen, slot, day) == before


async def test_a_backup_of_a_city_in_a_rush_has_all_that_was_promised_and_starts(tmp_path: Path) -> None:
    settings = {"cards": {"folder": str(folder_with_a_small_place(tmp_path))}}
    told = asyncio.Semaphore(0)
    async with running_city(tmp_path, settings) as city:
        slot = await first_open_slot(city, "gy.watchtower", "counter", after_days=1)
        crowd = [Comings(await city.sign_in(2, f"resident-{number}")) for number in range(1, 9)]
        coming = [asyncio.create_task(comes_and_goes(city, slot, own, told)) for own in crowd]
        for _ in range(20):
            await told.acquire()
        promised = [(set(own.reserved), set(own.cancelled)) for own in crowd]
        kept = await cst("backup", tmp_path / "kept", "--data", city.data)
        assert (kept.code, kept.err) == (0, "")
        assert f"without the keys, which open the citizens' data: keep a copy of {city.data / 'keys'}" in kept.out
        for _ in range(5):
            await told.acquire()  # the rush goes on
        looked = await cst("store", "check", "--data", city.data)
        assert (looked.code, looked.err) == (0, "")  # one moment of the rush holds together
        occupied = await cst("restore", tmp_path / "kept", "--data", city.data, "--force")
        assert (occupied.code, occupied.err) == (1, f"a city is running on {city.data}: stop it first\n")
        await city.kill()
        await asyncio.gather(*coming)

    new = tmp_path / "new"
    for beside in ("keys", "sandbox"):
        shutil.copytree(city.data / beside, new / "var" / beside)
    restored = await cst("restore", tmp_path / "kept", "--data", new / "var")
    assert (restored.code, restored.err) == (0, "")
    checked = await cst("store", "check", "--data", new / "var")
    assert (checked.code, checked.err) == (0, "")
    async with running_city(new, settings | at_the_port_of(city)) as city:
        live = 0
        for own, (reserved, cancelled) in zip(crowd, promised, strict=True):
            states = await bookings_of(city, own.citizen)
            assert reserved <= states.keys()
            assert all(states[booking] == "cancelled" for booking in cancelled)
            live += list(states.values()).count("reserved")
        assert await places_left(city, slot) == CAPACITY - live


async def test_a_city_in_mongodb_is_backed_up_there(tmp_path: Path, mongo_url: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(json.dumps({"storage": {"documents": mongo_url}}))
    for command, tool in (("backup", "mongodump"), ("restore", "mongorestore")):
        ran = await cst(command, tmp_path / "kept", "--config", file, "--data", tmp_path / "var")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == f"the documents are in MongoDB: {tool} does this there (docs/storage.md)\n"
