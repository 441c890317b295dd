"""The ratios that liveness rests on, on landmarks made by hand: what they answer to, and what leaves them unmoved."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.adapters.face_measuring import Points, eye_ratio, mouth_ratio, relief, yaw_ratio


def head() -> Points:
    """68 landmarks in three dimensions (x to the image's right, y down, z towards the camera), 1 = half a face's width.

    A face like everybody's: the jaw runs back to the ears, the nose stands out, the mouth is closed, the eyes are open.
    """
    jaw_angle = np.linspace(-np.pi / 2, np.pi / 2, 17)
    jaw = np.column_stack([np.sin(jaw_angle), 1.2 * np.cos(jaw_angle) - 0.1, 0.55 * np.cos(jaw_angle) - 0.45])
    brows = np.array([[x, -0.45, 0.35] for x in (*np.linspace(-0.75, -0.2, 5), *np.linspace(0.2, 0.75, 5))])
    bridge = np.column_stack([np.zeros(4), np.linspace(-0.2, 0.3, 4), np.linspace(0.4, 0.8, 4)])
    nostrils = np.array([[x, 0.42, 0.5 + 0.1 * (0.2 - abs(x))] for x in np.linspace(-0.2, 0.2, 5)])
    lid = ((-0.2, 0), (-0.08, -0.07), (0.08, -0.07), (0.2, 0), (0.08, 0.07), (-0.08, 0.07))
    eyes = np.array([[middle + x, y - 0.2, 0.3] for middle in (-0.45, 0.45) for x, y in lid])
    lips_angle = np.linspace(-np.pi, np.pi, 12, endpoint=False)
    outer = np.column_stack([0.4 * np.cos(lips_angle), 0.7 + 0.12 * np.sin(lips_angle), np.full(12, 0.42)])
    across = np.array([-0.3, -0.1, 0.0, 0.1, 0.3, 0.1, 0.0, -0.1])
    inner = np.column_stack([across, np.full(8, 0.7), np.full(8, 0.42)])
    return np.vstack([jaw, brows, bridge, nostrils, eyes, outer, inner])


def seen(points: Points, yaw: float = 0.0, pitch: float = 0.0, distance: float = 7.0) -> Points:
    """The landmarks on the picture of a camera `distance` half-widths away, the head turned by degrees to its left."""
    turn, nod = np.radians(yaw), np.radians(pitch)
    x = points[:, 0] * np.cos(turn) + points[:, 2] * np.sin(turn)
    z = points[:, 2] * np.cos(turn) - points[:, 0] * np.sin(turn)
    y, z = points[:, 1] * np.cos(nod) - z * np.sin(nod), points[:, 1] * np.sin(nod) + z * np.cos(nod)
    picture: Points = 320 + 900 * np.column_stack([x, y]) / (distance - z)[:, None]
    return picture


def flat(points: Points) -> Points:
    """The same head as a print."""
    print_of_it = points.copy()
    print_of_it[:, :2] = (seen(points) - 320) / 128
    print_of_it[:, 2] = 0
    return print_of_it


degrees = st.floats(-40, 40)
placing = st.tuples(st.floats(0.3, 3), st.floats(-180, 180), st.floats(-500, 500), st.floats(-500, 500))


@settings(deadline=None)
@given(placing)
def test_size_place_and_tilt_of_the_camera_change_no_ratio(placed: tuple[float, float, float, float]) -> None:
    scale, tilt, right, down = placed
    turn = np.radians(tilt)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    before = seen(head(), yaw=10)
    after = scale * before @ rotation + np.array([right, down])
    for ratio in (yaw_ratio, mouth_ratio, eye_ratio):
        assert ratio(after) == pytest.approx(ratio(before), abs=1e-9)


def test_a_face_that_looks_straight_ahead_has_no_yaw() -> None:
    assert yaw_ratio(seen(head())) == pytest.approx(0, abs=0.02)


@settings(deadline=None)
@given(degrees)
def test_the_two_sides_are_mirror_images(yaw: float) -> None:
    assert yaw_ratio(seen(head(), yaw)) == pytest.approx(-yaw_ratio(seen(head(), -yaw)), abs=1e-6)


@pytest.mark.parametrize("yaw", [15, 20, 25, 30, 40])
def test_turning_to_ones_own_left_is_told_from_turning_right_and_from_standing_still(yaw: float) -> None:
    assert yaw_ratio(seen(head(), yaw)) > 0.15
    assert yaw_ratio(seen(head(), -yaw)) < -0.15


@pytest.mark.parametrize("yaw", [-30, -20, 20, 30])
def test_a_head_that_turns_leaves_the_plane_and_a_print_does_not(yaw: float) -> None:
    neutral = seen(head())
    assert relief(neutral, seen(head(), yaw)) > 0.03
    assert relief(neutral, seen(flat(head()), yaw)) < 0.001


@settings(deadline=None)
@given(degrees, degrees, st.floats(3, 20))
def test_no_way_of_holding_a_print_gives_it_relief(yaw: float, pitch: float, distance: float) -> None:
    print_of_it = flat(head())
    neutral = seen(print_of_it, distance=7)
    assert relief(neutral, seen(print_of_it, yaw, pitch, distance)) < 0.001


def test_an_opening_mouth_and_closing_eyes_move_their_own_ratio_only() -> None:
    open_mouth, closed_eyes = head(), head()
    open_mouth[65:68, 1] += 0.3
    closed_eyes[[37, 38, 43, 44], 1] += 0.12
    start = seen(head())
    assert mouth_ratio(seen(open_mouth)) - mouth_ratio(start) > 0.25
    assert eye_ratio(seen(open_mouth)) == pytest.approx(eye_ratio(start))
    assert eye_ratio(seen(closed_eyes)) < 0.75 * eye_ratio(start)
    assert mouth_ratio(seen(closed_eyes)) == pytest.approx(mouth_ratio(start))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=68, max_size=68))
def test_landmarks_that_are_no_face_give_numbers_all_the_same(points: list[tuple[int, int]]) -> None:
    landmarks = np.array(points, dtype=np.float64)
    for ratio in (yaw_ratio, mouth_ratio, eye_ratio):
        assert np.isfinite(ratio(landmarks))
    assert np.isfinite(relief(landmarks, landmarks[::-1]))
