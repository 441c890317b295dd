"""A small city for the booking tests: made-up people, two cards, and a service over any store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.caller import Citizen, Staff
from core.clock import ManualClock
from core.documents import BY_ID, D, Documents
from core.idempotency import RequestKey
from core.resident_id import check_digit
from identity_center.vault import Vault, VaultKeys
from service_registry.booking.bookings import Booking, Claim, Inventory
from service_registry.booking.party import Companion, Reservation
from service_registry.booking.ports import BookableCard
from service_registry.booking.schedule import BookingPlan
from service_registry.booking.service import BookingService
from service_registry.booking.tickets import TicketSigner

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
SUNDAY_EVENING = datetime(2026, 11, 22, 20, 0, tzinfo=SHANGHAI)
GATE = Staff(id="gate-1", name="East gate", role="gate")


def id_number(person: int) -> str:
    """The ID number of a made-up person: 999 are born on each day from 1930 on."""
    born = date(1930, 1, 1) + timedelta(days=person // 999)
    first = f"520102{born:%Y%m%d}{person % 999 + 1:03}"
    return first + check_digit(first)


def companion(person: int) -> Companion:
    return Companion(name="王小明", id_number=id_number(person))


def citizen(person: int) -> Citizen:
    return Citizen(id=f"citizen-{person}", session_id=f"session-{person}", assurance=2)


class People:
    """The people port over a real vault; `citizen-7` is person 7."""

    def __init__(self) -> None:
        self._vault = Vault(VaultKeys.generated())

    async def person_key(self, citizen_id: str) -> str:
        return self.blind_index(id_number(int(citizen_id.removeprefix("citizen-"))))

    async def companions(self, citizen_id: str, companion_ids: Sequence[str]) -> Mapping[str, Companion]:
        """Everybody has saved person 50 as `saved-50`, and so on."""
        numbers = {one: int(one.removeprefix("saved-")) for one in companion_ids if one.startswith("saved-")}
        return {companion_id: companion(person) for companion_id, person in numbers.items()}

    def blind_index(self, id_number: str) -> str:
        return self._vault.blind_index("id_number", id_number)

    async def seal(self, citizen_id: str, plaintext: str, context: str) -> str:
        return self._vault.seal(plaintext, f"{citizen_id} {context}")

    async def open(self, citizen_id: str, sealed: str, context: str) -> str:
        return self._vault.open(sealed, f"{citizen_id} {context}")


def _text(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": zh}


def park(*, capacity: int = 30, day_capacity: int | None = None, **rules: object) -> BookableCard:
    """A park of two hours in the morning and two in the afternoon, every day; one booking per person and day."""
    window = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "slot_minutes": 60, "capacity": capacity}
    windows = [{**window, "opens": "08:00", "closes": "10:00"}, {**window, "opens": "14:00", "closes": "16:00"}]
    resource = {"id": "qianling", "name": _text("黔灵山公园"), "schedule": "daily", "day_capacity": day_capacity}
    plan = {
        "schedules": {"daily": {"windows": windows}},
        "resources": [resource, {**resource, "id": "huaxi", "name": _text("花溪公园")}],
        "rules": {"one_live_booking_per": [["resource", "day"]], "companions_max": 5, **rules},
    }
    return BookableCard("gy.scenic_spots", "1.0.0", BookingPlan.model_validate(plan))


def counters(**rules: object) -> BookableCard:
    """Two matters, each in two halls; one booking per person and matter."""
    halls = {"north": _text("北厅"), "south": _text("南厅")}
    matters = {"passport": _text("护照"), "licence": _text("驾照")}
    resources = [
        {"id": f"{matter}.{hall}", "name": _text(matter), "path": {"matter": matter, "hall": hall}, "schedule": "week"}
        for matter in matters
        for hall in halls
    ]
    weekdays = ["mon", "tue", "wed", "thu", "fri"]
    window = {"weekdays": weekdays, "opens": "09:00", "closes": "12:00", "slot_minutes": 30, "capacity": 2}
    plan = {
        "levels": [
            {"key": "matter", "title": _text("事项"), "choices": matters},
            {"key": "hall", "title": _text("大厅"), "choices": halls},
        ],
        "schedules": {"week": {"windows": [window]}},
        "resources": resources,
        "rules": {"one_live_booking_per": [["matter"]], **rules},
    }
    return BookableCard("gy.appointments", "1.0.0", BookingPlan.model_validate(plan))


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


EIGHT = at(8)


def asking(starts_at: datetime = EIGHT, *companions: Companion, resource: str = "qianling") -> Reservation:
    return Reservation(resource_id=resource, starts_at=starts_at, companions=companions)


class City:
    """A booking service over a store, and what lies in the store."""

    def __init__(
        self, documents: Documents, clock: ManualClock | None = None, signer: TicketSigner | None = None
    ) -> None:
        self.documents = documents
        self.clock = clock or ManualClock(SUNDAY_EVENING)
        self.people = People()
        self.signer = signer or TicketSigner("gate-key-1", Ed25519PrivateKey.generate())
        self.bookings = BookingService(documents, self.clock, SHANGHAI, self.people, self.signer)

    def key(self, person: int, key: str, digest: str = "body") -> RequestKey:
        return RequestKey(self.clock, f"citizen-{person}", "POST /bookings", key, digest)

    async def everything(self, model: type[D]) -> list[D]:
        found: list[D] = []
        after: str | None = None
        while True:
            page = await self.documents.find(model, BY_ID.name, limit=1000, after=after)
            found += page.items
            after = page.after
            if after is None:
                return found

    async def check_books(self) -> None:
        """Every place taken belongs to a booking that holds it, and every live booking holds its claims."""
        bookings = await self.everything(Booking)
        holding = [booking for booking in bookings if booking.state in ("reserved", "checked_in")]
        expected: Counter[str] = Counter()
        for booking in holding:
            expected[f"{booking.card_id}/{booking.resource_id}/{booking.starts_at:%Y-%m-%dT%H:%M:%S.%fZ}"] += (
                booking.places
            )
            if booking.has_day_capacity:
                expected[f"{booking.card_id}/{booking.resource_id}/{booking.day}"] += booking.places
        taken = {inventory.id: inventory.taken for inventory in await self.everything(Inventory) if inventory.taken}
        assert taken == dict(expected)
        reserved = [booking for booking in bookings if booking.state == "reserved"]
        assert await self.documents.count(Booking, "due") == len(reserved)
        claims = {claim.id: claim.booking_id for claim in await self.everything(Claim)}
        live = [booking for booking in holding if booking.ends_at > self.clock.now()]
        assert all(claims[claim] == booking.id for booking in live for claim in booking.claims)
