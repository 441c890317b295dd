"""Companions 同行人: the people a citizen books for, saved once so that nobody types an ID number twice.

Each stands at one of the account's places, 0 to `saved_companions` - 1. Two unique indexes hold what must hold: a place
has one companion, and a person one place. So there are never too many, and nobody twice, whatever happens at once.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from core.caller import Citizen
from core.clock import Clock, Instant
from core.closing import refusal, still_open
from core.documents import Delete, Document, Documents, Duplicate, Index, Insert, WriteRefused
from core.idempotency import RequestKey, write_once
from core.ids import new_id
from core.masking import masked_id_number, masked_name
from core.resident_id import is_resident_id, normalised
from identity_center.accounts import AccountService
from identity_center.data_keys import DataKeys
from identity_center.errors import (
    CompanionIsCitizen,
    CompanionNotFound,
    CompanionSavedAlready,
    InvalidIdNumber,
    InvalidName,
    TooManyCompanions,
)
from identity_center.names import is_name, normalised_name
from identity_center.settings import MOST_COMPANIONS, IdentitySettings
from identity_center.vault import Vault


class SavedCompanion(Document):
    """`person_index` is the blind index of the ID number."""

    collection: ClassVar[str] = "companions"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("place", ("account_id", "place"), unique=True),
        Index("person", ("account_id", "person_index"), unique=True),
    )

    account_id: str
    place: int
    saved_at: Instant
    person_index: str
    name_sealed: str
    id_number_sealed: str


@dataclass(frozen=True)
class CompanionView:
    """A companion as the citizen who saved them sees them: masked."""

    id: str
    name: str
    id_number: str
    saved_at: datetime


@dataclass(frozen=True)
class Companion:
    """A companion in clear, for the part of the city that the citizen names them to."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


class CompanionService:
    """A citizen's own list. Names and numbers are sealed with the citizen's data key, each for its companion alone."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        data_keys: DataKeys,
        accounts: AccountService,
        settings: IdentitySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._accounts = accounts
        self.most = settings.saved_companions

    async def companions(self, citizen: Citizen) -> tuple[CompanionView, ...]:
        """In the order in which they were saved."""
        return tuple([await self._view(saved) for saved in await self._of(citizen.id)])

    async def save(self, citizen: Citizen, name: str, id_number: str, key: RequestKey | None = None) -> CompanionView:
        """A retry with the same key gets what the first request saved.

        Raises `InvalidIdNumber`, `InvalidName`, `CompanionIsCitizen`, `CompanionSavedAlready`, `TooManyCompanions`,
        `KeyReused`, `AccountClosing`, and `PersonalDataMissing` before level 2.
        """
        companion = Companion(normalised_name(name), normalised(id_number))
        if not is_resident_id(companion.id_number):
            raise InvalidIdNumber
        if not is_name(companion.name):
            raise InvalidName
        sealed = await self._sealed(citizen.id, companion)
        if sealed.person_index == await self._accounts.person_key(citizen.id):
            raise CompanionIsCitizen
        try:
            return await self._view(await self._placed(sealed, key))
        except (CompanionSavedAlready, TooManyCompanions):
            earlier = await key.earlier_result(self._documents) if key else None
            if earlier is None:
                raise
            return await self._view(await self._known(earlier))

    async def remove(self, citizen: Citizen, companion_id: str) -> None:
        """Nothing of them is kept on the list. Bookings that name them stand. Raises `CompanionNotFound`."""
        if (await self._known(companion_id)).account_id != citizen.id:
            raise CompanionNotFound
        await self._documents.write(Delete(SavedCompanion, companion_id))

    async def opened(self, citizen_id: str, companion_ids: Sequence[str]) -> dict[str, Companion]:
        """Those that are the citizen's own and still saved, in clear, by id."""
        found = await self._documents.get_many(SavedCompanion, companion_ids)
        return {saved.id: await self._opened(saved) for saved in found.values() if saved.account_id == citizen_id}

    async def _placed(self, companion: SavedCompanion, key: RequestKey | None) -> SavedCompanion:
        while True:
            others = await self._of(companion.account_id)
            free = sorted(set(range(self.most)) - {other.place for other in others})
            if not free:
                known = any(other.person_index == companion.person_index for other in others)
                raise CompanionSavedAlready if known else TooManyCompanions(self.most)
            # Any of them, so that requests at once seldom want the same one.
            placed = companion.model_copy(update={"place": secrets.choice(free)})
            try:
                return await self._written(placed, key)
            except Duplicate as error:
                if error.index == "person":
                    raise CompanionSavedAlready from error
                if error.index != "place":  # there, another request was quicker, and others are free
                    raise
            except WriteRefused as error:
                raise refusal(error) from error

    async def _written(self, companion: SavedCompanion, key: RequestKey | None) -> SavedCompanion:
        return await write_once(
            self._documents,
            [*still_open(companion.account_id), Insert(companion)],
            key=key,
            result=companion.id,
            find=self._known,
            made=lambda _written: companion,
        )

    async def _of(self, account_id: str) -> list[SavedCompanion]:
        page = await self._documents.find(SavedCompanion, "place", account_id, limit=MOST_COMPANIONS)
        return sorted(page.items, key=lambda saved: saved.id)

    async def _known(self, companion_id: str) -> SavedCompanion:
        saved = await self._documents.get(SavedCompanion, companion_id)
        if saved is None:
            raise CompanionNotFound
        return saved

    async def _sealed(self, account_id: str, companion: Companion) -> SavedCompanion:
        companion_id = new_id(self._clock)
        return SavedCompanion(
            id=companion_id,
            account_id=account_id,
            place=0,
            saved_at=self._clock.now(),
            person_index=self._vault.blind_index("id_number", companion.id_number),
            name_sealed=await self._data_keys.seal(account_id, companion.name, companion_context(companion_id, "name")),
            id_number_sealed=await self._data_keys.seal(
                account_id, companion.id_number, companion_context(companion_id, "id_number")
            ),
        )

    async def _opened(self, saved: SavedCompanion) -> Companion:
        return Companion(
            name=await self._data_keys.open(saved.account_id, saved.name_sealed, companion_context(saved.id, "name")),
            id_number=await self._data_keys.open(
                saved.account_id, saved.id_number_sealed, companion_context(saved.id, "id_number")
            ),
        )

    async def _view(self, saved: SavedCompanion) -> CompanionView:
        opened = await self._opened(saved)
        return CompanionView(saved.id, masked_name(opened.name), masked_id_number(opened.id_number), saved.saved_at)


def companion_context(companion_id: str, field_name: str) -> str:
    """What a sealed field of a companion is bound to."""
    return f"companion.{companion_id}.{field_name}"
