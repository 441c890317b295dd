"""What every ephemeral adapter does."""

import asyncio
import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from core.ephemeral import Ephemeral, Rate, Subscription
from tests.contract.conftest import Momentary


class TestRateLimit:
    async def test_a_full_burst_then_a_steady_trickle(self, momentary: Momentary) -> None:
        rate = Rate(limit=5, seconds=10)
        answers = [await momentary.store.allow("k", rate) for _ in range(5)]
        assert [(one.allowed, one.remaining) for one in answers] == [
            (True, 4),
            (True, 3),
            (True, 2),
            (True, 1),
            (True, 0),
        ]
        refused = await momentary.store.allow("k", rate)
        assert (refused.allowed, refused.remaining) == (False, 0)
        assert 1.9 < refused.retry_after_seconds <= 2.0
        await momentary.passing(refused.retry_after_seconds)
        assert (await momentary.store.allow("k", rate)).allowed
        assert not (await momentary.store.allow("k", rate)).allowed

    async def test_a_refusal_costs_nothing(self, momentary: Momentary) -> None:
        rate = Rate(limit=1, seconds=4)
        await momentary.store.allow("k", rate)
        for _ in range(50):
            assert not (await momentary.store.allow("k", rate)).allowed
        await momentary.passing(4)
        assert (await momentary.store.allow("k", rate)).allowed

    async def test_a_dear_request_takes_its_cost_or_nothing(self, momentary: Momentary) -> None:
        rate = Rate(limit=10, seconds=10)
        assert (await momentary.store.allow("k", rate, cost=7)).remaining == 3
        refused = await momentary.store.allow("k", rate, cost=4)
        assert (refused.allowed, refused.remaining) == (False, 3)
        assert 0.9 < refused.retry_after_seconds <= 1.0
        assert (await momentary.store.allow("k", rate, cost=3)).allowed

    async def test_a_long_rest_earns_one_burst_and_no_more(self, momentary: Momentary) -> None:
        rate = Rate(limit=3, seconds=2)
        await momentary.store.allow("k", rate)
        await momentary.passing(60)
        assert [(await momentary.store.allow("k", rate)).allowed for _ in range(4)] == [True, True, True, False]

    async def test_keys_do_not_share(self, momentary: Momentary) -> None:
        rate = Rate(limit=1, seconds=60)
        assert [(await momentary.store.allow(key, rate)).allowed for key in "aabb"] == [True, False, True, False]

    async def test_many_at_once_get_no_more_than_the_limit(self, momentary: Momentary) -> None:
        answers = await asyncio.gather(*(momentary.store.allow("k", Rate(20, 3600)) for _ in range(200)))
        assert Counter(one.allowed for one in answers) == {True: 20, False: 180}

    @pytest.mark.parametrize(("limit", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
    def test_a_rate_that_allows_nothing_is_a_mistake(self, limit: int, seconds: float) -> None:
        with pytest.raises(ValueError):
            Rate(limit, seconds)


class TestQuota:
    async def test_grants_what_is_left(self, momentary: Momentary) -> None:
        store = momentary.store
        assert [await store.lease("q", 40, limit=100, seconds=60) for _ in range(4)] == [40, 40, 20, 0]
        assert await store.leased("q") == 100
        assert await store.leased("other") == 0

    async def test_takes_back_what_was_not_used(self, momentary: Momentary) -> None:
        store = momentary.store
        await store.lease("q", 100, limit=100, seconds=60)
        await store.give_back("q", 30)
        assert await store.leased("q") == 70
        assert await store.lease("q", 50, limit=100, seconds=60) == 30
        await store.give_back("q", 1_000)
        assert await store.leased("q") == 0
        assert await store.lease("q", 1_000, limit=100, seconds=60) == 100

    async def test_lives_from_its_first_lease(self, momentary: Momentary) -> None:
        store = momentary.store
        await store.lease("q", 5, limit=10, seconds=2)
        await momentary.passing(1)
        await store.lease("q", 5, limit=10, seconds=2)
        await momentary.passing(1.1)
        assert await store.leased("q") == 0
        await store.give_back("q", 5)
        assert await store.lease("q", 20, limit=10, seconds=2) == 10

    async def test_a_smaller_limit_grants_nothing_below_zero(self, momentary: Momentary) -> None:
        await momentary.store.lease("q", 50, limit=100, seconds=60)
        assert await momentary.store.lease("q", 10, limit=20, seconds=60) == 0
        assert await momentary.store.leased("q") == 50

    async def test_leases_at_once_never_exceed_the_limit(self, momentary: Momentary) -> None:
        store = momentary.store
        granted = await asyncio.gather(*(store.lease("q", 7, limit=1_000, seconds=60) for _ in range(300)))
        assert sum(granted) == 1_000 == await store.leased("q")

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=30), limit=st.integers(0, 60))
    def test_keeps_count_whatever_is_taken_and_returned(
        self, momentary: Momentary, io_loop: IOLoop, steps: list[tuple[bool, int]], limit: int
    ) -> None:
        async def check() -> None:
            await momentary.store.give_back("q", 1_000)
            taken = 0
            for taking, amount in steps:
                if taking:
                    granted = await momentary.store.lease("q", amount, limit, 3600)
                    assert granted == min(amount, limit - taken)
                    taken += granted
                else:
                    await momentary.store.give_back("q", amount)
                    taken = max(0, taken - amount)
                assert await momentary.store.leased("q") == taken <= limit

        io_loop.run_sync(check)


