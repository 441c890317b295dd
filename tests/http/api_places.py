"""Slots of the booking cards, and bookings of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.http.api_services import PARKS
from tests.running_city import RunningCity, SignedIn

Json = dict[str, Any]
PARK = "shili_hetan"
"""Open day and night, every day: 400 places in each hour, 6000 a day."""
MARGIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Slot:
    card_id: str
    resource_id: str
    starts_at: str

    @property
    def day(self) -> str:
        return self.starts_at[:10]

    @property
    def wanted(self) -> Json:
        """The body of a reservation."""
        return {"card_id": self.card_id, "resource_id": self.resource_id, "starts_at": self.starts_at}


async def city_time(city: RunningCity) -> datetime:
    return datetime.fromisoformat((await city.client.get("/api/v1/city")).json()["now"])


async def park_slot(city: RunningCity, days: int = 2, hour: int = 10, resource_id: str = PARK) -> Slot:
    """A slot so many days ahead."""
    day = (await city_time(city)).date() + timedelta(days=days)
    return Slot(PARKS, resource_id, f"{day}T{hour:02}:00:00+08:00")


async def coming_slot(city: RunningCity) -> Slot:
    """The slot of the coming hour: it can still be booked, and entered already."""
    while True:
        now = await city_time(city)
        starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if starts_at - now > MARGIN:  # else the hour is over in a moment, and another comes
            return Slot(PARKS, PARK, starts_at.isoformat())


async def shown(city: RunningCity, slot: Slot) -> Json:
    """The slot in the list of its day."""
    path = f"/api/v1/cards/{slot.card_id}/resources/{slot.resource_id}/slots?day={slot.day}"
    slots = (await city.client.get(path)).raise_for_status().json()["items"]
    found: Json = next(one for one in slots if one["starts_at"] == slot.starts_at)
    return found


async def left(city: RunningCity, slot: Slot) -> int:
    return int((await shown(city, slot))["places_left"])


async def reserve(
    city: RunningCity,
    citizen: SignedIn,
    slot: Slot,
    party: Sequence[Any] | None = None,
    *,
    key: str | None = None,
    **other: Any,
) -> httpx.Response:
    body = {**slot.wanted, **({} if party is None else {"companions": party}), **other}
    headers = {**citizen.headers, **({"Idempotency-Key": key} if key else {})}
    return await city.client.post("/api/v1/bookings", json=body, headers=headers)


async def booked(city: RunningCity, citizen: SignedIn, slot: Slot, companions: Sequence[Any] = ()) -> Json:
    answer = await reserve(city, citizen, slot, companions)
    assert answer.status_code == 201, answer.text
    booking: Json = answer.json()
    return booking


async def cancel(city: RunningCity, citizen: SignedIn, booking_id: str) -> httpx.Response:
    return await city.client.post(f"/api/v1/bookings/{booking_id}/cancellation", headers=citizen.headers)


async def bookings(city: RunningCity, citizen: SignedIn, query: str = "when=upcoming") -> list[Json]:
    answer = await city.client.get(f"/api/v1/bookings?{query}", headers=citizen.headers)
    found: list[Json] = answer.raise_for_status().json()["items"]
    return found


async def ticket(city: RunningCity, citizen: SignedIn, booking_id: str) -> str:
    answer = await city.client.get(f"/api/v1/bookings/{booking_id}/ticket", headers=citizen.headers)
    return str(answer.raise_for_status().json()["token"])


def as_companion(person: Json) -> Json:
    return {"name": person["name"], "id_number": person["id_number"]}
