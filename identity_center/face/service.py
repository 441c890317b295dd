"""Face verification from challenge to recorded decision."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.caller import Citizen
from core.clock import Clock
from core.documents import Documents, GuardFailed, Insert
from core.ephemeral import Ephemeral
from core.ids import new_id
from identity_center.consent import ConsentGrant
from identity_center.errors import AuthorityUnavailable
from identity_center.face.challenge import Challenge, Challenges
from identity_center.face.consent import FaceConsents
from identity_center.face.counting import FaceAttempts
from identity_center.face.errors import FaceBusy, FaceConsentNeeded, FrameCountWrong, ImageInvalid, ReferenceUnusable
from identity_center.face.examination import Examination, FaceExaminer
from identity_center.face.judgement import Verdict, judge
from identity_center.face.records import FaceRecord
from identity_center.face.settings import FaceSettings
from identity_center.proof_attempts import Attempt

Reference = str | Callable[[], Awaitable[str | None]]
"""The authority's photo, or what asks for it (None: there is none)."""


@dataclass(frozen=True)
class FaceResult:
    """The citizen passed, and the record says so. `proved_at` is when the face was proved."""

    record_id: str
    proved_at: datetime
    model: str


@dataclass(frozen=True)
class _Attempted:
    """Whose attempt it is, at what, and under which consent."""

    citizen: Citizen
    challenge: Challenge
    agreed: ConsentGrant | None


class FaceService:
    """The built-in provider. No face is compared without its person's separate consent; records say when it was given.

    `own=False` is for the face of somebody beside the citizen, whose consent stands with what it is for.
    """

    def __init__(
        self,
        documents: Documents,
        ephemeral: Ephemeral,
        clock: Clock,
        examiner: FaceExaminer,
        settings: FaceSettings,
        attempts: FaceAttempts,
        consents: FaceConsents,
    ) -> None:
        self._attempts = attempts
        self._consents = consents
        self._documents = documents
        self._clock = clock
        self._examiner = examiner
        self._settings = settings
        self._challenges = Challenges(ephemeral, clock, settings.actions, settings.challenge_seconds)

    async def start(self, citizen: Citizen, *, own: bool = True) -> Challenge:
        """What to do in front of the camera, for a citizen who has just agreed to it, which is recorded. It takes
        the place of an earlier challenge. Raises `OtherFaceProvider`, `TooManyChallenges`, `GuardianNeeded`."""
        self._attempts.only("built_in")
        await self._attempts.started(citizen)
        if own:
            await self._consents.given(citizen)
        return await self._challenges.start(citizen)

    async def verify(
        self,
        citizen: Citizen,
        challenge_id: str,
        nonce: str,
        frames: Sequence[str],
        reference: Reference,
        *,
        own: bool = True,
    ) -> FaceResult:
        """Frames and reference are base64 of JPEG or PNG: the neutral frame, then one for each action in its order. A
        reference that has to be asked for is asked for when the challenge was right.

        Returns when the face is proved and that is recorded; raises one of errors.py otherwise. The attempt is counted
        before anything is examined, whatever becomes of it; only a `FaceBusy` that examined nothing takes it back.
        """
        self._attempts.only("built_in")
        refuse_unexaminable(frames, self._settings.images.max_bytes)
        challenge = await self._challenges.take(citizen, challenge_id, nonce)
        if len(frames) != 1 + len(challenge.actions):
            raise FrameCountWrong(1 + len(challenge.actions))
        agreed = await self._consents.live(citizen) if own else None
        photo = await self._photo(citizen, challenge, reference)
        attempt, left = await self._attempts.take(citizen)
        attempted = _Attempted(citizen, challenge, agreed)
        try:
            examination = await self._examiner.examine(frames, photo)
        except FaceBusy as busy:
            await self._undo_or_record(attempted, attempt, busy)
            raise
        except ImageInvalid as invalid:
            await self._record(attempted, Verdict("unusable", invalid), None)
            raise
        verdict = judge(challenge.actions, examination, self._settings, left)
        record = await self._record(attempted, verdict, examination)
        if record.reason == FaceConsentNeeded.code:
            raise FaceConsentNeeded
        if verdict.refusal is not None:
            raise verdict.refusal
        await self._attempts.succeeded(attempt)
        return FaceResult(record.id, record.decided_at, examination.model)

    async def _photo(self, citizen: Citizen, challenge: Challenge, reference: Reference) -> str:
        """When the authority does not answer, the challenge is there for the same frames again."""
        if isinstance(reference, str):
            return reference
        try:
            photo = await reference()
        except AuthorityUnavailable:
            await self._challenges.put_back(citizen, challenge)
            raise
        if photo is None:
            raise ReferenceUnusable
        return photo

    async def _undo_or_record(self, attempted: "_Attempted", attempt: Attempt, busy: FaceBusy) -> None:
        if busy.examined:
            await self._attempts.no_failure(attempt)
            await self._record(attempted, Verdict("unusable", busy), None)
            return
        await self._attempts.give_back(attempted.citizen, attempt)
        await self._challenges.put_back(attempted.citizen, attempted.challenge)

    async def _record(self, attempted: "_Attempted", verdict: Verdict, examination: Examination | None) -> FaceRecord:
        """The consent is found live in the very write; when it has ended by then, the record says that and no more."""
        record, agreed = self._made(attempted, verdict, examination), attempted.agreed
        try:
            await self._documents.write(*([self._consents.used(agreed)] if agreed else []), Insert(record))
        except GuardFailed:
            record = self._made(attempted, Verdict("unusable", FaceConsentNeeded()), None)
            await self._documents.write(Insert(record))
        return record

    def _made(self, attempted: "_Attempted", verdict: Verdict, examination: Examination | None) -> FaceRecord:
        citizen, challenge = attempted.citizen, attempted.challenge
        distances = examination.distances if examination is not None else None
        return FaceRecord(
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
            consent_id=attempted.agreed.id if attempted.agreed else None,
            consented_at=challenge.expires_at - timedelta(seconds=self._settings.challenge_seconds),
            decided_at=self._clock.now(),
        )


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
