"""Whatever citizens do, nothing that the server writes anywhere tells who they are."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.http.api_answers import problem
from tests.http.api_places import as_companion, booked, cancel, coming_slot, park_slot, reserve, ticket
from tests.http.api_services import FUND, SOCIAL, agree, department, new_key, use
from tests.running_city import RunningCity, SignedIn

ACCOUNT = "6222020004215938"


async def somebody(city: RunningCity) -> dict[str, Any]:
    """With a name of three characters: one of two can stand in some text by chance."""
    while True:
        person = await city.person()
        if len(person["name"]) == 3:
            return person


async def a_day(city: RunningCity) -> tuple[SignedIn, dict[str, Any], list[str]]:
    """A citizen does everything there is to do, right and wrong. Returns also the companion and all secrets used."""
    person, companion = await somebody(city), await somebody(city)
    citizen = await city.sign_in(2, persona=person["id"])
    shown = await city.face_proof(citizen)
    tokens = [citizen.access_token, citizen.refresh_token]
    path = "/api/v1/identity/face/verifications"
    raised = await city.client.post(path, json=shown, headers=citizen.headers)
    citizen.access_token = raised.raise_for_status().json()["access_token"]
    tokens.append(citizen.access_token)
    await agree(city, citizen, SOCIAL, FUND)
    for card_id, operation in ((SOCIAL, "accounts"), (FUND, "balance")):
        assert (await use(city, citizen, card_id, operation)).status_code == 200
    money = {"purpose": "rent", "amount": 0.01, "bank_account": ACCOUNT}
    await use(city, citizen, FUND, "withdraw", money, key=new_key())
    await saved_and_revealed(city, citizen, companion)
    await booked(city, citizen, await coming_slot(city), [as_companion(companion)])
    tokens += await mistakes(city, citizen, companion)
    frames = [frame[at : at + 60] for frame in shown["frames"] for at in (100, len(frame) // 2)]
    return citizen, companion, [*tokens, *frames, shown["nonce"], ACCOUNT]


async def saved_and_revealed(city: RunningCity, citizen: SignedIn, companion: dict[str, Any]) -> None:
    """The companion on the citizen's list, and all of the citizen's own data shown in clear."""
    for status in (201, 409):
        saved = await city.client.post("/api/v1/me/companions", json=as_companion(companion), headers=citizen.headers)
        assert saved.status_code == status
    fields = ["name", "id_number", "phone"]
    shown = await city.client.post("/api/v1/me/reveal", json={"fields": fields}, headers=citizen.headers)
    assert shown.json() == {field: citizen.person[field] for field in fields}


async def mistakes(city: RunningCity, citizen: SignedIn, companion: dict[str, Any]) -> list[str]:
    """Refused, failed and malformed requests that carry personal data in all places. Returns the tokens seen."""
    person, client = citizen.person, city.client
    cancelled = await booked(city, citizen, await park_slot(city), [as_companion(companion)])
    token = await ticket(city, citizen, cancelled["id"])
    await cancel(city, citizen, cancelled["id"])
    await reserve(city, citizen, await coming_slot(city), [as_companion(companion)])
    for mode in ("error", "garbage", "down"):
        async with department(city, "social_security", mode):
            await use(city, citizen, SOCIAL, "accounts", {})
        async with department(city, "authority", mode):
            await client.post("/api/v1/identity/real_name", json=as_companion(person), headers=citizen.headers)
    secret = f"{person['name']}{person['id_number']}{person['phone']}"
    await client.get(f"/api/v1/{secret}?{person['id_number']}={person['name']}", headers=citizen.headers)
    await client.get(f"/api/v1/bookings/{secret}", headers={"Authorization": f"Bearer {citizen.access_token}"})
    await client.get(
        f"/api/v1/cards?q={secret}", headers={"User-Agent": person["id_number"], "Referer": person["phone"]}
    )
    await client.request(person["phone"][:3] + "PURGE", "/api/v1/me")
    await client.post("/api/v1/sessions", content=secret.encode() + b"{", headers={"Content-Type": "application/json"})
    await client.post("/api/v1/sessions", content=secret.encode(), headers={"Content-Type": secret[3:21]})
    await client.post("/api/v1/identity/phone", json={"code": person["phone"]}, headers=citizen.headers)
    await client.post("/api/v1/staff/sessions", json={"name": person["id_number"], "password": person["phone"]})
    await not_http(city, f"GET /{person['id_number']} {person['name']}\r\nAuthorization {citizen.access_token}\r\n\r\n")
    device = {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
    pair = (await client.post("/api/v1/sessions/refresh", json=device)).raise_for_status().json()
    return [pair["access_token"], pair["refresh_token"], token]


async def not_http(city: RunningCity, text: str) -> None:
    host, _, port = city.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(text.encode())
    await reader.read()
    writer.close()
    await writer.wait_closed()


def written_forms(secret: str) -> Iterator[bytes]:
    """As it could stand in a file: plain, escaped, in a URL, in base64, in the other encodings of the country."""
    yield secret.encode()
    yield json.dumps(secret)[1:-1].encode()
    yield quote(secret).encode()
    yield secret.encode("gb18030")
    yield secret.encode("utf-16-le")
    for shift, first in enumerate((0, 2, 3)):  # base64 depends on where in a text it begins
        text = b"\0" * shift + secret.encode()
        yield base64.b64encode(text)[first : len(text) * 8 // 6]


async def logged(city: RunningCity) -> str:
    """The log, when it has caught up with all that was sent."""
    last = (await city.client.get("/api/v1/city")).headers["X-Request-Id"]
    async with asyncio.timeout(10):
        while last not in (text := city.log.read_text()):
            await city.client.get("/healthz")
    return text


async def test_no_file_and_no_log_line_tells_who_somebody_is(city: RunningCity) -> None:
    citizen, companion, secrets = await a_day(city)
    for person in (citizen.person, companion):
        secrets += [person["name"], person["id_number"], person["phone"]]
    secrets += [citizen.device_id, *(token.rpartition(".")[2] for token in secrets if token.count(".") == 2)]
    places = {"log": (await logged(city)).encode(), "metrics": (await city.client.get("/metrics")).content}
    places |= {str(file.name): file.read_bytes() for file in city.data.rglob("*") if file.is_file()}
    assert {"city.db", "city.db-wal"} <= set(places)
    assert sum(map(len, places.values())) > 50_000
    found = [
        (name, place)
        for place, content in places.items()
        for name, secret in enumerate(secrets)
        for form in written_forms(secret)
        if form in content
    ]
    assert found == []


async def test_the_search_would_find_what_is_there(city: RunningCity) -> None:
    """What the test above does not find is not there; this is what it finds when it is."""
    citizen = await city.sign_in()
    account = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()["id"]
    content = b"".join(file.read_bytes() for file in city.data.glob("city.db*"))
    assert any(form in content for form in written_forms(account))
    for before in ("", "1", "22", "333"):
        hidden = base64.b64encode(f"{before}王小明 and more".encode())
        assert any(form in hidden for form in written_forms("王小明"))


async def test_the_server_says_nothing_after_its_greeting(city: RunningCity) -> None:
    await city.sign_in(2)
    assert city.process.stdout is not None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await city.process.stdout.read(1)


async def test_log_lines_name_routes_and_roles_and_requests_alone(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    answer = await city.client.get(f"/api/v1/bookings/{citizen.person['id_number']}", headers=citizen.headers)
    problem(answer, 404, "booking.not_found", citizen.person["id_number"])
    lines = [json.loads(line) for line in (await logged(city)).splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == answer.headers["X-Request-Id"]]
    assert line["event"] == "http.request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/bookings/{booking_id}", 404)
    assert set(line) == {"time", "level", "event", "request_id", "method", "route", "status", "milliseconds", "role"}
