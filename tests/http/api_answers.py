"""What every answer of the city must be like, asserted in one place."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.running_city import ROOT, RunningCity, SignedIn

EXPLAINED = {
    match[1]: int(match[2])
    for match in re.finditer(
        r"^### `([a-z_.]+)` — ([0-9]{3})\n\n.+ · .+\n\n\S.{20}", (ROOT / "docs/errors.md").read_text(), re.MULTILINE
    )
}
"""Each code that docs/errors.md explains, with the status it says."""

_SHORT = 4
"""A text shorter than this may stand in an answer by chance."""


def problem(answer: httpx.Response, status: int, code: str, *sent: str) -> dict[str, Any]:
    """Asserts that the answer is this problem and repeats nothing of what was sent. Returns its body."""
    body = any_problem(answer, *sent)
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return body


def any_problem(answer: httpx.Response, *sent: str) -> dict[str, Any]:
    """Asserts what all problems have in common (RFC 9457), and that docs/errors.md explains this one."""
    assert answer.headers["Content-Type"] == "application/problem+json", (answer.status_code, answer.text[:300])
    body: dict[str, Any] = answer.json()
    code = body["code"]
    assert EXPLAINED.get(code) == answer.status_code == body["status"], f"docs/errors.md does not explain {code} so"
    assert body["type"] == f"/api/problems/{code}"
    assert body["title"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) >= 1
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    not_repeated(answer, sent)
    return body


def not_repeated(answer: httpx.Response, sent: Iterable[str]) -> None:
    """Nothing that was sent comes back, in body or headers."""
    whole = answer.text + str(answer.headers)
    for text in sent:
        assert len(text) < _SHORT or text not in whole, "the answer repeats what was sent"


async def seen_by(city: RunningCity, citizen: SignedIn) -> dict[str, Any]:
    """All that the city holds about a citizen, as far as the citizen can see it."""
    pages = ("me", "sessions", "consents", "me/access_log", "bookings?when=upcoming", "bookings?when=past")
    answers = {page: await city.client.get(f"/api/v1/{page}", headers=citizen.headers) for page in pages}
    return {page: answer.raise_for_status().json() for page, answer in answers.items()}


@asynccontextmanager
async def unchanged(city: RunningCity, *citizens: SignedIn) -> AsyncIterator[None]:
    """Whatever is tried inside, these citizens see afterwards what they saw before."""
    before = [await seen_by(city, citizen) for citizen in citizens]
    yield
    assert [await seen_by(city, citizen) for citizen in citizens] == before


@asynccontextmanager
async def no_fault_of_ours(city: RunningCity) -> AsyncIterator[None]:
    """Whatever is sent inside, the city counts none of it as its own failure."""
    before = await _faults(city)
    yield
    assert await _faults(city) == before, city.log.read_text()[-3000:]


async def _faults(city: RunningCity) -> list[str]:
    metrics = (await city.client.get("/metrics")).text
    return [line for line in metrics.splitlines() if line.startswith('cst_http_problems_total{code="server.internal"')]
