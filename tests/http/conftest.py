"""One running city for the tests of this folder (in each test process): started once, spoken to over HTTP."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from tornado.ioloop import IOLoop

from tests.running_city import RunningCity, running_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Runs on the loop that pytest-tornasync runs the tests on, so that its connections can be used by all of them."""
    loop, stack = IOLoop.current(), AsyncExitStack()
    yield loop.run_sync(lambda: stack.enter_async_context(running_city(tmp_path_factory.mktemp("city"))))
    loop.run_sync(stack.aclose)
