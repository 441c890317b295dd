"""What booking needs of others, satisfied in server/wiring/."""

from dataclasses import dataclass
from typing import Literal, Protocol

from service_registry.booking.schedule import BookingPlan


@dataclass(frozen=True)
class BookableCard:
    """What booking knows of a card: its plan, and how sure the city must be of who books."""

    id: str
    version: str
    booking: BookingPlan
    assurance: int = 0
    max_age_seconds: int | None = None
    """How old the proof of that assurance may be; any age when None."""


class People(Protocol):
    """Persons, without their data lying open: identity's."""

    async def person_key(self, citizen_id: str) -> str:
        """The keyed blind index of the citizen's ID number: equal to `blind_index` of that number. Raises the error
        of the identity centre that asks for real-name verification when there is no number yet."""
        ...

    def blind_index(self, id_number: str) -> str: ...

    async def seal(self, citizen_id: str, plaintext: str, context: str) -> str:
        """Encrypts for storage; what is sealed opens for the same citizen and in the same context only."""
        ...

    async def open(self, citizen_id: str, sealed: str, context: str) -> str: ...


class UsageSink(Protocol):
    """Where uses of cards are counted: insight's. Never blocks, never raises."""

    def used(self, citizen_id: str, card_id: str, outcome: Literal["ok", "refused", "failed"]) -> None: ...


class UncountedUsage:
    """Counts nothing."""

    def used(self, citizen_id: str, card_id: str, outcome: Literal["ok", "refused", "failed"]) -> None:
        pass
