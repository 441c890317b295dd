"""What booking needs of others, satisfied in server/wiring/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from core.text import Text, text
from service_registry.booking.schedule import BookingPlan
from service_registry.manifest import ActingFor, Audience

_BOOKING: Final = text("预约", "Booking")


@dataclass(frozen=True)
class BookableCard:
    """What booking knows of a card: its plan, and how sure the city must be of who books."""

    id: str
    version: str
    booking: BookingPlan
    assurance: int = 0
    max_age_seconds: int | None = None
    """How old the proof of that assurance may be; any age when None."""
    audience: tuple[Audience, ...] = ("personal",)
    acting: tuple[ActingFor, ...] = ("guardian", "helper")
    theme: str = ""
    department: str = ""
    purpose: Text = _BOOKING


class NamedPerson(Protocol):
    """A person's name and ID number, as on the card."""

    @property
    def name(self) -> str: ...

    @property
    def id_number(self) -> str: ...


class People(Protocol):
    """Persons, without their data lying open: identity's."""

    async def person_key(self, citizen_id: str) -> str:
        """The keyed blind index of the citizen's ID number: equal to `blind_index` of that number. Raises the error
        of the identity centre that asks for real-name verification when there is no number yet."""
        ...

    async def companions(self, citizen_id: str, companion_ids: Sequence[str]) -> Mapping[str, NamedPerson]:
        """Of the companions saved under these ids those that are the citizen's own, by id."""
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
