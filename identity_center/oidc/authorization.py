"""The authorization endpoint's side of a sign-in: pushed, opened in a browser, answered with a code."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from core.caller import FACE
from core.clock import Clock
from core.documents import Documents, GuardFailed, Insert, Operation
from core.ids import derived_id, new_id
from identity_center.consent import ConsentService
from identity_center.oidc.asking import Asked, asked, target
from identity_center.oidc.bearer_texts import made, parts_of
from identity_center.oidc.client import SiteClient
from identity_center.oidc.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidRequest,
    InvalidTarget,
    LoginRequired,
    OidcError,
    SignInPageGone,
)
from identity_center.oidc.scopes import FIELDS, personal
from identity_center.oidc.settings import OidcSettings
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_session import SiteSession
from identity_center.oidc.sites import SiteSessions
from identity_center.personal_data import PersonalData
from identity_center.vault import Vault

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
_KEPT = timedelta(days=1)
"""How long a request is kept after its time, so that a code used a second time is known for what it is."""


@dataclass(frozen=True)
class Opened:
    """What a browser is told at the authorization endpoint: go `to` the site at once, or wait on the page `request_id`.
    `browser` is the secret that binds the page to it."""

    to: str | None
    request_id: str | None
    browser: str = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """Where the browser goes with its code, and the cookie of its new session."""

    to: str = field(repr=False)
    cookie: str = field(repr=False)


class Authorization:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        consents: ConsentService,
        personal_data: PersonalData,
        sessions: SiteSessions,
        settings: OidcSettings,
        *,
        issuer: str,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._consents = consents
        self._personal_data = personal_data
        self._sessions = sessions
        self._pushed = timedelta(seconds=settings.request_seconds)
        self._page = timedelta(seconds=settings.sign_in_seconds)
        self._code = timedelta(seconds=settings.code_seconds)
        self._issuer = issuer

    async def push(self, client: SiteClient, given: Mapping[str, str]) -> tuple[str, int]:
        """The `request_uri` of a checked request and the seconds it lives (RFC 9126). Raises what `asked` raises."""
        request = self._request(client, asked(client, given), self._pushed)
        await self._documents.write(Insert(request))
        return REQUEST_URI + made(self._vault, "request", request.id), int(self._pushed.total_seconds())

    async def open(self, given: Mapping[str, str], browser: str, cookie: str) -> Opened:
        """A browser arrives. A pushed request opens once; a replayed one opens nothing.

        Raises `InvalidTarget` and `InvalidRequest`, with which the browser is sent nowhere."""
        client = await self._client(given)
        browser = browser if self._is_browser(browser) else made(self._vault, "browser", secrets.token_urlsafe(16))
        try:
            request = await self._opened(client, given, browser)
        except (InvalidTarget, _NotPushed) as error:
            raise error.shown if isinstance(error, _NotPushed) else error from None
        except OidcError as error:
            return Opened(self._refusal(target(client, given), given.get("state"), error), None, browser)
        return await self._answered_or_waiting(client, request, browser, cookie)

    async def page(self, request_id: str, browser: str) -> tuple[SignInRequest, SiteClient]:
        """What the page of this browser shows. Raises `SignInPageGone`."""
        request = await self._of_browser(request_id, browser)
        client = await self._documents.get(SiteClient, request.client_id)
        if client is None:
            raise SignInPageGone
        return request, client

    async def finish(self, request_id: str, browser: str) -> Answered:
        """The browser takes an approved sign-in back to its site. Asked again, it gets the same answer while the code
        lives. Raises `SignInPageGone`."""
        request = await self._of_browser(request_id, browser)
        now = self._clock.now()
        if request.stage == "approved" and request.is_live(now):
            session = self._sessions.begun(request, new_id(self._clock))
            request = await self._with_code(request, now, session.id, Insert(session))
        if request.stage != "answered" or not request.is_live(now) or request.site_session is None:
            raise SignInPageGone
        found = await self._documents.get(SiteSession, request.site_session)
        if found is None:
            raise SignInPageGone
        return Answered(self._success(request), self._sessions.cookie(found))

    async def leave(self, request_id: str, browser: str) -> str:
        """The visitor leaves the page, or was refused: back to the site. Raises `SignInPageGone`."""
        request = await self._of_browser(request_id, browser)
        now = self._clock.now()
        if request.stage in ("waiting", "scanned") and request.is_live(now):
            try:
                await self._documents.write(request.moved(now, "refused"))
            except GuardFailed:
                raise SignInPageGone from None
        elif request.stage != "refused":
            raise SignInPageGone
        return self._refusal(request.redirect_uri, request.state, AccessDenied())

    async def _client(self, given: Mapping[str, str]) -> SiteClient:
        client_id = given.get("client_id", "")
        client = await self._documents.get(SiteClient, client_id) if len(client_id) <= 64 else None
        if client is None or client.disabled_at is not None:
            raise InvalidTarget
        return client

    async def _opened(self, client: SiteClient, given: Mapping[str, str], browser: str) -> SignInRequest:
        """The request, now bound to the browser."""
        now = self._clock.now()
        bound = {"browser": derived_id(browser), "expires_at": now + self._page, "forget_at": now + self._page + _KEPT}
        if "request_uri" not in given:
            wanted = asked(client, given)
            if client.pushed_requests_only:
                raise InvalidRequest("this client pushes its requests (RFC 9126)")
            request = self._request(client, wanted, self._page).model_copy(update={**bound, "stage": "waiting"})
            await self._documents.write(Insert(request))
            return request
        request = await self._pushed_one(client, given["request_uri"])
        move = request.moved(now, "waiting", **bound)
        try:
            return (await self._documents.write(move)).after(move)
        except GuardFailed:
            raise _NotPushed from None

    async def _pushed_one(self, client: SiteClient, request_uri: str) -> SignInRequest:
        parts = parts_of(self._vault, "request", request_uri.removeprefix(REQUEST_URI))
        request = await self._documents.get(SignInRequest, parts[0]) if parts else None
        if request is None or request.client_id != client.id or request.stage != "pushed":
            raise _NotPushed
        return request

    async def _answered_or_waiting(
        self, client: SiteClient, request: SignInRequest, browser: str, cookie: str
    ) -> Opened:
        session = await self._sessions.of_cookie(cookie) if cookie else None
        try:
            agreed = await self._covered_by(client, request, session)
        except (LoginRequired, ConsentRequired) as error:
            if request.prompt != "none":
                return Opened(None, request.id, browser)
            await self._documents.write(request.moved(self._clock.now(), "refused"))
            return Opened(self._refusal(request.redirect_uri, request.state, error), None, browser)
        request = await self._with_session(request, agreed[0], agreed[1])
        return Opened(self._success(request), None, browser)

    async def _covered_by(
        self, client: SiteClient, request: SignInRequest, session: SiteSession | None
    ) -> tuple[SiteSession, tuple[str, ...]]:
        """The session if what it was approved with is enough for this request. Raises `LoginRequired` when it is not,
        `ConsentRequired` when the citizen has not agreed to this before."""
        if session is None or request.prompt in ("login", "consent"):
            raise LoginRequired
        now = self._clock.now()
        proved = _auth_time(request.level, session.approved_at, session.face_proved_at)
        too_old = request.max_age is not None and now - proved > timedelta(seconds=request.max_age)
        if self._sessions.level(session) < request.level or too_old:
            raise LoginRequired
        if request.hint not in (None, await self._personal_data.pseudonym(session.account_id, client.department)):
            raise LoginRequired
        for fields in ((), *((FIELDS[scope],) for scope in personal(request.scopes))):
            if not await self._consents.covering(
                session.account_id, card_id=client.consent_card, department=client.department, fields=fields
            ):
                raise ConsentRequired
        return session, request.scopes

    async def _with_session(
        self, request: SignInRequest, session: SiteSession, agreed: tuple[str, ...]
    ) -> SignInRequest:
        known = {
            "account_id": session.account_id,
            "city_session": session.city_session,
            "agreed": agreed,
            "approved_at": session.approved_at,
            "face_proved_at": session.face_proved_at,
            "city_level": session.level,
            "proved_at": _auth_time(request.level, session.approved_at, session.face_proved_at),
        }
        return await self._with_code(request, self._clock.now(), session.id, **known)

    async def _with_code(
        self, request: SignInRequest, now: datetime, session_id: str, *beside: Operation, **known: object
    ) -> SignInRequest:
        move = request.moved(now, "answered", expires_at=now + self._code, site_session=session_id, **known)
        try:
            return (await self._documents.write(move, *beside)).after(move)
        except GuardFailed:
            newer = await self._documents.get(SignInRequest, request.id)
            if newer is None:
                raise SignInPageGone from None
            return newer

    async def _of_browser(self, request_id: str, browser: str) -> SignInRequest:
        request = await self._documents.get(SignInRequest, request_id) if self._is_browser(browser) else None
        if request is None or request.browser != derived_id(browser):
            raise SignInPageGone
        return request

    def _is_browser(self, browser: str) -> bool:
        return parts_of(self._vault, "browser", browser) is not None

    def _request(self, client: SiteClient, wanted: Asked, lives: timedelta) -> SignInRequest:
        now = self._clock.now()
        return SignInRequest(
            id=new_id(self._clock),
            client_id=client.id,
            **vars(wanted),
            digits=f"{secrets.randbelow(90) + 10}",
            created_at=now,
            expires_at=now + lives,
            forget_at=now + lives + _KEPT,
        )

    def _success(self, request: SignInRequest) -> str:
        return self._back(request.redirect_uri, request.state, code=made(self._vault, "code", request.id))

    def _refusal(self, redirect_uri: str, state: str | None, error: OidcError) -> str:
        detail = error.detail if isinstance(error, InvalidRequest) else error.title.en
        return self._back(redirect_uri, state, error=error.error, error_description=detail)

    def _back(self, redirect_uri: str, state: str | None, **answer: str) -> str:
        """With `iss`, by which a site of several providers tells whose answer it is (RFC 9207)."""
        stated = {} if state is None else {"state": state}
        joint = "&" if "?" in redirect_uri else "?"
        return redirect_uri + joint + urlencode({**answer, **stated, "iss": self._issuer})


class _NotPushed(Exception):
    """No request that this client has pushed, that is not over, and that no browser has opened."""

    shown = InvalidRequest("the request has run out or was opened before; begin again on the site")


def _auth_time(level: int, approved_at: datetime, face_proved_at: datetime | None) -> datetime:
    """When what the site asks for was proved: the face for level 3, the approval in person for all below."""
    return face_proved_at if level == FACE and face_proved_at is not None else approved_at
