"""Closing and erasing over every store, at the same moment as what goes against it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.closing import AccountClosing, Closing, Erasure
from core.documents import Documents
from core.errors import CityError
from identity_center.account import Account
from identity_center.consent import ConsentGrant
from identity_center.data_keys import StoredDataKey
from identity_center.errors import AccountNotFound
from identity_center.privacy.errors import ClosingNotFound
from identity_center.privacy.settings import PrivacySettings
from identity_center.session import Session
from service_registry.booking.bookings import Booking, Claim, Inventory
from tests.booking_city import at
from tests.privacy_world import PrivacyWorld
from tests.unit.identity_world import LI, LI_NUMBER

ROUNDS = 6
ROOT = Path(__file__).parents[2]


def opened(folder: Path, documents: Documents) -> PrivacyWorld:
    return PrivacyWorld(folder, documents, privacy=PrivacySettings(closing_days=1))


async def test_of_a_change_of_mind_and_the_erasing_one_happens(documents: Documents, tmp_path: Path) -> None:
    world = opened(tmp_path, documents)
    for number in range(ROUNDS):
        citizen = await world.citizen(f"openid-{number}", f"device-{number}")
        await world.closings.ask(citizen)
        world.clock.advance(days=1)
        acts = [world.closings.change_mind(citizen), world.erasures.run(), world.elsewhere().erasures.run()]
        outcomes = await asyncio.gather(*(acts if number % 2 else reversed(acts)), return_exceptions=True)
        errors = [one for one in outcomes if isinstance(one, BaseException)]
        stays = await documents.get(Account, citizen.id) is not None
        assert len(errors) == (0 if stays else 1), errors
        assert all(isinstance(error, ClosingNotFound | AccountNotFound) for error in errors)
        assert (await documents.get(Erasure, citizen.id) is None) == stays
        assert (await documents.get(StoredDataKey, citizen.id) is not None) == stays
        assert await documents.get(Closing, citizen.id) is None


async def test_signing_in_while_the_account_is_erased_is_in_the_old_or_in_a_new_one(
    documents: Documents, tmp_path: Path
) -> None:
    world = opened(tmp_path, documents)
    for number in range(ROUNDS):
        openid = f"openid-{number}"
        citizen = await world.citizen(openid)
        await world.closings.ask(citizen)
        world.clock.advance(days=1)
        signing = [world.citizen(openid, f"device-{one}") for one in range(4)]
        outcomes = await asyncio.gather(*signing[:2], world.erasures.run(), *signing[2:], return_exceptions=True)
        assert [one for one in outcomes if isinstance(one, BaseException)] == []
        await world.erased()
        live = [one for one in (await documents.find(Session, "id", limit=1000)).items if one.live_account]
        assert citizen.id not in {one.account_id for one in live}
        back = await world.citizen(openid, "device-9")
        assert back.id != citizen.id
        assert (await documents.find(Session, "live", citizen.id)).items == ()


async def test_booking_while_the_account_begins_to_close_is_booked_or_refused(
    documents: Documents, tmp_path: Path
) -> None:
    world = opened(tmp_path, documents)
    citizen = await world.with_real_name()
    outcomes = await asyncio.gather(
        world.booked(citizen, at(14)), world.closings.ask(citizen), world.booked(citizen, at(15)),
        world.agreed(citizen), return_exceptions=True,
    )  # fmt: skip
    assert all(isinstance(one, CityError) for one in outcomes if isinstance(one, BaseException))
    assert await documents.get(Closing, citizen.id) is not None
    for begun in (world.booked(citizen, at(15)), world.agreed(citizen)):
        with pytest.raises(AccountClosing):
            await begun


async def test_bookings_used_cancelled_and_erased_at_once_give_their_places_back_once(
    documents: Documents, tmp_path: Path
) -> None:
    world = opened(tmp_path, documents)
    citizen = await world.with_real_name()
    booking = await world.booked(citizen, at(15))
    await world.closings.ask(citizen)
    world.clock.advance(days=1)
    outcomes = await asyncio.gather(
        world.erasures.run(),
        world.bookings.cancel(citizen, booking.id),
        world.elsewhere().erasures.run(),
        world.bookings.close_past(),
        return_exceptions=True,
    )
    assert all(isinstance(one, CityError) for one in outcomes if isinstance(one, BaseException))
    await world.erased()
    assert await documents.count(Booking, "id") == await documents.count(Claim, "id") == 0
    assert [one.taken for one in (await documents.find(Inventory, "id")).items] == [0]


async def test_confirming_another_account_while_the_first_is_erased_keeps_the_person(
    documents: Documents, tmp_path: Path
) -> None:
    world = opened(tmp_path, documents)
    first = await world.with_real_name("first")
    issued = await world.issued()
    second = await world.with_phone("second")
    await world.closings.ask(first)
    world.clock.advance(days=1)
    outcomes = await asyncio.gather(
        world.erasures.run(), world.accounts.confirm_real_name(second, LI, LI_NUMBER), return_exceptions=True
    )
    assert [one for one in outcomes if isinstance(one, BaseException)] == []
    await world.erased()
    assert await documents.get(Account, first.id) is None
    held = await world.register.of_citizen(second)
    assert {one.id for one in held} <= {issued.id}
    assert all(world.register.content(one).holder.name == LI for one in held), "kept whole, or gone whole"


async def test_two_jobs_at_once_erase_once(documents: Documents, tmp_path: Path) -> None:
    world = opened(tmp_path, documents)
    citizen = await world.settled()
    await world.closings.ask(citizen)
    world.clock.advance(days=1)
    others = [world.elsewhere() for _ in range(3)]
    await asyncio.gather(*(one.erasures.run() for one in (world, *others)))
    world.clock.advance(minutes=11)
    await asyncio.gather(*(one.erasures.run() for one in (world, *others)))
    await world.erased()
    (erasure,) = (await documents.find(Erasure, "id")).items
    assert (erasure.person_key, erasure.next_at) == (None, None)
    assert await world.log.fault(citizen.id) is None
    assert (await documents.find(ConsentGrant, "live", citizen.id)).items == ()


async def test_what_was_under_way_cannot_make_a_new_key_for_an_erased_account(
    documents: Documents, tmp_path: Path
) -> None:
    world = opened(tmp_path, documents)
    citizen = await world.citizen()
    await world.closed(citizen)
    with pytest.raises(AccountNotFound):
        await world.elsewhere().data_keys.seal(citizen.id, "late", "context")
    assert await documents.get(StoredDataKey, citizen.id) is None


def test_an_erasing_that_is_killed_anywhere_comes_to_the_same_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.contract.erasing_killed", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.split()[-1]) > 10, "it was killed at each of its writes"
