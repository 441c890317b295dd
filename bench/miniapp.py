"""The citizens' app in a browser: how soon its first page can be used, how a page opens, how 300 cards scroll.

    python -m bench.miniapp [--quick] [--json]

Each is measured beside something bare in the same browser and the same run, taken in turn with it: a page that is empty
for the first page, a page of 300 plain boxes for the list. A phone's screen (390 px, 2 dots a px), each visit with
nothing kept from an earlier one. Needs Chromium, and the app built (./run build).

"Usable" is the time from asking for the address to the frame in which the cards can be seen, after which a tap on the
search field is answered; the bench taps it, and ends with status 1 when it is not answered or cards are missing. The
browser and the city share the machine, as they would not.
"""

import argparse
import asyncio
import gzip
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from service_registry.scaffold import new_card
from tests.delivered import delivered_copy
from tests.e2e.fake_camera import FakeCamera
from tests.e2e.phones import CAMERA_FILE, DIST, SIZE, built_app, chromium, launch_arguments
from tests.running_city import RunningCity, running_city

CARDS = 300
BLANK = "http://127.0.0.1:1/"
EMPTY = "<!doctype html><title>empty</title><p id=it>empty</p>"
BOXES = "<!doctype html><style>div{height:96px;margin:8px;background:#eee}</style>" + "<div>a box</div>" * CARDS
SCROLL_PX = 12_000
SCROLL_SPEED = 4_000
"""In px a second: a hard fling."""
FRAME_MS = 1000 / 60
JANK_MS = 50
"""A frame that takes longer is seen as a stop."""
SHOWN = """selector => new Promise((done) => {
  const look = () => document.querySelector(selector)?.getBoundingClientRect().height
    ? requestAnimationFrame(() => requestAnimationFrame((now) => done(now))) : requestAnimationFrame(look)
  look()
})"""
FRAMES = """() => {
  const frames = window.frames_ = []
  let last = performance.now()
  const note = (now) => { frames.push(now - last); last = now; window.noting_ = requestAnimationFrame(note) }
  requestAnimationFrame((now) => { last = now; window.noting_ = requestAnimationFrame(note) })
}"""


@dataclass
class Found:
    usable: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    box_frames: list[float] = field(default_factory=list)
    cards_seen: int = 0
    faults: list[str] = field(default_factory=list)


async def visit(browser: Browser) -> Page:
    context = await browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
    )
    page = await context.new_page()
    await page.route(f"{BLANK}*", lambda route: route.fulfill(body=EMPTY, content_type="text/html"))
    await page.route(f"{BLANK}boxes", lambda route: route.fulfill(body=BOXES, content_type="text/html"))
    return page


async def first_page(browser: Browser, city: RunningCity, found: Found) -> None:
    page = await visit(browser)
    await page.goto(BLANK, wait_until="commit")
    found.empty.append(await page.evaluate(SHOWN, "#it"))
    await page.context.close()
    page = await visit(browser)
    await page.goto(city.url, wait_until="commit")
    found.usable.append(await page.evaluate(SHOWN, "main.frame:not([hidden]) card-tile"))
    began = await page.evaluate("performance.now()")
    await page.locator("main.frame:not([hidden]) [aria-label*=搜索]").first.tap()
    # A function, not an expression: the page's security policy lets nothing evaluate text.
    await page.wait_for_function("() => document.querySelector('#navigation h1').textContent === '搜索'")
    found.opened.append(await page.evaluate("performance.now()") - began)
    await page.context.close()


async def fling(page: Page, session: CDPSession) -> list[float]:
    """The time of each frame while a finger flings the page down."""
    await page.evaluate(FRAMES)
    middle = {"x": SIZE["width"] / 2, "y": SIZE["height"] / 2}
    way = {"yDistance": -SCROLL_PX, "speed": SCROLL_SPEED, "gestureSourceType": "touch"}
    await session.send("Input.synthesizeScrollGesture", {**middle, **way})
    frames: list[float] = await page.evaluate("(cancelAnimationFrame(window.noting_), window.frames_)")
    return frames


