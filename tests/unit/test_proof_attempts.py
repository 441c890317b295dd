"""Failed proofs wait: the account's and the device's, and nobody else's."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caller import Citizen
from identity_center.errors import AuthorityUnavailable, ProofLocked, RealNameMismatch, WeChatCodeInvalid
from identity_center.proof_attempts import ProofAttempts
from identity_center.settings import IdentitySettings, ProofAttemptSettings
from tests.unit.identity_world import LI, LI_NUMBER, PHONE_OF_LI, PHONE_OF_WANG, WANG, World

MANY_A_DAY = IdentitySettings(real_name_attempts_per_day=1000)


async def mismatch(world: World, citizen: Citizen) -> None:
    with pytest.raises(RealNameMismatch):
        await world.accounts.confirm_real_name(citizen, WANG, LI_NUMBER)


async def wait_of(world: World, citizen: Citizen) -> int:
    with pytest.raises(ProofLocked) as locked:
        await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    assert locked.value.retry_after_seconds is not None
    return locked.value.retry_after_seconds


async def test_the_wait_doubles_and_ends() -> None:
    world = World(settings=MANY_A_DAY)
    citizen = await world.with_phone()
    await mismatch(world, citizen)
    await mismatch(world, citizen)
    waits = []
    for _ in range(9):
        await mismatch(world, citizen)
        waits.append(await wait_of(world, citizen))
        world.clock.advance(seconds=waits[-1])
    assert waits == [61, 121, 241, 481, 961, 1921, 3601, 3601, 3601]
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    await mismatch(world, citizen)
    await mismatch(world, citizen)  # a success begins anew


async def test_whoever_knows_a_number_keeps_nobody_out_who_holds_it() -> None:
    world = World(settings=MANY_A_DAY)
    thief = await world.with_phone("openid-thief", PHONE_OF_WANG)
    for _ in range(3):
        await mismatch(world, thief)
    await wait_of(world, thief)
    holder = await world.citizen("openid-li", "device-of-li")
    await world.accounts.confirm_phone(holder, world.wechat.phone_code(PHONE_OF_LI))
    await world.accounts.confirm_real_name(holder, LI, LI_NUMBER)


async def test_one_device_does_not_become_new_with_each_account() -> None:
    world = World(settings=MANY_A_DAY)
    accounts = [await world.with_phone(f"openid-{number}") for number in range(4)]  # all on device-1
    for citizen in accounts[:3]:
        await mismatch(world, citizen)
    assert await wait_of(world, accounts[3]) == 61
    elsewhere = await world.citizen("openid-3", "device-2")
    await world.accounts.confirm_real_name(elsewhere, LI, LI_NUMBER)  # the account itself had not failed
    assert world.authority.asked == 4


async def test_a_success_on_a_device_does_not_wipe_out_what_others_failed_there() -> None:
    world = World(settings=MANY_A_DAY)
    guesser, holder = await world.with_phone("openid-guesser"), await world.with_phone("openid-li")
    await mismatch(world, guesser)
    await mismatch(world, guesser)
    await world.accounts.confirm_real_name(holder, LI, LI_NUMBER)
    fresh = await world.with_phone("openid-fresh")
    await mismatch(world, fresh)
    await wait_of(world, fresh)


async def test_phone_and_name_are_counted_apart() -> None:
    world = World()
    citizen = await world.with_phone()
    for _ in range(3):
        with pytest.raises(WeChatCodeInvalid):
            await world.accounts.confirm_phone(citizen, "made up")
    with pytest.raises(ProofLocked):
        await world.accounts.confirm_phone(citizen, world.wechat.phone_code(PHONE_OF_WANG))
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)


async def test_an_authority_that_is_down_makes_nobody_wait() -> None:
    world = World()
    citizen = await world.with_phone()
    world.authority.down = True
    for _ in range(10):
        with pytest.raises(AuthorityUnavailable):
            await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
    world.authority.down = False
    await world.accounts.confirm_real_name(citizen, LI, LI_NUMBER)


async def test_who_has_to_wait_is_told_once_a_day() -> None:
    world = World(settings=MANY_A_DAY)
    citizen = await world.with_phone()
    for _ in range(3):
        await mismatch(world, citizen)
    for _ in range(3):
        await wait_of(world, citizen)
    (told,) = (await world.messages.of(citizen)).items
    assert told.kind == "identity.proof_locked"
    world.clock.advance(hours=25)
    for _ in range(3):
        await mismatch(world, citizen)
    await wait_of(world, citizen)
    assert (await world.messages.of(citizen)).unread == 2


@given(st.lists(st.sampled_from(["fail", "succeed", "come to nothing", "wait"]), max_size=30))
@settings(max_examples=50, deadline=None)
def test_failures_in_a_row_and_nothing_else_make_one_wait(acts: list[str]) -> None:
    """Against a model that only counts."""

    async def live() -> None:
        world = World()
        citizen = await world.citizen()
        rules = ProofAttemptSettings(free_attempts=2, first_wait_seconds=10, longest_wait_seconds=10)
        tries = ProofAttempts(world.documents, world.clock, rules)
        account = device = 0
        until = world.clock.now()
        for act in acts:
            if act == "wait":
                world.clock.advance(seconds=10)
                continue
            if world.clock.now() < until:
                with pytest.raises(ProofLocked):
                    await tries.take(citizen, "face")
                continue
            attempt = await tries.take(citizen, "face")
            if act == "succeed":
                await tries.succeeded(attempt)
                account, device = 0, max(0, device - account)
            elif act == "come to nothing":
                await tries.came_to_nothing(attempt)
            else:
                account, device = account + 1, device + 1
                if max(account, device) >= 2:
                    until = world.clock.now() + timedelta(seconds=10)

    asyncio.run(live())
