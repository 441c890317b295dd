"""Any order of sign-ins, refreshes, thefts and waits, against a model of what each must answer."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from identity_center.errors import RefreshRefused, TokenInvalid
from identity_center.sessions import TokenPair
from tests.unit.identity_world import World

GRACE = timedelta(seconds=30)
ACCESS = timedelta(minutes=15)


@dataclass
class SignIn:
    """What the model knows: all refresh tokens ever given out, in order, and when the last one was."""

    device: str
    tokens: list[str]
    rotated_at: datetime
    access: list[tuple[datetime, str]] = field(default_factory=list)
    live: bool = True


class Sessions(RuleBasedStateMachine):
    """One citizen with two devices, and somebody who has copied every token they ever held."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.Runner()
        self.world = World()
        self.sign_ins: list[SignIn] = []

    def teardown(self) -> None:
        self.loop.close()

    @rule(device=st.sampled_from(["phone", "tablet"]))
    def sign_in(self, device: str) -> None:
        pair = self.loop.run(self.world.sign_in(device=device))
        for earlier in self.sign_ins:
            earlier.live = earlier.live and earlier.device != device
        made = SignIn(device, [pair.refresh_token], self.world.clock.now())
        made.access.append((self.world.clock.now(), pair.access_token))
        self.sign_ins.append(made)

    @precondition(lambda self: self.sign_ins)
    @rule(data=st.data(), at_once=st.integers(1, 3))
    def refresh(self, data: st.DataObject, at_once: int) -> None:
        sign_in = data.draw(st.sampled_from(self.sign_ins))
        back = data.draw(st.integers(0, min(3, len(sign_in.tokens) - 1)))
        token = sign_in.tokens[-1 - back]
        now = self.world.clock.now()
        allowed = sign_in.live and (back == 0 or (back == 1 and now - sign_in.rotated_at <= GRACE))
        pairs = self.loop.run(self.refreshed(token, sign_in.device, at_once))
        if not allowed:
            assert pairs == []
            sign_in.live = False  # a genuine token out of its turn: the family ends, if it had not already
            return
        assert len({pair.refresh_token for pair in pairs}) == 1
        assert len(pairs) == at_once
        if back == 0:
            assert pairs[0].refresh_token not in sign_in.tokens
            sign_in.tokens.append(pairs[0].refresh_token)
            sign_in.rotated_at = now
        assert pairs[0].refresh_token == sign_in.tokens[-1]
        sign_in.access += [(now, pair.access_token) for pair in pairs]

    async def refreshed(self, token: str, device: str, at_once: int) -> list[TokenPair]:
        attempts = (self.world.sessions.refresh(token, device) for _ in range(at_once))
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        unexpected = [outcome for outcome in outcomes if not isinstance(outcome, TokenPair | RefreshRefused)]
        assert unexpected == []
        return [outcome for outcome in outcomes if isinstance(outcome, TokenPair)]

    @precondition(lambda self: self.sign_ins)
    @rule(data=st.data())
    def refresh_from_elsewhere(self, data: st.DataObject) -> None:
        sign_in = data.draw(st.sampled_from(self.sign_ins))
        with pytest.raises(RefreshRefused):
            self.loop.run(self.world.sessions.refresh(sign_in.tokens[-1], "a thief's device"))

    @precondition(lambda self: any(sign_in.live for sign_in in self.sign_ins))
    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        sign_in = data.draw(st.sampled_from([each for each in self.sign_ins if each.live]))
        issued_at, access = sign_in.access[-1]
        if self.world.clock.now() - issued_at < ACCESS:
            self.loop.run(self.world.sessions.sign_out(self.world.tokens.citizen(access)))
            sign_in.live = False

    @rule(seconds=st.sampled_from([1, 15, 29, 31, 300]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds=seconds)

    @invariant()
    def access_tokens_live_exactly_as_long_as_their_session(self) -> None:
        for sign_in in self.sign_ins:
            for issued_at, access in sign_in.access[-3:]:
                if self.world.clock.now() - issued_at >= ACCESS:
                    continue
                if sign_in.live:
                    assert self.world.tokens.citizen(access).session_id == sign_in.tokens[0].partition(".")[0]
                else:
                    with pytest.raises(TokenInvalid):
                        self.world.tokens.citizen(access)


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
