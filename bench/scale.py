"""One city three ways: embedded with one worker, on MongoDB and Redis with one, and with two.

    python -m bench.scale [--quick] [--json]

For each the same requests: the catalogue, `/me`, a query that asks its department each time, reservations of one hot
slot and of 500 counters. Beside each stands the ceiling of the same moment, a bare Tornado handler (one process) that
answers the same bytes to the same client, and the ratio to the embedded city of the same run. Then what one call of
each store adds for a caller alone, and the memory of each worker without faces.

The servers are real (mongod, a replica set of one; Valkey), in the same run and on the same machine: on two cores they,
the workers, the department and the client share what there is, so that the second worker shows what it costs and what
it is worth there, and not what it brings on a machine that has room for it.

The bench checks itself: every answer has its status, and bookings acknowledged = places taken. It ends with status 1
when that does not hold.
"""

import argparse
import itertools
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import uvloop
import yaml

from bench.http import CARD, CONNECTIONS, COUNTERS, Target, cards_for_bench, ceiling, places_taken
from bench.load import load, request
from core.clock import SystemClock
from core.conditions import field as stored_field
from core.documents import Document, Documents, Insert, Patch
from core.ephemeral import Ephemeral, Rate
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.redis_ephemeral import RedisEphemeral
from server.adapters.sqlite_documents import SqliteDocuments
from tests.e2e.several_workers import workers
from tests.mongod import Mongod
from tests.running_city import RunningCity, SignedIn, running_city
from tests.valkey import Valkey

FUND = "/api/v1/cards/gy.housing_fund/operations/balance"
_JSON = {"Content-Type": "application/json"}


