"""Pages of the city that are no part of the mini-program: those of sign-in for sites, and the staff's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from tests.e2e.phones import AXE, NOT_HERE, RULES, SCREENSHOTS, Phones

COMPUTER = {"width": 1280, "height": 800}


@asynccontextmanager
async def computer(phones: Phones, **options: Any) -> AsyncIterator[Page]:
    """A browser of its own, which fails for what the city's pages throw or forbid themselves."""
    chosen = {"viewport": COMPUTER, "locale": "zh-CN", **options}
    context = await phones.browser.new_context(**chosen)
    faults: list[str] = []
    try:
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
        yield page
        assert not faults, "\n".join(faults)
    finally:
        await context.close()


async def photographed(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")


async def hearable(page: Page) -> None:
    """Fails with what axe-core finds against WCAG 2.1 AA."""
    await page.evaluate(AXE.read_text())
    script = "([runOnly, rules]) => axe.run(document, {runOnly, rules}).then(({violations}) => violations)"
    assert await page.evaluate(script, [RULES, NOT_HERE]) == []
