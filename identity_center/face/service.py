"""Face verification from challenge to recorded decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.caller import Citizen
from core.clock import Clock
from core.documents import Documents, Insert
from core.ephemeral import Ephemeral
from core.ids import new_id
from identity_center.face.challenge import Challenge, Challenges
from identity_center.face.counting import FaceAttempts
from identity_center.face.errors import FaceBusy, FrameCountWrong, ImageInvalid
from identity_center.face.examination import Examination, FaceExaminer
from identity_center.face.judgement import Verdict, judge
from identity_center.face.records import FaceRecord
from identity_center.face.settings import FaceSettings
from identity_center.proof_attempts import Attempt


@dataclass(frozen=True)
class FaceResult:
    """The citizen passed, and the record says so. `proved_at` is when the face was proved."""

    record_id: str
    proved_at: datetime
    model: str


class FaceService:
    """The built-in provider. Whoever calls `start` has the citizen's separate consent; records say when."""

    def __init__(
        self,
        documents: Documents,
        ephemeral: Ephemeral,
        clock: Clock,
        examiner: FaceExaminer,
        settings: FaceSettings,
        attempts: FaceAttempts,
    ) -> None:
        self._attempts = attempts
        self._documents = documents
        self._clock = clock
        self._examiner = examiner
        self._settings = settings
        self._challenges = Challenges(ephemeral, clock, settings.actions, settings.challenge_seconds)

    async def start(self, citizen: Citizen) -> Challenge:
        """What to do in front of the camera, for a citizen who has just agreed to it. Takes the place of an earlier
        challenge. Raises `OtherFaceProvider`, `TooManyChallenges`."""
        self._attempts.only("built_in")
        await self._attempts.started(citizen)
        return await self._challenges.start(citizen)

    async def verify(
        self, citizen: Citizen, challenge_id: str, nonce: str, frames: Sequence[str], reference_photo: str
    ) -> FaceResult:
        """Frames and reference are base64 of JPEG or PNG: the neutral frame, then one for each action in its order.

        Returns when the face is proved and that is recorded; raises one of errors.py otherwise. The attempt is counted
        before anything is examined, whatever becomes of it; only a `FaceBusy` that examined nothing takes it back.
        """
        self._attempts.only("built_in")
        refuse_unexaminable(frames, self._settings.images.max_bytes)
        challenge = await self._challenges.take(citizen, challenge_id, nonce)
        if len(frames) != 1 + len(challenge.actions):
            raise FrameCountWrong(1 + len(challenge.actions))
        attempt, left = await self._attempts.take(citizen)
        try:
            examination = await self._examiner.examine(frames, reference_photo)
        except FaceBusy as busy:
            await self._undo_or_record(citizen, challenge, attempt, busy)
            raise
        except ImageInvalid as invalid:
            await self._record(citizen, challenge, Verdict("unusable", invalid), None)
            raise
        verdict = judge(challenge.actions, examination, self._settings, left)
        record = await self._record(citizen, challenge, verdict, examination)
        if verdict.refusal is not None:
            raise verdict.refusal
        await self._attempts.succeeded(attempt)
        return FaceResult(record.id, record.decided_at, examination.model)

    async def _undo_or_record(self, citizen: Citizen, challenge: Challenge, attempt: Attempt, busy: FaceBusy) -> None:
        if busy.examined:
            await self._attempts.no_failure(attempt)
            await self._record(citizen, challenge, Verdict("unusable", busy), None)
            return
        await self._attempts.give_back(citizen, attempt)
        await self._challenges.put_back(citizen, challenge)

    async def _record(
        self, citizen: Citizen, challenge: Challenge, verdict: Verdict, examination: Examination | None
    ) -> FaceRecord:
        distances = examination.distances if examination is not None else None
        record = FaceRecord(
            id=new_id(self._clock),
            citizen_id=citizen.id,
            session_id=citizen.session_id,
            provider="built_in",
            actions=challenge.actions,
            decision=verdict.decision,
            reason=verdict.refusal.code if verdict.refusal is not None else None,
            distance=distances.neutral if distances else None,
            challenge_distance=distances.challenge if distances else None,
            between_distance=distances.between if distances else None,
            model=examination.model if examination is not None else self._settings.model,
            thresholds=thresholds(self._settings),
            consented_at=challenge.expires_at - timedelta(seconds=self._settings.challenge_seconds),
            decided_at=self._clock.now(),
        )
        await self._documents.write(Insert(record))
        return record


def refuse_unexaminable(frames: Sequence[str], max_bytes: int) -> None:
    """What the size alone says, before a challenge or an attempt is spent on it. Raises `ImageInvalid`."""
    for number, frame in enumerate(frames):
        if not frame:
            raise ImageInvalid(number, "empty")
        if len(frame) > base64_length(max_bytes):
            raise ImageInvalid(number, "too_many_bytes")


def base64_length(size: int) -> int:
    """Characters that `size` bytes have in base64."""
    return (size + 2) // 3 * 4


def thresholds(settings: FaceSettings) -> dict[str, float]:
    """What the decision was taken by, as a record keeps it: `match.accept`, `liveness.yaw` and so on."""
    parts = {"match": settings.match, "liveness": settings.liveness, "quality": settings.quality}
    return {f"{part}.{name}": float(value) for part, model in parts.items() for name, value in model}
