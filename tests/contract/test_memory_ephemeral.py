"""What holds for the ephemeral store in memory alone: it stays small, and forgets the right things first."""

import tracemalloc
from datetime import UTC, datetime

import pytest

from core.clock import ManualClock
from core.ephemeral import Rate
from core.errors import StoreUnavailable
from server.adapters.memory_ephemeral import MemoryEphemeral

RATE = Rate(limit=10, seconds=10)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, tzinfo=UTC))


async def test_a_flood_of_keys_does_not_grow_it(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock, capacity=1_000)
    for number in range(20_000):
        assert (await store.allow(f"stranger:{number}", RATE)).allowed
        await store.put(f"value:{number}", "v", 60)
    assert store.entries() <= 2_000


async def test_a_flood_of_strangers_does_not_free_who_is_over_the_limit(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock, capacity=1_000)
    await store.allow("abuser", RATE, cost=10)
    for number in range(5_000):
        await store.allow(f"stranger:{number}", RATE)
    assert not (await store.allow("abuser", RATE)).allowed


async def test_what_has_ended_makes_room(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock, capacity=100)
    for _ in range(30):
        for number in range(90):
            assert await store.first(f"{clock.monotonic()}:{number}", 5)
            await store.lease(f"{clock.monotonic()}:{number}", 1, limit=1, seconds=5)
        clock.advance(seconds=6)
    assert store.entries() <= 200


async def test_what_is_taken_at_once_leaves_nothing_behind(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock)
    tracemalloc.start()
    for number in range(20_000):
        await store.put(f"{number}", "v", 3_600)
        assert await store.take(f"{number}") == "v"
    bytes_kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert store.entries() == 0
    assert bytes_kept < 1_000_000


async def test_nonces_and_quotas_are_never_forgotten_early(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock, capacity=10)
    for number in range(10):
        assert await store.first(f"{number}", 60)
        assert await store.lease(f"{number}", 1, limit=1, seconds=60) == 1
        assert await store.join("line", f"{number}") == number + 1
    with pytest.raises(StoreUnavailable):
        await store.first("10", 60)
    with pytest.raises(StoreUnavailable):
        await store.lease("10", 1, limit=1, seconds=60)
    with pytest.raises(StoreUnavailable):
        await store.join("line", "10")
    assert not await store.first("0", 60)
    assert await store.lease("0", 1, limit=1, seconds=60) == 0
    assert await store.join("line", "0") == 1
    clock.advance(seconds=61)
    assert await store.first("10", 60)


async def test_a_place_that_nobody_asks_for_in_a_day_is_given_up(clock: ManualClock) -> None:
    store = MemoryEphemeral(clock)
    assert [await store.join("line", member) for member in "ab"] == [1, 2]
    clock.advance(hours=23)
    assert await store.join("line", "b") == 2
    clock.advance(hours=2)
    assert [await store.join("line", member) for member in "ba"] == [2, 3]
    clock.advance(hours=25)
    assert await store.join("line", "a") == 1
