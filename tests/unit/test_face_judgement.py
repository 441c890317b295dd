"""The rules that judge an examination: what passes, and what stands in the way."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from identity_center.face.challenge import ACTIONS, Action, sequences
from identity_center.face.examination import Distances, Examination, Face, Frame, ImageProblem
from identity_center.face.judgement import judge, shows
from identity_center.face.settings import FaceSettings
from tests.unit.face_support import ACTING, NEUTRAL, frame, honest

SETTINGS = FaceSettings()
LIVENESS = SETTINGS.liveness

some_sequences = st.sampled_from(sequences(ACTIONS))
ratios = st.floats(-1, 1, allow_nan=False)


def code(actions: tuple[Action, ...], examination: Examination) -> str | None:
    refusal = judge(actions, examination, SETTINGS, 4).refusal
    return refusal.code if refusal else None


@settings(deadline=None)
@given(some_sequences)
def test_an_honest_citizen_passes(actions: tuple[Action, ...]) -> None:
    assert judge(actions, honest(actions), SETTINGS, 4).decision == "passed"


@settings(deadline=None)
@given(some_sequences, st.data())
def test_every_action_left_out_is_named(actions: tuple[Action, ...], data: st.DataObject) -> None:
    left_out = data.draw(st.lists(st.sampled_from(actions), min_size=1, unique=True))
    examination = honest(actions)
    frames = tuple(
        frame(NEUTRAL) if number and actions[number - 1] in left_out else one
        for number, one in enumerate(examination.frames)
    )
    refusal = judge(actions, replace(examination, frames=frames), SETTINGS, 3).refusal
    assert refusal is not None
    assert refusal.code == "identity.face.not_alive"
    assert refusal.facts == {"missing": [one for one in actions if one in left_out], "attempts_left": 3}


@settings(deadline=None)
@given(some_sequences)
def test_actions_count_in_the_order_asked_for(actions: tuple[Action, ...]) -> None:
    turned_about = tuple(reversed(actions))
    assert code(actions, honest(turned_about)) == "identity.face.not_alive"


@settings(deadline=None)
@given(ratios, ratios)
def test_a_turn_counts_to_one_side_only_and_is_the_mirror_of_the_other(neutral: float, turned: float) -> None:
    start, end = replace(NEUTRAL, yaw=neutral), replace(NEUTRAL, yaw=turned, relief=0.06)
    mirrored_start, mirrored_end = replace(start, yaw=-neutral), replace(end, yaw=-turned)
    left = shows("turn_left", start, end, LIVENESS)
    right = shows("turn_right", start, end, LIVENESS)
    assert not (left and right)
    assert left == shows("turn_right", mirrored_start, mirrored_end, LIVENESS)
    assert left == (turned - neutral > 0.15)


def test_turning_left_moves_the_nose_to_the_right_of_an_unmirrored_picture() -> None:
    nose_at_the_images_right = replace(NEUTRAL, yaw=0.4, relief=0.06)
    assert shows("turn_left", NEUTRAL, nose_at_the_images_right, LIVENESS)
    assert not shows("turn_right", NEUTRAL, nose_at_the_images_right, LIVENESS)


@settings(deadline=None)
@given(st.floats(0, 0.029))
def test_a_picture_that_is_tilted_does_not_count_as_a_head_that_turns(flatness: float) -> None:
    for action in ("turn_left", "turn_right"):
        tilted = replace(ACTING[action], relief=flatness)
        assert not shows(action, NEUTRAL, tilted, LIVENESS)


@settings(deadline=None)
@given(st.floats(0.15, 0.5), st.floats(0.3, 1))
def test_closed_eyes_are_judged_by_the_persons_own(own_opening: float, share: float) -> None:
    neutral, blinking = replace(NEUTRAL, eyes=own_opening), replace(NEUTRAL, eyes=own_opening * share)
    assert shows("blink", neutral, blinking, LIVENESS) == (own_opening * share < own_opening * 0.75)


def test_one_frame_cannot_stand_for_two_actions() -> None:
    everything = Face(150, yaw=0.4, mouth=0.6, eyes=0.1, relief=0.06, sharpness=0.2, brightness=130)
    shown = [action for action in ACTIONS if shows(action, NEUTRAL, everything, LIVENESS)]
    assert shown == ["turn_left"]


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        (Frame(0, 0, 0, None, "truncated"), "identity.face.image_invalid"),
        (Frame(1280, 720, 0, None), "identity.face.no_face"),
        (Frame(1280, 720, 2, NEUTRAL), "identity.face.many_faces"),
        (frame(replace(NEUTRAL, height=79)), "identity.face.too_small"),
        (frame(replace(NEUTRAL, sharpness=0.004)), "identity.face.blurred"),
        (frame(replace(NEUTRAL, brightness=24)), "identity.face.too_dark"),
        (frame(replace(NEUTRAL, brightness=236)), "identity.face.too_bright"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_frame_that_cannot_be_used_is_named(spoilt: Frame, expected: str, place: int) -> None:
    actions: tuple[Action, ...] = ("turn_left", "open_mouth")
    examination = honest(actions, distances=None)
    frames = tuple(spoilt if number == place else one for number, one in enumerate(examination.frames))
    verdict = judge(actions, replace(examination, frames=frames), SETTINGS, 4)
    assert verdict.decision == "unusable"
    assert verdict.refusal is not None
    assert verdict.refusal.code == expected
    assert verdict.refusal.facts["frame"] == place


@pytest.mark.parametrize("yaw", [-0.4, 0.4])
def test_the_first_frame_looks_into_the_camera(yaw: float) -> None:
    examination = honest(("turn_left", "open_mouth"))
    aside = replace(examination, frames=(frame(replace(NEUTRAL, yaw=yaw)), *examination.frames[1:]))
    assert code(("turn_left", "open_mouth"), aside) == "identity.face.not_frontal"


@pytest.mark.parametrize("reference", [Frame(300, 400, 0, None), Frame(0, 0, 0, None, "unreadable")])
def test_an_authoritys_photo_that_cannot_be_used_is_not_the_citizens_fault(reference: Frame) -> None:
    examination = replace(honest(("turn_left", "open_mouth"), None), reference=reference)
    assert code(("turn_left", "open_mouth"), examination) == "identity.face.reference_unusable"


@pytest.mark.parametrize(
    ("neutral", "challenge", "between", "expected"),
    [
        (0.50, 0.60, 0.60, None),
        (0.51, 0.40, 0.30, "identity.face.retry"),
        (0.60, 0.60, 0.30, "identity.face.retry"),
        (0.61, 0.40, 0.30, "identity.face.not_matched"),
        (0.30, 0.61, 0.30, "identity.face.not_matched"),
        (0.30, 0.30, 0.61, "identity.face.frames_differ"),
        (0.84, 0.84, 0.10, "identity.face.not_matched"),
    ],
)
def test_who_is_matched(neutral: float, challenge: float, between: float, expected: str | None) -> None:
    examination = honest(("turn_left", "open_mouth"), Distances(neutral, challenge, between))
    assert code(("turn_left", "open_mouth"), examination) == expected


@settings(deadline=None)
@given(st.floats(0, 1.2), st.floats(0, 1.2), st.floats(0, 1.2))
def test_nobody_passes_above_a_threshold_and_no_answer_tells_a_distance(one: float, two: float, three: float) -> None:
    actions: tuple[Action, ...] = ("turn_left", "open_mouth")
    verdict = judge(actions, honest(actions, Distances(one, two, three)), SETTINGS, 2)
    assert (verdict.decision == "passed") == (one <= 0.5 and max(two, three) <= 0.6)
    assert verdict.refusal is None or verdict.refusal.facts == {"attempts_left": 2}


@pytest.mark.parametrize("problem", ["animated", "too_many_pixels"])
def test_a_problem_of_an_image_is_told_by_its_reason(problem: ImageProblem) -> None:
    examination = honest(("turn_left", "open_mouth"), None)
    frames = (examination.frames[0], Frame(0, 0, 0, None, problem), examination.frames[2])
    refusal = judge(("turn_left", "open_mouth"), replace(examination, frames=frames), SETTINGS, 4).refusal
    assert refusal is not None
    assert refusal.facts == {"frame": 1, "reason": problem}


@pytest.mark.parametrize(
    "setting",
    [
        {"match": {"accept": 0.61}},
        {"match": {"pass": 0.5}},
        {"actions": ["blink", "open_mouth"]},
        {"actions": ["turn_left", "blink"]},
        {"actions": ["nod", "turn_left", "turn_right"]},
        {"challenge_seconds": 0},
    ],
)
def test_settings_that_would_make_no_sense_are_refused(setting: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FaceSettings.model_validate(setting)
