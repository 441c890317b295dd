"""The WeChat platform's server endpoints, with its error codes: HTTP 200, `errcode`, `errmsg`.

Codes are single use and live five minutes; those of wx.login and those of the phone-number button are two kinds.
"""

import base64
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson
from pydantic import ConfigDict

from sandbox.modes import Modes
from sandbox.personas import Persona, openid
from sandbox.web import Answer, Body, Call, JsonObject, Refused, Reply, Serve

CODE_SECONDS = 300
TOKEN_SECONDS = 7200
RENEWED_BEFORE_SECONDS = 300
FORCED_PER_DAY = 20
FORCED_APART_SECONDS = 30

Kind = Literal["login", "phone"]

_MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    40003: "invalid openid",
    47001: "data format error",
    84010: "cert_info empty",
    84011: "invalid cert_type",
    84012: "invalid cert_name",
    84013: "invalid cert_no",
    84014: "out_seq_no empty",
    84015: "openid empty",
    84016: "invalid out_seq_no",
    84017: "openid not match",
    84018: "cert_hash not match",
    84019: "out_seq_no duplicate",
    84020: "out_seq_no not match",
    84021: "invalid verify_id",
    84022: "verify_id expired",
}


class WeChatError(Exception):
    def __init__(self, errcode: int) -> None:
        super().__init__(errcode)
        self.errcode = errcode


class TokenRequest(Body):
    model_config = ConfigDict(extra="ignore")

    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


class PhoneRequest(Body):
    model_config = ConfigDict(extra="ignore")

    code: str = ""


@dataclass
class IssuedCode:
    kind: Kind
    persona: Persona
    appid: str
    expires_at: float
    used: bool = False


@dataclass
class Tokens:
    """The access tokens of the one mini-program: the current one, and those that still hold for a while."""

    current: str = ""
    expires_at: dict[str, float] = field(default_factory=dict)
    forced_at: list[float] = field(default_factory=list)

    def issue(self, now: float) -> str:
        self.expires_at = {token: until for token, until in self.expires_at.items() if until > now - TOKEN_SECONDS}
        self.current = "9" + secrets.token_urlsafe(96)
        self.expires_at[self.current] = now + TOKEN_SECONDS
        return self.current

    def stable(self, now: float) -> str:
        """The current token, renewed five minutes before its end; the older one holds to its own end."""
        if self.expires_at.get(self.current, 0.0) - now <= RENEWED_BEFORE_SECONDS:
            self.issue(now)
        return self.current

    def forced(self, now: float) -> str:
        """A new token, the older ones void at once; nothing new within 30 s of the last, 20 a day."""
        self.forced_at = [moment for moment in self.forced_at if moment > now - 86_400]
        if self.forced_at and now - self.forced_at[-1] < FORCED_APART_SECONDS:
            return self.stable(now)
        if len(self.forced_at) >= FORCED_PER_DAY:
            raise WeChatError(45009)
        self.forced_at.append(now)
        self.expires_at.clear()
        return self.issue(now)

    def check(self, token: str, now: float) -> None:
        """Raises `WeChatError` 41001, 40014, 40001 or 42001."""
        if not token:
            raise WeChatError(41001)
        if not 64 <= len(token) <= 512 or not token.isascii():
            raise WeChatError(40014)
        if token not in self.expires_at:
            raise WeChatError(40001)
        if self.expires_at[token] <= now:
            raise WeChatError(42001)