async def long_list(browser: Browser, city: RunningCity, found: Found) -> None:
    page = await visit(browser)
    session = await page.context.new_cdp_session(page)
    await page.goto(f"{BLANK}boxes")
    found.box_frames += await fling(page, session)
    await page.goto(city.url)
    await page.evaluate(SHOWN, "main.frame:not([hidden]) card-tile")
    found.frames += await fling(page, session)
    for _ in range(20):  # to the end: the list brings what follows when its end comes near
        await page.evaluate("frame => frame.scrollTo(0, frame.scrollHeight)", await page.query_selector("main.frame"))
        await page.wait_for_timeout(200)
    found.cards_seen = await page.locator("main.frame:not([hidden]) card-tile").count()
    found.frames += await fling_back(page, session)
    await page.context.close()


async def fling_back(page: Page, session: CDPSession) -> list[float]:
    """With all of it there."""
    await page.evaluate("frame => frame.scrollTo(0, 0)", await page.query_selector("main.frame"))
    return await fling(page, session)


def cards_for_bench(folder: Path) -> None:
    """Beside the platform's own cards; running_city makes the folder, and leaves one that is there as it is."""
    cards = delivered_copy(folder)
    for number in range(CARDS):
        new_card(cards, f"xx.bench{number}", "link")


def first_screen_kib() -> float:
    """Scripts of the first page, packed."""
    page = (DIST / "index.html").read_text()
    names = {name for name in (file.name for file in (DIST / "app").glob("*.js")) if name in page}
    return sum(len(gzip.compress((DIST / "app" / name).read_bytes())) for name in names) / 1024


async def run(quick: bool) -> dict[str, Any]:
    visits, flings = (3, 1) if quick else (9, 3)
    found = Found()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cards_for_bench(folder)
        async with (
            running_city(folder, {"miniapp": {"folder": str(built_app())}}) as city,
            async_playwright() as driver,
        ):
            arguments = launch_arguments(FakeCamera(folder / CAMERA_FILE))
            browser = await driver.chromium.launch(executable_path=chromium(), args=arguments)
            for _ in range(visits):
                await first_page(browser, city, found)
            for _ in range(flings):
                await long_list(browser, city, found)
            await browser.close()
    if found.cards_seen < CARDS:
        found.faults.append(f"{found.cards_seen} of {CARDS} cards were shown")
    return figures(found)


def figures(found: Found) -> dict[str, Any]:
    usable, empty = statistics.median(found.usable), statistics.median(found.empty)
    return {
        "first_screen_scripts_kib": round(first_screen_kib(), 1),
        "usable_ms": round(usable),
        "usable_slowest_ms": round(max(found.usable)),
        "empty_page_ms": round(empty),
        "usable_to_empty": round(usable / empty, 1),
        "page_opened_ms": round(statistics.median(found.opened)),
        "cards": found.cards_seen,
        "list": frames_of(found.frames),
        "boxes": frames_of(found.box_frames),
        "faults": found.faults,
    }


def frames_of(frames: list[float]) -> dict[str, Any]:
    ordered = sorted(frames)
    return {
        "frames": len(frames),
        "p50_ms": round(statistics.median(frames), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
        "longest_ms": round(ordered[-1], 1),
        "late": sum(frame > FRAME_MS * 1.5 for frame in frames),
        "janks": sum(frame > JANK_MS for frame in frames),
    }


def show(found: dict[str, Any]) -> None:
    print(f"scripts of the first page     {found['first_screen_scripts_kib']} KiB packed (limit: 200)")
    print(
        f"first page usable after       {found['usable_ms']} ms, {found['usable_slowest_ms']} at the slowest;"
        f" an empty page {found['empty_page_ms']} ms (aim: under 1,000)"
    )
    print(f"another page opens in         {found['page_opened_ms']} ms")
    heads = f"{'frames':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'longest':>9}{'late':>6}{'>50 ms':>8}"
    print(f"\n{'flinging down':26}{heads}")
    for name, row in ((f"{found['cards']} cards", found["list"]), (f"{CARDS} plain boxes", found["boxes"])):
        print(
            f"{name:26}{row['frames']:>8}{row['p50_ms']:>8}{row['p95_ms']:>8}{row['p99_ms']:>8}"
            f"{row['longest_ms']:>9}{row['late']:>6}{row['janks']:>8}"
        )
    print("checked: " + ("; ".join(found["faults"]) or "all cards were shown, the search field answered"))


def main() -> int:
    parser = argparse.ArgumentParser(description="the citizens' app in a browser, beside bare pages")
    parser.add_argument("--quick", action="store_true", help="fewer visits")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    chosen = parser.parse_args()
    found = asyncio.run(run(chosen.quick))
    if chosen.json:
        print(json.dumps(found))
    else:
        show(found)
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
