"""The event loop of the tests: one for the whole process, so that a fixture that outlives a test serves the next too.

pytest-tornasync runs a test on the current loop. Python makes none by itself any more (3.12 warns, 3.14 refuses), and a
test that calls `asyncio.run` leaves none behind; so it is put in place before each test and its fixtures.
"""

import asyncio

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, and nothing about the city.
settings.register_profile("city", deadline=None)
settings.load_profile("city")

_loop = asyncio.new_event_loop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    asyncio.set_event_loop(_loop)


def pytest_unconfigure() -> None:
    asyncio.set_event_loop(None)
    _loop.close()
