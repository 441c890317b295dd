"""Several workers on one socket: they are one city to whoever calls, whichever of them answers, and whichever ends."""

import asyncio
import os
import re
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest
import yaml

from service_registry.scaffold import new_card
from tests.delivered import delivered_copy
from tests.department_sites import registered
from tests.e2e.bookings import Slot, bookings_of, first_open_slot, places_left, reserve
from tests.e2e.command_line import cst
from tests.e2e.processes import alive, eventually, family
from tests.e2e.several_workers import ASKED, WORKERS, asked_of_all, everywhere, workers
from tests.e2e.test_oidc import RelyingParty, whole_life
from tests.mongod import mongodb
from tests.running_city import RunningCity, SignedIn, log_lines, running_city
from tests.valkey import Valkey

CAPACITY = 5
PLACES = "gy.watchtower"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database and a Redis of its own."""
    name = f"cst_test_{secrets.token_hex(6)}"
    server = Valkey(tmp_path)
    yield {"documents": mongodb().replace("/?", f"/{name}?"), "ephemeral": server.url}
    server.kill()
    with pymongo.MongoClient[dict[str, object]](mongodb()) as client:
        client.drop_database(name)


@asynccontextmanager
async def several(folder: Path, stores: dict[str, str], **settings: Any) -> AsyncIterator[RunningCity]:
    async with running_city(folder, {"workers": WORKERS, "storage": stores, **settings}) as city:
        yield city


async def requests_counted(city: RunningCity, route: str) -> int:
    text = (await city.client.get("/metrics")).text
    found = re.findall(rf'cst_http_request_seconds_count{{[^}}]*route="{re.escape(route)}"[^}}]*}} ([0-9.]+)', text)
    return int(sum(map(float, found)))


async def test_a_whole_day_goes_well_whichever_worker_answers(tmp_path: Path, stores: dict[str, str]) -> None:
    async with several(tmp_path, stores, face_pool={"workers": 1}) as city:
        assert len(workers(city)) == WORKERS
        toured = await cst("tour", "--url", city.url)
        assert (toured.code, toured.out.splitlines()[-1][:1]) == (0, "✓")

        before = await requests_counted(city, "/api/v1/themes")
        assert {answer.status_code for answer in await asked_of_all(city, "/api/v1/themes")} == {200}
        assert await requests_counted(city, "/api/v1/themes") == before + ASKED

        # A sign-out is known everywhere, and so is a citizen's visit, once.
        citizens = [await city.sign_in(0) for _ in range(5)]
        for citizen in citizens:
            assert {answer.status_code for answer in await asked_of_all(city, "/api/v1/me", citizen.headers)} == {200}
        (await city.client.delete("/api/v1/sessions/current", headers=citizens[0].headers)).raise_for_status()
        await everywhere(city, "/api/v1/me", citizens[0].headers, lambda answer: answer.status_code == 401)
        operator = await city.staff("operator")
        await everywhere(city, "/api/v1/operator/figures", operator, lambda answer: answer.json()["dau"] == 6)
        await lowered_and_leaked(city, citizens[1], operator)
        assert await city.stop() == 0


async def lowered_and_leaked(city: RunningCity, citizen: SignedIn, operator: dict[str, str]) -> None:
    """A proof that is withdrawn counts nowhere any more, and a leaked key verifies nothing, whoever answers."""
    proof = {"code": await city.code(citizen.person, "phone_code")}
    raised = await city.client.post("/api/v1/identity/phone", json=proof, headers=citizen.headers)
    headers = {"Authorization": f"Bearer {raised.raise_for_status().json()['access_token']}"}
    account = (await city.client.get("/api/v1/me", headers=headers)).json()["id"]
    wanted = {"proof": "phone", "reason": "given_up", "account_id": account}
    (await city.client.post("/api/v1/operator/withdrawals", json=wanted, headers=operator)).raise_for_status()
    await everywhere(city, "/api/v1/me", headers, lambda answer: answer.status_code == 401)
    (old,) = [key["kid"] for key in (await city.client.get("/.well-known/jwks.json")).json()["keys"]]
    assert (await cst("keys", "rotate", "--leaked", "--data", city.data)).code == 0
    await everywhere(city, "/.well-known/jwks.json", None, lambda answer: old not in answer.text)
    await everywhere(city, "/api/v1/operator/figures", operator, lambda answer: answer.status_code == 401)


async def test_a_site_signs_a_citizen_in_whichever_worker_answers(tmp_path: Path, stores: dict[str, str]) -> None:
    async with several(tmp_path, stores) as city:
        party = await RelyingParty.discovering(await registered(city))
        async with party.client:
            await whole_life(party, await city.sign_in(2))


async def test_changed_cards_and_limits_are_in_force_everywhere_and_broken_ones_change_nothing(
    tmp_path: Path, stores: dict[str, str]
) -> None:
    async with several(tmp_path, stores) as city:
        card = tmp_path / "cards" / "gy.scenic_spots" / "card.yaml"
        whole = card.read_text()

        def named(name: str) -> Callable[[httpx.Response], bool]:
            return lambda answer: answer.status_code == 200 and answer.json()["name"]["en"] == name

        card.write_text(whole.replace("Parks and scenic spots", "Parks of the city"))
        await everywhere(city, "/api/v1/cards/gy.scenic_spots", None, named("Parks of the city"))
        card.write_text("id: [")
        await eventually(lambda: logged(city, "card stays as it was") >= WORKERS, "every worker has looked")
        assert all(map(named("Parks of the city"), await asked_of_all(city, "/api/v1/cards/gy.scenic_spots")))
        card.write_text(whole)
        await everywhere(city, "/api/v1/cards/gy.scenic_spots", None, named("Parks and scenic spots"))

        made, problems = new_card(tmp_path / "cards", PLACES, "booking")
        assert problems == []
        await everywhere(city, f"/api/v1/cards/{PLACES}", None, lambda answer: answer.status_code == 200)
        for file in sorted(made.rglob("*"), reverse=True):
            file.unlink()
        made.rmdir()
        await everywhere(city, f"/api/v1/cards/{PLACES}", None, lambda answer: answer.status_code == 404)

        file = tmp_path / "settings.yaml"
        written = yaml.safe_load(file.read_text())
        file.write_text(yaml.safe_dump({**written, "limits": {"read": {"limit": 1, "seconds": 20}}}))
        await everywhere(city, "/api/v1/themes", None, lambda answer: answer.status_code == 429)
        file.write_text(yaml.safe_dump({**written, "limits": {"read": {"limit": 0, "seconds": 1}}}))
        await eventually(lambda: logged(city, "settings not taken over") >= WORKERS, "every worker has looked")
        assert {answer.status_code for answer in await asked_of_all(city, "/api/v1/themes")} == {429}
        file.write_text(yaml.safe_dump({**written, "city": {"zone": "Asia/Urumqi"}}))
        await eventually(lambda: logged(city, "settings wait for a restart") >= WORKERS, "every worker has looked")
        await everywhere(city, "/api/v1/city", None, lambda answer: answer.status_code == 200)
        assert {one.json()["zone"] for one in await asked_of_all(city, "/api/v1/city")} == {"Asia/Shanghai"}
        city.process.send_signal(signal.SIGHUP)
        await everywhere(city, "/api/v1/city", None, lambda answer: answer.json()["zone"] == "Asia/Urumqi")


def logged(city: RunningCity, event: str) -> int:
    return [line["event"] for line in log_lines(city)].count(event)


@dataclass
class Caller:
    """A citizen who books and looks, over and over; `booked` is what was acknowledged, by the request's key."""

    citizen: SignedIn
    booked: dict[str, str] = field(default_factory=dict)
    unanswered: int = 0
    statuses: set[int] = field(default_factory=set)

    async def goes_on(self, city: RunningCity, slot: Slot, enough: asyncio.Event) -> None:
        """Each on a kept-open connection, until told that it is enough."""
        async with httpx.AsyncClient(base_url=city.url, trust_env=False, timeout=30) as client:
            while not enough.is_set():
                key = secrets.token_hex(16)
                await self._told(lambda key=key: self._booked(client, slot, key))  # type: ignore[misc]
                await self._told(lambda: client.get("/api/v1/me", headers=self.citizen.headers))

    async def _told(self, ask: Callable[[], Awaitable[httpx.Response]]) -> None:
        try:
            self.statuses.add((await ask()).status_code)
        except httpx.TransportError:
            self.unanswered += 1

    async def _booked(self, client: httpx.AsyncClient, slot: Slot, key: str) -> httpx.Response:
        wanted = {"card_id": slot.card_id, "resource_id": slot.resource_id, "starts_at": slot.starts_at}
        headers = {**self.citizen.headers, "Idempotency-Key": key}
        answer = await client.post("/api/v1/bookings", json=wanted, headers=headers)
        if answer.status_code == 201:
            booking = str(answer.json()["id"])
            self.booked[key] = booking
            cancelled = await client.post(f"/api/v1/bookings/{booking}/cancellation", headers=self.citizen.headers)
            self.statuses.add(cancelled.status_code)
        return answer


