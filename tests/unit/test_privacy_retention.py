"""What is kept is kept for its period, and not a day longer than the job needs to notice."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.closing import Erasure
from core.documents import Document, Operation, Written
from identity_center.access_log import AccessLogEntry, AccessLogHead
from identity_center.consent import ConsentGrant
from identity_center.enterprise.enterprise import Mandate
from identity_center.face.records import FaceRecord
from identity_center.privacy.corrections import Correction
from identity_center.privacy.settings import PrivacySettings, RetentionSettings
from identity_center.relations.relation import Relation
from identity_center.staff.hall_codes import HallCode
from service_registry.booking.bookings import Booking, Inventory
from service_registry.booking.leaving import forget_past
from tests.booking_city import GATE, at
from tests.privacy_world import PrivacyWorld

KEPT = (ConsentGrant, FaceRecord, HallCode, Correction, Relation, Mandate)


async def counts(world: PrivacyWorld, *models: type[Document]) -> list[int]:
    return [await world.documents.count(model, "id") for model in models]


@pytest.mark.parametrize("field", RetentionSettings.model_fields)
def test_no_period_is_shorter_than_the_law_allows(field: str) -> None:
    with pytest.raises(ValidationError):
        RetentionSettings.model_validate({field: 30})
    assert RetentionSettings.model_validate({field: 2000})


async def test_each_is_forgotten_when_its_time_is_over_and_not_before(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path, privacy=PrivacySettings(batch=1))
    await world.closed(await world.settled())
    world.clock.advance(days=1085)
    assert await world.retention.run() == 0
    assert await counts(world, *KEPT) == [1, 1, 2, 1, 1, 1]
    world.clock.advance(days=13)
    assert await world.retention.run() == 1 + 1 + 2 + 1 + 1 + 2
    assert await counts(world, *KEPT, AccessLogEntry, AccessLogHead) == [0] * 8
    (erasure,) = (await world.documents.find(Erasure, "id")).items
    assert erasure.records_since is None, "the ledger itself stays"
    assert await world.retention.run() == 0


async def test_what_is_in_force_or_undecided_is_not_forgotten(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path)
    await world.settled()
    world.clock.advance(days=1097)
    await world.retention.run()
    assert await counts(world, ConsentGrant, Correction, AccessLogEntry) == [1, 1, 1], "it ran out two years ago"
    world.clock.advance(days=400)
    await world.retention.run()
    assert await counts(world, ConsentGrant, Correction, AccessLogEntry) == [0, 1, 1]


async def test_a_long_chain_holds_while_it_is_being_forgotten(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path, privacy=PrivacySettings(batch=3))
    citizen = await world.with_real_name()
    await world.agreed(citizen)
    for _ in range(10):
        await world.released(citizen)
    await world.closed(await world.fresh(citizen))
    world.clock.advance(days=1097)
    write, seen = world.documents.write, []

    async def looking(*operations: Operation) -> Written:
        written = await write(*operations)
        seen.append((await world.documents.count(AccessLogEntry, "id"), await world.log.fault(citizen.id)))
        return written

    world.documents.write = looking  # type: ignore[method-assign]
    assert await world.retention.run() == 10 + 1
    left = [count for count, _ in seen]
    assert {7, 4, 1, 0} <= set(left)
    assert {fault for _, fault in seen} == {None}


async def test_past_bookings_go_with_the_places_they_held(tmp_path: Path) -> None:
    world = PrivacyWorld(tmp_path, privacy=PrivacySettings(batch=2))
    citizen = await world.with_real_name()
    used = await world.booked(citizen, at(8))
    world.clock.advance(hours=20)
    token = (await world.bookings.ticket(citizen, used.id)).token
    await world.bookings.check_in(token, GATE)
    world.clock.advance(days=1)
    missed = await world.booked(citizen, at(8, day=used.day.replace(day=25)))
    world.clock.advance(days=2)
    await world.bookings.close_past()
    kept = world.privacy.retention.bookings_days
    days = timedelta(days=kept)
    assert await forget_past(world.documents, world.clock, days, 2) == 0
    world.clock.advance(days=kept)
    assert missed.id != used.id
    assert await forget_past(world.documents, world.clock, days, 2) == 2
    assert await counts(world, Booking) == [0]
    assert {one.taken for one in (await world.documents.find(Inventory, "id")).items} == {0}
