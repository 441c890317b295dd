"""Raising the assurance: phone, real name, face. Each answer brings an access token of the new level."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from core.text import Text, text
from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, OneTimeCode, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from identity_center.accounts import AccountService
from identity_center.face.challenge import Action, Challenge
from identity_center.face.service import FaceService
from identity_center.face.wechat import WeChatFaceService
from identity_center.sessions import SessionService
from identity_center.tokens import AccessToken

FRAMES_LIMIT = 12 * 1024 * 1024
"""Eight frames of 1 MiB in base64, and a little."""


class PhoneRequest(Request):
    code: OneTimeCode
    """From WeChat's phone-number button; not the code of wx.login."""


class RealNameRequest(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    """What can stand on an ID card is for the identity centre to say."""
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=32)]


def _agreed(consent: bool) -> bool:
    if not consent:
        raise ValueError("consent is needed")
    return consent


class FaceConsentRequest(Request):
    consent: Annotated[bool, AfterValidator(_agreed), Field(json_schema_extra={"const": True})]
    """The citizen agrees, separately and for this purpose, that their face is compared with the authority's photo."""


class FaceChallengeRequest(FaceConsentRequest):
    own: bool = True
    """False: the face is that of somebody beside the citizen, whom they take on as an elder. Their consent is recorded
    with that; nothing is recorded for the citizen."""


class AssuranceView(View):
    assurance: int
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # RFC 6749's name for the kind of token
    expires_in: int

    @classmethod
    def of(cls, token: AccessToken) -> "AssuranceView":
        return cls(assurance=token.assurance, access_token=token.text, expires_in=token.expires_in)


class ActionView(View):
    action: Action
    instruction: Text


class FaceChallengeView(View):
    id: str
    nonce: str
    actions: list[ActionView]
    """Send one neutral frame, then one frame for each action, in this order."""
    expires_at: CityTime

    @classmethod
    def of(cls, challenge: Challenge) -> "FaceChallengeView":
        actions = [ActionView(action=action, instruction=INSTRUCTIONS[action]) for action in challenge.actions]
        return cls(id=challenge.id, nonce=challenge.nonce, actions=actions, expires_at=challenge.expires_at)


class FaceRequest(Request):
    challenge_id: OneTimeCode
    nonce: OneTimeCode
    frames: Annotated[list[Annotated[str, StringConstraints(max_length=1_500_000)]], Field(min_length=2, max_length=8)]
    """JPEG or PNG in base64, at most 1 MiB each."""


class WeChatFaceView(View):
    attempt_id: str
    verify_id: str
    """For wx.requestFacialVerify. Send both back when that call has ended, however it ended."""
    expires_at: CityTime


class WeChatFaceRequest(Request):
    attempt_id: OneTimeCode
    verify_id: OneTimeCode


INSTRUCTIONS: dict[Action, Text] = {
    "blink": text("请眨眼", "Please close your eyes for a moment"),
    "turn_left": text("请向左转头", "Please turn your head to your left"),
    "turn_right": text("请向右转头", "Please turn your head to your right"),
    "open_mouth": text("请张嘴", "Please open your mouth"),
}


class _Proof(Handler):
    def initialize(self, accounts: AccountService, sessions: SessionService) -> None:
        self.accounts = accounts
        self.sessions = sessions

    async def raised(self) -> AssuranceView:
        return AssuranceView.of(await self.sessions.access_token(self.citizen.id, self.citizen.session_id))


class Phone(_Proof):
    @endpoint(who=citizen(), rate="sign_in")
    async def post(self, request: PhoneRequest) -> AssuranceView:
        """Level 1: confirm the phone number that WeChat vouches for."""
        await self.accounts.confirm_phone(self.citizen, request.code)
        return await self.raised()


class RealName(_Proof):
    @endpoint(who=citizen(assurance=1), rate="sign_in")
    async def post(self, request: RealNameRequest) -> AssuranceView:
        """Level 2: have the population authority match name and ID number."""
        await self.accounts.confirm_real_name(self.citizen, request.name, request.id_number)
        return await self.raised()


class FaceChallenges(Handler):
    def initialize(self, face: FaceService) -> None:
        self.face = face

    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: FaceChallengeRequest) -> Created[FaceChallengeView]:
        """Begin face verification: what to do in front of the camera, once, within a minute."""
        return Created(FaceChallengeView.of(await self.face.start(self.citizen, own=request.own)))


class FaceVerifications(Handler):
    def initialize(self, face: FaceService, accounts: AccountService, sessions: SessionService) -> None:
        self.face = face
        self.accounts = accounts
        self.sessions = sessions

    @endpoint(who=citizen(assurance=2), rate="heavy", body_limit=FRAMES_LIMIT)
    async def post(self, request: FaceRequest) -> AssuranceView:
        """Level 3: the frames show the person of the authority's photo, alive, doing what was asked.

        Frames are looked at in memory and kept nowhere."""
        result = await self.face.verify(
            self.citizen,
            request.challenge_id,
            request.nonce,
            request.frames,
            lambda: self.accounts.authority_photo(self.citizen),
        )
        return AssuranceView.of(await self.sessions.raise_to_face(self.citizen, result.proved_at))


class _WeChatFace(Handler):
    def initialize(self, face: WeChatFaceService, sessions: SessionService) -> None:
        self.face = face
        self.sessions = sessions


class WeChatFaceStart(_WeChatFace):
    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: FaceConsentRequest) -> Created[WeChatFaceView]:  # noqa: ARG002  # consent is its point
        """Begin WeChat's own face verification: name and number are given to WeChat, the phone shows it the face."""
        opened = await self.face.start(self.citizen, self.request_id)
        return Created(WeChatFaceView.model_validate(vars(opened)))


class WeChatFaceResult(_WeChatFace):
    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: WeChatFaceRequest) -> AssuranceView:
        """Level 3: WeChat has compared the face. Whatever the phone was told, WeChat is asked."""
        result = await self.face.finish(self.citizen, request.attempt_id, request.verify_id)
        return AssuranceView.of(await self.sessions.raise_to_face(self.citizen, result.proved_at, "wechat_face"))