@asynccontextmanager
async def rush(city: RunningCity, slot: Slot, people: int = 8) -> AsyncIterator[list[Caller]]:
    """More callers than places, booking and cancelling while the block runs."""
    callers = [Caller(await city.sign_in(2, f"resident-{number}")) for number in range(1, people + 1)]
    enough = asyncio.Event()
    going = [asyncio.create_task(caller.goes_on(city, slot, enough)) for caller in callers]
    try:
        yield callers
    finally:
        enough.set()
        await asyncio.gather(*going)


async def reconciled(city: RunningCity, slot: Slot, callers: list[Caller]) -> None:
    """What was acknowledged is there, and places taken are places held."""
    held = 0
    for caller in callers:
        states = await bookings_of(city, caller.citizen)
        assert set(caller.booked.values()) <= states.keys()
        held += list(states.values()).count("reserved")
    assert held <= CAPACITY
    assert await places_left(city, slot) == CAPACITY - held


async def test_workers_are_replaced_on_sighup_without_losing_a_request(tmp_path: Path, stores: dict[str, str]) -> None:
    async with several(tmp_path, stores, cards={"folder": str(with_few_places(tmp_path))}) as city:
        slot = await first_open_slot(city, PLACES, "counter")
        before = workers(city)
        async with rush(city, slot) as callers:
            city.process.send_signal(signal.SIGHUP)
            await eventually(lambda: logged(city, "workers replaced") == 1, "the workers are replaced", 60)
            await eventually(lambda: len(workers(city)) == WORKERS, "as many as before")
            assert not before & workers(city)
        for caller in callers:
            assert caller.unanswered == 0
            assert caller.statuses <= {200, 201, 409}
            assert 200 in caller.statuses
        await reconciled(city, slot, callers)
        assert not alive(before)

        # One that cannot start leaves everything as it is.
        (tmp_path / "settings.yaml").write_text("http: {port: none}")
        city.process.send_signal(signal.SIGHUP)
        await eventually(lambda: logged(city, "settings not taken over") > WORKERS, "the supervisor has looked, too")
        assert (await city.client.get("/readyz")).status_code == 200


