"""What the tests of this folder that want a browser share (in each test process): one browser with a camera, one city
that serves the app, one build of the mini-program that the host is tested with. All run on the loop of the tests."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright
from tornado.ioloop import IOLoop

from tests.e2e.fake_camera import FakeCamera
from tests.e2e.hosts import Hosts, build
from tests.e2e.phones import CAMERA_FILE, Phones, built_app, chromium, launch_arguments
from tests.running_city import running_city


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> FakeCamera:
    return FakeCamera(tmp_path_factory.mktemp("camera") / CAMERA_FILE)


@pytest.fixture(scope="session")
def browser(camera: FakeCamera) -> Iterator[Browser]:
    loop, stack = IOLoop.current(), AsyncExitStack()

    async def launch() -> Browser:
        playwright = await stack.enter_async_context(async_playwright())
        launched = await playwright.chromium.launch(executable_path=chromium(), args=launch_arguments(camera))
        stack.push_async_callback(launched.close)
        return launched

    yield loop.run_sync(launch)
    loop.run_sync(stack.aclose)


@pytest.fixture(scope="session")
def phones(browser: Browser, camera: FakeCamera, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    folder = tmp_path_factory.mktemp("phones")
    settings = {"miniapp": {"folder": str(built_app())}}
    loop, stack = IOLoop.current(), AsyncExitStack()
    city = loop.run_sync(lambda: stack.enter_async_context(running_city(folder, settings)))
    yield Phones(browser, city, camera)
    loop.run_sync(stack.aclose)


@pytest.fixture(scope="session")
def hosts(browser: Browser, camera: FakeCamera, tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    dist = IOLoop.current().run_sync(lambda: build(tmp_path_factory.mktemp("host") / "dist"))
    return Hosts(browser, dist, camera)
