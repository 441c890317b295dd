"""What citizens do with cards, as their phones would."""

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx

from tests.http.api_tokens import mint
from tests.running_city import RunningCity, SignedIn

SOCIAL, FUND, PARKS, HALLS = "gy.social_security", "gy.housing_fund", "gy.scenic_spots", "gy.appointments"
UNITS = "gy.enterprise_social_security"
Json = dict[str, Any]


class Caller(Protocol):
    """Whoever has a token: a citizen, or somebody who acts for one."""

    @property
    def headers(self) -> dict[str, str]: ...


async def agree(city: RunningCity, citizen: Caller, *cards: str) -> None:
    for card_id in cards:
        answer = await city.client.post("/api/v1/consents", json={"card_id": card_id}, headers=citizen.headers)
        answer.raise_for_status()


async def use(
    city: RunningCity,
    citizen: Caller,
    card_id: str,
    operation: str,
    entered: Any = None,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    sent = {**citizen.headers, **({"Idempotency-Key": key} if key else {}), **(headers or {})}
    path = f"/api/v1/cards/{card_id}/operations/{operation}"
    return await city.client.post(path, json={"input": {} if entered is None else entered}, headers=sent)


def block(answer: httpx.Response, kind: str) -> Json:
    """The first block of a kind."""
    assert answer.status_code == 200, answer.text
    found: Json = next(one for one in answer.json()["view"] if one["block"] == kind)
    return found


async def with_face(city: RunningCity) -> SignedIn:
    """A citizen whose token says that their face was matched just now: signed with the city's own key, which takes no
    processor time. Tests of face verification itself go the long way."""
    return await with_face_of(city, None)


async def with_face_of(city: RunningCity, persona: str | None) -> SignedIn:
    """The same of a persona of the sandbox."""
    citizen = await city.sign_in(2, persona)
    true = mint(city, citizen.access_token)
    citizen.access_token = true.token(acr="3", proved_at={**true.claims["proved_at"], "3": int(time.time())})
    return citizen


@asynccontextmanager
async def department(city: RunningCity, name: str, mode: str) -> AsyncIterator[None]:
    """The department's system in this mode, and well again afterwards."""
    try:
        (await city.outside.put(f"/departments/{name}/mode", json={"mode": mode})).raise_for_status()
        yield
    finally:
        (await city.outside.put(f"/departments/{name}/mode", json={"mode": "ok"})).raise_for_status()


async def card_figures(city: RunningCity, card_id: str) -> Json:
    """What the operator sees of a card today."""
    answer = await city.client.get("/api/v1/operator/cards", headers=await city.staff())
    found: Json = next(one for one in answer.raise_for_status().json()["items"] if one["card_id"] == card_id)
    return found


def new_key() -> str:
    return secrets.token_hex(16)
