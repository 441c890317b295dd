"""Answers that are made while they are sent."""

import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from core.caller import StepUpNeeded
from handlers.http.application import Route
from handlers.http.contract import Stream, endpoint
from handlers.http.handler import Handler
from handlers.http.policy import anyone
from tests.http.machinery import served

MANY = 200


class Ledger(Handler):
    """`broken_at` is the piece that cannot be made; 0 before anything was sent."""

    def initialize(self, broken_at: int, made: list[int]) -> None:
        self.broken_at = broken_at
        self.made = made

    @endpoint(who=anyone(), media_type="text/plain")
    async def get(self) -> Stream:
        """All of it."""
        return Stream(self.pieces(), "text/plain", {"Content-Disposition": "attachment"})

    async def pieces(self) -> AsyncIterator[bytes]:
        for number in range(MANY):
            if number == self.broken_at:
                raise StepUpNeeded(2, None) if number == 0 else RuntimeError("520100199203150024")
            self.made.append(number)
            yield b"x" * 1000


def route(broken_at: int, made: list[int]) -> Route:
    return Route("/ledger", Ledger, {"broken_at": broken_at, "made": made})


async def test_it_arrives_whole_with_its_headers() -> None:
    async with served([route(-1, [])]) as city:
        answer = await city.client.get("/ledger")
        assert (answer.status_code, len(answer.content)) == (200, MANY * 1000)
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.headers["X-Request-Id"]


async def test_what_fails_before_anything_is_sent_is_a_problem() -> None:
    async with served([route(0, [])]) as city:
        answer = await city.client.get("/ledger")
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.step_up_needed")


async def test_what_fails_on_the_way_is_cut_off_and_never_taken_for_the_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    async with served([route(150, [])]) as city:
        with pytest.raises(httpx.RemoteProtocolError):
            await city.client.get("/ledger")
        assert (await city.client.get("/nowhere")).status_code == 404, "others are served"
    assert "an answer was cut short" in caplog.text


async def test_nothing_more_is_made_for_a_client_that_has_gone() -> None:
    made: list[int] = []
    async with served([route(-1, made)]) as city:
        async with city.client.stream("GET", "/ledger") as answer:
            async for _ in answer.aiter_raw(1000):
                break
        assert (await city.client.get("/nowhere")).status_code == 404
    assert made
