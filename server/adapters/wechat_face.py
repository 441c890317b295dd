"""WeChat's own face verification 人脸核身: getVerifyId and queryVerifyInfo. Satisfies identity_center's `WeChatFace`.

Name and number leave for WeChat in the body, over HTTPS; the second call proves with `cert_hash` that it asks about the
same person, and WeChat refuses it otherwise. No answer and no body is ever logged.
"""

import base64
import hashlib
from datetime import timedelta

from pydantic import Field

from identity_center.errors import WeChatUnavailable
from identity_center.face.errors import FaceAttemptOver, FaceNotEligible
from identity_center.face.ports import FacePerson, VerifyId
from server.adapters.wechat import WeChatAnswer, WeChatClient, raise_for

_CERT_TYPE = "IDENTITY_CARD"
_NOT_ELIGIBLE = frozenset({*range(84010, 84017)})
"""What WeChat finds wrong with the document or the person: the authority has confirmed both, so it is not for them."""
_ATTEMPT_OVER = frozenset({84017, 84018, 84020, 84021, 84022})
"""Another openid, another cert_hash, another sequence, no such verify_id, expired."""
_LONGEST_SECONDS = 3600


class _VerifyIdAnswer(WeChatAnswer):
    verify_id: str = Field("", max_length=256)
    expires_in: int = 0


class _ResultAnswer(WeChatAnswer):
    verify_ret: int | None = None


class WeChatFaceClient:
    """Over the mini-program's one client."""

    def __init__(self, wechat: WeChatClient) -> None:
        self._wechat = wechat

    async def verify_id(self, person: FacePerson, sequence: str) -> VerifyId:
        body = {
            "out_seq_no": sequence,
            "cert_info": {"cert_type": _CERT_TYPE, "cert_name": person.name, "cert_no": person.id_number},
            "openid": person.openid,
        }
        answer = await self._wechat.called("/cityservice/face/identify/getverifyid", body, _VerifyIdAnswer)
        if answer.errcode in _NOT_ELIGIBLE:
            raise FaceNotEligible
        raise_for(answer.errcode)
        if not answer.verify_id or answer.expires_in <= 0:
            raise WeChatUnavailable
        return VerifyId(answer.verify_id, timedelta(seconds=min(answer.expires_in, _LONGEST_SECONDS)))

    async def verify_ret(self, person: FacePerson, sequence: str, verify_id: str) -> int:
        body = {
            "verify_id": verify_id,
            "out_seq_no": sequence,
            "cert_hash": cert_hash(person.name, person.id_number),
            "openid": person.openid,
        }
        answer = await self._wechat.called("/cityservice/face/identify/queryverifyinfo", body, _ResultAnswer)
        if answer.errcode in _ATTEMPT_OVER:
            raise FaceAttemptOver
        raise_for(answer.errcode)
        if answer.verify_ret is None:
            raise WeChatUnavailable
        return answer.verify_ret


def cert_hash(name: str, id_number: str) -> str:
    """SHA-256, in lower-case hex, of type, name and number, each in base64 of its UTF-8."""
    parts = {"cert_type": _CERT_TYPE, "cert_name": name, "cert_no": id_number}
    text = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in parts.items())
    return hashlib.sha256(text.encode()).hexdigest()
