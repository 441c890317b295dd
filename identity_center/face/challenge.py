"""What the citizen is asked to do in front of the camera: random, for one session, once, and not for long."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Final, Literal

from pydantic import TypeAdapter

from core.caller import Citizen
from core.clock import Clock
from core.ephemeral import Ephemeral
from core.ids import new_id, new_secret
from identity_center.face.errors import ChallengeExpired

Action = Literal["blink", "turn_left", "turn_right", "open_mouth"]
"""`turn_left` is towards the person's own left: in a photo that is not mirrored the nose moves to the image's right."""

ACTIONS: Final[tuple[Action, ...]] = ("turn_left", "turn_right", "open_mouth", "blink")
TURNS: Final[frozenset[Action]] = frozenset({"turn_left", "turn_right"})


@dataclass(frozen=True)
class Challenge:
    """Send one neutral frame and then one frame for each action, in this order, with the id and the nonce."""

    id: str
    nonce: str
    actions: tuple[Action, ...]
    expires_at: datetime


_challenge = TypeAdapter(Challenge)


def sequences(actions: tuple[Action, ...]) -> list[tuple[Action, ...]]:
    """Every sequence that may be asked for: two or three different actions, with a turn among them.

    A blink is missed in a third of honest frames and easily faked, so it only ever comes on top of two other actions.
    """
    pairs = permutations([action for action in actions if action != "blink"], 2)
    triples = permutations(actions, 3)
    return [sequence for sequence in (*pairs, *triples) if TURNS & set(sequence)]


class Challenges:
    """One live challenge per session: a new one takes the place of the last, so they cannot be collected."""

    def __init__(self, ephemeral: Ephemeral, clock: Clock, actions: tuple[Action, ...], seconds: int) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._seconds = seconds
        found = sequences(actions)
        self._by_length = [[one for one in found if len(one) == length] for length in {len(one) for one in found}]

    async def start(self, citizen: Citizen) -> Challenge:
        actions = secrets.choice(secrets.choice(self._by_length))
        expires_at = self._clock.now() + timedelta(seconds=self._seconds)
        challenge = Challenge(new_id(self._clock), new_secret(), actions, expires_at)
        await self._put(citizen, challenge)
        return challenge

    async def take(self, citizen: Citizen, challenge_id: str, nonce: str) -> Challenge:
        """The challenge, which is used up by this. Raises `ChallengeExpired`; another challenge's id uses up none."""
        live = await self._ephemeral.get(_key(citizen))
        if live is None or not _same(_challenge.validate_json(live).id, challenge_id):
            raise ChallengeExpired
        taken = await self._ephemeral.take(_key(citizen))
        challenge = None if taken is None else _challenge.validate_json(taken)
        if challenge is None or not _same(challenge.id, challenge_id) or not _same(challenge.nonce, nonce):
            raise ChallengeExpired
        if challenge.expires_at <= self._clock.now():
            raise ChallengeExpired
        return challenge

    async def put_back(self, citizen: Citizen, challenge: Challenge) -> None:
        """For a challenge whose frames nobody looked at; a newer one stays in its place."""
        if challenge.expires_at > self._clock.now() and await self._ephemeral.get(_key(citizen)) is None:
            await self._put(citizen, challenge)

    async def _put(self, citizen: Citizen, challenge: Challenge) -> None:
        seconds = (challenge.expires_at - self._clock.now()).total_seconds()
        await self._ephemeral.put(_key(citizen), _challenge.dump_json(challenge).decode(), seconds)


def _key(citizen: Citizen) -> str:
    return f"face:challenge:{citizen.id}:{citizen.session_id}"


def _same(ours: str, theirs: str) -> bool:
    return secrets.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))
