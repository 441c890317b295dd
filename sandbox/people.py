"""The personas' side of the sandbox: who they are, their phones' codes and cameras, and enrolling one's own face."""

import base64
import binascii

from pydantic import Field

from sandbox.camera import Camera
from sandbox.darkroom import Action
from sandbox.personas import PERSONAS, Persona, persona, registered_name
from sandbox.population import birth_date, is_woman
from sandbox.portraits import NoPortrait, Portraits
from sandbox.web import Answer, Body, Call, JsonObject, Refused, Reply, Serve
from sandbox.wechat import Kind, Platform
from sandbox.wechat_face import FaceCheck

MAX_PHOTO_BYTES = 8 * 1024 * 1024


class CodeRequest(Body):
    appid: str | None = Field(default=None, min_length=1, max_length=64)
    expired: bool = False


class CameraRequest(Body):
    actions: list[Action] = Field(max_length=7)


class FacialVerifyRequest(Body):
    """`verify_ret` plays anything that can happen on a phone or at WeChat; without it the persona does their best."""

    verify_id: str = Field(min_length=1, max_length=256)
    verify_ret: int | None = Field(default=None, ge=10_000, le=99_999)


class FaceRequest(Body):
    photo: str = Field(min_length=1)


class People:
    def __init__(self, wechat: Platform, faces: FaceCheck, portraits: Portraits, camera: Camera) -> None:
        self._wechat = wechat
        self._faces = faces
        self._portraits = portraits
        self._camera = camera

    async def personas(self, _call: Call) -> Answer:
        return {"personas": [self._shown(person) for person in PERSONAS]}

    async def persona(self, call: Call) -> Answer:
        return self._shown(_named(call))

    def code(self, kind: Kind) -> Serve:
        """What the persona's WeChat hands to the mini-program: a login code, or the phone-number button's."""

        async def issue(call: Call) -> Answer:
            request = call.read_or_default(CodeRequest)
            code = self._wechat.issue_code(kind, _named(call), call.now, appid=request.appid, expired=request.expired)
            return {"code": code}

        return issue

    async def shoot(self, call: Call) -> Answer:
        person = _named(call)
        frames = await self._camera.frames(person.id, call.read(CameraRequest).actions)
        return {"frames": [base64.b64encode(frame).decode() for frame in frames]}

    async def facial_verify(self, call: Call) -> Answer:
        """What wx.requestFacialVerify does on the persona's phone: they show WeChat their face."""
        request = call.read(FacialVerifyRequest)
        return self._faces.shown(_named(call), request.verify_id, request.verify_ret, call.now)

    async def portrait(self, call: Call) -> Answer:
        frames = await self._camera.frames(_named(call).id, [])
        return Reply(frames[0], "image/jpeg")

    async def enrol(self, call: Call) -> Answer:
        person = _named(call)
        try:
            photo = base64.b64decode(call.read(FaceRequest).photo, validate=True)
        except (binascii.Error, ValueError):
            raise Refused(422, "image_invalid", "photo: not base64") from None
        if len(photo) > MAX_PHOTO_BYTES:
            raise Refused(422, "image_too_large")
        try:
            await self._portraits.enrol(person.id, photo)
        except NoPortrait as no_portrait:
            raise Refused(422, str(no_portrait)) from None
        return self._shown(person)

    async def forget_face(self, call: Call) -> Answer:
        person = _named(call)
        self._portraits.forget(person.id)
        return self._shown(person)

    def _shown(self, person: Persona) -> JsonObject:
        return {
            "id": person.id,
            "name": person.name,
            "id_number": person.id_number,
            "phone": person.phone,
            "purpose": person.purpose,
            "enrolled": self._portraits.is_enrolled(person.id),
        }


async def resident(call: Call) -> Answer:
    """Whom the authority knows under a number, so that a test can know it too."""
    number = call.names[0]
    name = registered_name(number, call.now.date())
    if name is None:
        raise Refused(404, "not_found")
    sex = "female" if is_woman(number) else "male"
    return {"id_number": number, "name": name, "sex": sex, "birth_date": birth_date(number).isoformat()}


def _named(call: Call) -> Persona:
    found = persona(call.names[0])
    if found is None:
        raise Refused(404, "not_found")
    return found
