"""/readyz: what a load balancer may rely on, and what asking often does not cost."""

from core.clock import ManualClock
from core.errors import StoreUnavailable
from handlers.http.application import Route
from handlers.system import Readiness, Readyz
from tests.http.machinery import START, served


class Store:
    """Counts how often it is asked whether it can serve."""

    def __init__(self) -> None:
        self.pings = 0
        self.is_there = True

    async def ping(self) -> None:
        self.pings += 1
        if not self.is_there:
            raise StoreUnavailable("documents")


async def test_readiness_follows_the_stores_and_the_stop() -> None:
    store, clock = Store(), ManualClock(START)
    readiness = Readiness(clock, {"documents": store.ping})
    async with served([Route("/readyz", Readyz, {"readiness": readiness})]) as city:
        answer = await city.client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (200, {"documents": "ok"})

        store.is_there = False
        clock.advance(seconds=1)
        answer = await city.client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (503, {"documents": "store.unavailable"})

        store.is_there, readiness.stopping = True, True
        clock.advance(seconds=1)
        answer = await city.client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]) == (503, {"documents": "ok", "server": "stopping"})


async def test_whoever_asks_often_does_not_have_the_stores_written_to_each_time() -> None:
    store, clock = Store(), ManualClock(START)
    async with served([Route("/readyz", Readyz, {"readiness": Readiness(clock, {"documents": store.ping})})]) as city:
        for _ in range(5):
            assert (await city.client.get("/readyz")).status_code == 200
        assert store.pings == 1
        clock.advance(seconds=1)
        assert (await city.client.get("/readyz")).status_code == 200
        assert store.pings == 2
