"""Forgetting what is kept no longer than its period, in bounded steps: consents, records of releases and of faces, hall
codes, correction requests. What is spent sooner is in identity_center/retention.py and oidc/retention.py.

Ids are sortable by time, so the oldest documents of a collection stand first, and what is not due ends the looking.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.closing import Erasure
from core.conditions import field
from core.documents import D, Delete, Documents, GuardFailed, Patch
from identity_center.access_log import AccessLogEntry, AccessLogHead
from identity_center.consent import ConsentGrant
from identity_center.enterprise.enterprise import Mandate
from identity_center.face.records import FaceRecord
from identity_center.privacy.corrections import Correction
from identity_center.privacy.settings import PrivacySettings
from identity_center.relations.relation import Relation
from identity_center.staff.hall_codes import HallCode


class EndedChains(Protocol):
    """Where it is stated that chains are removed lawfully, so that no audit misses them; satisfied by `Anchors`."""

    async def ended(self, chains: Sequence[str]) -> None: ...


class Retention:
    def __init__(self, documents: Documents, clock: Clock, chains: EndedChains, settings: PrivacySettings) -> None:
        self._chains = chains
        self._documents = documents
        self._clock = clock
        self._kept = settings.retention
        self._batch = settings.batch

    async def run(self) -> int:
        """Returns how many documents were forgotten. It may be stopped at any moment and run in several processes."""
        kept = self._kept
        consents, corrections = self._before(kept.consents_days), self._before(kept.corrections_days)
        relations = self._before(kept.relations_days)
        return sum(
            [
                await self._oldest(ConsentGrant, lambda grant: (grant.revoked_at or grant.expires_at) < consents),
                await self._oldest(Correction, lambda one: one.state != "open" and one.asked_at < corrections),
                await self._indexed(FaceRecord, "decided_at", self._before(kept.face_records_days)),
                await self._indexed(HallCode, "issued_at", self._before(kept.hall_codes_days)),
                await self._oldest(Relation, lambda one: one.ended_at is not None and one.ended_at < relations),
                await self._oldest(Mandate, lambda one: one.ended_at is not None and one.ended_at < relations),
                await self._releases(self._before(kept.access_log_days)),
            ]
        )

    def _before(self, days: int) -> datetime:
        return self._clock.now() - timedelta(days=days)

    async def _indexed(self, model: type[D], index: str, before: datetime) -> int:
        count = 0
        while page := (await self._documents.find(model, index, below=before, limit=self._batch)).items:
            await self._documents.write(*(Delete(model, one.id) for one in page))
            count += len(page)
        return count

    async def _oldest(self, model: type[D], is_due: Callable[[D], bool]) -> int:
        """Until a whole page has nothing that is due."""
        count, after = 0, None
        while True:
            page = await self._documents.find(model, "id", limit=self._batch, after=after)
            due = [one for one in page.items if is_due(one)]
            if due:
                await self._documents.write(*(Delete(model, one.id) for one in due))
            count, after = count + len(due), page.after
            if not due or after is None:
                return count

    async def _releases(self, before: datetime) -> int:
        """The chains of accounts that were erased so long ago."""
        count = 0
        while page := (await self._documents.find(Erasure, "records", below=before, limit=self._batch)).items:
            await self._chains.ended([erasure.id for erasure in page])
            for erasure in page:
                count += await self._chain(erasure.id)
                await self._documents.write(Patch(Erasure, erasure.id, set={"records_since": None}))
        return count

    async def _chain(self, account_id: str) -> int:
        """From its end, so that what is left of it holds at every moment."""
        count = 0
        while (head := await self._documents.get(AccessLogHead, account_id)) is not None:
            last = await self._documents.find(
                AccessLogEntry, "access_log", account_id, descending=True, limit=self._batch + 1
            )
            going, left = last.items[: self._batch], last.items[self._batch :]
            unchanged = field("number").equals(head.number)
            move = (
                Patch(AccessLogHead, account_id, set={"number": left[0].number, "seal": left[0].seal}, guard=unchanged)
                if left
                else Delete(AccessLogHead, account_id, guard=unchanged)
            )
            with suppress(GuardFailed):
                await self._documents.write(move, *(Delete(AccessLogEntry, entry.id) for entry in going))
                count += len(going)
        return count
