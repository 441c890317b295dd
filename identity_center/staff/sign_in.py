"""Signing in: name and password, then the second factor, then a session at one post."""

from core.clock import Clock
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Documents, GuardFailed, Patch
from identity_center.errors import StaffRefused
from identity_center.passwords import Passwords
from identity_center.revocations import Revocations
from identity_center.staff.account import StaffAccount
from identity_center.staff.accounts import by_name
from identity_center.staff.errors import StaffCodeRefused, StaffPostNotFound
from identity_center.staff.log import UNKNOWN, Actor, Event, StaffLog
from identity_center.staff.second_factor import Proof, SecondFactor
from identity_center.staff.session import Grant, Kind
from identity_center.staff.sessions import Opening, StaffSessions
from identity_center.throttle import Throttle


class StaffSignIn:
    """There is no refresh token: who works longer than a session lives signs in again."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        passwords: Passwords,
        throttle: Throttle,
        second_factor: SecondFactor,
        sessions: StaffSessions,
        revocations: Revocations,
        log: StaffLog,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle
        self._second_factor = second_factor
        self._sessions = sessions
        self._revocations = revocations
        self._log = log

    async def sign_in(
        self, name: str, password: str, source: str, *, code: str = "", post_id: str | None = None, kind: Kind = "token"
    ) -> Grant:
        """At the post named, else at that of the last time. `source` is the caller's network address.

        Names that nobody has are answered, counted, timed and written down like others. Raises `StaffRefused`,
        `StaffLocked`, `StaffCodeNeeded`, `StaffCodeRefused`, `StaffPostNotFound`.
        """
        attempts = await self._throttle.take("staff", name.lower(), source)
        account = await by_name(self._documents, name)
        usable = account if account is not None and self._is_usable(account) else None
        matches = await self._passwords.matches(password, usable.password_hash if usable else None)
        if usable is None or not matches:
            await self._log.written(_refused("session.refused", account))
            raise StaffRefused
        proof = await self._proven(usable, code)
        post = usable.post(post_id) if post_id is not None else usable.first_post()
        if post is None:
            raise StaffPostNotFound
        opening = await self._sessions.opening(usable, post, kind, source)
        await self._open(usable, proof, opening)
        await self._throttle.forget(attempts)
        await self._second_factor.forget(proof)
        return opening.grant

    async def _proven(self, account: StaffAccount, code: str) -> Proof:
        try:
            return await self._second_factor.proof(account, code)
        except StaffCodeRefused:
            await self._log.written(_refused("session.code_refused", account))
            raise

    async def _open(self, account: StaffAccount, proof: Proof, opening: Opening) -> None:
        """All in one write, if the account is still what was looked at: a code that somebody else used at the same
        moment, a password changed meanwhile, an account just disabled refuse it."""
        staff = opening.grant.staff
        same = all_of(
            stored("password_hash").equals(account.password_hash),
            stored("totp_sealed").equals(account.totp_sealed),
            stored("disabled_at").equals(None),
        )
        standing = Patch(StaffAccount, account.id, set={"last_post_id": staff.post_id}, guard=same)
        event = Event("session.sign_in", Actor.of(staff), staff.session_id, {"second_factor": proof.method})
        try:
            await self._log.written(event, standing, *proof.operations, *opening.operations)
        except GuardFailed as error:
            if error.operation is standing:
                raise StaffRefused from error
            if error.operation in proof.operations:
                raise StaffCodeRefused from error
            raise
        await self._revocations.announce(*opening.ended)

    def _is_usable(self, account: StaffAccount) -> bool:
        until = account.password_temporary_until
        return account.disabled_at is None and (until is None or self._clock.now() < until)


def _refused(action: str, account: StaffAccount | None) -> Event:
    """A name that nobody has is not written down: it may be a password, or a citizen's number."""
    return Event(action, UNKNOWN) if account is None else Event(action, UNKNOWN, account.id, {"name": account.name})
