"""A citizen's saved companions, over every store: nobody twice, never too many, whatever is asked at once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import Citizen
from core.documents import Documents
from core.errors import CityError
from core.idempotency import KeyReused, RequestKey
from core.masking import masked_id_number
from identity_center.companions import CompanionView, SavedCompanion
from identity_center.errors import (
    CompanionIsCitizen,
    CompanionNotFound,
    CompanionSavedAlready,
    InvalidIdNumber,
    InvalidName,
    PersonalDataMissing,
    TooManyCompanions,
)
from identity_center.names import is_name, normalised_name
from identity_center.settings import IdentitySettings
from service_registry.booking.errors import CompanionInvalid
from service_registry.booking.party import Companion, Reservation, party_of
from tests.booking_city import People, at, id_number
from tests.unit.identity_world import LI_NUMBER, WANG, WANG_NUMBER, World

FEW = IdentitySettings(saved_companions=5)


async def save(world: World, citizen: Citizen, person: int, key: RequestKey | None = None) -> CompanionView:
    world.clock.advance(milliseconds=1)
    return await world.companions.save(citizen, "王小明", id_number(person), key)


async def numbers(world: World, citizen: Citizen) -> list[str]:
    """The ID numbers on the list, in clear, in its order."""
    ids = [one.id for one in await world.companions.companions(citizen)]
    opened = await world.people.companions(citizen.id, ids)
    return [opened[one].id_number for one in ids]


async def all_at_once(attempts: Iterable[Awaitable[CompanionView]]) -> tuple[list[CompanionView], Counter[type]]:
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = Counter(type(outcome) for outcome in outcomes if isinstance(outcome, BaseException))
    return [outcome for outcome in outcomes if isinstance(outcome, CompanionView)], refused


async def test_who_is_saved_is_listed_masked_and_opens_for_a_booking(documents: Documents) -> None:
    world = World(documents)
    citizen = await world.with_real_name()
    saved = await world.companions.save(citizen, f" {WANG.replace('·', '•')} ", WANG_NUMBER.lower())
    assert (saved.name, saved.id_number) == ("阿" + "*" * (len(WANG) - 1), masked_id_number(WANG_NUMBER))
    assert await world.companions.companions(citizen) == (saved,)
    opened = (await world.people.companions(citizen.id, [saved.id, "no such"]))[saved.id]
    assert (opened.name, opened.id_number) == (WANG, WANG_NUMBER)
    assert WANG not in repr(opened)
    assert WANG_NUMBER not in repr(opened)
    stored = await documents.get(SavedCompanion, saved.id)
    assert stored is not None
    assert WANG not in stored.model_dump_json()
    assert WANG_NUMBER not in stored.model_dump_json()


async def test_of_ten_at_once_as_many_are_saved_as_there_are_places(documents: Documents) -> None:
    world = World(documents, settings=FEW)
    citizen = await world.with_real_name()
    saved, refused = await all_at_once(save(world, citizen, person) for person in range(10))
    assert (len(saved), refused) == (5, Counter({TooManyCompanions: 5}))
    assert {one.id for one in await world.companions.companions(citizen)} == {one.id for one in saved}


async def test_one_person_saved_ten_times_at_once_is_there_once(documents: Documents) -> None:
    world = World(documents)
    citizen = await world.with_real_name()
    saved, refused = await all_at_once(save(world, citizen, 1) for _ in range(10))
    assert (len(saved), refused) == (1, Counter({CompanionSavedAlready: 9}))
    assert await numbers(world, citizen) == [id_number(1)]


async def test_a_request_sent_ten_times_saves_once_and_is_answered_alike(documents: Documents) -> None:
    world = World(documents, settings=IdentitySettings(saved_companions=1))
    citizen = await world.with_real_name()

    def asked(digest: str = "digest") -> Awaitable[CompanionView]:
        key = RequestKey(world.clock, citizen.id, "companions", "key-1", digest)
        return save(world, citizen, 1, key)

    saved, refused = await all_at_once(asked() for _ in range(10))
    assert not refused
    assert len({one.id for one in saved}) == 1
    assert await asked() == saved[0], "also when the list is full by now"
    with pytest.raises(KeyReused):
        await asked("another body")


async def test_a_place_that_was_left_is_free_again(documents: Documents) -> None:
    world = World(documents, settings=FEW)
    citizen = await world.with_real_name()
    saved = [await save(world, citizen, person) for person in range(5)]
    with pytest.raises(TooManyCompanions) as refused:
        await save(world, citizen, 5)
    assert refused.value.facts == {"most": 5}
    with pytest.raises(CompanionSavedAlready):
        await save(world, citizen, 3)
    await world.companions.remove(citizen, saved[2].id)
    with pytest.raises(CompanionNotFound):
        await world.companions.remove(citizen, saved[2].id)
    await save(world, citizen, 5)
    assert await numbers(world, citizen) == [id_number(person) for person in (0, 1, 3, 4, 5)]


async def test_a_list_is_its_citizens_alone(documents: Documents) -> None:
    world = World(documents)
    citizen, other = await world.with_real_name("openid-1"), await world.with_real_name("openid-2")
    saved = await save(world, citizen, 1)
    assert await world.companions.companions(other) == ()
    assert await world.people.companions(other.id, [saved.id]) == {}
    with pytest.raises(CompanionNotFound):
        await world.companions.remove(other, saved.id)
    await save(world, other, 1)
    assert await numbers(world, citizen) == [id_number(1)]


@pytest.mark.parametrize(
    ("name", "number", "refusal"),
    [
        ("王小明", LI_NUMBER, CompanionIsCitizen),
        ("王小明", "11010519491231002Y", InvalidIdNumber),
        ("王小明", "110105194912310020", InvalidIdNumber),
        ("王小明", "", InvalidIdNumber),
        ("王1", WANG_NUMBER, InvalidName),
        ("·", WANG_NUMBER, InvalidName),
        ("  ", WANG_NUMBER, InvalidName),
        ("王\0明", WANG_NUMBER, InvalidName),
    ],
)
async def test_who_cannot_be_is_not_saved(name: str, number: str, refusal: type[CityError]) -> None:
    world = World()
    citizen = await world.with_real_name()
    with pytest.raises(refusal):
        await world.companions.save(citizen, name, number)
    assert await world.companions.companions(citizen) == ()


async def test_before_the_real_name_nobody_is_saved() -> None:
    world = World()
    citizen = await world.with_phone()
    with pytest.raises(PersonalDataMissing):
        await save(world, citizen, 1)


async def test_what_is_saved_can_be_booked_with_and_what_is_not_is_named_by_its_place() -> None:
    world = World()
    citizen = await world.with_real_name()
    saved = [await save(world, citizen, person) for person in (1, 2)]
    request = Reservation(resource_id="park", starts_at=at(8), saved_companions=tuple(one.id for one in saved))
    party = await party_of(world.people, citizen, request, 2, "booking-1")
    assert party.person_keys[1:] == tuple(world.people.blind_index(id_number(person)) for person in (1, 2))
    await world.companions.remove(citizen, saved[1].id)
    with pytest.raises(CompanionInvalid) as refused:
        await party_of(world.people, citizen, request, 2, "booking-2")
    assert refused.value.facts == {"member": 2, "reason": "not_saved"}


@given(st.text(st.characters() | st.sampled_from("·•.'’- 王〇欧"), max_size=8))
def test_every_name_that_can_be_saved_can_be_booked_with(typed: str) -> None:
    """Identity and booking have each their own idea of a name; identity's must not be the wider one."""
    name = normalised_name(typed)
    if is_name(name):
        companion = Companion(name=name, id_number=id_number(1))
        request = Reservation(resource_id="park", starts_at=at(8), companions=(companion,))
        party = asyncio.run(party_of(People(), Citizen("citizen-7", "session", 2), request, 1, "booking"))
        assert party.places == 2
