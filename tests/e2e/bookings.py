"""Booking as citizens do it through the API, and the places that are left as anybody sees them."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.running_city import RunningCity, SignedIn


@dataclass(frozen=True)
class Slot:
    card_id: str
    resource_id: str
    day: str
    starts_at: str
    places: int


async def first_open_slot(city: RunningCity, card_id: str, resource_id: str, *, after_days: int = 0) -> Slot:
    """The first one that can be booked now, or the first that many days later: it is not over soon."""
    path = f"/api/v1/cards/{card_id}/resources/{resource_id}"
    days = (await city.client.get(f"{path}/days", params={"count": 7})).raise_for_status().json()["items"]
    for day in days[after_days:]:
        if day["state"] == "open":
            for slot in await _slots(city, card_id, resource_id, day["day"]):
                if slot["state"] == "open":
                    return Slot(card_id, resource_id, day["day"], slot["starts_at"], slot["places"])
    raise AssertionError(f"{card_id} has no open slot")


async def places_left(city: RunningCity, slot: Slot) -> int:
    slots = await _slots(city, slot.card_id, slot.resource_id, slot.day)
    return int(next(found["places_left"] for found in slots if found["starts_at"] == slot.starts_at))


async def reserve(city: RunningCity, citizen: SignedIn, slot: Slot, key: str) -> httpx.Response:
    wanted = {"card_id": slot.card_id, "resource_id": slot.resource_id, "starts_at": slot.starts_at}
    headers = {**citizen.headers, "Idempotency-Key": key}
    return await city.client.post("/api/v1/bookings", json=wanted, headers=headers)


async def cancel(city: RunningCity, citizen: SignedIn, booking_id: str) -> httpx.Response:
    return await city.client.post(f"/api/v1/bookings/{booking_id}/cancellation", headers=citizen.headers)


async def bookings_of(city: RunningCity, citizen: SignedIn) -> dict[str, str]:
    """The state of each of the citizen's bookings. (A cancelled one is past.)"""
    found: dict[str, str] = {}
    for when in ("upcoming", "past"):
        asked = {"when": when, "limit": "100"}
        while True:
            page = await city.client.get("/api/v1/bookings", params=asked, headers=citizen.headers)
            answer: dict[str, Any] = page.raise_for_status().json()
            found |= {booking["id"]: booking["state"] for booking in answer["items"]}
            if answer["after"] is None:
                break
            asked["after"] = answer["after"]
    return found


async def _slots(city: RunningCity, card_id: str, resource_id: str, day: str) -> list[dict[str, Any]]:
    path = f"/api/v1/cards/{card_id}/resources/{resource_id}/slots"
    slots: list[dict[str, Any]] = (await city.client.get(path, params={"day": day})).raise_for_status().json()["items"]
    return slots