@dataclass
class Way:
    """One way to run the city, and what was found."""

    name: str
    settings: dict[str, Any]
    targets: list[Target] = field(default_factory=list)
    memory: list[dict[str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Place(Document):
    """What the calls of the stores are measured on."""

    collection: ClassVar[str] = "bench_places"

    taken: int = 0


# --- what citizens ask ---


def reservations(citizens: list[SignedIn], start: str, counters: int) -> Iterator[bytes]:
    """Without end: the card has no rule against booking twice."""
    for number, citizen in zip(itertools.cycle(range(counters)), itertools.cycle(citizens), strict=False):
        wanted = {"card_id": CARD, "resource_id": f"counter{number}", "starts_at": start}
        yield request("POST", "/api/v1/bookings", citizen.headers, json.dumps(wanted).encode())


async def targets_of(city: RunningCity, citizens: list[SignedIn]) -> tuple[list[Target], dict[str, dict[str, Any]]]:
    """What is measured, and the bytes that the ceiling answers in the place of each."""
    first = citizens[0]
    for citizen in citizens:
        wanted = {"card_id": "gy.housing_fund", "separate": ["id_number"]}
        (await city.client.post("/api/v1/consents", json=wanted, headers=citizen.headers)).raise_for_status()
    start = await first_start(city)
    signed = {
        "cards": itertools.cycle([request("GET", "/api/v1/cards")]),
        "me": itertools.cycle([request("GET", "/api/v1/me", citizen.headers) for citizen in citizens]),
        "query": itertools.cycle([request("POST", FUND, one.headers, b'{"input": {}}') for one in citizens]),
        "hot": reservations(citizens, start, 1),
        "spread": reservations(citizens, start, COUNTERS),
    }
    booked = next(signed["hot"]).partition(b"\r\n\r\n")[2]
    one = await city.client.post("/api/v1/bookings", content=booked, headers={**first.headers, **_JSON})
    answers = {
        "cards": await city.client.get("/api/v1/cards"),
        "me": await city.client.get("/api/v1/me", headers=first.headers),
        "query": await city.client.post(FUND, json={"input": {}}, headers=first.headers),
        "hot": one,
        "spread": one,
    }
    bare = {"query": ("POST", b'{"input": {}}'), "hot": ("POST", booked), "spread": ("POST", booked)}
    targets, bodies = [], {}
    for name, requests in signed.items():
        answer = answers[name].raise_for_status()
        method, body = bare.get(name, ("GET", b""))
        headers = None if name == "cards" else first.headers
        targets.append(Target(name, requests, request(method, f"/{name}", headers, body), answer.status_code))
        bodies[name] = {"body": answer.text, "status": answer.status_code}
    return targets, bodies


async def first_start(city: RunningCity) -> str:
    days = (await city.client.get(f"/api/v1/cards/{CARD}/resources/counter0/days?count=3")).json()["items"]
    path = f"/api/v1/cards/{CARD}/resources/counter0/slots?day={days[1]['day']}"
    return str((await city.client.get(path)).json()["items"][9]["starts_at"])


# --- one way after the other ---


async def measured(way: Way, folder: Path, rounds: int, seconds: float, people: int) -> None:
    async with running_city(folder, {"cards": {"folder": str(cards_without_rules(folder))}, **way.settings}) as city:
        citizens = [await city.sign_in(2) for _ in range(people)]
        way.targets, bodies = await targets_of(city, citizens)
        before = await places_taken(city)
        async with ceiling(folder, bodies) as bare:
            await _rounds(way, city, bare, rounds, seconds)
        way.memory = [memory_of(pid) for pid in sorted(workers(city) or {city.process.pid})]
        way.faults = await faults_of(way, city, before)


def cards_without_rules(folder: Path) -> Path:
    """The cards of bench.http; whoever likes may book again and again."""
    folder.mkdir()
    cards = cards_for_bench(folder)
    park = cards / CARD / "card.yaml"
    manifest = yaml.safe_load(park.read_text())
    manifest["booking"]["rules"].pop("one_live_booking_per")
    park.write_text(yaml.safe_dump(manifest, allow_unicode=True))
    return cards


async def _rounds(way: Way, city: RunningCity, bare: str, rounds: int, seconds: float) -> None:
    """One more than asked for: the first finds everything cold, and medians do not mind."""
    for _ in range(rounds + 1):
        for target in way.targets:
            forever = itertools.repeat(target.bare)
            target.ceiling.append(await load(bare, forever, connections=CONNECTIONS, seconds=seconds))
            target.city.append(await load(city.url, target.requests, connections=CONNECTIONS, seconds=seconds))


async def faults_of(way: Way, city: RunningCity, before: int) -> list[str]:
    faults = [
        f"{way.name}, {target.name}: answers with status {dict(sample.statuses)}, not {target.status}"
        for target in way.targets
        for sample in target.city
        if set(sample.statuses) != {target.status}
    ]
    acknowledged = sum(
        len(sample.seconds) for target in way.targets if target.name in ("hot", "spread") for sample in target.city
    )
    taken = await places_taken(city) - before
    if taken != acknowledged:
        faults.append(f"{way.name}: {acknowledged} bookings acknowledged, {taken} places taken")
    return faults


def memory_of(pid: int) -> dict[str, int]:
    """Megabytes: all that the process has in memory, and its fair share of what it shares with others."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    found = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)}
    return {"resident_mb": round(found["Rss"] / 1024), "share_mb": round(found["Pss"] / 1024)}


# --- what a call of a store adds ---


async def store_calls(folder: Path, mongo: str, redis: str, calls: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of one call, for a caller alone."""
    clock = SystemClock()
    documents: dict[str, Documents] = {
        "embedded": await SqliteDocuments.open(folder / "calls.db"),
        "mongodb": await MongoDocuments.open(mongo),
    }
    ephemeral: dict[str, Ephemeral] = {"embedded": MemoryEphemeral(clock), "redis": RedisEphemeral.open(redis)}
    found: dict[str, dict[str, float]] = {}
    for name, store in documents.items():
        found[f"{name} documents"] = {what: await _median(call, calls) for what, call in _document_calls(store).items()}
        await store.close()
    for name, values in ephemeral.items():
        found[f"{name} ephemeral"] = {
            what: await _median(call, calls) for what, call in _ephemeral_calls(values).items()
        }
        await values.close()
    return found


def _document_calls(store: Documents) -> dict[str, Callable[[], Awaitable[object]]]:
    async def taken() -> None:
        place, booking = "one", Place(id=secrets.token_hex(12))
        free = stored_field("taken").below(1 << 40)
        await store.write(
            Patch(Place, place, add={"taken": 1}, guard=free, otherwise=Place(id=place, taken=1)), Insert(booking)
        )

    return {
        "get": lambda: store.get(Place, "one"),
        "insert": lambda: store.write(Insert(Place(id=secrets.token_hex(12)))),
        "two operations": taken,
    }


def _ephemeral_calls(store: Ephemeral) -> dict[str, Callable[[], Awaitable[object]]]:
    rate = Rate(1_000_000, 1)
    return {
        "rate limit": lambda: store.allow("bench", rate),
        "nonce": lambda: store.first(secrets.token_hex(8), 60),
    }


async def _median(call: Callable[[], Awaitable[object]], calls: int) -> float:
    await call()
    seconds = []
    for _ in range(calls):
        began = time.perf_counter()
        await call()
        seconds.append(time.perf_counter() - began)
    return round(statistics.median(seconds) * 1000, 3)


# --- all of it ---


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[tuple[str, str]]:
    mongod = Mongod()
    mongod.start()
    valkey = Valkey(folder)
    try:
        yield mongod.url, valkey.url
    finally:
        valkey.kill()
        mongod.remove()


async def run(quick: bool) -> dict[str, Any]:
    rounds, seconds, people = (1, 0.5, 8) if quick else (5, 2.0, 40)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with servers(folder) as (mongo, redis):

            def shared(database: str, count: int) -> dict[str, Any]:
                stores = {"documents": mongo.replace("/?", f"/{database}?"), "ephemeral": redis}
                return {"workers": count, "storage": stores}

            ways = [Way("embedded", {}), Way("shared, 1 worker", shared("scale1", 1))]
            ways.append(Way("shared, 2 workers", shared("scale2", 2)))
            for number, way in enumerate(ways):
                await measured(way, folder / str(number), rounds, seconds, people)
            calls = await store_calls(folder, mongo.replace("/?", "/calls?"), redis, 50 if quick else 500)
    return {"ways": figures_of(ways), "calls": calls, "faults": [fault for way in ways for fault in way.faults]}


def figures_of(ways: list[Way]) -> list[dict[str, Any]]:
    embedded = {target.name: target.figures()["ratio"] for target in ways[0].targets}
    found = []
    for way in ways:
        rows = [target.figures() for target in way.targets]
        for row in rows:  # ratios of ratios: the machine's speed of the moment is in neither
            row["to_embedded"] = round(row["ratio"] / embedded[row["name"]], 2)
        found.append({"name": way.name, "rows": rows, "memory": way.memory})
    return found


def shown(found: dict[str, Any]) -> str:
    lines = []
    for way in found["ways"]:
        memory = ", ".join(f"{one['resident_mb']} MB ({one['share_mb']} its own share)" for one in way["memory"])
        lines += [f"{way['name']}: workers of {memory}"]
        lines += [f"{'':10}{'city/s':>9}{'ceiling/s':>11}{'ratio':>7}{'to embedded':>13}{'p50 ms':>9}{'p99 ms':>9}"]
        lines += [
            f"  {row['name']:8}{row['per_second']:>9}{row['ceiling_per_second']:>11}{row['ratio']:>7}"
            f"{row['to_embedded']:>13}{row['p50_ms']:>9}{row['p99_ms']:>9}"
            for row in way["rows"]
        ]
    lines += ["one call of a store, milliseconds (median, one caller)"]
    lines += [
        f"  {name:20}" + "  ".join(f"{what} {ms}" for what, ms in row.items()) for name, row in found["calls"].items()
    ]
    return "\n".join([*lines, "checked: " + ("; ".join(found["faults"]) or "statuses and places add up")])


def main() -> int:
    parser = argparse.ArgumentParser(description="the city embedded, and on MongoDB and Redis with one and two workers")
    parser.add_argument("--quick", action="store_true", help="short rounds")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    chosen = parser.parse_args()
    found = uvloop.run(run(chosen.quick))
    print(json.dumps(found) if chosen.json else shown(found))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
