"""What everybody must be able to do with a screen: read it at any size, tap it, reach it by key, in one language."""

import re

from playwright.async_api import expect

from tests.e2e.phones import Phone

CHINESE = re.compile("[\u3400-\u9fff]+")
TAP = 44
"""Pixels that a finger needs (WCAG 2.5.5)."""
TARGETS = (
    ", ".join(f"[role={role}]" for role in ("button", "link", "tab", "radio", "checkbox", "switch")) + ", button, input"
)


async def too_small(phone: Phone) -> list[str]:
    """What can be tapped and is smaller than a finger."""
    script = """(targets, tap) => targets
      .filter(target => target.offsetParent)
      .map(target => [target, target.getBoundingClientRect()])
      .filter(([, {width, height}]) => width < tap || height < tap)
      .map(([target, {width, height}]) => `${target.ariaLabel || target.innerText}: ${width} × ${height}`)"""
    found: list[str] = await phone.screen.locator(TARGETS).evaluate_all(script, TAP)
    return found


async def nameless(phone: Phone) -> list[str]:
    """What can be tapped and has no name that a screen reader could say."""
    script = """targets => targets
      .filter(target => target.offsetParent && !target.getAttribute('aria-label') && !target.innerText.trim())
      .map(target => target.outerHTML.slice(0, 200))"""
    found: list[str] = await phone.screen.locator(TARGETS).evaluate_all(script)
    return found


async def overflow(phone: Phone) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(await phone.screen.evaluate("page => page.scrollWidth - page.clientWidth"))


async def cut_off(phone: Phone) -> list[str]:
    """Texts that are wider than what they stand in, and buttons that are lower than their words."""
    script = """page => [...page.querySelectorAll('*')]
      .filter(one => one.offsetParent && one.innerText?.trim() && getComputedStyle(one).display !== 'inline')
      .filter(one => one.children.length === 0 || one.matches('wx-button'))
      .filter(one => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2)
      .map(one => one.innerText)"""
    found: list[str] = await phone.screen.evaluate(script)
    return found


async def check_readable(phone: Phone) -> None:
    """Asserts what must be true of any screen, as it is shown now."""
    wider, *faults = await overflow(phone), await cut_off(phone), await too_small(phone), await nameless(phone)
    assert wider <= 0, f"{wider} pixels wider than the screen"
    assert not any(faults), faults


async def settle(phone: Phone) -> None:
    """Until nothing is being loaded any more."""
    await expect(phone.screen.get_by_role("status", name=re.compile("正在加载|Loading"))).to_have_count(0)