class TestValues:
    async def test_a_nonce_is_new_once(self, momentary: Momentary) -> None:
        store = momentary.store
        assert [await store.first(key, 2) for key in ("a", "a", "b")] == [True, False, True]
        await momentary.passing(2.1)
        assert await store.first("a", 2)

    async def test_of_many_at_once_one_is_first(self, momentary: Momentary) -> None:
        firsts = await asyncio.gather(*(momentary.store.first("nonce", 60) for _ in range(100)))
        assert Counter(firsts) == {True: 1, False: 99}

    async def test_a_value_is_kept_for_its_time(self, momentary: Momentary) -> None:
        store = momentary.store
        await store.put("k", "first 城市通 🏞️ \0", 2)
        assert await store.get("k") == "first 城市通 🏞️ \0"
        await store.put("k", "second", 4)
        await momentary.passing(2.1)
        assert await store.get("k") == "second"
        await momentary.passing(2.1)
        assert await store.get("k") is None
        assert await store.take("k") is None

    async def test_a_shorter_time_replaces_a_longer_one(self, momentary: Momentary) -> None:
        await momentary.store.put("k", "long", 3600)
        await momentary.store.put("k", "short", 1)
        await momentary.passing(1.1)
        assert await momentary.store.get("k") is None

    async def test_of_many_takers_one_gets_it(self, momentary: Momentary) -> None:
        await momentary.store.put("k", "it", 60)
        taken = await asyncio.gather(*(momentary.store.take("k") for _ in range(100)))
        assert Counter(taken) == {"it": 1, None: 99}
        assert await momentary.store.get("k") is None


class TestLine:
    async def test_numbers_follow_each_other_and_stay(self, momentary: Momentary) -> None:
        store = momentary.store
        assert [await store.join("line", member) for member in "abcab"] == [1, 2, 3, 1, 2]
        assert await store.join("other", "c") == 1
        assert await store.join("lin", "ec") == 1

    async def test_many_at_once_get_a_number_each(self, momentary: Momentary) -> None:
        members = [f"m{number % 100}" for number in range(200)]
        numbers = await asyncio.gather(*(momentary.store.join("line", member) for member in members))
        assert set(numbers) == set(range(1, 101))
        assert numbers[:100] == numbers[100:]


async def heard(subscription: Subscription, count: int) -> list[str]:
    messages: list[str] = []
    if count:
        async for message in subscription:
            messages.append(message)
            if len(messages) == count:
                break
    return messages


