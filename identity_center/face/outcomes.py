"""WeChat's `verify_ret`, as the decision it is and what the citizen is told. Pure.

The numbers are those of queryVerifyInfo's documentation. One that it does not name is a refusal: only 10000 passes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.errors import CityError
from identity_center.face.errors import (
    FaceCancelled,
    FaceNotConfirmed,
    FaceNotFilmed,
    FaceNotMatched,
    FaceUnfinished,
    ReferenceUnusable,
)

PASSED = 10000
ID_MISMATCH = 10003
FACE_MISMATCH = 10004
UNDER_WAY = frozenset({10005, 10300})
NOT_WITH_AUTHORITY = 10026
TOO_FREQUENT = 10042
CANCELLED = frozenset({90002, 90003, 90004, 90005, 90006, 90024})
DEVICE = frozenset({90001, 90109})
PERMISSION = frozenset({90008, 90009, 90010})
NETWORK = frozenset({90007, 90012, 90019, 90020, 90021, 90104, 90105, 90110})
ON_THE_PHONE = range(90000, 91000)
"""What the phone's side of it reports: whatever it is, no face was compared."""

WeChatDecision = Literal["passed", "not_compared", "not_matched", "not_confirmed", "unusable"]


@dataclass(frozen=True)
class Outcome:
    """`refusal` is what the citizen is told; None when they passed."""

    decision: WeChatDecision
    refusal: CityError | None = None


def outcome_of(verify_ret: int, attempts_left: int, locked: Callable[[], CityError]) -> Outcome:
    """`locked` is the refusal of somebody whom WeChat itself has seen too often."""
    if verify_ret == PASSED:
        return Outcome("passed")
    if verify_ret in UNDER_WAY:
        return Outcome("not_compared", FaceUnfinished())
    if verify_ret in ON_THE_PHONE:
        return Outcome("not_compared", _on_the_phone(verify_ret))
    return _by_wechat(verify_ret, attempts_left, locked)


def _by_wechat(verify_ret: int, attempts_left: int, locked: Callable[[], CityError]) -> Outcome:
    if verify_ret == FACE_MISMATCH:
        return Outcome("not_matched", FaceNotMatched(attempts_left))
    if verify_ret == NOT_WITH_AUTHORITY:
        return Outcome("unusable", ReferenceUnusable())
    if verify_ret == TOO_FREQUENT:
        return Outcome("unusable", locked())
    return Outcome("not_confirmed", FaceNotConfirmed(attempts_left))  # ID_MISMATCH, and what nobody has heard of


def _on_the_phone(verify_ret: int) -> CityError:
    if verify_ret in CANCELLED:
        return FaceCancelled()
    if verify_ret in DEVICE:
        return FaceNotFilmed("device")
    if verify_ret in PERMISSION:
        return FaceNotFilmed("permission")
    return FaceNotFilmed("network" if verify_ret in NETWORK else "capture")
