"""What WeChat's own face verification 人脸核身 is asked. server/adapters/wechat_face.py satisfies it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True)
class FacePerson:
    """Whose face it must be: the confirmed name and number, and the WeChat user who shows it. Never written down.

    `key` stands for the person wherever people are told apart.
    """

    openid: str = field(repr=False)
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    key: str = field(repr=False)


@dataclass(frozen=True)
class VerifyId:
    """What wx.requestFacialVerify opens with, and for how long."""

    text: str = field(repr=False)
    valid_for: timedelta


class WeChatFace(Protocol):
    """Both raise `WeChatUnavailable` when the platform does not answer as agreed in time."""

    async def verify_id(self, person: FacePerson, sequence: str) -> VerifyId:
        """Opens a verification. `sequence` is new each time: 5 to 32 letters and digits.

        Raises `FaceNotEligible`.
        """
        ...

    async def verify_ret(self, person: FacePerson, sequence: str, verify_id: str) -> int:
        """How it ended, in the platform's numbers (10000 is the one that says passed).

        Raises `FaceAttemptOver` when the platform knows no such verification of this person and WeChat user, or no
        more.
        """
        ...
