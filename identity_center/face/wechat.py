"""Face verification by WeChat: the phone shows the face to WeChat, and the city asks WeChat how it ended.

What the phone says of it counts for nothing. A verification is bound to account, session and person, is decided once,
and is counted before WeChat is asked to open it: otherwise one that failed need only not be reported.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from core.caller import Citizen
from core.clock import Clock, Instant
from core.conditions import all_of, field
from core.documents import Document, Documents, GuardFailed, Index, Insert, Patch
from core.errors import CityError
from core.ids import new_id
from identity_center.errors import WeChatUnavailable
from identity_center.face.counting import FaceAttempts
from identity_center.face.errors import FaceAttemptOver, FaceNotEligible, FaceUnfinished
from identity_center.face.outcomes import Outcome, outcome_of
from identity_center.face.ports import FacePerson, WeChatFace
from identity_center.face.records import FaceRecord
from identity_center.face.service import FaceResult
from identity_center.proof_attempts import Attempt
from identity_center.vault import Vault

MODEL = "wechat"


class WeChatFaceAttempt(Document):
    """One verification that WeChat was asked for; its id is WeChat's `out_seq_no`. The verify_id itself is not stored.

    `decided_at` is None while it is open.
    """

    collection: ClassVar[str] = "wechat_face_attempts"
    indexes: ClassVar[tuple[Index, ...]] = (Index("expires_at", ("expires_at",)),)

    citizen_id: str
    session_id: str
    person_key: str
    verify_digest: str
    counted_account: str
    counted_device: str | None
    attempts_left: int
    started_at: Instant
    expires_at: Instant
    decided_at: Instant | None = None


@dataclass(frozen=True)
class OpenedVerification:
    """For the phone: `verify_id` goes to wx.requestFacialVerify, and comes back with `attempt_id`."""

    attempt_id: str
    verify_id: str
    expires_at: datetime


class FacePersons(Protocol):
    """Who the citizen is, for WeChat alone; satisfied by `AccountService`."""

    async def face_person(self, citizen: Citizen) -> FacePerson:
        """Raises `StepUpNeeded` before level 2."""
        ...


class WeChatFaceService:
    """WeChat's provider. Whoever calls `start` has the citizen's separate consent; records say when."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        persons: FacePersons,
        wechat: WeChatFace,
        attempts: FaceAttempts,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._persons = persons
        self._wechat = wechat
        self._attempts = attempts

    async def start(self, citizen: Citizen) -> OpenedVerification:
        """Raises `OtherFaceProvider`, `StepUpNeeded`, `TooManyChallenges`, `ProofLocked`, `FaceLocked`,
        `FaceNotEligible` and `WeChatUnavailable` (neither was counted)."""
        self._attempts.only("wechat")
        person = await self._persons.face_person(citizen)
        await self._attempts.started(citizen)
        counted, left = await self._attempts.take(citizen)
        attempt_id = new_id(self._clock)
        try:
            opened = await self._wechat.verify_id(person, attempt_id)
        except (FaceNotEligible, WeChatUnavailable):
            await self._attempts.give_back(citizen, counted)
            raise
        now = self._clock.now()
        attempt = WeChatFaceAttempt(
            id=attempt_id,
            citizen_id=citizen.id,
            session_id=citizen.session_id,
            person_key=person.key,
            verify_digest=self._digest(attempt_id, opened.text),
            counted_account=counted.account,
            counted_device=counted.device,
            attempts_left=left,
            started_at=now,
            expires_at=now + opened.valid_for,
        )
        await self._documents.write(Insert(attempt))
        return OpenedVerification(attempt.id, opened.text, attempt.expires_at)

    async def finish(self, citizen: Citizen, attempt_id: str, verify_id: str) -> FaceResult:
        """Asks WeChat how it ended. Returns when the face is proved and that is recorded; it counts from the start, as
        nobody says when within the hour it was shown.

        Raises `OtherFaceProvider`, `FaceAttemptOver`, `FaceUnfinished` (it stays open), `WeChatUnavailable` (so it
        does then), or the refusal that WeChat's answer stands for.
        """
        self._attempts.only("wechat")
        attempt = await self._open(citizen, attempt_id, verify_id)
        person = await self._persons.face_person(citizen)
        if person.key != attempt.person_key:
            raise FaceAttemptOver
        verify_ret = await self._wechat.verify_ret(person, attempt.id, verify_id)
        outcome = outcome_of(verify_ret, attempt.attempts_left, self._attempts.locked)
        if isinstance(outcome.refusal, FaceUnfinished):
            raise outcome.refusal
        record = await self._decided(attempt, verify_ret, outcome)
        await self._settled(citizen, attempt, outcome)
        if outcome.refusal is not None:
            raise outcome.refusal
        return FaceResult(record.id, attempt.started_at, MODEL)

    async def _open(self, citizen: Citizen, attempt_id: str, verify_id: str) -> WeChatFaceAttempt:
        attempt = await self._documents.get(WeChatFaceAttempt, attempt_id)
        if attempt is None or (attempt.citizen_id, attempt.session_id) != (citizen.id, citizen.session_id):
            raise FaceAttemptOver
        if not hmac.compare_digest(attempt.verify_digest, self._digest(attempt_id, verify_id)):
            raise FaceAttemptOver
        if attempt.decided_at is not None or attempt.expires_at <= self._clock.now():
            raise FaceAttemptOver
        return attempt

    async def _decided(self, attempt: WeChatFaceAttempt, verify_ret: int, outcome: Outcome) -> FaceRecord:
        """Of many at once who ask about one verification, one gets its result."""
        now = self._clock.now()
        open_still = all_of(field("decided_at").equals(None), field("expires_at").above(now))
        record = FaceRecord(
            id=new_id(self._clock),
            citizen_id=attempt.citizen_id,
            session_id=attempt.session_id,
            provider="wechat",
            actions=(),
            decision=outcome.decision,
            reason=_code(outcome.refusal),
            distance=None,
            challenge_distance=None,
            between_distance=None,
            model=MODEL,
            verify_ret=verify_ret,
            thresholds={},
            consented_at=attempt.started_at,
            decided_at=now,
        )
        decide = Patch(WeChatFaceAttempt, attempt.id, set={"decided_at": now}, guard=open_still)
        try:
            await self._documents.write(decide, Insert(record))
        except GuardFailed as error:
            raise FaceAttemptOver from error
        return record

    async def _settled(self, citizen: Citizen, attempt: WeChatFaceAttempt, outcome: Outcome) -> None:
        counted = Attempt(attempt.counted_account, attempt.counted_device)
        if outcome.decision == "passed":
            await self._attempts.succeeded(counted)
        elif outcome.decision == "not_compared":
            await self._attempts.give_back(citizen, counted)

    def _digest(self, attempt_id: str, verify_id: str) -> str:
        return self._vault.keyed_digest("wechat face", attempt_id, verify_id).hex()


def _code(refusal: CityError | None) -> str | None:
    return None if refusal is None else refusal.code