class Platform:
    """One mini-program's side of WeChat."""

    def __init__(self, appid: str, secret: str, modes: Modes) -> None:
        self.appid = appid
        self._secret = secret
        self._modes = modes
        self._codes: dict[str, IssuedCode] = {}
        self._tokens = Tokens()

    def issue_code(self, kind: Kind, persona: Persona, now: datetime, *, appid: str | None, expired: bool) -> str:
        """What wx.login or the phone-number button would hand to the mini-program `appid`."""
        moment = now.timestamp()
        while self._codes and next(iter(self._codes.values())).expires_at < moment - CODE_SECONDS:
            del self._codes[next(iter(self._codes))]
        code = "0" + secrets.token_urlsafe(24)[:31]
        expires_at = moment if expired else moment + CODE_SECONDS
        self._codes[code] = IssuedCode(kind, persona, appid or self.appid, expires_at)
        return code

    def served(self, answer: Callable[[Call], Awaitable[JsonObject]], content_type: str) -> Serve:
        """The endpoint as WeChat would serve it: refusals are answers, and the media type is WeChat's own."""
        felt = self._modes.felt("wechat", answer)

        async def serve(call: Call) -> Answer:
            try:
                body = await felt(call)
            except WeChatError as error:
                body = self._error(error.errcode)
            except Refused as refused:
                troubles = {"busy": -1, "rate_limited": 45011, "invalid_request": 47001}
                errcode = troubles.get(str(refused.body["error"]))
                if errcode is None:
                    raise
                body = self._error(errcode)
            return body if isinstance(body, Reply) else Reply(orjson.dumps(body), content_type)

        return serve

    async def code_to_session(self, call: Call) -> JsonObject:
        """GET /sns/jscode2session. WeChat leaves errcode out of a success, and names the answer text/plain."""
        query = call.query
        self._check_program(query.get("appid", ""), query.get("secret", ""))
        if not query.get("js_code"):
            raise WeChatError(41008)
        if query.get("grant_type") != "authorization_code":
            raise WeChatError(40002)
        issued = self._take("login", query["js_code"], call.now)
        if issued.appid != self.appid:
            raise WeChatError(40029)
        if issued.persona.wechat_blocks:
            raise WeChatError(40226)
        session_key = base64.b64encode(secrets.token_bytes(16)).decode()
        return {"session_key": session_key, "openid": openid(issued.persona.id, self.appid)}

    async def stable_token(self, call: Call) -> JsonObject:
        """POST /cgi-bin/stable_token. Repeated calls give the same token with the seconds it has left."""
        request = call.read(TokenRequest)
        if request.grant_type != "client_credential":
            raise WeChatError(40002)
        self._check_program(request.appid, request.secret)
        now = call.now.timestamp()
        token = self._tokens.forced(now) if request.force_refresh else self._tokens.stable(now)
        return {"access_token": token, "expires_in": int(self._tokens.expires_at[token] - now)}

    async def phone_number(self, call: Call) -> JsonObject:
        """POST /wxa/business/getuserphonenumber?access_token=…"""
        self.check_token(call)
        code = call.read(PhoneRequest).code
        if not code:
            raise WeChatError(41008)
        issued = self._take("phone", code, call.now)
        if issued.appid != self.appid:
            raise WeChatError(40013)
        phone = issued.persona.phone
        return {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": phone,
                "purePhoneNumber": phone,
                "countryCode": "86",
                "watermark": {"timestamp": int(call.now.timestamp()), "appid": self.appid},
            },
        }

    def check_token(self, call: Call) -> None:
        """Raises `WeChatError` for the token in the query."""
        self._tokens.check(call.query.get("access_token", ""), call.now.timestamp())

    def _take(self, kind: Kind, code: str, now: datetime) -> IssuedCode:
        issued = self._codes.get(code)
        if issued is None or issued.kind != kind or issued.expires_at <= now.timestamp():
            raise WeChatError(40029)
        if issued.used:
            raise WeChatError(40163 if kind == "login" else 40029)
        issued.used = True
        return issued

    def _check_program(self, appid: str, secret: str) -> None:
        if not appid:
            raise WeChatError(41002)
        if not secret:
            raise WeChatError(41004)
        if appid != self.appid:
            raise WeChatError(40013)
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise WeChatError(40125)

    @staticmethod
    def _error(errcode: int) -> JsonObject:
        trace = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
        return {"errcode": errcode, "errmsg": f"{_MESSAGES[errcode]}, rid: {trace}"}
