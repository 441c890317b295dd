"""Pages of the city that are no part of the mini-program: those of sign-in for sites, and the staff's."""

from playwright.async_api import Page

from tests.e2e.phones import AXE, RULES, SCREENSHOTS


async def photographed(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")


async def hearable(page: Page) -> None:
    """Fails with what axe-core finds against WCAG 2.1 AA."""
    await page.evaluate(AXE.read_text())
    script = "rules => axe.run(document, {runOnly: rules}).then(({violations}) => violations)"
    assert await page.evaluate(script, RULES) == []
