"""The persons of a booking: the citizen and the companions, told apart by ID number, stored sealed, shown masked."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from core.caller import Citizen
from core.masking import masked_id_number, masked_name
from core.resident_id import is_resident_id, normalised
from service_registry.booking.bookings import Booking
from service_registry.booking.errors import CompanionInvalid, PartyTooLarge
from service_registry.booking.ports import NamedPerson, People

_BETWEEN_NAMES = frozenset(" ·•.'’-")


class Companion(BaseModel):
    """Somebody who comes along."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=50, description="As on the ID card.")
    id_number: str = Field(min_length=1, max_length=32, description="Resident ID number (GB 11643).")

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        """Nothing: a companion must not end up in a log line or an error."""
        return []


Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]


class Reservation(BaseModel):
    """What a citizen asks for: one slot, for themselves and their companions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resource_id: str = Field(min_length=1, max_length=64, description="As in the card's resources.")
    starts_at: Moment = Field(description="Start of the slot, as in the list of slots.")
    companions: tuple[Companion, ...] = Field(default=(), max_length=20, description="Who comes along.")
    saved_companions: tuple[str, ...] = Field(
        default=(), max_length=20, description="Who else comes along, of the citizen's saved companions, by id."
    )


@dataclass(frozen=True)
class Party:
    """The persons by blind index, the citizen first, and the companions in the form they are sealed in."""

    person_keys: tuple[str, ...]
    companions: str | None

    @property
    def places(self) -> int:
        return len(self.person_keys)


@dataclass(frozen=True)
class MaskedCompanion:
    name: str
    id_number: str


async def party_of(people: People, citizen: Citizen, request: Reservation, most: int, booking_id: str) -> Party:
    """Raises `PartyTooLarge`, `CompanionInvalid`, and what `People.person_key` raises."""
    if len(request.companions) + len(request.saved_companions) > most:
        raise PartyTooLarge(companions_max=most)
    companions = [*request.companions, *await _saved(people, citizen.id, request)]
    tidy = [_checked(member, companion) for member, companion in enumerate(companions, start=1)]
    keys = [await people.person_key(citizen.id)]
    for member, companion in enumerate(tidy, start=1):
        key = people.blind_index(companion["id_number"])
        if key in keys:
            raise CompanionInvalid(member=member, reason="is_citizen" if key == keys[0] else "twice")
        keys.append(key)
    sealed = None
    if tidy:
        written = json.dumps(tidy, ensure_ascii=False)
        sealed = await people.seal(citizen.served_id, written, companions_context(booking_id))
    return Party(tuple(keys), sealed)


async def masked_companions(people: People, booking: Booking) -> tuple[MaskedCompanion, ...]:
    """Whom the citizen named, as it is shown."""
    if booking.companions is None:
        return ()
    opened = json.loads(await people.open(booking.citizen_id, booking.companions, companions_context(booking.id)))
    return tuple(MaskedCompanion(masked_name(one["name"]), masked_id_number(one["id_number"])) for one in opened)


async def _saved(people: People, citizen_id: str, request: Reservation) -> Sequence[NamedPerson]:
    """The saved companions of a request, in its order."""
    if not request.saved_companions:
        return ()
    known = await people.companions(citizen_id, request.saved_companions)
    for member, companion_id in enumerate(request.saved_companions, start=1 + len(request.companions)):
        if companion_id not in known:
            raise CompanionInvalid(member=member, reason="not_saved")
    return [known[companion_id] for companion_id in request.saved_companions]


def _checked(member: int, companion: NamedPerson) -> dict[str, str]:
    name, id_number = " ".join(companion.name.split()), normalised(companion.id_number)
    if not _is_name(name):
        raise CompanionInvalid(member=member, reason="name")
    if not is_resident_id(id_number):
        raise CompanionInvalid(member=member, reason="id_number")
    return {"name": name, "id_number": id_number}


def _is_name(name: str) -> bool:
    """Letters of any script, and what stands between names: 欧阳·小明, O'Neil Mary-Ann."""
    kinds = {_kind(character) for character in name if character not in _BETWEEN_NAMES}
    return "L" in kinds and kinds <= {"L", "M"}


def _kind(character: str) -> str:
    """Rare characters are written with private-use ones, and 〇 is a number to nobody but Unicode."""
    category = unicodedata.category(character)
    return "L" if category == "Co" or character == "〇" else category[0]


def companions_context(booking_id: str) -> str:
    """What the sealed companions of a booking are bound to."""
    return f"booking.companions/{booking_id}"
