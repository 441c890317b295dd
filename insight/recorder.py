"""What has happened since the last flush, in memory. Nothing here waits for anything."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from core.clock import Clock
from insight.calendar import CityMinute
from insight.model import Outcome


@dataclass(slots=True)
class CardEvents:
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    citizens: set[str] = field(default_factory=set)


@dataclass(slots=True)
class DayEvents:
    """`citizens` holds everybody of the cards, and those first seen today."""

    citizens: set[str] = field(default_factory=set)
    cards: dict[str, CardEvents] = field(default_factory=dict)


Events = dict[date, DayEvents]
"""Events by the city day on which they happened, however late they are written down."""


class Recorder:
    """Takes events in and hands them over. For one event loop; not for several threads.

    `remembered` bounds the ids kept to recognise who was already seen today. When they become more, everybody is noted
    once more, which changes no figure: citizens are kept as sets.
    """

    def __init__(self, clock: Clock, zone: tzinfo, remembered: int) -> None:
        self._clock = clock
        self._zone = zone
        self._remembered = remembered
        self._minute = CityMinute.of(clock.now(), zone)
        self._seen: set[str] = set()
        self._events: Events = {}

    def visit(self, citizen_id: str) -> None:
        now = self._clock.now()
        minute = self._minute
        if not minute.begins <= now < minute.ends:
            self._turn(now)
        if citizen_id not in self._seen:
            self._note(citizen_id)

    def used(self, citizen_id: str, card_id: str, outcome: Outcome) -> None:
        self.visit(citizen_id)
        today = self._today()
        today.citizens.add(citizen_id)
        card = today.cards.get(card_id) or today.cards.setdefault(card_id, CardEvents())
        card.outcomes[outcome] += 1
        card.hours[self._minute.hour] += 1
        card.citizens.add(citizen_id)

    def take(self) -> Events:
        """All events since the last call."""
        events, self._events = self._events, {}
        return events

    def _turn(self, now: datetime) -> None:
        before, self._minute = self._minute, CityMinute.of(now, self._zone)
        if before.day != self._minute.day:
            self._seen = set()

    def _note(self, citizen_id: str) -> None:
        if len(self._seen) >= self._remembered:
            self._seen.clear()
        self._seen.add(citizen_id)
        self._today().citizens.add(citizen_id)

    def _today(self) -> DayEvents:
        day = self._minute.day
        return self._events.get(day) or self._events.setdefault(day, DayEvents())
