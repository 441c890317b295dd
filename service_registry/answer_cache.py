"""Departments' answers, kept for the citizen who asked, for some seconds, in this process's memory and nowhere else."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import orjson

from core.clock import Clock
from core.documents import JsonObject
from core.ids import derived_id

MOST_ANSWERS = 10_000
MOST_BYTES = 32 << 20


@dataclass(frozen=True)
class AnswerKey:
    """Who asked what of which card. The card's digest is part of it, so that a changed card forgets what it knew."""

    citizen_id: str
    card_id: str
    question: str

    @classmethod
    def of(cls, citizen_id: str, card_id: str, card_digest: str, operation: str, entered: JsonObject) -> "AnswerKey":
        written = orjson.dumps(entered, option=orjson.OPT_SORT_KEYS).decode()
        return cls(citizen_id, card_id, derived_id(card_digest, operation, written))


@dataclass(frozen=True)
class KeptAnswer:
    """A validated answer, as the JSON that came (its size is then known), and when it came."""

    output: bytes
    fetched_at: datetime


class AnswerCache:
    """Forgets what was used longest ago when it holds too many answers or bytes. An answer that alone takes more than
    a hundredth of the bytes is not kept."""

    def __init__(self, clock: Clock, most_answers: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES) -> None:
        self._now = clock.monotonic
        self._most_answers = most_answers
        self._most_bytes = most_bytes
        self._kept: OrderedDict[AnswerKey, tuple[KeptAnswer, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: AnswerKey) -> KeptAnswer | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[1] <= self._now():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def put(self, key: AnswerKey, answer: KeptAnswer, seconds: float) -> None:
        self._drop(key)
        if len(answer.output) * 100 > self._most_bytes:
            return
        self._kept[key] = answer, self._now() + seconds
        self._bytes += len(answer.output)
        while len(self._kept) > self._most_answers or self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self, citizen_id: str, card_id: str) -> None:
        """Drops what the card answered this citizen: a submission has changed it."""
        for key in [key for key in self._kept if (key.citizen_id, key.card_id) == (citizen_id, card_id)]:
            self._drop(key)

    def _drop(self, key: AnswerKey) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped[0].output)