class TestTurn:
    async def test_a_burst_goes_through_and_the_rest_follow_one_by_one(self, momentary: Momentary) -> None:
        rate = Rate(limit=2, seconds=4)
        waits = [await momentary.store.turn("line", member, rate, 60) for member in "abcd"]
        assert waits[:2] == [0.0, 0.0]
        assert 1.9 < waits[2] <= 2.0
        assert 3.8 < waits[3] <= 4.0

    async def test_asking_again_is_the_same_turn_which_comes_nearer_and_comes(self, momentary: Momentary) -> None:
        rate = Rate(limit=1, seconds=10)
        store = momentary.store
        await store.turn("line", "first", rate, 60)
        assert 9.9 < await store.turn("line", "me", rate, 60) <= 10
        await momentary.passing(4)
        assert 5.8 < await store.turn("line", "me", rate, 60) <= 6
        assert 15.7 < await store.turn("line", "behind", rate, 60) <= 16
        await momentary.passing(7)
        assert [await store.turn("line", member, rate, 60) for member in ("first", "me")] == [0.0, 0.0]

    async def test_a_turn_that_is_over_is_taken_anew(self, momentary: Momentary) -> None:
        rate = Rate(limit=1, seconds=10)
        store = momentary.store
        assert await store.turn("line", "me", rate, 3) == 0.0
        await momentary.passing(4)
        assert 5.8 < await store.turn("line", "me", rate, 3) <= 6

    async def test_a_quiet_line_earns_one_burst_and_no_more(self, momentary: Momentary) -> None:
        rate = Rate(limit=3, seconds=3)
        await momentary.store.turn("line", "early", rate, 1)
        await momentary.passing(100)
        waits = [await momentary.store.turn("line", member, rate, 60) for member in "abcd"]
        assert waits[:3] == [0.0, 0.0, 0.0]
        assert waits[3] > 0.9

    async def test_lines_and_members_do_not_share(self, momentary: Momentary) -> None:
        rate = Rate(limit=1, seconds=60)
        assert await momentary.store.turn("line", "a", rate, 60) == 0.0
        assert await momentary.store.turn("other", "a", rate, 60) == 0.0
        assert await momentary.store.turn("lin", "ea", rate, 60) == 0.0

    async def test_however_many_ask_at_once_each_has_a_turn_of_their_own(self, momentary: Momentary) -> None:
        rate = Rate(limit=10, seconds=3600)
        members = [f"m{number}" for number in range(100)]
        asked = [*members, *members]
        waits = await asyncio.gather(*(momentary.store.turn("line", member, rate, 600) for member in asked))
        turns = sorted(waits[: len(members)])
        assert turns[:10] == [0.0] * 10
        assert all(later - earlier > 300 for earlier, later in itertools.pairwise(turns[9:]))
        assert max(abs(one - again) for one, again in zip(waits[:100], waits[100:], strict=True)) < 60


class TestNews:
    async def test_reaches_every_subscriber_of_its_channel_in_order(self, momentary: Momentary) -> None:
        store = momentary.store
        await store.publish("cards", "before anybody listened")
        first, second, other = [await store.subscribe(channel) for channel in ("cards", "cards", "other")]
        for message in ("one", "two 🏞️", "three"):
            await store.publish("cards", message)
        await store.publish("other", "else")
        assert await heard(first, 3) == await heard(second, 3) == ["one", "two 🏞️", "three"]
        assert await heard(other, 1) == ["else"]

    async def test_wakes_a_reader_that_waits(self, momentary: Momentary) -> None:
        subscription = await momentary.store.subscribe("cards")
        reading = asyncio.ensure_future(heard(subscription, 2))
        await asyncio.sleep(0)
        await momentary.store.publish("cards", "one")
        await momentary.store.publish("cards", "two")
        assert await reading == ["one", "two"]

    async def test_ends_when_closed(self, momentary: Momentary) -> None:
        subscription = await momentary.store.subscribe("cards")
        reading = asyncio.ensure_future(heard(subscription, 2))
        await asyncio.sleep(0)
        await subscription.close()
        assert await reading == []
        await momentary.store.publish("cards", "nobody hears this")

    async def test_ends_with_the_store(self, momentary: Momentary) -> None:
        reading = asyncio.ensure_future(heard(await momentary.store.subscribe("cards"), 1))
        await asyncio.sleep(0)
        await momentary.store.close()
        assert await reading == []

    async def test_a_slow_reader_loses_the_oldest_first(self, momentary: Momentary) -> None:
        subscription = await momentary.store.subscribe("cards")
        for number in range(5_000):
            await momentary.store.publish("cards", str(number))
        (oldest,) = await heard(subscription, 1)
        kept = [int(message) for message in await heard(subscription, 50)]
        assert kept == list(range(int(oldest) + 1, int(oldest) + 51))
        assert int(oldest) > 0


class NaiveEphemeral:
    """What an adapter must not be: it looks first and takes afterwards."""

    def __init__(self, store: Ephemeral) -> None:
        self._store = store
        self._leased = 0

    async def lease(self, want: int, limit: int) -> int:
        granted = min(want, limit - self._leased)
        await asyncio.sleep(0)
        self._leased += granted
        return granted

    async def take(self, key: str) -> str | None:
        value = await self._store.get(key)
        await asyncio.sleep(0)
        await self._store.take(key)
        return value


async def test_the_races_catch_a_store_that_looks_before_it_takes(momentary: Momentary) -> None:
    naive = NaiveEphemeral(momentary.store)
    assert sum(await asyncio.gather(*(naive.lease(7, 10) for _ in range(20)))) > 10
    await momentary.store.put("k", "it", 60)
    assert Counter(await asyncio.gather(*(naive.take("k") for _ in range(20))))["it"] > 1


async def test_it_answers(momentary: Momentary) -> None:
    await momentary.store.ping()
