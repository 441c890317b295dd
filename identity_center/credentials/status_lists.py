"""The city's status lists: giving out places in them, and making the signed lists that gates keep."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from core.clock import Clock
from core.conditions import field
from core.documents import Document, Documents, Patch
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.credential import Credential
from identity_center.credentials.errors import StatusListNotFound
from identity_center.credentials.settings import CredentialSettings
from identity_center.credentials.status_list import ENTRIES, INVALID, SUSPENDED, StatusList, array_of, signed
from identity_center.key_ring import KeyRing

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_FRESH: Final = timedelta(seconds=5)
"""How long a list is handed out before it is made anew, if nothing has changed in this process meanwhile."""


class StatusListFill(Document):
    """How many places of a list are given out; its id is the list's number."""

    collection: ClassVar[str] = "credential_status_lists"

    taken: int


@dataclass(frozen=True)
class Place:
    """A place for a new credential, and the operation that counts it. The place is free, or the write is refused."""

    number: int
    index: int
    taking: Patch[StatusListFill]


class StatusLists:
    def __init__(
        self, documents: Documents, clock: Clock, keys: KeyRing, addresses: Addresses, settings: CredentialSettings
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._keys = keys
        self._addresses = addresses
        self._settings = settings
        self._filling = 1
        self._made: dict[int, tuple[datetime, str]] = {}

    def take_up(self, keys: KeyRing) -> None:
        """Other keys from now on, also for lists that were made a moment ago."""
        self._keys = keys
        self._made.clear()

    @property
    def ttl_seconds(self) -> int:
        return self._settings.status_ttl_seconds

    def place(self) -> Place:
        """At random, in a list of which half stays empty."""
        number = self._filling
        taking = Patch(
            StatusListFill,
            str(number),
            add={"taken": 1},
            guard=field("taken").below(ENTRIES // 2),
            otherwise=StatusListFill(id=str(number), taken=1),
        )
        return Place(number, secrets.randbelow(ENTRIES), taking)

    def is_full(self, place: Place) -> None:
        """The write was refused because half of the list is given out: the next one is begun."""
        self._filling = max(self._filling, place.number + 1)

    async def addresses(self) -> list[str]:
        """Of all lists, for gates that keep them all."""
        begun = (await self._documents.find(StatusListFill, "id", limit=1000)).items
        return [self._addresses.status_list(number) for number in sorted({1, *(int(fill.id) for fill in begun)})]

    async def token(self, number: str) -> str:
        """The signed list, some seconds old at most. Raises `StatusListNotFound`."""
        if not _NUMBER.fullmatch(number):
            raise StatusListNotFound
        known = self._made.get(int(number))
        if known is not None and self._clock.now() - known[0] < _FRESH:
            return known[1]
        if number != "1" and await self._documents.get(StatusListFill, number) is None:
            raise StatusListNotFound
        now = self._clock.now()
        made = await self._signed(int(number), now)
        self._made[int(number)] = (now, made)
        return made

    def changed(self, number: int) -> None:
        """A credential of the list was suspended, resumed or revoked."""
        self._made.pop(number, None)

    async def _signed(self, number: int, now: datetime) -> str:
        status_list = StatusList(
            uri=self._addresses.status_list(number),
            issued_at=now,
            expires_at=now + timedelta(hours=self._settings.status_hours),
            ttl=timedelta(seconds=self._settings.status_ttl_seconds),
            array=array_of(await self._statuses(number)),
        )
        return signed(self._keys, status_list)

    async def _statuses(self, number: int) -> dict[int, int]:
        statuses: dict[int, int] = {}
        after = None
        while True:
            page = await self._documents.find(Credential, "unusable", number, limit=1000, after=after)
            for credential in page.items:
                statuses[credential.status_index] = INVALID if credential.state == "revoked" else SUSPENDED
            after = page.after
            if after is None:
                return statuses
