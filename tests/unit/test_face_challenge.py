"""A challenge can be answered once, in time, by the session it was made for, and cannot be chosen."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caller import Citizen
from core.clock import ManualClock
from identity_center.face.challenge import ACTIONS, TURNS, Action, Challenges, sequences
from identity_center.face.errors import ChallengeExpired
from server.adapters.memory_ephemeral import MemoryEphemeral

CITIZEN = Citizen("citizen", "session", 2)
OTHER_SESSION = Citizen("citizen", "another session", 2)
SOMEBODY_ELSE = Citizen("somebody else", "session", 2)


def make(clock: ManualClock, actions: tuple[Action, ...] = ACTIONS) -> Challenges:
    return Challenges(MemoryEphemeral(clock), clock, actions, 60)


def a_clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, tzinfo=UTC))


@settings(deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), unique=True))
def test_every_sequence_has_a_turn_and_something_that_a_still_photo_cannot_do_by_blinking_alone(
    actions: list[Action],
) -> None:
    for sequence in sequences(tuple(actions)):
        assert len(sequence) in (2, 3)
        assert len(set(sequence)) == len(sequence)
        assert TURNS & set(sequence)
        assert len(set(sequence) - {"blink"}) >= 2


def test_all_thirty_sequences_can_come_up() -> None:
    assert len(sequences(ACTIONS)) == 30


async def test_challenges_differ_from_one_another() -> None:
    challenges = make(a_clock())
    made = [await challenges.start(CITIZEN) for _ in range(200)]
    assert len({one.nonce for one in made}) == len({one.id for one in made}) == 200
    assert len({one.actions for one in made}) > 10
    assert {len(one.actions) for one in made} == {2, 3}


async def test_a_challenge_is_answered_once() -> None:
    challenges = make(a_clock())
    made = await challenges.start(CITIZEN)
    assert await challenges.take(CITIZEN, made.id, made.nonce) == made
    with pytest.raises(ChallengeExpired):
        await challenges.take(CITIZEN, made.id, made.nonce)


async def test_of_two_users_at_once_exactly_one_gets_it() -> None:
    challenges = make(a_clock())
    made = await challenges.start(CITIZEN)
    both = await asyncio.gather(
        *(challenges.take(CITIZEN, made.id, made.nonce) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Challenge", "ChallengeExpired"]


@pytest.mark.parametrize("caller", [OTHER_SESSION, SOMEBODY_ELSE])
async def test_it_belongs_to_its_session(caller: Citizen) -> None:
    challenges = make(a_clock())
    made = await challenges.start(CITIZEN)
    with pytest.raises(ChallengeExpired):
        await challenges.take(caller, made.id, made.nonce)
    assert await challenges.take(CITIZEN, made.id, made.nonce) == made


@pytest.mark.parametrize("nonce", ["", "guessed", "\ud800", "九" * 43])
async def test_a_wrong_nonce_uses_it_up(nonce: str) -> None:
    challenges = make(a_clock())
    made = await challenges.start(CITIZEN)
    for attempt in (nonce, made.nonce):
        with pytest.raises(ChallengeExpired):
            await challenges.take(CITIZEN, made.id, attempt)


async def test_a_late_answer_to_an_older_challenge_leaves_the_newer_one_alone() -> None:
    challenges = make(a_clock())
    older, newer = await challenges.start(CITIZEN), await challenges.start(CITIZEN)
    with pytest.raises(ChallengeExpired):
        await challenges.take(CITIZEN, older.id, older.nonce)
    assert await challenges.take(CITIZEN, newer.id, newer.nonce) == newer


async def test_it_runs_out_after_its_seconds() -> None:
    clock = a_clock()
    challenges = make(clock)
    made = await challenges.start(CITIZEN)
    clock.advance(seconds=60)
    with pytest.raises(ChallengeExpired):
        await challenges.take(CITIZEN, made.id, made.nonce)


async def test_one_that_nobody_looked_at_comes_back_for_its_remaining_time() -> None:
    clock = a_clock()
    challenges = make(clock)
    made = await challenges.start(CITIZEN)
    await challenges.take(CITIZEN, made.id, made.nonce)
    clock.advance(seconds=30)
    await challenges.put_back(CITIZEN, made)
    clock.advance(seconds=29)
    assert await challenges.take(CITIZEN, made.id, made.nonce) == made
    await challenges.put_back(CITIZEN, made)
    clock.advance(seconds=1)
    with pytest.raises(ChallengeExpired):
        await challenges.take(CITIZEN, made.id, made.nonce)


async def test_coming_back_does_not_push_out_a_newer_one() -> None:
    challenges = make(a_clock())
    older = await challenges.start(CITIZEN)
    await challenges.take(CITIZEN, older.id, older.nonce)
    newer = await challenges.start(CITIZEN)
    await challenges.put_back(CITIZEN, older)
    assert await challenges.take(CITIZEN, newer.id, newer.nonce) == newer
