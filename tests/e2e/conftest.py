"""One city and one browser for the tests of this folder that want phones (in each test process): started once."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import async_playwright
from tornado.ioloop import IOLoop

from tests.e2e.fake_camera import FakeCamera
from tests.e2e.phones import CAMERA_FILE, Phones, built_app, chromium, launch_arguments
from tests.running_city import running_city


@pytest.fixture(scope="session")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    """Runs on the loop that pytest-tornasync runs the tests on."""
    folder = tmp_path_factory.mktemp("phones")
    camera = FakeCamera(folder / CAMERA_FILE)
    settings = {"miniapp": {"folder": str(built_app())}}
    loop, stack = IOLoop.current(), AsyncExitStack()

    async def start() -> Phones:
        city = await stack.enter_async_context(running_city(folder, settings))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium(), args=launch_arguments(camera))
        stack.push_async_callback(browser.close)
        return Phones(browser, city, camera)

    yield loop.run_sync(start)
    loop.run_sync(stack.aclose)
