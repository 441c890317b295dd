"""The browser host by itself: a mini-program made for its tests (miniapp_stubs/web/tests/fixture) in Chromium. Nothing
listens anywhere: what the browser asks for at `AT` is given to it from files, or by the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.e2e.fake_camera import FakeCamera
from tests.e2e.phones import SIZE
from tests.running_city import ROOT

AT = "http://127.0.0.1:1"
"""An address of this machine, as cameras want it, where nobody can be."""
SANDBOX = "http://127.0.0.1:2"
MINIAPP = ROOT / "miniapp_stubs"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png"}

Answer = Callable[[Route], Awaitable[None]]


async def build(output: Path, source: Path = MINIAPP / "web" / "tests" / "fixture") -> Path:
    """Builds a mini-program for the browser, with whichever Node.js is found. Fails with what the build says."""
    process = await asyncio.create_subprocess_exec(
        "node", "web/build.mjs", str(source), str(output), cwd=MINIAPP, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return output


@dataclass
class Host:
    """The mini-program's page; `faults` is what it has thrown."""

    page: Page
    camera: FakeCamera
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str = "") -> None:
        await self.page.goto(f"{AT}/#/{path}" if path else f"{AT}/")
        await expect(self.screen.locator("wx-page")).to_be_visible()

    @property
    def screen(self) -> Locator:
        return self.page.locator("main.frame:not([hidden])")

    @property
    def title(self) -> Locator:
        return self.page.locator("#navigation h1")

    def at(self, name: str) -> Locator:
        """The element of that id in the page's WXML."""
        return self.screen.locator(f'[id$="--{name}"]')

    async def call(self, function: str, options: Mapping[str, Any] | None = None) -> Any:
        """What a function of wx.* answers: its result, or what it fails with."""
        script = "([name, options]) => new Promise((done) => wx[name]({...options, success: done, fail: done}))"
        return await self.page.evaluate(script, [function, dict(options or {})])

    async def log(self) -> list[str]:
        """What the app and its pages have noted of their lives since this was last asked."""
        noted: list[str] = await self.page.evaluate("getApp().globalData.log.splice(0)")
        return noted

    async def says(self, wanted: Any) -> None:
        """Waits until the page says this, as JSON with the members in this order."""
        text = json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))
        await expect(self.at("said")).to_have_text(text)

    async def said(self) -> Any:
        """What the page has last said, once it has said something."""
        await expect(self.at("said")).not_to_be_empty()
        return json.loads(await self.at("said").inner_text())


@dataclass(frozen=True)
class Hosts:
    browser: Browser
    dist: Path
    camera: FakeCamera

    @asynccontextmanager
    async def host(self, *, touch: bool = True, demo: bool = False, **options: Any) -> AsyncIterator[Host]:
        """With `demo` the page is told of a sandbox at `SANDBOX`; the test answers there (`page.route`)."""
        chosen = {"viewport": SIZE, "has_touch": touch, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        context = await self.browser.new_context(permissions=["camera"], **chosen)
        try:
            page = await context.new_page()
            host = Host(page, self.camera)
            page.on("pageerror", lambda error: host.faults.append(str(error)))
            await page.route(f"{AT}/**", self._served(demo))
            yield host
            assert not host.faults, "\n".join(host.faults)
        finally:
            await context.close()

    def _served(self, demo: bool) -> Answer:
        async def answer(route: Route) -> None:
            path = route.request.url.removeprefix(AT).partition("?")[0]
            file = self.dist / ("index.html" if path == "/" else path.lstrip("/"))
            if not file.is_file():
                await route.fulfill(status=404)
            elif demo and path == "/":
                page = file.read_text().replace('data-sandbox=""', f'data-sandbox="{SANDBOX}"')
                await route.fulfill(body=page, content_type="text/html")
            else:
                await route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])

        return answer
