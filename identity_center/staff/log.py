"""What staff did: append-only and chained (identity_center/chain.py), read by auditors.

All of a city's staff share one chain, so that a missing entry shows wherever it is missing. An entry is written in the
same atomic write as what it is about.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import orjson

from core.caller import Staff
from core.clock import Clock, instant_text
from core.documents import Documents, Index, Operation, WriteRefused, Written
from identity_center.chain import Chain, ChainEntry, ChainFault, ChainHead
from identity_center.vault import Vault

CHAIN = "staff"
_ATTEMPTS = 50


@dataclass(frozen=True)
class Actor:
    """Who did it. Without an id it is the command line of the city's own machine, or somebody unknown."""

    id: str = ""
    name: str = ""
    role: str = ""
    department: str = ""
    post_id: str = ""

    @classmethod
    def of(cls, staff: Staff) -> "Actor":
        return cls(staff.id, staff.name, staff.role, staff.department, staff.post_id)


UNKNOWN = Actor()
COMMAND_LINE = Actor(name="command line")


@dataclass(frozen=True)
class Event:
    """One thing done. `subject` is the id of what it was done to; `details` never hold personal data of citizens."""

    action: str
    actor: Actor
    subject: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


class StaffLogEntry(ChainEntry):
    """One event. `number` is its place in the chain."""

    collection: ClassVar[str] = "staff_log"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("log", ("chain", "number"), unique=True),
        Index("actor", ("actor_id", "number")),
        Index("subject", ("subject", "number")),
    )

    chain: str = CHAIN
    action: str
    actor_id: str
    actor_name: str
    role: str
    department: str
    post_id: str
    subject: str
    details: dict[str, str]


class StaffLogHead(ChainHead):
    """The last entry; there is one."""

    collection: ClassVar[str] = "staff_log_heads"


@dataclass(frozen=True)
class LogPage:
    items: tuple[StaffLogEntry, ...]
    after: str | None


@dataclass(frozen=True)
class Verification:
    """Whether the chain holds, how many entries it has, and the first fault."""

    entries: int
    fault: ChainFault | None
    verified_at: datetime


class StaffLog:
    """Writes, reads and checks the one chain."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._chain = Chain(documents, StaffLogEntry, StaffLogHead, "log", self.sealed)
        self._one_at_a_time = asyncio.Lock()

    async def written(self, event: Event, *operations: Operation) -> Written:
        """Writes the operations together with their entry. Raises what refused one of the operations.

        Another process may add to the chain at the same moment: then the entry gets the next number.
        """
        async with self._one_at_a_time:
            for attempt in range(1, _ATTEMPTS + 1):
                entry = await self._chain.appended(CHAIN, lambda number: self._entry(number, event))
                try:
                    return await self._documents.write(*operations, *entry)
                except WriteRefused as refused:
                    overtaken = any(refused.operation is operation for operation in entry)
                    if not overtaken or attempt == _ATTEMPTS:
                        raise
        raise AssertionError("the last attempt returns or raises")

    async def done(self, staff: Staff, action: str, details: Mapping[str, str]) -> None:
        """For what was done outside of the identity centre; written after it."""
        await self.written(Event(action, Actor.of(staff), details=details))

    async def page(self, *, actor_id: str | None = None, limit: int = 50, after: str | None = None) -> LogPage:
        """Entries, newest first; of one account, when it is given."""
        index, key = ("log", CHAIN) if actor_id is None else ("actor", actor_id)
        page = await self._documents.find(StaffLogEntry, index, key, descending=True, limit=limit, after=after)
        return LogPage(page.items, page.after)

    async def verification(self) -> Verification:
        """Reads the whole chain."""
        fault = await self._chain.fault(CHAIN)
        return Verification(await self._documents.count(StaffLogEntry, "log", CHAIN), fault, self._clock.now())

    def _entry(self, number: int, event: Event) -> StaffLogEntry:
        actor = event.actor
        return StaffLogEntry(
            id=f"{CHAIN}.{number}",
            number=number,
            at=self._clock.now(),
            action=event.action,
            actor_id=actor.id,
            actor_name=actor.name,
            role=actor.role,
            department=actor.department,
            post_id=actor.post_id,
            subject=event.subject,
            details=dict(event.details),
        )

    def sealed(self, entry: StaffLogEntry, seal_before: str) -> str:
        """The seal that an entry has to have after one with this seal."""
        content = [
            entry.chain,
            entry.number,
            instant_text(entry.at),
            entry.action,
            entry.actor_id,
            entry.actor_name,
            entry.role,
            entry.department,
            entry.post_id,
            entry.subject,
            sorted(entry.details.items()),
        ]
        return self._vault.keyed_digest("staff log", seal_before, orjson.dumps(content).decode()).hex()
