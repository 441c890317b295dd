"""The numbers of face verification. The server's configuration embeds `FaceSettings` as `face`.

UNCALIBRATED: the thresholds were measured on small public photo sets that hold hardly any faces of the people of this
city (docs/face.md). A city measures its own before it relies on them.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from identity_center.face.challenge import ACTIONS, TURNS, Action

FaceProvider = Literal["built_in", "wechat"]
"""Who looks at the face: this city's own workers (face/service.py), or WeChat (face/wechat.py)."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageLimits(_Settings):
    """What an image may be. Checked on its header, before a decoder sees it."""

    max_bytes: int = Field(1_048_576, ge=10_000, le=8_388_608, description="A JPEG or PNG may be this large.")
    max_side: int = Field(1920, ge=320, le=4096, description="Pixels of the longer side, before scaling.")
    examined_side: int = Field(640, ge=320, le=1280, description="Larger images are scaled down to this longer side.")


class MatchThresholds(_Settings):
    """Distances between face encodings: 0 is the same image, different people are rarely below 0.6."""

    accept: float = Field(0.50, gt=0, lt=1, description="Up to this distance the face matches.")
    retry: float = Field(0.60, gt=0, lt=1, description="Up to this distance the citizen may try again; above, not.")
    same_person: float = Field(0.60, gt=0, lt=1, description="Two frames of one verification may be this far apart.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.accept > self.retry:
            raise ValueError("accept must not be above retry")
        return self


class LivenessThresholds(_Settings):
    """How much an action must change the face against the person's own neutral frame."""

    yaw: float = Field(0.15, gt=0, lt=1, description="Change of the yaw ratio that is a turn of the head.")
    neutral_yaw: float = Field(0.35, gt=0, le=1, description="The first frame's yaw ratio may be this far from 0.")
    relief: float = Field(
        0.03, ge=0, lt=1, description="Least departure of a turn from what a tilted picture shows; 0 asks for none."
    )
    mouth: float = Field(0.25, gt=0, lt=2, description="Change of the mouth's height-to-width ratio that opens it.")
    blink: float = Field(0.75, gt=0, lt=1, description="Eyes are closed below this share of their neutral opening.")


class QualityThresholds(_Settings):
    """What a frame must be for its measurements to mean something."""

    face_height: int = Field(
        80, ge=40, le=640, description="Least height of the face, in pixels of the examined frame."
    )
    sharpness: float = Field(0.005, ge=0, description="Least share of fine detail in the face's contrast.")
    darkest: float = Field(25, ge=0, le=255, description="Mean brightness of the face below which it is too dark.")
    brightest: float = Field(235, ge=0, le=255, description="Mean brightness of the face above which it is too bright.")


class FaceSettings(_Settings):
    """Everything together."""

    provider: FaceProvider = Field("built_in", description="Who verifies faces.")
    model: str = Field(
        "dlib_face_recognition_resnet_model_v1",
        description="The network that the thresholds were measured with; a worker that has another does not start.",
    )
    match: MatchThresholds = MatchThresholds()
    liveness: LivenessThresholds = LivenessThresholds()
    quality: QualityThresholds = QualityThresholds()
    images: ImageLimits = ImageLimits()
    actions: tuple[Action, ...] = Field(ACTIONS, description="Actions a challenge may ask for.")
    challenge_seconds: int = Field(60, ge=15, le=600, description="A challenge lives so long.")
    challenges_per_hour: int = Field(
        20, ge=1, description="Challenges a citizen may ask for, so that nobody picks one."
    )
    attempts_per_day: int = Field(
        5, ge=1, description="Verifications per citizen and calendar day, passed ones included."
    )
    deadline_seconds: float = Field(3.0, gt=0, le=60, description="A verification takes no longer, waiting included.")

    @model_validator(mode="after")
    def _can_make_challenges(self) -> Self:
        reliable = set(self.actions) - {"blink"}
        if len(reliable) < 2 or not reliable & TURNS:
            raise ValueError("actions needs a turn and at least one more action beside blink")
        return self
