"""A served application for tests, and a client that speaks to it through a real socket."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from core.caller import Citizen, DepartmentSystem, Staff
from core.clock import ManualClock
from core.ephemeral import Rate
from handlers.http.application import CityApplication, Route
from handlers.http.console import Console
from handlers.http.contract import RateClass
from handlers.http.errors import SignInNeeded
from handlers.http.handler import Machinery
from handlers.http.limits import RateLimits
from handlers.http.metrics import Metrics
from identity_center.staff.errors import ApiKeyInvalid, StaffSessionOver
from server.adapters.memory_ephemeral import MemoryEphemeral

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass
class Callers:
    """Tokens of made-up callers."""

    known: dict[str, Citizen | Staff] = field(default_factory=dict)

    def caller_of(self, token: str) -> Citizen | Staff:
        if token not in self.known:
            raise SignInNeeded
        return self.known[token]


@dataclass
class Consoles:
    """Cookies of made-up browsers; the token against forged requests is the session's id, doubled."""

    known: dict[str, Staff] = field(default_factory=dict)

    async def caller_of(self, cookie: str) -> Staff:
        if cookie not in self.known:
            raise StaffSessionOver
        return self.known[cookie]

    def csrf_token(self, session_id: str) -> str:
        return session_id * 2


@dataclass
class Keys:
    """API keys of made-up systems."""

    known: dict[str, DepartmentSystem] = field(default_factory=dict)

    async def caller_of(self, text: str) -> DepartmentSystem:
        if text not in self.known:
            raise ApiKeyInvalid
        return self.known[text]


@dataclass
class Noted:
    """Keeps what was logged and who was seen."""

    lines: list[tuple[Any, ...]] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)
    done_by_staff: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def write(self, *line: Any) -> None:
        self.lines.append(line)

    def visit(self, citizen_id: str) -> None:
        self.visits.append(citizen_id)

    async def done(self, staff: Staff, action: str, details: Mapping[str, str]) -> None:
        self.done_by_staff.append((staff.id, action, dict(details)))


@dataclass
class Served:
    client: httpx.AsyncClient
    application: CityApplication
    clock: ManualClock
    callers: Callers
    consoles: Consoles
    keys: Keys
    noted: Noted
    port: int


@asynccontextmanager
async def served(
    routes: Sequence[Route], rates: dict[RateClass, Rate] | None = None, public_url: str | None = None
) -> AsyncIterator[Served]:
    clock, callers, noted = ManualClock(START), Callers(), Noted()
    consoles, keys = Consoles(), Keys()
    limits = RateLimits(MemoryEphemeral(clock), rates or {})
    console = Console(consoles, public_url)
    machinery = Machinery(clock, UTC, callers, limits, Metrics(), noted, noted, console, keys, noted)
    application = CityApplication(routes, machinery)
    server = HTTPServer(application, max_body_size=1 << 62)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield Served(client, application, clock, callers, consoles, keys, noted, port)
    finally:
        server.stop()
        await server.close_all_connections()
