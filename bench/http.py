"""The city over HTTP, as ratios to the ceiling: a bare Tornado handler that answers the same bytes, to the same client,
in the same run.

    python -m bench.http [--quick] [--json]

Everything is on: tokens, limits (set high), metrics, logs, durable storage. The query asks the sandbox's department
over HTTP each time (its card's cache is off) and writes the citizen's access log. Rounds are interleaved, ceiling and
city in turn; what is shown is the median of the rounds' ratios.

The bench checks itself: every answer has the expected status, and bookings acknowledged = places taken = uses counted.
It ends with status 1 when that does not hold. One more yardstick for bookings: pretix 2026.8 (PostgreSQL, 2 workers)
took 13 to 20 orders a second on the same kind of machine; it is quoted, not run.
"""

import argparse
import asyncio
import itertools
import json
import shutil
import statistics
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
import yaml

from bench.load import Sample, load, request
from tests.running_city import ROOT, RunningCity, SignedIn, running_city

CONNECTIONS = 32
PRETIX_ORDERS = 20
"""The upper end of what was measured; see the module's docstring."""
CARD = "xx.bench"
COUNTERS = 500


@dataclass
class Target:
    """One thing that is measured. `requests` never ends; `status` is what every answer must have."""

    name: str
    requests: Iterator[bytes]
    bare: bytes
    """The same request, headers and body, to the ceiling."""
    status: int = 200
    ceiling: list[Sample] = field(default_factory=list)
    city: list[Sample] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return statistics.median(
            ours.per_second / bare.per_second for ours, bare in zip(self.city, self.ceiling, strict=True)
        )

    def figures(self) -> dict[str, Any]:
        every = Sample(seconds=[seconds for sample in self.city for seconds in sample.seconds])
        return {
            "name": self.name,
            "per_second": round(statistics.median(sample.per_second for sample in self.city)),
            "ceiling_per_second": round(statistics.median(sample.per_second for sample in self.ceiling)),
            "ratio": round(self.ratio, 2),
            "p50_ms": round(every.percentile(0.5), 1),
            "p99_ms": round(every.percentile(0.99), 1),
            "answers": len(every.seconds),
        }


def cards_for_bench(folder: Path) -> Path:
    """The city's cards, with no cache on the query, and one card with very many places to book."""
    cards = folder / "cards"
    shutil.copytree(ROOT / "service_registry" / "cards", cards)
    fund = cards / "gy.housing_fund" / "card.yaml"
    manifest = yaml.safe_load(fund.read_text())
    manifest["upstream"].pop("cache", None)
    manifest["limits"] = {"per_citizen": "10000000/day", "per_card": "100000000/day", "concurrency": 200}
    fund.write_text(yaml.safe_dump(manifest, allow_unicode=True))
    park = yaml.safe_load((cards / "gy.scenic_spots" / "card.yaml").read_text())
    always = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "opens": "00:00", "closes": "24:00"}
    windows = [{**always, "slot_minutes": 60, "capacity": 1_000_000}]
    park.update(id=CARD, icon=None)
    park["booking"] = {
        "schedules": {"always": {"windows": windows}},
        "resources": [counter(number) for number in range(COUNTERS)],
        "rules": {"one_live_booking_per": [["resource", "day"]], "days_ahead": 14},
    }
    (cards / CARD).mkdir()
    (cards / CARD / "card.yaml").write_text(yaml.safe_dump(park, allow_unicode=True))
    return cards


def counter(number: int) -> dict[str, Any]:
    name = {"zh": f"{number}号窗口", "en": f"Counter {number}"}
    return {"id": f"counter{number}", "name": name, "schedule": "always", "day_capacity": 1_000_000}


@asynccontextmanager
async def ceiling(folder: Path, bodies: dict[str, dict[str, Any]]) -> AsyncIterator[str]:
    file = folder / "bodies.json"
    file.write_text(json.dumps(bodies))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.ceiling", str(file), cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout
    assert process.stdin
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def bookings(citizens: list[SignedIn], starts: list[str]) -> Iterator[bytes]:
    """Each citizen books each counter on each day once: all of these are different bookings."""
    for start, number, citizen in itertools.product(starts, range(COUNTERS), citizens):
        wanted = {"card_id": CARD, "resource_id": f"counter{number}", "starts_at": start}
        yield request("POST", "/api/v1/bookings", citizen.headers, json.dumps(wanted).encode())


