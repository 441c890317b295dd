"""What a city knows, it knows again after a stop, and what it has acknowledged, after a kill -9 as well."""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from service_registry.scaffold import new_card
from tests.delivered import delivered_copy
from tests.e2e.bookings import Slot, bookings_of, cancel, first_open_slot, places_left, reserve
from tests.running_city import RunningCity, SignedIn, running_city

CAPACITY = 5
CROWD = 12
ENOUGH = 60


async def test_a_city_finds_everything_again_when_it_is_started_again(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        citizen = await city.sign_in(2, "resident-1")
        slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park")
        booking = (await reserve(city, citizen, slot, secrets.token_hex(16))).raise_for_status().json()
        me = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()
        figures = await operators_figures(city)
        left = await places_left(city, slot)
        assert await city.stop() == 0
    assert figures["dau"] == 1

    async with running_city(tmp_path, at_the_port_of(city)) as city:
        assert await operators_figures(city) == figures
        refreshed = await city.client.post(
            "/api/v1/sessions/refresh", json={"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
        )
        assert refreshed.status_code == 200
        for token in (citizen.access_token, refreshed.json()["access_token"]):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await city.client.get("/api/v1/me", headers=headers)).json() == me
            kept = (await city.client.get(f"/api/v1/bookings/{booking['id']}", headers=headers)).json()
            assert kept == booking
        assert await places_left(city, slot) == left
        # WeChat knows its users by the same names as before: who signs in anew is the same citizen.
        again = await city.sign_in(0, "resident-1")
        assert (await city.client.get("/api/v1/me", headers=again.headers)).json()["id"] == me["id"]
        assert (await operators_figures(city))["dau"] == 1


def at_the_port_of(city: RunningCity) -> dict[str, object]:
    """Settings of a city that is started where this one was: its address stands in the tokens that it issued."""
    return {"http": {"port": city.port}}


async def operators_figures(city: RunningCity) -> dict[str, object]:
    answer = await city.client.get("/api/v1/operator/figures", headers=await city.staff("operator"))
    figures: dict[str, object] = answer.raise_for_status().json()
    return figures


@dataclass
class Comings:
    """What one citizen was told, and the request whose answer never came."""

    citizen: SignedIn
    reserved: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    cancelling: str = ""
    key: str = ""


async def comes_and_goes(city: RunningCity, slot: Slot, own: Comings, told: asyncio.Semaphore) -> None:
    """Books and cancels until nobody answers any more; `told` is released with each acknowledgement."""
    try:
        while True:
            own.key = secrets.token_hex(16)
            answer = await reserve(city, own.citizen, slot, own.key)
            if answer.status_code == 409:
                assert answer.json()["code"] == "booking.full"
                continue
            own.cancelling = answer.raise_for_status().json()["id"]
            own.reserved.add(own.cancelling)
            told.release()
            (await cancel(city, own.citizen, own.cancelling)).raise_for_status()
            own.cancelled.add(own.cancelling)
            told.release()
    except httpx.TransportError:
        return


async def test_killed_amid_bookings_nothing_acknowledged_is_lost_and_nothing_is_sold_twice(tmp_path: Path) -> None:
    settings = {"cards": {"folder": str(folder_with_a_small_place(tmp_path))}}
    crowd: list[Comings] = []
    told = asyncio.Semaphore(0)
    async with running_city(tmp_path, settings) as city:
        slot = await first_open_slot(city, "gy.watchtower", "counter")
        assert slot.places == CAPACITY
        crowd = [Comings(await city.sign_in(2, f"resident-{number}")) for number in range(1, CROWD + 1)]
        coming = [asyncio.create_task(comes_and_goes(city, slot, own, told)) for own in crowd]
        for _ in range(ENOUGH):
            await told.acquire()
        await city.kill()
        await asyncio.gather(*coming)

    async with running_city(tmp_path, settings | at_the_port_of(city)) as city:
        taken = 0
        for own in crowd:
            states = await bookings_of(city, own.citizen)
            assert own.reserved <= states.keys()
            assert all(states[booking] == "cancelled" for booking in own.cancelled)
            unanswered = {own.cancelling} - own.cancelled
            assert all(states[booking] == "reserved" for booking in own.reserved - own.cancelled - unanswered)
            taken += list(states.values()).count("reserved")
        assert taken <= CAPACITY
        assert await places_left(city, slot) == CAPACITY - taken

        # Whoever was not answered asks again, as a phone does, and has one booking and no more.
        answers = await asyncio.gather(*(reserve(city, own.citizen, slot, own.key) for own in crowd))
        assert {answer.status_code for answer in answers} <= {201, 409}
        held = [await bookings_of(city, own.citizen) for own in crowd]
        live = [list(states.values()).count("reserved") for states in held]
        assert max(live) <= 1
        assert sum(live) <= CAPACITY
        assert await places_left(city, slot) == CAPACITY - sum(live)


def folder_with_a_small_place(folder: Path) -> Path:
    """The city's cards, and one with few places that is open every day."""
    cards = delivered_copy(folder)
    made, problems = new_card(cards, "gy.watchtower", "booking")
    assert problems == []
    manifest = (made / "card.yaml").read_text()
    weekdays = "[mon, tue, wed, thu, fri]"
    assert f"capacity: {CAPACITY}" in manifest
    (made / "card.yaml").write_text(manifest.replace(weekdays, weekdays.replace("]", ", sat, sun]")))
    return cards
