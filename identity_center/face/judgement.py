"""The rules: from what was measured to passed, or to the one thing that stands in the way. Pure."""

from dataclasses import dataclass
from typing import Literal

from core.errors import CityError
from identity_center.face.challenge import Action
from identity_center.face.errors import (
    FaceBlurred,
    FaceNotFrontal,
    FaceNotMatched,
    FaceRetry,
    FaceTooBright,
    FaceTooDark,
    FaceTooSmall,
    FramesDiffer,
    ImageInvalid,
    ManyFaces,
    NoFace,
    NotAlive,
    ReferenceUnusable,
)
from identity_center.face.examination import Distances, Examination, Face, Frame
from identity_center.face.settings import FaceSettings, LivenessThresholds, MatchThresholds, QualityThresholds

Decision = Literal["passed", "unusable", "not_alive", "frames_differ", "retry", "not_matched"]


@dataclass(frozen=True)
class Verdict:
    """`refusal` is what the citizen is told; None when they passed."""

    decision: Decision
    refusal: CityError | None = None


def judge(actions: tuple[Action, ...], examination: Examination, settings: FaceSettings, attempts_left: int) -> Verdict:
    """Quality first, then life, then sameness, then the match, so that each answer says what to do next."""
    unusable = _unusable(examination, settings.quality)
    if unusable is not None:
        return Verdict("unusable", unusable)
    faces = [frame.face for frame in examination.frames if frame.face is not None]
    if abs(faces[0].yaw) > settings.liveness.neutral_yaw:
        return Verdict("unusable", FaceNotFrontal(0))
    missing = missing_actions(actions, faces, settings.liveness)
    if missing:
        return Verdict("not_alive", NotAlive([*missing], attempts_left))
    if examination.distances is None:
        return Verdict("unusable", ReferenceUnusable())
    return _matched(examination.distances, settings.match, attempts_left)


def missing_actions(actions: tuple[Action, ...], faces: list[Face], thresholds: LivenessThresholds) -> list[Action]:
    """The actions whose frame does not show them. `faces` holds the neutral face, then one for each action."""
    neutral, *performed = faces
    pairs = zip(actions, performed, strict=True)
    return [action for action, face in pairs if not shows(action, neutral, face, thresholds)]


def shows(action: Action, neutral: Face, face: Face, thresholds: LivenessThresholds) -> bool:
    """Whether the face does the action, measured against the same person's neutral face.

    Mouth and eyes count only in a face that is not turned, so that one frame cannot stand for two actions.
    """
    turn = face.yaw - neutral.yaw
    if action == "turn_left":
        return turn > thresholds.yaw and face.relief >= thresholds.relief
    if action == "turn_right":
        return turn < -thresholds.yaw and face.relief >= thresholds.relief
    if abs(turn) > thresholds.yaw:
        return False
    if action == "open_mouth":
        return face.mouth - neutral.mouth > thresholds.mouth
    return face.eyes < neutral.eyes * thresholds.blink


def _unusable(examination: Examination, thresholds: QualityThresholds) -> CityError | None:
    for number, frame in enumerate(examination.frames):
        problem = frame_problem(number, frame, thresholds)
        if problem is not None:
            return problem
    reference = examination.reference
    return None if reference.problem is None and reference.face is not None else ReferenceUnusable()


def frame_problem(number: int, frame: Frame, thresholds: QualityThresholds) -> CityError | None:
    """What keeps one frame from being compared."""
    if frame.problem is not None:
        return ImageInvalid(number, frame.problem)
    if frame.faces > 1:
        return ManyFaces(number)
    return NoFace(number) if frame.face is None else _face_problem(number, frame.face, thresholds)


def _face_problem(number: int, face: Face, thresholds: QualityThresholds) -> CityError | None:
    if face.height < thresholds.face_height:
        return FaceTooSmall(number)
    if face.brightness < thresholds.darkest:
        return FaceTooDark(number)
    if face.brightness > thresholds.brightest:
        return FaceTooBright(number)
    return FaceBlurred(number) if face.sharpness < thresholds.sharpness else None


def _matched(distances: Distances, thresholds: MatchThresholds, attempts_left: int) -> Verdict:
    """The neutral frame decides. The frame in motion need only be the same person: motion costs it some likeness."""
    if distances.between > thresholds.same_person:
        return Verdict("frames_differ", FramesDiffer(attempts_left))
    if max(distances.neutral, distances.challenge) > thresholds.retry:
        return Verdict("not_matched", FaceNotMatched(attempts_left))
    if distances.neutral > thresholds.accept:
        return Verdict("retry", FaceRetry(attempts_left))
    return Verdict("passed")