async def test_a_worker_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost(
    tmp_path: Path, stores: dict[str, str]
) -> None:
    async with several(tmp_path, stores, cards={"folder": str(with_few_places(tmp_path))}) as city:
        slot = await first_open_slot(city, PLACES, "counter")
        async with rush(city, slot) as callers:
            await eventually(lambda: any(caller.booked for caller in callers), "somebody has booked", 60)
            for _ in range(2):
                before = workers(city)
                killed = min(before)
                os.kill(killed, signal.SIGKILL)
                await eventually(
                    lambda gone=killed: gone not in workers(city) and len(workers(city)) == WORKERS,  # type: ignore[misc]
                    "another has taken its place",
                )
                await everywhere(city, "/readyz", None, lambda answer: answer.status_code == 200)
        for caller in callers:
            assert caller.statuses <= {200, 201, 409}
        assert any(caller.booked for caller in callers)
        await reconciled(city, slot, callers)
        answers = await asyncio.gather(
            *(reserve(city, caller.citizen, slot, secrets.token_hex(16)) for caller in callers)
        )
        assert {answer.status_code for answer in answers} <= {201, 409}
        await reconciled(city, slot, callers)


async def test_when_the_supervisor_is_killed_nobody_is_left_behind(tmp_path: Path, stores: dict[str, str]) -> None:
    async with several(tmp_path, stores) as city:
        children = family(city.process.pid)
        assert len(children) > WORKERS
        await city.kill()
        await eventually(lambda: not alive(children), "its processes are gone")


async def test_several_workers_without_shared_stores_are_refused_by_name(tmp_path: Path) -> None:
    ended = await cst("serve", "--workers", "2", "--port", "0", "--data", tmp_path / "var")
    assert ended.code == 2
    assert "storage.documents: 2 workers need MongoDB" in ended.err
    assert "storage.ephemeral: 2 workers need Redis" in ended.err


def with_few_places(folder: Path) -> Path:
    """The city's cards, and one of few places that is open every day."""
    cards = delivered_copy(folder)
    made, problems = new_card(cards, PLACES, "booking")
    assert problems == []
    file = made / "card.yaml"
    card = yaml.safe_load(file.read_text())
    always = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "00:00", "closes": "24:00"}
    windows = [{**always, "slot_minutes": 60, "capacity": CAPACITY}]
    card["booking"]["schedules"] = {"always": {"windows": windows}}
    card["booking"]["resources"] = [{**card["booking"]["resources"][0], "id": "counter", "schedule": "always"}]
    card["booking"]["resources"][0].pop("day_capacity", None)
    file.write_text(yaml.safe_dump(card, allow_unicode=True))
    return cards
