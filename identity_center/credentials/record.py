"""What happened to a credential: issued, suspended, resumed, revoked, shown where. Append-only, chained per credential.

Each entry's seal is a keyed digest over its content and the seal before it; the head of the chain is the credential
itself, and moves in the same atomic write. Whoever alters, removes or re-orders an entry in the database breaks the
chain at a place that can be named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import orjson

from core.clock import Clock, Instant, instant_text
from core.conditions import Condition, all_of, field
from core.documents import Document, Documents, Index, Page, Patch
from identity_center.credentials.credential import Credential
from identity_center.vault import Vault

EventKind = Literal["issued", "suspended", "resumed", "revoked", "expired", "shown"]
Reason = Literal["lost", "misused", "data_changed", "conditions_ended", "holder_asked", "issued_in_error"]
Verdict = Literal["valid", "suspended", "revoked", "expired", "too_old", "replayed"]


@dataclass(frozen=True)
class Event:
    """Something that happened. `by` is the account of staff, or the holder; `place` and `verdict` are a gate's.

    `claims` names what was disclosed by choice, never its value.
    """

    kind: EventKind
    by: str
    by_name: str = ""
    reason: Reason | None = None
    place: str | None = None
    verdict: Verdict | None = None
    claims: tuple[str, ...] = ()
    request_id: str = ""


class RecordEntry(Document):
    """One event of one credential. `number` counts from 1 without a gap."""

    collection: ClassVar[str] = "credential_record"
    indexes: ClassVar[tuple[Index, ...]] = (Index("credential", ("credential_id", "number"), unique=True),)

    credential_id: str
    number: int
    at: Instant
    kind: EventKind
    by: str
    by_name: str
    reason: Reason | None
    place: str | None
    verdict: Verdict | None
    claims: tuple[str, ...]
    request_id: str
    seal: str


@dataclass(frozen=True)
class RecordFault:
    """The first place where a record does not hold, and what is wrong there."""

    number: int
    fault: Literal["missing", "altered"]


class CredentialRecord:
    """Writes, reads and checks the chains."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault

    def begun(self, credential: Credential, event: Event) -> tuple[Credential, RecordEntry]:
        """The credential with the event as the first of its record, and the entry: to be inserted in one write."""
        entry = self._entry(credential, event)
        begun = credential.model_copy(update={"entries": entry.number, "seal": entry.seal})
        return begun, entry

    def changed(
        self, credential: Credential, event: Event, change: Mapping[str, object], *guards: Condition
    ) -> tuple[Patch[Credential], RecordEntry]:
        """Changes the credential with its record's head; the entry is to be inserted in the same write.

        The write is refused when another event came first: read and ask again.
        """
        entry = self._entry(credential, event)
        untouched = field("entries").equals(credential.entries)
        head = {**change, "entries": entry.number, "seal": entry.seal}
        return Patch(Credential, credential.id, set=head, guard=all_of(untouched, *guards)), entry

    async def of(self, credential: Credential, limit: int = 50, after: str | None = None) -> Page[RecordEntry]:
        """Newest first. Raises `BadCursor`."""
        return await self._documents.find(
            RecordEntry, "credential", credential.id, descending=True, limit=limit, after=after
        )

    async def entry(self, entry_id: str) -> RecordEntry | None:
        return await self._documents.get(RecordEntry, entry_id)

    async def fault(self, credential_id: str) -> RecordFault | None:
        """The first fault of a record, None when it holds from the first entry to the head.

        Events that are entered while it reads are no fault: it reads on, until it meets the head.
        """
        read, seal = 0, ""
        while True:
            page = await self._documents.find(RecordEntry, "credential", credential_id, at_least=read + 1, limit=1000)
            for entry in page.items:
                if entry.number != read + 1:
                    return RecordFault(read + 1, "missing")
                if entry.seal != self._seal(entry, seal):
                    return RecordFault(entry.number, "altered")
                read, seal = entry.number, entry.seal
            head = await self._documents.get(Credential, credential_id)
            if head is None or head.entries < read:
                return RecordFault(read, "altered")
            if head.entries == read:
                return None if head.seal == seal else RecordFault(read, "altered")
            if await self.entry(f"{credential_id}.{read + 1}") is None:
                return RecordFault(read + 1, "missing")

    def _entry(self, credential: Credential, event: Event) -> RecordEntry:
        """An entry's id is its number, so of two at once one is refused."""
        number = credential.entries + 1
        entry = RecordEntry(
            id=f"{credential.id}.{number}",
            credential_id=credential.id,
            number=number,
            at=self._clock.now(),
            **vars(event),
            seal="",
        )
        return entry.model_copy(update={"seal": self._seal(entry, credential.seal)})

    def _seal(self, entry: RecordEntry, seal_before: str) -> str:
        content = [
            entry.credential_id,
            entry.number,
            instant_text(entry.at),
            entry.kind,
            entry.by,
            entry.by_name,
            entry.reason,
            entry.place,
            entry.verdict,
            list(entry.claims),
            entry.request_id,
        ]
        return self._vault.keyed_digest("credential record", seal_before, orjson.dumps(content).decode()).hex()
