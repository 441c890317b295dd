"""A rush: 10,000 citizens for the 1,000 places of one slot, then a calm hour in which everybody gets a place.

    python -m bench.booking [--quick] [--json] [--data DIR]

Everything goes through the booking service over the SQLite store, durable at each acknowledgement. The yardstick is
the bare store in the same run: a write of two operations (a guarded patch and an insert) by as many callers at once; a
booking is five operations and two documents more. Rounds are interleaved; medians are shown.

The bench checks itself: acknowledged = stored = taken, none beyond the capacity, no citizen twice, although every tenth
citizen sends the request twice. It ends with status 1 when that does not hold.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Protocol
from zoneinfo import ZoneInfo

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.caller import Citizen
from core.clock import ManualClock
from core.conditions import field
from core.documents import BY_ID, Document, Documents, Insert, Patch
from core.idempotency import RequestKey
from core.resident_id import check_digit
from identity_center.vault import Vault, VaultKeys
from server.adapters.sqlite_documents import SqliteDocuments
from service_registry.booking.bookings import Booking, Inventory
from service_registry.booking.errors import AlreadyBooked, Full
from service_registry.booking.party import Reservation
from service_registry.booking.ports import BookableCard, NamedPerson
from service_registry.booking.schedule import BookingPlan
from service_registry.booking.service import BookingService
from service_registry.booking.tickets import TicketSigner

CALLERS = 100
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=ZONE)
STARTS_AT = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE).astimezone(UTC)


# --- what is measured: anything that citizens can book at ---


class Desk(Protocol):
    """Where citizens book."""

    async def book(self, person: int) -> str | None:
        """The id of the booking, or None when it is refused. Called again for the same person, it is a retry."""
        ...

    async def books(self) -> tuple[set[str], int]:
        """The ids of all bookings that are stored, and the places taken according to the inventory."""
        ...


@dataclass(frozen=True)
class Rush:
    """What came of one rush."""

    citizens: int
    places: int
    requests: int
    seconds: float
    acknowledged: int
    stored: int
    taken: int
    latency_ms: dict[str, float]
    faults: list[str]

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds


async def rush(desk: Desk, citizens: int, places: int) -> Rush:
    """Lets every citizen book, every tenth one twice, and compares what they were told with what is stored."""
    told: dict[int, set[str | None]] = defaultdict(set)
    latencies: list[float] = []

    async def one(person: int) -> None:
        started = time.perf_counter()
        booking = await desk.book(person)
        latencies.append(time.perf_counter() - started)
        told[person].add(booking)

    requests = [person for person in range(citizens) for _ in range(2 if person % 10 == 0 else 1)]
    seconds = await all_callers(one, requests)
    stored, taken = await desk.books()
    booked = [answers for answers in told.values() if answers != {None}]
    acknowledged = {booking for answers in booked for booking in answers if booking is not None}
    checks = {
        "oversold": len(acknowledged) <= places and taken <= places,
        "acknowledged, stored and taken differ": acknowledged == stored and len(stored) == taken,
        "a citizen has two bookings, or a retry was refused": all(len(answers) == 1 for answers in booked),
        "places are left although citizens were refused": len(acknowledged) == min(citizens, places),
    }
    return Rush(
        citizens=citizens,
        places=places,
        requests=len(requests),
        seconds=round(seconds, 3),
        acknowledged=len(acknowledged),
        stored=len(stored),
        taken=taken,
        latency_ms=percentiles(latencies),
        faults=[fault for fault, holds in checks.items() if not holds],
    )


async def all_callers(work: Callable[[int], Awaitable[None]], items: Iterable[int]) -> float:
    """Seconds until CALLERS at once have done all items."""
    left = iter(items)

    async def caller() -> None:
        for item in left:
            await work(item)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return time.perf_counter() - started


def percentiles(latencies: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(latencies, n=100)
    return {"p50": round(cuts[49] * 1000, 2), "p99": round(cuts[98] * 1000, 2), "max": round(max(latencies) * 1000, 2)}


# --- the service over a store ---


class People:
    """The people port over a real vault: `citizen-7` is person 7."""

    def __init__(self) -> None:
        self._vault = Vault(VaultKeys.generated())

    async def person_key(self, citizen_id: str) -> str:
        return self.blind_index(id_number(int(citizen_id.removeprefix("citizen-"))))

    async def companions(self, _citizen_id: str, _companion_ids: Sequence[str]) -> Mapping[str, NamedPerson]:
        return {}

    def blind_index(self, id_number: str) -> str:
        return self._vault.blind_index("id_number", id_number)

    async def seal(self, citizen_id: str, plaintext: str, context: str) -> str:
        return self._vault.seal(plaintext, f"{citizen_id} {context}")

    async def open(self, citizen_id: str, sealed: str, context: str) -> str:
        return self._vault.open(sealed, f"{citizen_id} {context}")


def id_number(person: int) -> str:
    """The ID number of a made-up person: 999 are born on each day from 1930 on."""
    born = date(1930, 1, 1) + timedelta(days=person // 999)
    first = f"520102{born:%Y%m%d}{person % 999 + 1:03}"
    return first + check_digit(first)


def park(places: int) -> BookableCard:
    """A park with one slot in the morning, and one booking per person and day."""
    window = {"weekdays": ["mon"], "opens": "08:00", "closes": "12:00", "slot_minutes": 240, "capacity": places}
    plan = {
        "schedules": {"daily": {"windows": [window]}},
        "resources": [{"id": "qianling", "name": {"zh": "黔灵山公园", "en": "Qianling Park"}, "schedule": "daily"}],
        "rules": {"one_live_booking_per": [["resource", "day"]]},
    }
    return BookableCard("gy.scenic_spots", "1.0.0", BookingPlan.model_validate(plan))


class ServiceDesk:
    """Citizens who call the booking service itself."""

    def __init__(self, documents: Documents, places: int) -> None:
        self._documents = documents
        self._clock = ManualClock(NOW)
        signer = TicketSigner("bench", Ed25519PrivateKey.generate())
        self._service = BookingService(documents, self._clock, ZONE, People(), signer)
        self._card = park(places)
        self._request = Reservation(resource_id="qianling", starts_at=STARTS_AT)

    async def book(self, person: int) -> str | None:
        citizen = Citizen(id=f"citizen-{person}", session_id="bench", assurance=2)
        key = RequestKey(self._clock, citizen.id, "POST /bookings", "first", "digest")
        try:
            return (await self._service.reserve(citizen, self._card, self._request, key)).id
        except (Full, AlreadyBooked):
            return None

    async def books(self) -> tuple[set[str], int]:
        stored: set[str] = set()
        after: str | None = None
        while True:
            page = await self._documents.find(Booking, BY_ID.name, limit=1000, after=after)
            stored |= {booking.id for booking in page.items}
            after = page.after
            if after is None:
                break
        inventories = await self._documents.find(Inventory, BY_ID.name)
        return stored, sum(inventory.taken for inventory in inventories.items)


async def rush_at_service(folder: Path, name: str, citizens: int, places: int) -> Rush:
    documents = await SqliteDocuments.open(folder / f"{name}.sqlite")
    try:
        return await rush(ServiceDesk(documents, places), citizens, places)
    finally:
        await documents.close()


# --- the yardstick ---


class Sold(Document):
    """How many are sold."""

    collection: ClassVar[str] = "sold"

    number: int


class Sale(Document):
    """One that is sold."""

    collection: ClassVar[str] = "sales"

    buyer: str


async def bare_writes_per_second(folder: Path, name: str, writes: int) -> float:
    """Durable writes of a guarded patch and an insert, straight at the store."""
    documents = await SqliteDocuments.open(folder / f"{name}.sqlite")
    await documents.write(Insert(Sold(id="sold", number=0)))

    async def one(number: int) -> None:
        await documents.write(
            Patch(Sold, "sold", add={"number": 1}, guard=field("number").below(writes)),
            Insert(Sale(id=f"sale-{number:08}", buyer=f"citizen-{number}")),
        )

    try:
        seconds = await all_callers(one, range(writes))
        sold = await documents.get(Sold, "sold")
        if sold is None or sold.number != writes:
            raise RuntimeError("the store lost a write")
    finally:
        await documents.close()
    return writes / seconds


# --- the run ---


@dataclass(frozen=True)
class Figures:
    """What is printed; of rounds, the medians."""

    rush: Rush
    rush_requests_per_second: float
    calm_bookings_per_second: float
    bare_writes_per_second: float
    booking_to_bare_write: float
    faults: list[str]


async def measure(folder: Path, citizens: int, places: int, rounds: int) -> Figures:
    rushes: list[Rush] = []
    calms: list[Rush] = []
    bare: list[float] = []
    for number in range(rounds):
        bare.append(await bare_writes_per_second(folder, f"bare-{number}", citizens))
        rushes.append(await rush_at_service(folder, f"rush-{number}", citizens, places))
        calms.append(await rush_at_service(folder, f"calm-{number}", citizens, citizens))
    calm = statistics.median(one.acknowledged / one.seconds for one in calms)
    yardstick = statistics.median(bare)
    faults = [fault for one in (*rushes, *calms) for fault in one.faults]
    return Figures(
        rush=rushes[-1],
        rush_requests_per_second=round(statistics.median(one.requests_per_second for one in rushes)),
        calm_bookings_per_second=round(calm),
        bare_writes_per_second=round(yardstick),
        booking_to_bare_write=round(calm / yardstick, 2),
        faults=faults,
    )


def shown(figures: Figures) -> str:
    rush, latency = figures.rush, figures.rush.latency_ms
    return f"""\
