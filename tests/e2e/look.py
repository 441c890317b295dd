"""A look at a page of the app of a running city, as on a phone; what the page says on its console is printed:

.venv/bin/python -m tests.e2e.look http://127.0.0.1:8080/#/pages/search/search search.png [persona [language]]
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright

from tests.e2e.fake_camera import FakeCamera
from tests.e2e.phones import CAMERA_FILE, SIZE, chromium, launch_arguments

SETTLED_MS = 1500


async def look(url: str, file: str, person: str = "lin_yue", language: str = "zh-CN") -> None:
    with TemporaryDirectory() as folder:
        await _look(url, file, person, language, FakeCamera(Path(folder) / CAMERA_FILE))


async def _look(url: str, file: str, person: str, language: str, camera: FakeCamera) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=launch_arguments(camera))
        page = await browser.new_page(
            viewport={"width": SIZE["width"], "height": SIZE["height"]},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            locale=language,
            timezone_id="Asia/Shanghai",
        )
        await page.add_init_script(f"localStorage.setItem('demo:person', '{person}')")
        page.on("console", lambda message: _say(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: _say(f"thrown: {error}"))
        await page.goto(url)
        await page.wait_for_timeout(SETTLED_MS)
        await page.screenshot(path=file)
        await browser.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    asyncio.run(look(*sys.argv[1:]))
