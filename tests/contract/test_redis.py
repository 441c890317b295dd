"""What holds for Redis alone: servers that die, hang and forget, clusters, and many workers on one quota."""

import asyncio
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis

from core.ephemeral import Rate, Subscription
from core.errors import StoreUnavailable
from server.adapters.redis_ephemeral import RedisEphemeral
from tests.valkey import Valkey, let_pass, new_prefix, shared_url

RATE = Rate(limit=1_000_000, seconds=60)
DEADLINE = 0.8
PATIENCE = 15.0
"""Far beyond every deadline: for what must happen at all."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    """One that may be ill-treated."""
    server = Valkey(tmp_path)
    yield server
    server.kill()


@asynccontextmanager
async def store_on(url: str, *, cluster: bool = False, prefix: str = "city:") -> AsyncIterator[RedisEphemeral]:
    store = RedisEphemeral.open(url, prefix=prefix, deadline_seconds=DEADLINE, cluster=cluster)
    try:
        yield store
    finally:
        await store.close()


async def answers_again(store: RedisEphemeral) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StoreUnavailable):
                return await store.ping()


async def use_everything(store: RedisEphemeral) -> None:
    assert (await store.allow("k", RATE)).allowed
    assert await store.lease("k", 5, 10, 60) == 5
    await store.give_back("k", 2)
    assert await store.leased("k") == 3
    assert await store.first("k", 60)
    await store.put("k", "it", 60)
    assert await store.get("k") == "it"
    assert await store.take("k") == "it"
    await store.put("k", "it", 60)
    assert [await store.join("line", member) for member in "aba"] == [1, 2, 1]


class TestFaults:
    async def test_a_killed_server_is_told_at_once_and_used_again_when_it_is_back(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            await asyncio.gather(*(store.allow(f"k{number}", RATE) for number in range(50)))
            server.kill()
            async with asyncio.timeout(PATIENCE):
                calls = (store.allow(f"k{number}", RATE) for number in range(50))
                answers = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(answer) for answer in answers} == {StoreUnavailable}
            server.restart()
            await answers_again(store)
            await use_everything(store)

    async def test_killed_while_it_is_used(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            await store.ping()
            calls = [asyncio.ensure_future(store.first(f"k{number}", 60)) for number in range(3_000)]
            await calls[300]
            server.kill()
            async with asyncio.timeout(PATIENCE):
                answers = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(answer) for answer in answers} == {bool, StoreUnavailable}

    async def test_a_server_that_hangs_is_given_up_within_the_deadline(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            await store.ping()
            server.hang()
            loop = asyncio.get_running_loop()
            asked = loop.time()
            answers = await asyncio.gather(*(store.first(f"k{n}", 60) for n in range(500)), return_exceptions=True)
            assert loop.time() - asked < DEADLINE * 3
            assert {type(answer) for answer in answers} == {StoreUnavailable}
            with pytest.raises(StoreUnavailable):
                await store.subscribe("cards")
            server.go_on()
            await answers_again(store)
            for number in range(50):  # nobody gets the late answer to another's question
                await store.put(f"v{number}", str(number), 60)
            values = await asyncio.gather(*(store.get(f"v{number}") for number in range(50)))
            assert values == [str(number) for number in range(50)]

    async def test_a_server_that_was_never_there(self) -> None:
        async with store_on("redis://127.0.0.1:1") as store:
            for call in (store.ping(), store.publish("cards", "x"), store.subscribe("cards"), store.allow("k", RATE)):
                with pytest.raises(StoreUnavailable):
                    await call

    async def test_scripts_that_the_server_forgot_are_sent_again(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            with Redis.from_url(server.url) as client:
                for number in range(3):
                    client.script_flush()
                    calls = (store.lease("k", 1, 1_000, 60) for _ in range(100))
                    assert sum(await asyncio.gather(*calls)) == 100
                    assert await store.leased("k") == 100 * (number + 1)

    async def test_a_full_server_refuses_and_breaks_nothing(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            await store.put("k", "kept", 60)
            with Redis.from_url(server.url) as client:
                client.config_set("maxmemory", 1)
                for call in (store.put("other", "x", 60), store.allow("k", RATE), store.lease("k", 1, 9, 60)):
                    with pytest.raises(StoreUnavailable):
                        await call
                assert await store.get("k") == "kept"
                client.config_set("maxmemory", 0)
            await use_everything(store)

    async def test_callers_who_go_away_do_not_disturb_the_others(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            for number in range(200):
                await store.put(f"v{number}", str(number), 60)
            calls = [asyncio.ensure_future(store.get(f"v{number}")) for number in range(200)]
            await asyncio.sleep(0)
            for call in calls[::2]:
                call.cancel()
            answers = await asyncio.gather(*calls, return_exceptions=True)
            assert answers[1::2] == [str(number) for number in range(1, 200, 2)]
            assert await store.get("v7") == "7"


class TestNews:
    async def test_are_heard_again_after_the_server_was_away(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            cards, keys = await store.subscribe("cards"), await store.subscribe("keys")
            server.restart()
            assert await published_until_heard(store, "cards", cards) == "news of cards"
            assert await published_until_heard(store, "keys", keys) == "news of keys"

    async def test_are_heard_again_after_the_server_hung(self, server: Valkey) -> None:
        async with store_on(server.url) as store:
            cards = await store.subscribe("cards")
            server.hang()
            with pytest.raises(StoreUnavailable):
                await store.publish("cards", "nobody hears this")
            server.go_on()
            assert await published_until_heard(store, "cards", cards) in {"news of cards", "nobody hears this"}

    async def test_go_from_one_worker_to_the_others(self) -> None:
        prefix = new_prefix()
        async with store_on(shared_url(), prefix=prefix) as one, store_on(shared_url(), prefix=prefix) as other:
            cards = await one.subscribe("cards")
            await other.publish("cards", "from the other")
            assert await anext(aiter(cards)) == "from the other"

    async def test_many_who_subscribe_at_once_hear_all(self) -> None:
        async with store_on(shared_url(), prefix=new_prefix()) as store:
            many = await asyncio.gather(*(store.subscribe(f"channel{number % 5}") for number in range(20)))
            for number in range(5):
                await store.publish(f"channel{number}", str(number))
            assert [await anext(aiter(one)) for one in many] == [str(number % 5) for number in range(20)]


async def published_until_heard(store: RedisEphemeral, channel: str, news: Subscription) -> str:
    async def read() -> str:
        return await anext(aiter(news))

    reading = asyncio.ensure_future(read())
    async with asyncio.timeout(PATIENCE):
        while not reading.done():
            with suppress(StoreUnavailable):
                await store.publish(channel, f"news of {channel}")
            await asyncio.wait([reading], timeout=0.02)
    return reading.result()


class TestKeys:
    async def test_every_key_ends_and_none_is_outside_the_prefix(self, server: Valkey) -> None:
        async with store_on(server.url, prefix="one:") as one, store_on(server.url, prefix="two:") as two:
            await use_everything(one)
            await use_everything(two)
        with Redis.from_url(server.url, decode_responses=True) as client:
            keys = list(client.scan_iter())
            assert {key.strip("{").split(":")[0] for key in keys} == {"one", "two"}
            assert all(client.pttl(key) > 0 for key in keys)

    async def test_a_value_really_ends(self) -> None:
        async with store_on(shared_url(), prefix=new_prefix()) as store:
            await store.put("k", "it", 0.02)
            async with asyncio.timeout(PATIENCE):
                while await store.get("k") is not None:
                    pass
            assert await store.take("k") is None

    async def test_a_bucket_of_many_a_second_keeps_fractions_of_milliseconds(self) -> None:
        prefix = new_prefix()
        async with store_on(shared_url(), prefix=prefix) as store:
            rate = Rate(limit=30_000, seconds=10)
            for _ in range(10):
                await store.allow("k", rate, cost=2_999)
            left = (await store.allow("k", rate)).remaining
            assert 0 <= left - 9 < 30_000 * 0.5  # what was refilled meanwhile, and nothing lost to rounding
            let_pass(shared_url(), prefix, 10)
            assert (await store.allow("k", rate)).remaining == 29_999

    async def test_a_place_that_nobody_asks_for_in_a_day_is_given_up(self) -> None:
        prefix, hour = new_prefix(), 3_600
        async with store_on(shared_url(), prefix=prefix) as store:
            assert [await store.join("line", member) for member in "ab"] == [1, 2]
            let_pass(shared_url(), prefix, 23 * hour)
            assert await store.join("line", "b") == 2
            let_pass(shared_url(), prefix, 2 * hour)
            assert [await store.join("line", member) for member in "ba"] == [2, 3]
            let_pass(shared_url(), prefix, 25 * hour)
            assert await store.join("line", "a") == 1


class TestCluster:
    async def test_works_on_a_cluster(self, tmp_path: Path) -> None:
        """A real node in cluster mode refuses commands whose keys belong to different slots."""
        server = Valkey(tmp_path, "--cluster-enabled", "yes")
        try:
            with Redis.from_url(server.url) as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
                while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
                    pass
            async with store_on(server.url, cluster=True) as store:
                await answers_again(store)
                await use_everything(store)
                allowed = await asyncio.gather(*(store.allow(f"k{n % 50}", Rate(2, 3600)) for n in range(200)))
                assert Counter(one.allowed for one in allowed) == {True: 100, False: 100}
                cards = await store.subscribe("cards")
                await store.publish("cards", "one")
                assert await anext(aiter(cards)) == "one"
        finally:
            server.kill()


class TestServers:
    def test_one_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="nonsense"):
            Valkey(tmp_path, "--nonsense", "yes")

    def test_ends_with_the_process_that_started_it(self, tmp_path: Path) -> None:
        program = """
            import os, sys
            from pathlib import Path
            from tests.valkey import Valkey
            print(Valkey(Path(sys.argv[1])).port, flush=True)
            os.kill(os.getpid(), 9)
        """
        command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
        port = int(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
        deadline = time.monotonic() + PATIENCE
        while _listens(port):
            assert time.monotonic() < deadline, "it lives on"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