async def prepared(city: RunningCity, citizens: list[SignedIn]) -> tuple[list[Target], dict[str, dict[str, Any]]]:
    """The targets, and the bytes that the ceiling answers in the place of each."""
    first = citizens[0]
    for citizen in citizens:
        consent = await city.client.post(
            "/api/v1/consents", json={"card_id": "gy.housing_fund", "separate": ["id_number"]}, headers=citizen.headers
        )
        consent.raise_for_status()
    days = (await city.client.get(f"/api/v1/cards/{CARD}/resources/counter0/days?count=12")).json()["items"][1:]
    starts = []
    for day in days:
        slots = (await city.client.get(f"/api/v1/cards/{CARD}/resources/counter0/slots?day={day['day']}")).json()
        starts.append(slots["items"][9]["starts_at"])
    fund = "/api/v1/cards/gy.housing_fund/operations/balance"
    asked = [("GET", "/api/v1/cards", 200), ("GET", "/api/v1/cards/gy.scenic_spots", 200), ("GET", "/api/v1/me", 200)]
    booked = bookings(citizens, starts)
    targets, bodies = [], {}
    for name, (method, path, status) in zip(("cards", "card", "me"), asked, strict=True):
        signed = [request(method, path, citizen.headers if name == "me" else None) for citizen in citizens]
        bare = request("GET", f"/{name}", first.headers if name == "me" else None)
        targets.append(Target(name, itertools.cycle(signed), bare, status))
        answer = await city.client.get(path, headers=first.headers)
        bodies[name] = {"body": answer.text, "status": status}
    queries = [request("POST", fund, citizen.headers, b'{"input": {}}') for citizen in citizens]
    answer = await city.client.post(fund, json={"input": {}}, headers=first.headers)
    bodies["query"] = {"body": answer.raise_for_status().text, "status": 200}
    bare = request("POST", "/query", first.headers, b'{"input": {}}')
    targets.append(Target("query", itertools.cycle(queries), bare))
    sample = next(booked)
    body = sample.partition(b"\r\n\r\n")[2]
    answer = await city.client.post("/api/v1/bookings", content=body, headers={**first.headers, **_JSON})
    bodies["booking"] = {"body": answer.raise_for_status().text, "status": 201}
    targets.append(Target("booking", booked, request("POST", "/booking", first.headers, body), 201))
    return targets, bodies


_JSON = {"Content-Type": "application/json"}


async def measured(city: RunningCity, bare: str, targets: list[Target], rounds: int, seconds: float) -> None:
    for target in targets:  # connections, caches and code paths warm
        await load(city.url, target.requests, connections=CONNECTIONS, seconds=seconds / 2)
    for _ in range(rounds):
        for target in targets:
            forever = itertools.repeat(target.bare)
            target.ceiling.append(await load(bare, forever, connections=CONNECTIONS, seconds=seconds))
            target.city.append(await load(city.url, target.requests, connections=CONNECTIONS, seconds=seconds))


async def faults_of(city: RunningCity, citizens: list[SignedIn], targets: list[Target]) -> list[str]:
    """What does not add up: statuses, places taken, uses counted, citizens counted."""
    faults = [
        f"{target.name}: answers with status {dict(sample.statuses)}, not {target.status}"
        for target in targets
        for sample in target.city
        if set(sample.statuses) != {target.status}
    ]
    operator = await city.staff("operator")
    cards = (await city.client.get("/api/v1/operator/cards", headers=operator)).json()["items"]
    uses = next(card["uses"]["ok"] for card in cards if card["card_id"] == CARD)
    taken = await places_taken(city)
    if uses != taken:
        faults.append(f"{uses} bookings counted, {taken} places taken")
    acknowledged = sum(len(sample.seconds) for target in targets if target.name == "booking" for sample in target.city)
    if uses < acknowledged:
        faults.append(f"{acknowledged} bookings acknowledged, {uses} counted")
    dau = (await city.client.get("/api/v1/operator/figures", headers=operator)).json()["dau"]
    if dau != len(citizens):
        faults.append(f"{len(citizens)} citizens came, {dau} were counted")
    return faults


async def places_taken(city: RunningCity) -> int:
    taken = 0
    for number in range(COUNTERS):
        path = f"/api/v1/cards/{CARD}/resources/counter{number}/days?count=14"
        days = (await city.client.get(path)).json()["items"]
        taken += sum(1_000_000 - day["places_left"] for day in days[1:])
    return taken


async def run(quick: bool) -> dict[str, Any]:
    rounds, seconds, people = (3, 0.6, 20) if quick else (7, 2.0, 50)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {"cards": {"folder": str(cards_for_bench(folder))}, "identity": {"tokens": {"access_minutes": 15}}}
        async with running_city(folder, settings) as city:
            citizens = [await city.sign_in(2) for _ in range(people)]
            targets, bodies = await prepared(city, citizens)
            async with ceiling(folder, bodies) as bare:
                await measured(city, bare, targets, rounds, seconds)
            faults = await faults_of(city, citizens, targets)
    figures = [target.figures() for target in targets]
    booking = figures[-1]["per_second"]
    return {"figures": figures, "bookings_to_pretix_orders": round(booking / PRETIX_ORDERS), "faults": faults}


def main() -> int:
    parser = argparse.ArgumentParser(description="requests per second as ratios to a bare Tornado handler")
    parser.add_argument("--quick", action="store_true", help="at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    chosen = parser.parse_args()
    found = uvloop.run(run(chosen.quick))
    if chosen.json:
        print(json.dumps(found))
    else:
        print(f"{'':10}{'city/s':>9}{'ceiling/s':>11}{'ratio':>7}{'p50 ms':>9}{'p99 ms':>9}{'answers':>9}")
        for row in found["figures"]:
            print(
                f"{row['name']:10}{row['per_second']:>9}{row['ceiling_per_second']:>11}{row['ratio']:>7}"
                f"{row['p50_ms']:>9}{row['p99_ms']:>9}{row['answers']:>9}"
            )
        print(f"bookings to pretix's {PRETIX_ORDERS} orders/s: {found['bookings_to_pretix_orders']} times")
        print("checked: " + ("; ".join(found["faults"]) or "statuses, places, uses and citizens add up"))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
