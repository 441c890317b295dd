"""What a change does: the operations, and what ends with it."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import Clock
from core.conditions import field as stored
from core.documents import Documents, Insert, Operation, Patch
from identity_center.errors import StaffNotFound
from identity_center.passwords import Passwords
from identity_center.revocations import Revocations
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.accounts import check_name, check_password, named, new_account, new_post
from identity_center.staff.api_keys import ApiKeys
from identity_center.staff.changes import (
    AccountChange,
    AddAccount,
    AddPost,
    Change,
    Disable,
    EndPost,
    ResetPassword,
    ResetSecondFactor,
    RevokeKey,
)
from identity_center.staff.errors import StaffPostNotFound
from identity_center.staff.second_factor import SecondFactor
from identity_center.staff.session import StaffSession
from identity_center.staff.sessions import StaffSessions
from identity_center.staff.settings import StaffSettings

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Effect:
    """`subject` is the id of the account or key; `ended` are sessions and accounts whose tokens end with it."""

    subject: str
    operations: tuple[Operation, ...]
    ended: tuple[str, ...] = ()
    temporary_password: str | None = field(default=None, repr=False)


class Effects:
    """Says what would happen; others decide whether it does, and write it."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        passwords: Passwords,
        second_factor: SecondFactor,
        sessions: StaffSessions,
        revocations: Revocations,
        api_keys: ApiKeys,
        settings: StaffSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._passwords = passwords
        self._second_factor = second_factor
        self._sessions = sessions
        self._revocations = revocations
        self._api_keys = api_keys
        self._temporary = timedelta(hours=settings.temporary_password_hours)

    async def check(self, change: Change, account: StaffAccount | None) -> None:
        """What can be known beforehand. Raises `InvalidStaffAccount`, `StaffPostNotFound`, `ApiKeyNotFound`."""
        match change:
            case AddAccount():
                check_name(change.name)
                new_post(self._clock, change.role, change.department, change.scope)
            case AddPost():
                new_post(self._clock, change.role, change.department, change.scope)
            case EndPost():
                if account is not None and account.post(change.post_id) is None:
                    raise StaffPostNotFound
            case RevokeKey():
                await self._api_keys.live(change.key_id)
            case ResetPassword() | ResetSecondFactor() | Disable():
                return

    async def of(self, change: Change, password: str | None = None) -> Effect:
        """`password` is the new account's, if it is to last; else one is made that works for a while.

        Raises `InvalidStaffAccount`, `StaffNotFound`, `StaffPostNotFound`, `ApiKeyNotFound`.
        """
        match change:
            case AddAccount():
                return await self._added(change, password)
            case RevokeKey():
                return Effect(change.key_id, (await self._api_keys.revocation(change.key_id),))
            case _:
                return await self._of_account(change, await named(self._documents, change.name))

    async def _of_account(self, change: AccountChange, account: StaffAccount) -> Effect:
        if account.disabled_at is not None:
            raise StaffNotFound
        match change:
            case AddPost():
                post = new_post(self._clock, change.role, change.department, change.scope)
                return Effect(account.id, (self._with_posts(account, (*account.posts, post)),))
            case EndPost():
                return await self._post_ended(account, change.post_id)
            case ResetPassword():
                return await self._password_reset(account)
            case ResetSecondFactor():
                return Effect(account.id, await self._second_factor.removal(account.id))
            case Disable():
                return await self._disabled(account)

    async def _added(self, change: AddAccount, password: str | None) -> Effect:
        check_name(change.name)
        post = new_post(self._clock, change.role, change.department, change.scope)
        if password is not None:
            check_password(password)
        given = password if password is not None else _temporary_password()
        until = None if password is not None else self._clock.now() + self._temporary
        account = new_account(self._clock, change.name, post, await self._passwords.hashed(given), until)
        return Effect(account.id, (Insert(account),), temporary_password=None if password is not None else given)

    async def _post_ended(self, account: StaffAccount, post_id: str) -> Effect:
        if account.post(post_id) is None:
            raise StaffPostNotFound
        left = tuple(post for post in account.posts if post.id != post_id)
        at_it = [live for live in await self._sessions.live(account.id) if live.post_id == post_id]
        return self._ending(account, self._with_posts(account, left), at_it)

    async def _password_reset(self, account: StaffAccount) -> Effect:
        given = _temporary_password()
        reset = {
            "password_hash": await self._passwords.hashed(given),
            "password_temporary_until": self._clock.now() + self._temporary,
        }
        effect = self._ending(
            account, Patch(StaffAccount, account.id, set=reset), await self._sessions.live(account.id)
        )
        return Effect(effect.subject, effect.operations, effect.ended, given)

    async def _disabled(self, account: StaffAccount) -> Effect:
        """The account's own id is revoked as well: tokens of whatever session are worth nothing from then on."""
        end = Patch(StaffAccount, account.id, set={"disabled_at": self._clock.now()})
        effect = self._ending(account, end, await self._sessions.live(account.id))
        revoked = self._revocations.record(account.id)
        return Effect(account.id, (*effect.operations, revoked), (*effect.ended, account.id))

    def _ending(
        self, account: StaffAccount, patch: Patch[StaffAccount], sessions: tuple[StaffSession, ...] | list[StaffSession]
    ) -> Effect:
        ending = self._sessions.ending(sessions, "administration")
        return Effect(account.id, (patch, *ending), tuple(session.id for session in sessions))

    def _with_posts(self, account: StaffAccount, posts: tuple[Post, ...]) -> Patch[StaffAccount]:
        """Guarded: two changes of posts at once do not undo each other."""
        return Patch(StaffAccount, account.id, set={"posts": posts}, guard=stored("version").equals(account.version))


def _temporary_password() -> str:
    """20 letters and digits that can be read out and typed: 98 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
