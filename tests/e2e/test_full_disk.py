"""A disk that fills up under a running city: what it promised it keeps, what it cannot promise it says so, and when
there is room again it goes on by itself."""

import asyncio
import resource
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.bookings import first_open_slot, places_left, reserve
from tests.running_city import RunningCity, SignedIn, running_city

CITIZENS = 12
BACK_SECONDS = 15.0


@contextmanager
def no_room_on_disk(city: RunningCity, folder: Path) -> Iterator[None]:
    """For the city's process no file can grow beyond what the write-ahead log is now."""
    (log,) = folder.rglob("*.db-wal")
    soft, hard = resource.prlimit(city.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(city.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
    try:
        yield
    finally:
        resource.prlimit(city.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


async def test_on_a_full_disk_nothing_is_promised_nothing_lost_and_room_is_found_again(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        crowd = [await city.sign_in(2) for _ in range(CITIZENS)]
        slot = await first_open_slot(city, "gy.scenic_spots", "huaxi_park")
        before = await places_left(city, slot)
        early, late = crowd[: CITIZENS // 2], crowd[CITIZENS // 2 :]
        kept = [
            (await reserve(city, one, slot, secrets.token_hex(16))).raise_for_status().json()["id"] for one in early
        ]
        with no_room_on_disk(city, tmp_path):
            answers = await asyncio.gather(*(reserve(city, one, slot, secrets.token_hex(16)) for one in late))
            for answer in answers:
                assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
                assert int(answer.headers["Retry-After"]) > 0
            ready = await city.client.get("/readyz")
            assert (ready.status_code, ready.json()["checks"]["documents"]) == (503, "store.unavailable")
            assert await held(city, early) == [[booking] for booking in kept], "what is there can be read"
        async with asyncio.timeout(BACK_SECONDS):
            while (await city.client.get("/readyz")).status_code != 200:  # noqa: ASYNC110  # nobody tells us
                await asyncio.sleep(0.05)
        assert await held(city, crowd) == [*([booking] for booking in kept), *([] for _ in late)]
        assert await places_left(city, slot) == before - len(early)
        for one in late:
            assert (await reserve(city, one, slot, secrets.token_hex(16))).status_code == 201
        assert await places_left(city, slot) == before - CITIZENS


async def held(city: RunningCity, crowd: list[SignedIn]) -> list[list[str]]:
    answers = [await city.client.get("/api/v1/bookings", headers=one.headers) for one in crowd]
    return [[booking["id"] for booking in answer.raise_for_status().json()["items"]] for answer in answers]
