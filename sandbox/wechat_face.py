"""WeChat's face verification 人脸核身: getVerifyId, what happens on the phone, queryVerifyInfo.

WeChat's documentation numbers the refusals of getVerifyId 84010 to 84016 without saying in public which is which: here
they are given out in the order of the fields.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from pydantic import ConfigDict

from sandbox.personas import Persona, holder, openid, registered_name
from sandbox.population import is_id_number
from sandbox.web import Body, Call, JsonObject, Refused
from sandbox.wechat import Platform, WeChatError

VERIFY_SECONDS = 3600
PASSED, ID_MISMATCH, FACE_MISMATCH, NO_PHOTO, UNFINISHED = 10000, 10003, 10004, 10026, 10300
_SEQUENCE = re.compile(r"[A-Za-z0-9_-]{5,32}")
_RESIDENCE_PERMITS = ("81", "82", "83")


class CertInfo(Body):
    model_config = ConfigDict(extra="ignore")

    cert_type: str = ""
    cert_name: str = ""
    cert_no: str = ""


class VerifyIdRequest(Body):
    model_config = ConfigDict(extra="ignore")

    out_seq_no: str = ""
    cert_info: CertInfo | None = None
    openid: str = ""


class ResultRequest(Body):
    model_config = ConfigDict(extra="ignore")

    verify_id: str = ""
    out_seq_no: str = ""
    cert_hash: str = ""
    openid: str = ""


@dataclass
class Verification:
    """One that was opened. Name and number are kept here only as long as it lives, as by WeChat."""

    sequence: str
    openid: str
    name: str
    id_number: str
    expires_at: float
    verify_ret: int = UNFINISHED


class FaceCheck:
    """The mini-program's verifications, opened and shown."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._opened: dict[str, Verification] = {}
        self._sequences: dict[str, None] = {}

    async def get_verify_id(self, call: Call) -> JsonObject:
        """POST /cityservice/face/identify/getverifyid?access_token=…"""
        self._platform.check_token(call)
        request, now = call.read(VerifyIdRequest), call.now.timestamp()
        cert = _checked(request)
        if request.out_seq_no in self._sequences:
            raise WeChatError(84019)
        self._forget(now)
        self._sequences[request.out_seq_no] = None
        verify_id = secrets.token_urlsafe(48)
        self._opened[verify_id] = Verification(
            request.out_seq_no, request.openid, cert.cert_name, cert.cert_no, now + VERIFY_SECONDS
        )
        return {"errcode": 0, "errmsg": "ok", "verify_id": verify_id, "expires_in": VERIFY_SECONDS}

    async def query_verify_info(self, call: Call) -> JsonObject:
        """POST /cityservice/face/identify/queryverifyinfo?access_token=…"""
        self._platform.check_token(call)
        request = call.read(ResultRequest)
        opened = self._opened.get(request.verify_id)
        if opened is None:
            raise WeChatError(84021)
        if opened.openid != request.openid:
            raise WeChatError(84017)
        if opened.sequence != request.out_seq_no:
            raise WeChatError(84020)
        if request.cert_hash != _cert_hash(opened):
            raise WeChatError(84018)
        if opened.expires_at <= call.now.timestamp():
            raise WeChatError(84022)
        return {"errcode": 0, "errmsg": "ok", "verify_ret": opened.verify_ret}

    def shown(self, person: Persona, verify_id: str, verify_ret: int | None, now: datetime) -> JsonObject:
        """The person shows their face on their own phone. Raises `Refused` where their WeChat would not open it."""
        opened = self._opened.get(verify_id)
        if opened is None or opened.expires_at <= now.timestamp():
            raise Refused(404, "not_found")
        if opened.openid != openid(person.id, self._platform.appid):
            raise Refused(403, "other_user")
        opened.verify_ret = _compared(person, opened, now) if verify_ret is None else verify_ret
        return {"errCode": 0 if opened.verify_ret < 90_000 else opened.verify_ret, "errMsg": _said(opened.verify_ret)}

    def _forget(self, now: float) -> None:
        """Those that ran out an hour ago: until then their id is told from one that never was."""
        over = [key for key, opened in self._opened.items() if opened.expires_at + VERIFY_SECONDS <= now]
        for key in over:
            del self._opened[key]


def _checked(request: VerifyIdRequest) -> CertInfo:
    cert = request.cert_info
    if cert is None:
        raise WeChatError(84010)
    if cert.cert_type != "IDENTITY_CARD":
        raise WeChatError(84011)
    if not cert.cert_name:
        raise WeChatError(84012)
    if not is_id_number(cert.cert_no) or cert.cert_no.startswith(_RESIDENCE_PERMITS):
        raise WeChatError(84013)
    if not request.out_seq_no:
        raise WeChatError(84014)
    if not request.openid:
        raise WeChatError(84015)
    if not _SEQUENCE.fullmatch(request.out_seq_no):
        raise WeChatError(84016)
    if not request.openid.startswith("o"):
        raise WeChatError(40003)
    return cert


def _compared(person: Persona, opened: Verification, now: datetime) -> int:
    """What comes of the face of `person` for the one whose name and number were given."""
    if registered_name(opened.id_number, now.date()) != opened.name:
        return ID_MISMATCH
    meant = holder(opened.id_number)
    photo = meant.authority_photo if meant is not None else "own"
    if photo == "none":
        return NO_PHOTO
    return PASSED if photo == "own" and person.id_number == opened.id_number else FACE_MISMATCH


def _said(verify_ret: int) -> str:
    return "requestFacialVerify:ok" if verify_ret < 90_000 else "requestFacialVerify:fail"


def _cert_hash(opened: Verification) -> str:
    parts = (("cert_type", "IDENTITY_CARD"), ("cert_name", opened.name), ("cert_no", opened.id_number))
    text = "&".join(f"{name}={base64.b64encode(value.encode()).decode()}" for name, value in parts)
    return hashlib.sha256(text.encode()).hexdigest()
