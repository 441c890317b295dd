"""What members of staff do to their own account: password, second factor, recovery codes."""

import hmac
from dataclasses import dataclass, field

from core.caller import Staff
from core.conditions import field as stored
from core.documents import Documents, GuardFailed, Operation, Patch
from identity_center.passwords import Passwords
from identity_center.revocations import Revocations
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD
from identity_center.staff.errors import (
    StaffCodeRefused,
    StaffPasswordRefused,
    StaffPasswordUnfit,
    StaffSessionOver,
)
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.staff.second_factor import Offer, Proof, SecondFactor
from identity_center.staff.session import Grant
from identity_center.staff.sessions import StaffSessions
from identity_center.throttle import Throttle


@dataclass(frozen=True)
class Secured:
    """A second factor is in force: the recovery codes, shown this once, and the session that goes on."""

    recovery_codes: tuple[str, ...] = field(repr=False)
    grant: Grant


@dataclass(frozen=True)
class Me:
    """What members of staff see of themselves."""

    account: StaffAccount
    post: Post
    second_factor_required: bool
    recovery_codes_left: int


class OwnAccount:
    """Whoever found a console unlocked does not know the password: each change asks for it again."""

    def __init__(
        self,
        documents: Documents,
        passwords: Passwords,
        throttle: Throttle,
        second_factor: SecondFactor,
        sessions: StaffSessions,
        revocations: Revocations,
        log: StaffLog,
    ) -> None:
        self._documents = documents
        self._passwords = passwords
        self._throttle = throttle
        self._second_factor = second_factor
        self._sessions = sessions
        self._revocations = revocations
        self._log = log

    async def account(self, staff: Staff) -> StaffAccount:
        """Raises `StaffSessionOver` when it is there no more."""
        account = await self._documents.get(StaffAccount, staff.id)
        if account is None or account.disabled_at is not None:
            raise StaffSessionOver
        return account

    async def me(self, staff: Staff) -> Me:
        """Raises `StaffSessionOver`."""
        account = await self.account(staff)
        post = account.post(staff.post_id)
        if post is None:
            raise StaffSessionOver
        left = await self._second_factor.recovery_codes_left(account.id)
        return Me(account, post, self._second_factor.is_required(post.role), left)

    async def switch(self, staff: Staff, post_id: str) -> Grant:
        """To another of one's posts, in another session. Raises `StaffPostNotFound`, `StaffSessionNotFound`."""
        return await self._sessions.switch(staff, await self.account(staff), post_id)

    async def change_password(self, staff: Staff, current: str, new: str) -> Grant:
        """All other sessions end, and this one goes on as another.

        Raises `StaffPasswordRefused`, `StaffPasswordUnfit`, `StaffLocked`.
        """
        account = await self._knowing(staff, current)
        if not _fits(new, account.name) or hmac.compare_digest(new.encode(), current.encode()):
            raise StaffPasswordUnfit
        changed = {"password_hash": await self._passwords.hashed(new), "password_temporary_until": None}
        same = stored("password_hash").equals(account.password_hash)
        patch = Patch(StaffAccount, account.id, set=changed, guard=same)
        others = [live for live in await self._sessions.live(staff.id) if live.id != staff.session_id]
        ending = self._sessions.ending(others, "password_changed")
        grant = await self._moved(staff, account.model_copy(update=changed), "password.change", patch, *ending)
        await self._revocations.announce(*(other.id for other in others))
        return grant

    async def offer_second_factor(self, staff: Staff, password: str, code: str) -> Offer:
        """`code` is one of the factor there is already. Raises `StaffPasswordRefused`, `StaffLocked`,
        `StaffCodeNeeded`, `StaffCodeRefused`."""
        account = await self._knowing(staff, password)
        await self._use(staff, account, await self._second_factor.proof(account, code), "second_factor.offer")
        return await self._second_factor.offer(account)

    async def confirm_second_factor(self, staff: Staff, code: str) -> Secured:
        """Raises `NothingToConfirm`, `StaffCodeRefused`, `StaffLocked`."""
        account = await self.account(staff)
        confirmed = await self._second_factor.confirmation(account, code)
        secured = account.model_copy(update={"totp_sealed": account.totp_offered_sealed})
        try:
            grant = await self._moved(staff, secured, "second_factor.confirm", *confirmed.operations)
        except GuardFailed as error:
            if error.operation is not confirmed.operations[0]:
                raise
            raise StaffCodeRefused from error
        return Secured(confirmed.recovery_codes, grant)

    async def new_recovery_codes(self, staff: Staff, password: str, code: str) -> tuple[str, ...]:
        """In the place of all earlier ones. Raises as `offer_second_factor`."""
        account = await self._knowing(staff, password)
        proof = await self._second_factor.proof(account, code)
        codes = await self._second_factor.new_recovery_codes(account.id)
        await self._use(staff, account, proof, "second_factor.recovery_codes", *codes.operations)
        return codes.recovery_codes

    async def _knowing(self, staff: Staff, password: str) -> StaffAccount:
        """The account of somebody who knows its password. Raises `StaffPasswordRefused`, `StaffLocked`."""
        account = await self.account(staff)
        attempts = await self._throttle.take("staff password", account.id)
        if not await self._passwords.matches(password, account.password_hash):
            raise StaffPasswordRefused
        await self._throttle.forget(attempts)
        return account

    async def _use(self, staff: Staff, account: StaffAccount, proof: Proof, action: str, *beside: Operation) -> None:
        try:
            await self._log.written(Event(action, Actor.of(staff), account.id), *proof.operations, *beside)
        except GuardFailed as error:
            if error.operation not in proof.operations:
                raise
            raise StaffCodeRefused from error
        await self._second_factor.forget(proof)

    async def _moved(self, staff: Staff, account: StaffAccount, action: str, *beside: Operation) -> Grant:
        post = account.post(staff.post_id)
        if post is None:
            raise StaffSessionOver
        return await self._sessions.moved(staff, account, post, Event(action, Actor.of(staff), account.id), *beside)


def _fits(password: str, name: str) -> bool:
    return SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD and name.lower() not in password.lower()