A rush of {rush.citizens:,} citizens for {rush.places:,} places, {CALLERS} at once, every tenth sends twice
  sold {rush.acknowledged:,} = stored {rush.stored:,} = taken {rush.taken:,}; {len(figures.faults)} faults
  {figures.rush_requests_per_second:,} requests/s; answered in {latency["p50"]} ms (median), {latency["p99"]} ms (p99)
Everybody gets a place
  {figures.calm_bookings_per_second:,} bookings/s, durable: {figures.booking_to_bare_write} of the yardstick
Yardstick: bare two-operation writes to the same store
  {figures.bare_writes_per_second:,} writes/s"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.booking", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 citizens for 200 places, one round")
    parser.add_argument("--json", action="store_true", help="one object with the same figures")
    parser.add_argument("--data", type=Path, help="folder on the disk to be measured (a temporary one)")
    options = parser.parse_args()
    citizens, places, rounds = (2_000, 200, 1) if options.quick else (10_000, 1_000, 3)
    with tempfile.TemporaryDirectory(dir=options.data) as folder:
        figures = uvloop.run(measure(Path(folder), citizens, places, rounds))
    print(json.dumps(asdict(figures), ensure_ascii=False) if options.json else shown(figures))
    for fault in figures.faults:
        print(f"fault: {fault}", file=sys.stderr)
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
