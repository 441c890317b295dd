"""Signing in with WeChat, staying signed in, signing out."""

from typing import Annotated

from pydantic import StringConstraints

from handlers.http.contract import Created, NoContent, endpoint
from handlers.http.fields import CityTime, OneTimeCode, PlainText, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import anyone, citizen
from identity_center.sessions import SessionService, TokenPair

DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{16,128}$")]


class SignInRequest(Request):
    code: OneTimeCode
    """From wx.login; WeChat takes it once, within five minutes."""
    device_id: DeviceId
    """Random, made once per installation and kept there: the session is bound to it."""
    device_name: Annotated[PlainText, StringConstraints(max_length=60)] = ""
    """What the citizen sees in the list of sessions."""


class RefreshRequest(Request):
    refresh_token: OneTimeCode
    device_id: DeviceId


class TokenView(View):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # RFC 6749's name for the kind of token
    expires_in: int
    refresh_token: str
    assurance: int

    @classmethod
    def of(cls, pair: TokenPair) -> "TokenView":
        return cls(
            access_token=pair.access_token,
            expires_in=pair.expires_in,
            refresh_token=pair.refresh_token,
            assurance=pair.assurance,
        )


class SessionItem(View):
    id: str
    device_name: str
    created_at: CityTime
    refreshed_at: CityTime
    current: bool


class SessionList(View):
    items: list[SessionItem]


class _Sessions(Handler):
    def initialize(self, sessions: SessionService) -> None:
        self.sessions = sessions


class Sessions(_Sessions):
    @endpoint(who=anyone(), rate="sign_in")
    async def post(self, request: SignInRequest) -> Created[TokenView]:
        """Sign in with a WeChat login code."""
        pair = await self.sessions.sign_in(request.code, request.device_id, request.device_name)
        return Created(TokenView.of(pair))

    @endpoint(who=citizen())
    async def get(self) -> SessionList:
        """The citizen's live sign-ins, on all devices."""
        found = await self.sessions.sessions(self.citizen)
        return SessionList(items=[SessionItem.model_validate(vars(session)) for session in found])

    @endpoint(who=citizen(), rate="write")
    async def delete(self) -> NoContent:
        """Sign out everywhere."""
        await self.sessions.end_all(self.citizen)
        return NoContent()


class SessionRefresh(_Sessions):
    @endpoint(who=anyone(), rate="sign_in")
    async def post(self, request: RefreshRequest) -> TokenView:
        """Exchange a refresh token, which is then used up, for a new pair.

        An answer that was lost can be asked for again with the same token for 30 seconds."""
        return TokenView.of(await self.sessions.refresh(request.refresh_token, request.device_id))


class CurrentSession(_Sessions):
    @endpoint(who=citizen(), rate="write")
    async def delete(self) -> NoContent:
        """Sign out. The session's access tokens are refused from this moment on."""
        await self.sessions.sign_out(self.citizen)
        return NoContent()


class OneSession(_Sessions):
    @endpoint(who=citizen(), rate="write")
    async def delete(self, session_id: str) -> NoContent:
        """End one of the citizen's other sign-ins."""
        await self.sessions.end(self.citizen, session_id)
        return NoContent()
