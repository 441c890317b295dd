"""A city in which something has happened of every kind: each of its collections holds documents."""

from contextlib import suppress

from core.archive import Archive
from core.clock import ManualClock
from core.documents import BY_ID, Documents, Insert, JsonObject
from core.text import text
from identity_center.errors import StaffRefused
from identity_center.face.records import FaceRecord
from identity_center.vault import Vault, VaultKeys
from identity_center.vault_mark import check_vault
from insight.model import UsageBatch, UsageWriter
from insight.usage import Insight
from server.collections import COLLECTIONS
from tests.booking_city import SHANGHAI, SUNDAY_EVENING, City, asking, at, citizen, companion, park
from tests.contract.archives import stored_in
from tests.credential_world import CredentialWorld
from tests.samples import sample_of
from tests.unit.identity_world import World

KEYS = VaultKeys.generated()
CARD, CENTRE = "gy.housing_fund", "gy.housing_fund_centre"
RELEASES = 12
"""Of one citizen: as texts, their numbers are not in their order."""


async def settle(documents: Documents, vault: Vault | None = None) -> None:
    """Everything happens on one evening, `SUNDAY_EVENING`."""
    clock = ManualClock(SUNDAY_EVENING)
    vault = vault or Vault(KEYS)
    await check_vault(documents, vault)
    world = CredentialWorld(documents, clock=clock, vault=vault)
    await _identity(world)
    await world.issued()
    await _bookings(City(documents, clock))
    await _figures(documents, clock)
    await _others(documents)


async def whole(archive: Archive) -> dict[str, list[JsonObject]]:
    """All documents by collection, as they lie there."""
    return {model.collection: await stored_in(archive, model) for model in COLLECTIONS}


async def _identity(world: World) -> None:
    li = await world.with_real_name()
    another = await world.citizen("openid-wang")
    await world.sessions.sign_out(await world.citizen(device="device-2"))
    await world.add_staff("li.na", "operator", "correct horse battery")
    with suppress(StaffRefused):
        await world.staff_sign_in("li.na", "incorrect horse bat")
    for one in (li, another):
        purpose = text("查询公积金账户", "See the housing fund account")
        await world.consents.grant(
            one, card_id=CARD, department=CENTRE, fields=["id_number"], purpose=purpose, separate=["id_number"]
        )
    for number in range(RELEASES):
        use = text("查询余额", "Balance")
        await world.personal_data.release(
            li.id, card_id=CARD, department=CENTRE, fields=["id_number"], purpose=use, request_id=f"request-{number}"
        )
    now = world.clock.now()
    record = FaceRecord(
        id="face-1", citizen_id=li.id, session_id=li.session_id, actions=("blink",), decision="accepted", reason=None,
        distance=0.31, challenge_distance=None, between_distance=0.2, model="dlib", thresholds={"accept": 0.5},
        consented_at=now, decided_at=now,
    )  # fmt: skip
    await world.documents.write(Insert(record))


async def _bookings(city: City) -> None:
    card = park(day_capacity=50)
    for person in range(1, 9):
        party = [companion(100 + person)] if person % 2 else []
        await city.bookings.reserve(citizen(person), card, asking(at(8 + person % 2), *party), city.key(person, "k"))
    left = await city.bookings.reserve(citizen(20), card, asking())
    await city.bookings.cancel(citizen(20), left.id)


async def _figures(documents: Documents, clock: ManualClock) -> None:
    insight = Insight(documents, clock, SHANGHAI)
    for number in range(5):
        insight.visit(f"citizen-{number}")
        insight.used(f"citizen-{number}", CARD, "ok" if number else "refused")
    await insight.stop()
    await documents.write(Insert(UsageBatch(id="batch", days=())), Insert(UsageWriter(id="writer", sequence=3)))


async def _others(documents: Documents) -> None:
    """One document of each collection in which nothing has happened."""
    for model in COLLECTIONS:
        if not (await documents.find(model, BY_ID.name, limit=1)).items:
            await documents.write(Insert(sample_of(model)))
