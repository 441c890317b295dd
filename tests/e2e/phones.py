"""Citizens' phones: the built app in a browser of a phone's size, against a running city.

    async def test_…(phones: Phones) -> None:
        async with phones.phone("lin_yue") as phone:
            await phone.open()
            await phone.press(phone.text("社保查询"))
            await phone.shot("card")

A phone fails its test when the app has thrown, or something was refused by the page's security policy, whatever else
the test looks at. `phone.faults` is what it has noted; a test that provokes faults clears it.
"""

import base64
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from tests.e2e.fake_camera import FakeCamera
from tests.running_city import ROOT, RunningCity

SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "miniapp_stubs" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
NOT_HERE = {
    "label-content-name-mismatch": {"enabled": False},  # experimental: joins the texts of blocks without a space
    "scrollable-region-focusable": {"enabled": False},  # a page has the keyboard's focus from the moment it is shown
}
DIST = ROOT / "miniapp_stubs" / "dist"
SIZE = {"width": 390, "height": 844}
SECONDS = 15
"""How long an expectation may take to come true; the machine may be busy."""
CAMERA_FILE = "camera.y4m"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_EXPECTED = re.compile(r"Failed to load resource")
"""Chromium's own note of every answer above 400, which a test speaks of when it matters."""

expect.set_options(timeout=SECONDS * 1000)


def chromium() -> str:
    """Where Chromium is. Fails with what to do when there is none."""
    found = os.environ.get("CST_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "these tests need Chromium: apt-get install chromium, or CST_CHROMIUM=/path/of/chromium"
    return found


def launch_arguments(camera: FakeCamera) -> list[str]:
    """Chromium refuses to run as root with its sandbox on."""
    return [*camera.arguments, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@dataclass
class Phone:
    """`press` is a finger on a phone with a touch screen, else the mouse."""

    page: Page
    city: RunningCity
    person: str
    touch: bool
    camera: FakeCamera
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str = "") -> None:
        """The app, at a page such as `pages/search/search?q=x`; without one at its first."""
        await self.page.goto(f"{self.city.url}/#/{path}" if path else self.city.url)
        await expect(self.page.locator("main.frame:not([hidden]) > wx-page")).to_be_visible()

    @property
    def screen(self) -> Locator:
        """The page on top of the stack; those below are in the document, too."""
        return self.page.locator("main.frame:not([hidden])")

    @property
    def title(self) -> Locator:
        return self.page.locator("#navigation h1")

    def text(self, text: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        return self.screen.get_by_text(text, exact=exact)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.screen.get_by_role("button", name=name)

    async def press(self, what: Locator) -> None:
        await (what.tap() if self.touch else what.click())

    async def tab(self, name: str) -> None:
        await self.press(self.page.locator("#tabs").get_by_text(name, exact=True))

    async def back(self) -> None:
        await self.page.go_back()

    async def offline(self, is_offline: bool = True) -> None:
        await self.page.context.set_offline(is_offline)

    async def shot(self, name: str) -> None:
        """A picture in var/screenshots, for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")

    async def face(self, challenge: Response, person: str | None = None) -> list[bytes]:
        """Pictures of the person (or of somebody else) for what a challenge asks: the neutral face first, then one for
        each action."""
        actions = [action["action"] for action in (await challenge.json())["actions"]]
        answer = await self.city.outside.post(f"/personas/{person or self.person}/camera", json={"actions": actions})
        return [base64.b64decode(frame) for frame in answer.raise_for_status().json()["frames"]]

    async def accessible(self) -> None:
        """Fails with what axe-core finds against WCAG 2.1 AA on the screen: names, roles, contrast, order."""
        await self.page.evaluate(AXE.read_text())
        asked = {"runOnly": RULES, "rules": NOT_HERE, "resultTypes": ["violations"]}
        found = await self.page.evaluate("asked => axe.run('#phone', asked).then(({violations}) => violations)", asked)
        said = [
            f"{one['id']}: {node['html'][:200]}: {node['failureSummary']}" for one in found for node in one["nodes"]
        ]
        assert not said, "\n".join(said)

    def noted(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _EXPECTED.search(message.text):
            self.faults.append(message.text)


@dataclass(frozen=True)
class Phones:
    """One browser, one city, and a camera that all phones of the browser have."""

    browser: Browser
    city: RunningCity
    camera: FakeCamera

    @asynccontextmanager
    async def phone(
        self, person: str = "lin_yue", *, language: str = "zh-CN", touch: bool = True, **options: Any
    ) -> AsyncIterator[Phone]:
        """`options` are those of Playwright's new_context: `viewport`, `color_scheme`, …"""
        chosen = {"viewport": SIZE, "device_scale_factor": 2, "has_touch": touch, "is_mobile": touch, **options}
        context = await self.browser.new_context(
            locale=language, timezone_id="Asia/Shanghai", reduced_motion="reduce", permissions=["camera"], **chosen
        )
        context.set_default_timeout(SECONDS * 1000)
        chosen_demo = {"demo:person": person, "demo:camera": "device"}
        await context.add_init_script(f"Object.assign(localStorage, {json.dumps(chosen_demo)})")
        try:
            phone = await self._new(context, person, touch)
            yield phone
            assert not phone.faults, "\n".join(phone.faults)
        finally:
            await context.close()

    async def _new(self, context: BrowserContext, person: str, touch: bool) -> Phone:
        page = await context.new_page()
        phone = Phone(page, self.city, person, touch, self.camera)
        page.on("console", phone.noted)
        page.on("pageerror", lambda error: phone.faults.append(str(error)))
        return phone


def built_app() -> Path:
    """Where the app is built. Fails with what to do when it is not."""
    assert (DIST / "index.html").is_file(), "the app is not built: ./run build"
    return DIST
