"""Examinations as the tests of face verification need them: an honest citizen's, and what can be wrong with it."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.documents import Documents
from core.ephemeral import Ephemeral
from core.errors import CityError
from identity_center.face.challenge import Action
from identity_center.face.counting import FaceAttempts
from identity_center.face.examination import Distances, Examination, Face, Frame
from identity_center.face.settings import FaceSettings
from identity_center.proof_attempts import ProofAttempts
from identity_center.settings import ProofAttemptSettings
from server.adapters.memory_ephemeral import MemoryEphemeral

NEUTRAL = Face(height=150, yaw=0.02, mouth=0.05, eyes=0.30, relief=0.0, sharpness=0.2, brightness=130.0)
CLOSE = Distances(neutral=0.31, challenge=0.38, between=0.25)

ACTING: dict[Action, Face] = {
    "turn_left": replace(NEUTRAL, yaw=0.37, relief=0.06),
    "turn_right": replace(NEUTRAL, yaw=-0.33, relief=0.06),
    "open_mouth": replace(NEUTRAL, mouth=0.45),
    "blink": replace(NEUTRAL, eyes=0.15),
}


def frame(face: Face) -> Frame:
    return Frame(1280, 720, 1, face)


def honest(actions: Sequence[Action], distances: Distances | None = CLOSE) -> Examination:
    """What an examiner sees of a citizen who does what they were asked to do."""
    frames = (frame(NEUTRAL), *(frame(ACTING[action]) for action in actions))
    return Examination(frames, frame(NEUTRAL), distances, "model of the tests")


class Examiner:
    """Satisfies the port: answers what it was last told to answer, and counts how often it was asked."""

    def __init__(self) -> None:
        self.answer: Examination | CityError | None = None
        self.asked = 0

    async def examine(self, frames: Sequence[str], reference: str) -> Examination:
        self.asked += 1
        if isinstance(self.answer, CityError):
            raise self.answer
        return self.answer or honest([action for frame in frames for action in ACTING if action == frame])


GUIYANG = ZoneInfo("Asia/Shanghai")


def patient(
    documents: Documents,
    clock: Clock,
    settings: FaceSettings,
    ephemeral: Ephemeral | None = None,
    free_attempts: int = 1000,
) -> FaceAttempts:
    """Nobody has to wait after failed attempts: for tests of what happens when somebody goes on trying."""
    tries = ProofAttempts(documents, clock, ProofAttemptSettings(free_attempts=free_attempts))
    return FaceAttempts(documents, ephemeral or MemoryEphemeral(clock), clock, GUIYANG, tries, settings)
