"""A department's site on a port of this machine, as a visitor's browser meets it: signs in with the city, and shows
whom it has let in."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.department_sites import Site, registered
from tests.running_city import RunningCity

_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>电子税务局</title>
<h1>电子税务局</h1><p id="said">{said}</p></html>"""


@dataclass
class DepartmentSite:
    """`asks` is what it adds to its requests; `tokens` and `told` are of the visitor who was signed in last."""

    site: Site
    address: str
    asks: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def login(self) -> str:
        return f"{self.address}/login"

    @property
    def _back(self) -> str:
        return f"{self.address}/callback"

    async def begin(self, _request: web.Request) -> web.StreamResponse:
        uri = await self.site.pushed(redirect_uri=self._back, **self.asks)
        query = urlencode({"client_id": self.site.client_id, "request_uri": uri})
        raise web.HTTPSeeOther(f"{self.site.issuer}/oidc/authorize?{query}")

    async def callback(self, request: web.Request) -> web.StreamResponse:
        if error := request.query.get("error"):
            return self._page(f"没有登录：{error}")
        given = await self.site.exchanged(request.query["code"], redirect_uri=self._back)
        self.tokens = given.raise_for_status().json()
        self.told = (await self.site.userinfo(self.tokens["access_token"])).raise_for_status().json()
        return self._page(f"已登录：{self.told.get('name', '（未提供姓名）')}")

    def _page(self, said: str) -> web.Response:
        return web.Response(text=_PAGE.format(said=html.escape(said)), content_type="text/html")


@asynccontextmanager
async def department_site(city: RunningCity, **asks: str) -> AsyncIterator[DepartmentSite]:
    made = DepartmentSite(Site(city, "", None, None), "", asks)
    application = web.Application()
    application.router.add_get("/login", made.begin)
    application.router.add_get("/callback", made.callback)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        made.site = await registered(city, redirect_uris=[made._back], department="gy.human_resources")
        yield made
    finally:
        await runner.cleanup()
