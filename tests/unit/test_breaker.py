"""A department in trouble is left alone for a while; one that hangs holds up nobody else."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from identity_center.errors import ConsentNeeded
from service_registry.breaker import Breaker, BreakerRules, Bulkhead
from service_registry.errors import CardBusy, CardRefused, RecordNotFound, UpstreamInvalid, UpstreamUnavailable

RULES = BreakerRules(window_seconds=30, minimum=4, ratio=0.5, open_seconds=10, probes=2)


def breaker() -> tuple[Breaker, ManualClock]:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    return Breaker(clock, RULES), clock


def call(guard: Breaker, error: Exception | None = None) -> None:
    with guard.guarding():
        if error is not None:
            raise error


def fail(guard: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamUnavailable):
            call(guard, UpstreamUnavailable("timeout"))


def is_let_through(guard: Breaker) -> bool:
    try:
        call(guard)
    except UpstreamUnavailable:
        return False
    return True


def state(guard: Breaker) -> str:
    """Read anew each time."""
    return guard.state


def test_it_opens_only_when_enough_calls_failed() -> None:
    guard, _ = breaker()
    fail(guard, RULES.minimum - 1)
    assert state(guard) == "closed"
    fail(guard)
    assert state(guard) == "open"


def test_it_stays_closed_while_most_calls_are_answered() -> None:
    guard, _ = breaker()
    for _ in range(20):
        call(guard)
        call(guard)
        fail(guard)
    assert state(guard) == "closed"


def test_an_open_breaker_lets_no_call_begin_and_says_when_to_come_back() -> None:
    guard, clock = breaker()
    fail(guard, 4)
    clock.advance(seconds=7.5)
    begun = False
    with pytest.raises(UpstreamUnavailable) as refused, guard.guarding():
        begun = True
    assert not begun
    assert refused.value.reason == "open"
    assert refused.value.retry_after_seconds == 3


def test_old_failures_are_forgotten() -> None:
    guard, clock = breaker()
    fail(guard, 3)
    clock.advance(seconds=31)
    fail(guard, 3)
    assert state(guard) == "closed"


def test_after_a_rest_one_call_at_a_time_tries_and_enough_answers_close_it() -> None:
    guard, clock = breaker()
    fail(guard, 4)
    clock.advance(seconds=10)
    assert state(guard) == "half_open"
    with guard.guarding():
        assert not is_let_through(guard)
    assert state(guard) == "half_open"
    assert is_let_through(guard)
    assert state(guard) == "closed"
    fail(guard, RULES.minimum - 1)
    assert state(guard) == "closed"


def test_a_failed_try_opens_it_anew() -> None:
    guard, clock = breaker()
    fail(guard, 4)
    clock.advance(seconds=10)
    call(guard)
    fail(guard)
    assert state(guard) == "open"
    clock.advance(seconds=10)
    call(guard)
    assert state(guard) == "half_open"
    call(guard)
    assert state(guard) == "closed"


@pytest.mark.parametrize("answer", [UpstreamInvalid("json"), RecordNotFound(), CardRefused("a", "b")])
def test_an_answer_is_an_answer_whatever_it_says(answer: Exception) -> None:
    guard, clock = breaker()
    for _ in range(20):
        with suppress(type(answer)):
            call(guard, answer)
    assert state(guard) == "closed"
    fail(guard, 20)
    clock.advance(seconds=10)
    for _ in range(RULES.probes):
        with suppress(type(answer)):
            call(guard, answer)
    assert state(guard) == "closed"


@pytest.mark.parametrize("ours", [ConsentNeeded("a", "b", ["c"]), KeyError("x"), asyncio.CancelledError()])
def test_what_has_nothing_to_do_with_the_department_is_not_counted(ours: Exception) -> None:
    guard, clock = breaker()
    for _ in range(20):
        with suppress(type(ours)):
            call(guard, ours)
    assert state(guard) == "closed"
    fail(guard, 4)
    clock.advance(seconds=10)
    with suppress(type(ours)):
        call(guard, ours)
    assert state(guard) == "half_open"
    assert is_let_through(guard)


def test_a_call_that_began_before_it_opened_says_nothing_new() -> None:
    guard, clock = breaker()
    with guard.guarding():
        fail(guard, 4)
        clock.advance(seconds=1)
    assert state(guard) == "open"


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(min_value=0, max_value=5)), max_size=200))
def test_a_department_that_recovers_is_always_used_again(history: list[tuple[bool, float]]) -> None:
    guard, clock = breaker()
    for fails, seconds in history:
        clock.advance(seconds=seconds)
        with suppress(UpstreamUnavailable):
            call(guard, UpstreamUnavailable("broken") if fails else None)
    clock.advance(seconds=RULES.open_seconds)
    assert all(is_let_through(guard) for _ in range(10))
    assert state(guard) == "closed"


# --- bulkhead ---


async def occupied(bulkhead: Bulkhead, times: int) -> tuple[asyncio.Event, list[asyncio.Task[None]]]:
    """So many places taken, until the event is set."""
    leave, inside = asyncio.Event(), asyncio.Semaphore(0)

    async def stay() -> None:
        async with bulkhead.place():
            inside.release()
            await leave.wait()

    tasks = [asyncio.create_task(stay()) for _ in range(times)]
    for _ in range(min(times, bulkhead.places)):
        await inside.acquire()
    return leave, tasks


async def test_no_more_than_its_places_are_inside_at_once() -> None:
    bulkhead, inside, most = Bulkhead(3, wait_seconds=5), 0, 0

    async def visit() -> None:
        nonlocal inside, most
        async with bulkhead.place():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(6)))
    assert most == 3


async def test_who_waits_too_long_is_told_that_the_card_is_busy() -> None:
    bulkhead = Bulkhead(1, wait_seconds=0.01)
    leave, tasks = await occupied(bulkhead, 1)
    with pytest.raises(CardBusy) as busy:
        async with bulkhead.place():
            pass
    assert busy.value.retry_after_seconds
    leave.set()
    await asyncio.gather(*tasks)
    async with bulkhead.place():
        pass


async def test_when_as_many_wait_as_there_are_places_the_next_is_told_at_once() -> None:
    bulkhead = Bulkhead(2, wait_seconds=5)
    leave, tasks = await occupied(bulkhead, 4)
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(CardBusy):
        async with bulkhead.place():
            pass
    assert loop.time() - began < 1
    leave.set()
    await asyncio.gather(*tasks)


async def test_a_place_comes_back_after_an_error_and_after_a_caller_that_gave_up() -> None:
    bulkhead = Bulkhead(1, wait_seconds=5)
    with pytest.raises(KeyError):
        async with bulkhead.place():
            raise KeyError
    leave, tasks = await occupied(bulkhead, 2)
    tasks[1].cancel()
    leave.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with bulkhead.place():
        pass
