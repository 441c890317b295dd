"""The WeChat platform's server endpoints over HTTPS. Satisfies identity_center's `WeChat`.

The platform answers HTTP 200 also when it refuses; `errcode` says why. Addresses carry secrets (the app secret, the
access token, login codes), so neither they nor an exception that could quote one is ever logged.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import TypeVar

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from core.ephemeral import Ephemeral
from identity_center.errors import SealBroken, WeChatBlocked, WeChatCodeInvalid, WeChatUnavailable
from identity_center.ports import WeChatSession
from identity_center.vault import Vault

_log = logging.getLogger(__name__)

_CODE_NOT_ACCEPTED = frozenset({40029, 40163, 41008})
_USER_BLOCKED = 40226
_TOKEN_NOT_ACCEPTED = frozenset({40001, 40014, 42001})
_WRONG_APP_ID = 40013
_OURS_TO_MEND = frozenset({_WRONG_APP_ID, 40125, 40002, 41002, 41004, 48001})
_RATE_LIMITED = 45011
_RATE_LIMIT_SECONDS = 60
_RENEWED_EARLY_SECONDS = 300
_FORCED_APART_SECONDS = 30
_LONGEST_ANSWER = 64 * 1024
_MAINLAND = re.compile(r"1[0-9]{10}")
_COUNTRY = re.compile(r"[1-9][0-9]{0,3}")
_ABROAD = re.compile(r"[0-9]{4,14}")

A = TypeVar("A", bound="WeChatAnswer")


class WeChatSettings(BaseModel):
    """The mini-program and where the platform is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field("https://api.weixin.qq.com", description="The platform's address.")
    app_id: str = Field(min_length=1, description="The mini-program's AppID.")
    app_secret: SecretStr = Field(description="The mini-program's AppSecret.")
    timeout_seconds: float = Field(5, gt=0, description="How long the platform may take for one answer.")


class WeChatAnswer(BaseModel):
    """What every answer may say. A success may leave `errcode` out."""

    model_config = ConfigDict(extra="ignore", strict=True)

    errcode: int = 0


class _SessionAnswer(WeChatAnswer):
    openid: str = Field("", max_length=128)
    session_key: str = Field("", max_length=128)
    unionid: str | None = Field(None, max_length=128)


class _TokenAnswer(WeChatAnswer):
    access_token: str = Field("", max_length=512)
    expires_in: int = 0


class _Watermark(BaseModel):
    appid: str


class _PhoneInfo(BaseModel):
    pure_number: str = Field(alias="purePhoneNumber")
    country_code: str = Field(alias="countryCode", coerce_numbers_to_str=True)
    watermark: _Watermark


class _PhoneAnswer(WeChatAnswer):
    phone_info: _PhoneInfo | None = None


