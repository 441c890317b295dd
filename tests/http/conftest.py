"""One running city for the tests of this folder (in each test process): started once, spoken to over HTTP."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from tornado.ioloop import IOLoop

from tests.running_city import RunningCity, running_city


def notice(name: str, since: str, until: str) -> dict[str, object]:
    words = {"title": {"zh": f"标题 {name}", "en": f"Title {name}"}, "text": {"zh": "正文", "en": "Text"}}
    return {"id": name, **words, "from": since, "until": until}


NOTICES = [
    notice("over", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
    notice("now", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"),
    notice("to_come", "2099-01-01T00:00:00Z", "2099-02-01T00:00:00Z"),
]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """Runs on the loop that pytest-tornasync runs the tests on, so that its connections can be used by all of them."""
    folder = tmp_path_factory.mktemp("city")
    loop, stack = IOLoop.current(), AsyncExitStack()
    yield loop.run_sync(lambda: stack.enter_async_context(running_city(folder, {"city": {"notices": NOTICES}})))
    loop.run_sync(stack.aclose)
