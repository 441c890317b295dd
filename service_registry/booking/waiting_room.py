"""A waiting room before a card that a whole city wants at once: whoever comes is let through in the order of coming, as
many in a minute as the card says. It keeps the crowd from the store; that no place is sold twice is the store's affair.
"""

from math import ceil
from typing import Final

from core.ephemeral import Ephemeral, Rate
from service_registry.booking.errors import Waiting
from service_registry.booking.schedule import WaitingRoomRule

LONGEST_PAUSE: Final = 60
"""Seconds after which whoever waits asks again at the latest, and is told how far the line has come."""
BURST_SECONDS: Final = 1.0
"""So much of the rate is let through at once, when nobody waits: few people notice the room on a calm day."""


class WaitingRoom:
    """Lines live in the ephemeral store: after its loss everybody stands anew, and nobody loses a booking by it."""

    def __init__(self, ephemeral: Ephemeral) -> None:
        self._ephemeral = ephemeral

    async def enter(self, rule: WaitingRoomRule, card_id: str, citizen_id: str) -> None:
        """Returns when it is the citizen's turn, which then lasts `stay_minutes`. Raises `Waiting`."""
        per_second = rule.per_minute / 60
        burst = max(1, round(per_second * BURST_SECONDS))
        rate = Rate(burst, burst / per_second)
        wait = await self._ephemeral.turn(f"booking:{card_id}", citizen_id, rate, rule.stay_minutes * 60)
        if wait > 0:
            seconds = max(1, ceil(wait))
            raise Waiting(
                position=max(1, ceil(wait * per_second)),
                estimate_seconds=seconds,
                retry_after_seconds=min(seconds, LONGEST_PAUSE),
            )
