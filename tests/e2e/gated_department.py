"""A department whose answers wait for a gate: a request can be held in flight exactly as long as a test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web


@dataclass
class GatedDepartment:
    """Stands before the sandbox's departments, whose address is `behind`. What it is asked is passed on when `gate` is
    open; `asked` is set by the first request."""

    behind: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def settings(self) -> dict[str, object]:
        """Settings of a city that asks this department about social security."""
        return {"addresses": {"SOCIAL_SECURITY_URL": f"http://127.0.0.1:{self.port}/departments/social_security"}}

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.set()
        await self.gate.wait()
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.behind + request.path_qs, data=body, headers=request.headers) as passed_on,
        ):
            return web.Response(
                status=passed_on.status, body=await passed_on.read(), content_type=passed_on.content_type
            )


@asynccontextmanager
async def gated_department() -> AsyncIterator[GatedDepartment]:
    department = GatedDepartment()
    application = web.Application()
    application.router.add_post("/{path:.*}", department.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    department.port = runner.addresses[0][1]
    try:
        yield department
    finally:
        department.gate.set()
        await runner.cleanup()
