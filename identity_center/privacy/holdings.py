"""What the identity centre has of an account, and how it ends: removed, or kept without anything of the person where a
law asks for the record (docs/privacy.md)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from core.clock import Clock
from core.conditions import field
from core.documents import D, Delete, Documents, GuardFailed, Operation, Patch
from core.messages import Message
from core.paging import every
from core.text import Text, text
from identity_center.companions import SavedCompanion
from identity_center.consent import ConsentGrant
from identity_center.face.records import FaceRecord
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.privacy.corrections import Correction
from identity_center.privacy.ports import Leaving
from identity_center.revocations import Revocations
from identity_center.session import Session
from identity_center.staff.hall_codes import HallCode

Counting = Callable[[Leaving], Awaitable[int]]


async def nothing(_leaving: Leaving) -> int:
    return 0


@dataclass(frozen=True)
class PlainHolding:
    """A holding made of its two functions."""

    name: str
    about: Text
    live_ones: Counting
    erasing: Counting

    async def live(self, leaving: Leaving) -> int:
        return await self.live_ones(leaving)

    async def erase(self, leaving: Leaving) -> int:
        return await self.erasing(leaving)


class IdentityHoldings:
    """`batch` is how many documents are removed in one write."""

    def __init__(self, documents: Documents, clock: Clock, revocations: Revocations, batch: int) -> None:
        self._documents = documents
        self._clock = clock
        self._revocations = revocations
        self._batch = batch

    def all(self) -> tuple[PlainHolding, ...]:
        return (
            PlainHolding("sessions", text("登录", "Sign-ins"), nothing, self._sessions),
            PlainHolding("messages", text("消息", "Messages"), nothing, self._removing(Message, "account")),
            PlainHolding(
                "companions",
                text("常用同行人", "Saved companions"),
                self._companions,
                self._removing(SavedCompanion, "place"),
            ),
            PlainHolding("consents", text("有效授权", "Consents in force"), self._live_consents, self._consents),
            PlainHolding("site_sign_ins", text("部门网站登录", "Sign-ins at sites"), self._live_sites, self._sites),
            PlainHolding("face_records", text("人脸核验记录", "Records of face verification"), nothing, self._faces),
            PlainHolding("hall_codes", text("大厅核验码", "Codes of service halls"), nothing, self._hall_codes),
            PlainHolding("corrections", text("更正申请", "Correction requests"), nothing, self._corrections),
        )

    def _removing(self, model: type[D], index: str) -> Counting:
        async def removed(leaving: Leaving) -> int:
            count = 0
            while page := (await self._documents.find(model, index, leaving.account_id, limit=self._batch)).items:
                await self._documents.write(*(Delete(model, one.id) for one in page))
                count += len(page)
            return count

        return removed

    async def _sessions(self, leaving: Leaving) -> int:
        """Ended, and kept for their time as the record of sign-ins (Cybersecurity Law), without the device's name and
        without what refresh tokens are made from."""
        now, count = self._clock.now(), 0
        async for session in every(self._documents, Session, "device", leaving.account_id):
            if not session.seed and session.ended_at is not None:
                continue
            change: dict[str, object] = {"live_account": None, "seed": "", "device_name": ""}
            if session.ended_at is None:
                change |= {"ended_at": now, "end_reason": "account_erased"}
            await self._written(Patch(Session, session.id, set=change), self._revocations.record(session.id))
            await self._revocations.announce(session.id)
            count += 1
        return count

    async def _companions(self, leaving: Leaving) -> int:
        return await self._documents.count(SavedCompanion, "place", leaving.account_id)

    async def _live_consents(self, leaving: Leaving) -> int:
        return await self._documents.count(ConsentGrant, "live", leaving.account_id)

    async def _live_sites(self, leaving: Leaving) -> int:
        return await self._documents.count(SiteSignIn, "live", leaving.account_id)

    async def _consents(self, leaving: Leaving) -> int:
        """Revoked. They stay for their time, as the proof that what was released was agreed to."""
        end = {"live_account": None, "revoked_at": self._clock.now()}
        return await self._changed(
            every(self._documents, ConsentGrant, "live", leaving.account_id),
            lambda grant: Patch(ConsentGrant, grant.id, set=end, guard=field("revoked_at").equals(None)),
        )

    async def _sites(self, leaving: Leaving) -> int:
        return await self._changed(
            every(self._documents, SiteSignIn, "live", leaving.account_id),
            lambda sign_in: sign_in.ended(self._clock.now(), "account_erased"),
        )

    async def _faces(self, leaving: Leaving) -> int:
        """That there was consent to a comparison stays for its time; how alike two faces were does not."""
        blank = {"distance": None, "challenge_distance": None, "between_distance": None, "session_id": ""}
        records = every(self._documents, FaceRecord, "citizen", leaving.account_id)
        return await self._changed(
            (record async for record in records if record.session_id),
            lambda record: Patch(FaceRecord, record.id, set=blank),
        )

    async def _hall_codes(self, leaving: Leaving) -> int:
        """A code that waits for the person."""
        if leaving.person_key is None:
            return 0
        return await self._changed(
            every(self._documents, HallCode, "person", leaving.person_key),
            lambda code: Patch(HallCode, code.id, set={"live_person": None}),
        )

    async def _corrections(self, leaving: Leaving) -> int:
        """That one was asked for and decided stays for its time; the words cannot be read any more, and go."""
        blank = {"text_sealed": None, "answer_sealed": None, "open_key": None}
        asked = every(self._documents, Correction, "account", leaving.account_id)
        return await self._changed(
            (one async for one in asked if one.text_sealed is not None),
            lambda one: Patch(
                Correction, one.id, set={**blank, **({"state": "refused"} if one.state == "open" else {})}
            ),
        )

    async def _changed(self, found: AsyncIterator[D], change: Callable[[D], Operation]) -> int:
        """Each in a write of its own, so that one that changes meanwhile does not hold up the others."""
        count = 0
        async for one in found:
            await self._written(change(one))
            count += 1
        return count

    async def _written(self, *operations: Operation) -> None:
        with suppress(GuardFailed):  # somebody else was first, or it is gone; the next turn looks again
            await self._documents.write(*operations)
