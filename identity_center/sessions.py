"""Signing in, staying signed in, signing out."""

import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.caller import REAL_NAME, Citizen, StepUpNeeded
from core.clock import Clock
from core.closing import not_erased
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Documents, Duplicate, GuardFailed, Insert, Operation, Patch, Written
from core.ids import new_id, new_secret
from core.messages import message
from identity_center.account import Account, Standing, standing
from identity_center.accounts import AccountService
from identity_center.errors import RefreshRefused, SessionNotFound
from identity_center.notices import NEW_DEVICE, SIGNED_OUT_EVERYWHERE, TOKEN_REUSED
from identity_center.ports import WeChat, WeChatSession
from identity_center.revocations import Revocations
from identity_center.session import (
    EndReason,
    FaceMethod,
    Session,
    is_genuine,
    parsed_refresh_token,
    refresh_token,
)
from identity_center.settings import IdentitySettings
from identity_center.tokens import AccessToken, AccessTokens
from identity_center.vault import Vault

MOST_SESSIONS = 100
"""Live sessions an account can have; a further sign-in ends the oldest."""


@dataclass(frozen=True)
class TokenPair:
    """What a sign-in or refresh gives. `expires_in` (seconds) is the access token's."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    assurance: int


@dataclass(frozen=True)
class SessionView:
    """A live sign-in as its citizen sees it."""

    id: str
    device_name: str
    created_at: datetime
    refreshed_at: datetime
    current: bool


class SessionService:
    """A session is one sign-in on one device. Its access tokens die with it, in every process."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        wechat: WeChat,
        accounts: AccountService,
        tokens: AccessTokens,
        revocations: Revocations,
        settings: IdentitySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._wechat = wechat
        self._accounts = accounts
        self._tokens = tokens
        self._revocations = revocations
        self._proofs = settings.proofs
        self._idle = timedelta(days=settings.sessions.idle_days)
        self._longest = timedelta(days=settings.sessions.longest_days)
        self._grace = timedelta(seconds=settings.sessions.grace_seconds)

    async def sign_in(self, code: str, device_id: str, device_name: str = "") -> TokenPair:
        """With a wx.login code. An earlier session of the same account on the same device ends.

        Raises `WeChatCodeInvalid`, `WeChatBlocked`, `WeChatUnavailable`.
        """
        who = await self._wechat.code_to_session(code)
        try:
            return await self._signed_in(who, device_id, device_name)
        except GuardFailed:  # the account was erased at this very moment: now this is somebody new
            return await self._signed_in(who, device_id, device_name)

    async def _signed_in(self, who: WeChatSession, device_id: str, device_name: str) -> TokenPair:
        account = await self._accounts.of_wechat(who)
        now = self._clock.now()
        session = Session(
            id=new_id(self._clock),
            account_id=account.id,
            live_account=account.id,
            device_digest=self._device_digest(device_id),
            device_name=device_name,
            created_at=now,
            refreshed_at=now,
            seed=new_secret(),
        )
        live = await self._live(account.id)
        replaced = [old for old in live if hmac.compare_digest(old.device_digest, session.device_digest)]
        told = [] if replaced else await self._of_new_device(session)
        replaced = replaced or live[MOST_SESSIONS - 1 :]
        await self._end(replaced, "new_sign_in", not_erased(account.id), Insert(session), *told)
        return self._pair(account, session)

    async def refresh(self, token: str, device_id: str) -> TokenPair:
        """A new pair for a refresh token, which is then used up. Asked again within the grace time, because the answer
        was lost, it gives the same refresh token; used later than that, it ends the session.

        No proof of identity becomes younger by it. Raises `RefreshRefused`.
        """
        session_id, generation, digest = parsed_refresh_token(token)
        session = await self._documents.get(Session, session_id)
        if session is None or session.ended_at is not None or not is_genuine(self._vault, session, generation, digest):
            raise RefreshRefused
        if not hmac.compare_digest(session.device_digest, self._device_digest(device_id)):
            raise RefreshRefused
        if self._has_run_out(session):
            await self._end([session], "run_out")
            raise RefreshRefused
        if generation == session.generation:
            session = await self._rotated(session)
        await self._check_not_reused(session, generation)
        return self._pair(await self._accounts.get(session.account_id), session)

    async def access_token(self, citizen_id: str, session_id: str) -> AccessToken:
        """A new access token for a live session, with all that is proved by now: after a step-up.

        Raises `SessionNotFound`, `AccountNotFound`.
        """
        session = await self._live_session(citizen_id, session_id)
        return self._access_token(await self._accounts.get(citizen_id), session)

    async def standing(self, citizen: Citizen) -> Standing:
        """How sure the city is at this moment of whoever signed this session in. Raises `SessionNotFound`,
        `AccountNotFound`."""
        session = await self._live_session(citizen.id, citizen.session_id)
        return self._standing(await self._accounts.get(citizen.id), session)

    async def raise_to_face(
        self,
        citizen: Citizen,
        proved_at: datetime,
        method: FaceMethod = "face",
        write: Callable[..., Awaitable[Written]] | None = None,
    ) -> AccessToken:
        """Level 3, for this session alone: a face matched at `proved_at`, or what stands in its place. Returns the
        access token that says so. `write` writes the operations it is given, and may do more in the same
        write.

        Raises `StepUpNeeded` before level 2, `SessionNotFound`, `AccountNotFound`, and what `write` raises.
        """
        account = await self._accounts.get(citizen.id)
        if standing(account, self._clock.now(), self._proofs).assurance < REAL_NAME:
            raise StepUpNeeded(REAL_NAME, None)
        live = stored("live_account").equals(citizen.id)
        proved = {"face_proved_at": proved_at, "face_method": method}
        proof = Patch(Session, citizen.session_id, set=proved, guard=live)
        seen = Patch(Account, citizen.id, set={"face_matched_at": proved_at})
        try:
            written = await (write or self._documents.write)(proof, seen)
        except GuardFailed as error:
            if error.operation is proof or error.operation is seen:
                raise SessionNotFound from error
            raise
        return self._access_token(written.after(seen), written.after(proof))

    async def sessions(self, citizen: Citizen) -> tuple[SessionView, ...]:
        """The citizen's live sessions, newest first."""
        return tuple(
            SessionView(live.id, live.device_name, live.created_at, live.refreshed_at, live.id == citizen.session_id)
            for live in await self._live(citizen.id)
            if not self._has_run_out(live)
        )

    async def sign_out(self, citizen: Citizen) -> None:
        """Ends this session at once. One that has ended already is no error."""
        session = await self._documents.get(Session, citizen.session_id)
        if session is not None and session.ended_at is None:
            await self._end([session], "signed_out")

    async def end(self, citizen: Citizen, session_id: str) -> None:
        """Ends one of the citizen's own sessions. Raises `SessionNotFound`, also for somebody else's."""
        await self._end([await self._live_session(citizen.id, session_id)], "ended_by_citizen")

    async def end_all(self, citizen: Citizen) -> None:
        """Signs the citizen out everywhere, here too."""
        told = message(SIGNED_OUT_EVERYWHERE, citizen.id, self._clock)
        await self._end(await self._live(citizen.id), "ended_by_citizen", told)

    async def end_others(self, citizen: Citizen, *beside: Operation) -> None:
        """Signs the citizen out everywhere but here, in one write with what is `beside` it. Raises what refused it."""
        others = [live for live in await self._live(citizen.id) if live.id != citizen.session_id]
        await self._end(others, "ended_by_citizen", *beside)

    def _has_run_out(self, session: Session) -> bool:
        now = self._clock.now()
        return now - session.refreshed_at > self._idle or now - session.created_at > self._longest

    async def _live(self, account_id: str) -> list[Session]:
        page = await self._documents.find(Session, "live", account_id, descending=True, limit=MOST_SESSIONS + 1)
        return list(page.items)

    async def _of_new_device(self, session: Session) -> list[Insert]:
        """The news of a sign-in on a device that the account was not seen on before, unless it is its very first."""
        account_id, device = session.account_id, session.device_digest
        earlier = await self._documents.find(Session, "device", account_id, limit=1)
        if not earlier.items or (await self._documents.find(Session, "device", account_id, device, limit=1)).items:
            return []
        return [message(NEW_DEVICE, account_id, self._clock, about=session.id)]

    async def _live_session(self, account_id: str, session_id: str) -> Session:
        session = await self._documents.get(Session, session_id)
        if session is None or session.live_account != account_id:
            raise SessionNotFound
        return session

    async def _rotated(self, session: Session) -> Session:
        """The session with its next refresh token. Of two refreshes at once one writes, and both get that token."""
        unused = all_of(stored("generation").equals(session.generation), stored("ended_at").equals(None))
        step = Patch(Session, session.id, set={"refreshed_at": self._clock.now()}, add={"generation": 1}, guard=unused)
        try:
            return (await self._documents.write(step)).after(step)
        except GuardFailed:
            newer = await self._documents.get(Session, session.id)
            if newer is None or newer.ended_at is not None:
                raise RefreshRefused from None
            return newer

    async def _check_not_reused(self, session: Session, generation: int) -> None:
        """Raises `RefreshRefused`, ends the session and tells the citizen when the token's successor was used or had
        its time."""
        in_grace = self._clock.now() - session.refreshed_at <= self._grace
        if in_grace and generation >= session.generation - 1:
            return
        told = message(TOKEN_REUSED, session.account_id, self._clock, about=session.id, once=session.id)
        with suppress(Duplicate):  # another use of it was noticed at the same moment
            await self._end([session], "token_reused", told)
        raise RefreshRefused

    async def _end(self, sessions: list[Session], reason: EndReason, *beside: Operation) -> None:
        """Ends sessions and does what is `beside` it in one write."""
        end = {"live_account": None, "ended_at": self._clock.now(), "end_reason": reason}
        endings: list[Operation] = []
        for session in sessions:
            endings += [Patch(Session, session.id, set=end), self._revocations.record(session.id)]
        if endings or beside:
            await self._documents.write(*endings, *beside)
            await self._revocations.announce(*(session.id for session in sessions))

    def _pair(self, account: Account, session: Session) -> TokenPair:
        access = self._access_token(account, session)
        return TokenPair(access.text, refresh_token(self._vault, session), access.expires_in, access.assurance)

    def _access_token(self, account: Account, session: Session) -> AccessToken:
        return self._tokens.for_citizen(account.id, session.id, self._standing(account, session))

    def _standing(self, account: Account, session: Session) -> Standing:
        return standing(account, self._clock.now(), self._proofs, sign_in=session.sign_in, face=session.face)

    def _device_digest(self, device_id: str) -> str:
        return self._vault.keyed_digest("device", device_id).hex()
