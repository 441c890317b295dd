"""Sessions of staff: opened, moved to another post, looked at, ended."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.caller import Staff
from core.clock import Clock
from core.conditions import field as stored
from core.documents import Documents, GuardFailed, Insert, Operation, Patch
from core.ids import new_id, new_secret
from identity_center.revocations import Revocations
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.errors import StaffPostNotFound, StaffSessionNotFound, StaffSessionOver
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.staff.second_factor import SecondFactor
from identity_center.staff.session import EndReason, Grant, Kind, StaffSession
from identity_center.staff.settings import StaffSettings
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault

MOST_SESSIONS = 500
"""Live sessions of one account: many gates share one. A further sign-in ends the oldest."""
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """A session about to be opened: what to write, and what the caller gets when that is written."""

    operations: tuple[Operation, ...]
    grant: Grant
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionView:
    """A live session as its owner sees it."""

    id: str
    kind: Kind
    post: Post
    source: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool


class StaffSessions:
    """A token's session is known by its revocation, a browser's is looked up with each request."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        tokens: AccessTokens,
        revocations: Revocations,
        log: StaffLog,
        second_factor: SecondFactor,
        settings: StaffSettings,
        token_lives: timedelta,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._tokens = tokens
        self._revocations = revocations
        self._log = log
        self._second_factor = second_factor
        self._idle = timedelta(minutes=settings.console_idle_minutes)
        self._longest = {"token": token_lives, "cookie": timedelta(hours=settings.console_longest_hours)}

    async def opening(self, account: StaffAccount, post: Post, kind: Kind, source: str) -> Opening:
        """A session from now on, at this post."""
        now = self._clock.now()
        oldest = await self._beyond_most(account.id)
        opened = self._new(account, post, kind, source, now, now + self._longest[kind])
        return Opening((*opened.operations, *self.ending(oldest, "too_many")), opened.grant, _ids(oldest))

    async def moved(self, staff: Staff, account: StaffAccount, post: Post, event: Event, *beside: Operation) -> Grant:
        """Another session in the place of the caller's own, of the same kind and no longer than it; in one write with
        the event and what is `beside` it. Raises `StaffSessionNotFound`, and what refused something beside it."""
        old = await self._own(staff, staff.session_id)
        opened = self._new(account, post, old.kind, old.source, self._clock.now(), old.ends_at)
        still_live = Patch(StaffSession, old.id, guard=stored("live_account").equals(account.id))
        try:
            await self._log.written(event, *beside, still_live, *self.ending([old], "moved"), *opened.operations)
        except GuardFailed as error:
            if error.operation is not still_live:
                raise
            raise StaffSessionNotFound from error
        await self._revocations.announce(old.id)
        return opened.grant

    async def switch(self, staff: Staff, account: StaffAccount, post_id: str) -> Grant:
        """To another of one's posts. Raises `StaffPostNotFound`, `StaffSessionNotFound`."""
        post = account.post(post_id)
        if post is None:
            raise StaffPostNotFound
        remembered = Patch(StaffAccount, account.id, set={"last_post_id": post.id})
        event = Event("session.post", Actor.of(staff), details={"to": f"{post.role} {post.department}"})
        return await self.moved(staff, account, post, event, remembered)

    async def caller_of(self, cookie: str) -> Staff:
        """The member of staff whose browser sends this cookie. Raises `StaffSessionOver`."""
        session_id, _, secret = cookie.partition(".")
        session = await self._documents.get(StaffSession, session_id)
        if session is None or session.kind != "cookie" or session.ended_at is not None:
            raise StaffSessionOver
        if not hmac.compare_digest(session.cookie_digest, self._cookie_digest(session_id, secret)):
            raise StaffSessionOver
        now = self._clock.now()
        if now >= session.ends_at or now - session.seen_at > self._idle:
            raise StaffSessionOver
        account = await self._documents.get(StaffAccount, session.account_id)
        post = account.post(session.post_id) if account is not None and account.disabled_at is None else None
        if account is None or post is None:
            raise StaffSessionOver
        if now - session.seen_at > _SEEN_EVERY:
            await self._seen(session, now)
        return account.at(post, session.id, self.unfinished(account, post))

    def csrf_token(self, session_id: str) -> str:
        """What a request of this browser session carries beside its cookie; a page of another site cannot know it."""
        return self._vault.keyed_digest("staff csrf", session_id).hex()

    def unfinished(self, account: StaffAccount, post: Post) -> str:
        """What the account has to do before it works at this post: `password`, `second_factor`, or ""."""
        if account.password_temporary_until is not None:
            return "password"
        required = self._second_factor.is_required(post.role)
        return "second_factor" if required and account.totp_sealed is None else ""

    async def views(self, staff: Staff, account: StaffAccount) -> tuple[SessionView, ...]:
        """The caller's own live sessions, newest first."""
        now = self._clock.now()
        return tuple(
            SessionView(
                live.id, live.kind, post, live.source, live.created_at, live.seen_at, live.ends_at,
                live.id == staff.session_id,
            )
            for live in await self.live(staff.id)
            if now < live.ends_at and (live.kind == "token" or now - live.seen_at <= self._idle)
            if (post := account.post(live.post_id)) is not None
        )  # fmt: skip

    async def live(self, account_id: str) -> tuple[StaffSession, ...]:
        """Newest first, also those that have run out and were not looked at since."""
        return (await self._documents.find(StaffSession, "live", account_id, descending=True, limit=1000)).items

    async def sign_out(self, staff: Staff) -> None:
        """Ends this session at once. One that has ended already is no error."""
        session = await self._documents.get(StaffSession, staff.session_id)
        if session is not None and session.ended_at is None:
            await self._end(staff, [session], "signed_out", "session.sign_out")

    async def end(self, staff: Staff, session_id: str) -> None:
        """Ends one of the caller's own. Raises `StaffSessionNotFound`, also for somebody else's."""
        await self._end(staff, [await self._own(staff, session_id)], "ended_by_owner", "session.end")

    async def end_all(self, staff: Staff) -> None:
        """Signs the caller out everywhere, here too."""
        await self._end(staff, await self.live(staff.id), "ended_by_owner", "session.end_all")

    def ending(self, sessions: Iterable[StaffSession], reason: EndReason) -> tuple[Operation, ...]:
        """The operations that end them; `Revocations.announce` their ids when they are written."""
        end = {"live_account": None, "ended_at": self._clock.now(), "end_reason": reason}
        operations: list[Operation] = []
        for session in sessions:
            operations.append(Patch(StaffSession, session.id, set=end))
            if session.kind == "token":
                operations.append(self._revocations.record(session.id))
        return tuple(operations)

    def _new(
        self, account: StaffAccount, post: Post, kind: Kind, source: str, now: datetime, ends_at: datetime
    ) -> Opening:
        session_id, secret = new_id(self._clock), new_secret()
        session = StaffSession(
            id=session_id,
            account_id=account.id,
            live_account=account.id,
            kind=kind,
            post_id=post.id,
            cookie_digest=self._cookie_digest(session_id, secret) if kind == "cookie" else "",
            source=source,
            created_at=now,
            seen_at=now,
            ends_at=ends_at,
        )
        staff = account.at(post, session_id, self.unfinished(account, post))
        lifetime = max(timedelta(seconds=1), ends_at - now)
        if kind == "token":
            token = self._tokens.for_staff(staff, session_id, lifetime)
            return Opening((Insert(session),), Grant(staff, token.expires_in, token=token.text))
        cookie, proof = f"{session_id}.{secret}", self.csrf_token(session_id)
        return Opening((Insert(session),), Grant(staff, int(lifetime.total_seconds()), cookie=cookie, csrf_token=proof))

    async def _beyond_most(self, account_id: str) -> tuple[StaffSession, ...]:
        if await self._documents.count(StaffSession, "live", account_id) < MOST_SESSIONS:
            return ()
        return (await self.live(account_id))[MOST_SESSIONS - 1 :]

    async def _own(self, staff: Staff, session_id: str) -> StaffSession:
        session = await self._documents.get(StaffSession, session_id)
        if session is None or session.live_account != staff.id:
            raise StaffSessionNotFound
        return session

    async def _end(self, staff: Staff, sessions: Sequence[StaffSession], reason: EndReason, action: str) -> None:
        ended = _ids(sessions)
        event = Event(action, Actor.of(staff), ended[0] if len(ended) == 1 else "", {"sessions": str(len(ended))})
        await self._log.written(event, *self.ending(sessions, reason))
        await self._revocations.announce(*ended)

    async def _seen(self, session: StaffSession, now: datetime) -> None:
        try:
            await self._documents.write(
                Patch(StaffSession, session.id, set={"seen_at": now}, guard=stored("ended_at").equals(None))
            )
        except GuardFailed:
            raise StaffSessionOver from None

    def _cookie_digest(self, session_id: str, secret: str) -> str:
        return self._vault.keyed_digest("staff cookie", session_id, secret).hex()


def _ids(sessions: Iterable[StaffSession]) -> tuple[str, ...]:
    return tuple(session.id for session in sessions)