class WeChatClient:
    """One mini-program's client. `http` is shared and not closed here; the access token is shared through `ephemeral`,
    sealed, so that all processes use one.
    """

    def __init__(
        self, http: aiohttp.ClientSession, ephemeral: Ephemeral, vault: Vault, settings: WeChatSettings
    ) -> None:
        self._http = http
        self._ephemeral = ephemeral
        self._vault = vault
        self._settings = settings
        self._base_url = settings.base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
        self._token_key = f"wechat:token:{settings.app_id}"
        self._fetching: asyncio.Task[str] | None = None

    async def code_to_session(self, code: str) -> WeChatSession:
        content = await self._call(
            "GET",
            "/sns/jscode2session",
            {**self._credentials, "js_code": code, "grant_type": "authorization_code"},
        )
        answer = _read(_SessionAnswer, content)
        raise_for(answer.errcode)
        if not answer.openid or not answer.session_key:
            raise WeChatUnavailable
        return WeChatSession(answer.openid, answer.unionid or None, answer.session_key)

    async def phone_number(self, code: str) -> str:
        answer = await self.called("/wxa/business/getuserphonenumber", {"code": code}, _PhoneAnswer)
        if answer.errcode == _WRONG_APP_ID:  # this call names no app id of ours: the code is another program's
            raise WeChatCodeInvalid
        raise_for(answer.errcode)
        return self._number(answer.phone_info)

    async def called(self, path: str, body: Mapping[str, object], model: type[A]) -> A:
        """POST with an access token; once more with a fresh one when that was not accepted, as the body was not looked
        at then. Raises `WeChatUnavailable`; what `errcode` says is for the caller."""
        token = await self._access_token()
        answer = _read(model, await self._call("POST", path, {"access_token": token}, body))
        if answer.errcode in _TOKEN_NOT_ACCEPTED:
            fresh = await self._access_token(refused=token)
            answer = _read(model, await self._call("POST", path, {"access_token": fresh}, body))
        return answer

    def _number(self, phone: _PhoneInfo | None) -> str:
        if phone is None:
            raise WeChatUnavailable
        if phone.watermark.appid != self._settings.app_id:
            raise WeChatCodeInvalid
        if phone.country_code == "86" and _MAINLAND.fullmatch(phone.pure_number):
            return phone.pure_number
        abroad = phone.country_code != "86" and _COUNTRY.fullmatch(phone.country_code)
        if not abroad or not _ABROAD.fullmatch(phone.pure_number):
            raise WeChatUnavailable
        return f"+{phone.country_code}{phone.pure_number}"

    async def _access_token(self, refused: str | None = None) -> str:
        """The shared token, or a fresh one when there is none or it is the one that was `refused`.

        Whoever asks while one is being fetched waits for that, and shares its failure too.
        """
        held = await self._held_token()
        if held is not None and held != refused:
            return held
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fresh_token(refused))
        return await asyncio.shield(self._fetching)

    async def _fresh_token(self, refused: str | None) -> str:
        token = await self._fetched_token(force=False)
        if token != refused:
            return token
        if not await self._ephemeral.first(f"{self._token_key}:forced", _FORCED_APART_SECONDS):
            raise WeChatUnavailable(_FORCED_APART_SECONDS)
        return await self._fetched_token(force=True)

    async def _held_token(self) -> str | None:
        sealed = await self._ephemeral.get(self._token_key)
        try:
            return None if sealed is None else self._vault.open(sealed, self._token_key)
        except SealBroken:
            return None  # sealed with a key that has been dropped

    async def _fetched_token(self, *, force: bool) -> str:
        """A token from the platform, which gives the same one to all who ask until shortly before it runs out."""
        body = {"grant_type": "client_credential", **self._credentials, "force_refresh": force}
        answer = _read(_TokenAnswer, await self._call("POST", "/cgi-bin/stable_token", {}, body))
        raise_for(answer.errcode)
        if not answer.access_token:
            raise WeChatUnavailable
        kept = max(1, answer.expires_in - _RENEWED_EARLY_SECONDS)
        await self._ephemeral.put(self._token_key, self._vault.seal(answer.access_token, self._token_key), kept)
        return answer.access_token

    @property
    def _credentials(self) -> dict[str, str]:
        return {"appid": self._settings.app_id, "secret": self._settings.app_secret.get_secret_value()}

    async def _call(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
    ) -> bytes:
        """One attempt. What an exception says of it is dropped: it may quote the address."""
        try:
            async with self._http.request(
                method,
                self._base_url + path,
                params=query,
                data=None if body is None else orjson.dumps(body),
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                content = await _bounded(response.content)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("WeChat did not answer %s: %s", path, type(error).__name__)
            raise WeChatUnavailable from None
        if status != 200:
            _log.warning("WeChat answered %s with HTTP %d", path, status)
            raise WeChatUnavailable
        return content


async def _bounded(stream: aiohttp.StreamReader) -> bytes:
    """At most `_LONGEST_ANSWER` bytes: a longer answer is cut off, and then reads as no answer at all."""
    content = bytearray()
    async for chunk in stream.iter_any():
        content += chunk
        if len(content) > _LONGEST_ANSWER:
            break
    return bytes(content[:_LONGEST_ANSWER])


def _read(model: type[A], content: bytes) -> A:
    try:
        return model.model_validate_json(content)
    except ValidationError:
        _log.warning("WeChat's answer is not a %s", model.__name__.strip("_"))
        raise WeChatUnavailable from None


def raise_for(errcode: int) -> None:
    """Raises what a refusal means that no call has a meaning of its own for; nothing for 0."""
    if errcode == 0:
        return
    if errcode in _CODE_NOT_ACCEPTED:
        raise WeChatCodeInvalid
    if errcode == _USER_BLOCKED:
        raise WeChatBlocked
    level = logging.ERROR if errcode in _OURS_TO_MEND else logging.WARNING
    _log.log(level, "WeChat refuses with errcode %d%s", errcode, _ADVICE.get(errcode, ""))
    raise WeChatUnavailable(_RATE_LIMIT_SECONDS if errcode == _RATE_LIMITED else 5)


_ADVICE = {
    _WRONG_APP_ID: ": wechat.app_id is not a mini-program's",
    40125: ": wechat.app_secret is not this mini-program's",
    48001: ": the mini-program has no permission for this interface",
}
