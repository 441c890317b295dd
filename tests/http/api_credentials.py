"""Credentials, as counters, phones and gates handle them."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.running_city import RunningCity, SignedIn

PASS, PROOF, LICENCE = "gy.park_annual_pass", "gy.resident_proof", "gy.business_licence"
OFFICE, OWN, GATES = "/api/v1/operator/credentials", "/api/v1/me/credentials", "/api/v1/gate/credentials"
PASS_CLAIMS = {"pass_number": "GY-2026-000031", "category": "成人"}
Json = dict[str, Any]


async def issue(
    city: RunningCity,
    person: Mapping[str, Any],
    type_id: str = PASS,
    claims: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
) -> httpx.Response:
    holder = {"name": person["name"], "id_number": person["id_number"]}
    wanted = {"type_id": type_id, "holder": holder, "claims": PASS_CLAIMS if claims is None else claims}
    headers = {**await city.staff("operator"), **({"Idempotency-Key": key} if key else {})}
    return await city.client.post(OFFICE, json=wanted, headers=headers)


async def issued(city: RunningCity, person: Mapping[str, Any]) -> str:
    """A park pass. Returns its id."""
    answer = await issue(city, person)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def office(city: RunningCity, credential_id: str, step: str, reason: str | None = "lost") -> httpx.Response:
    body = {} if reason is None else {"json": {"reason": reason}}
    path = f"{OFFICE}/{credential_id}/{step}"
    return await city.client.post(path, headers=await city.staff("operator"), **body)  # type: ignore[arg-type]


async def shown(city: RunningCity, citizen: SignedIn, credential_id: str, disclose: str | None = None) -> Json:
    query = "" if disclose is None else f"?disclose={disclose}"
    answer = await city.client.get(f"{OWN}/{credential_id}/presentation{query}", headers=citizen.headers)
    found: Json = answer.raise_for_status().json()
    return found


async def at_gate(
    city: RunningCity, code: str, place: str | None = "北门", *, key: str | None = None
) -> httpx.Response:
    headers = {**await city.staff("gate"), **({"Idempotency-Key": key} if key else {})}
    body = {"code": code, **({"place": place} if place else {})}
    return await city.client.post(GATES, json=body, headers=headers)
