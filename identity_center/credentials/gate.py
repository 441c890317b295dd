"""The gate that is online: it knows at once what was revoked, takes each code once, and enters each showing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.caller import Staff
from core.clock import Clock
from core.documents import Documents, Insert
from core.idempotency import RequestKey, write_once
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.claims import Value
from identity_center.credentials.credential import Credential
from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.record import CredentialRecord, Event, RecordEntry, Verdict
from identity_center.credentials.register import until_written
from identity_center.credentials.sd_jwt import Presented
from identity_center.credentials.verification import is_fresh, read_code


@dataclass(frozen=True)
class Shown:
    """What a gate learns. Whoever is let in, is let in on `valid` alone."""

    verdict: Verdict
    type_id: str
    claims: Mapping[str, Value]
    shown_at: datetime
    expires_at: datetime | None


class CredentialGate:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        record: CredentialRecord,
        addresses: Addresses,
        jwks: Mapping[str, Any],
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._record = record
        self._addresses = addresses
        self._jwks = jwks

    def take_up(self, jwks: Mapping[str, Any]) -> None:
        """Other keys from now on."""
        self._jwks = jwks

    async def check(
        self,
        code: str,
        gate: Staff,
        place: str | None = None,
        key: RequestKey | None = None,
        request_id: str = "",
    ) -> Shown:
        """A gate that got no answer repeats with the same key. Raises `PresentationInvalid`, `KeyReused`."""
        presented = read_code(code, self._jwks)
        earlier = await key.earlier_result(self._documents) if key else None
        entry = await self._record.entry(earlier) if earlier else None
        if entry is None:
            entry = await until_written(lambda: self._entered(presented, gate, place, key, request_id))
        credential = await self._credential(presented)
        verdict = entry.verdict or "valid"
        return Shown(verdict, credential.type_id, presented.claims, presented.shown_at, presented.expires_at)

    async def _entered(
        self, presented: Presented, gate: Staff, place: str | None, key: RequestKey | None, request_id: str
    ) -> RecordEntry:
        """The head of the record moves in the write, so of two gates with one code at once, one finds it taken."""
        credential = await self._credential(presented)
        verdict = self._verdict(presented, credential)
        event = Event(
            "shown",
            gate.id,
            gate.name,
            place=place or gate.name,
            verdict=verdict,
            claims=presented.disclosed,
            request_id=request_id,
        )
        taken = {"shown": int(presented.shown_at.timestamp())} if verdict == "valid" else {}
        head, entry = self._record.changed(credential, event, taken)
        return await write_once(
            self._documents,
            [head, Insert(entry)],
            key=key,
            result=entry.id,
            find=self._existing,
            made=lambda _: entry,
        )

    def _verdict(self, presented: Presented, credential: Credential) -> Verdict:
        now = self._clock.now()
        if not is_fresh(presented, now):
            return "too_old"
        standing = credential.standing(now)
        if standing != "valid":
            return standing
        return "replayed" if int(presented.shown_at.timestamp()) <= credential.shown else "valid"

    async def _credential(self, presented: Presented) -> Credential:
        """By its status entry: a code carries no other name of the credential."""
        prefix, _, number = presented.status.uri.rpartition("/")
        if self._addresses.status_list(0) != f"{prefix}/0" or not number.isdigit():
            raise PresentationInvalid
        page = await self._documents.find(Credential, "status", int(number), presented.status.index, limit=1)
        if not page.items:
            raise PresentationInvalid
        return page.items[0]

    async def _existing(self, entry_id: str) -> RecordEntry:
        entry = await self._record.entry(entry_id)
        if entry is None:
            raise PresentationInvalid
        return entry
