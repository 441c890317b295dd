"""Staff: accounts of their own, apart from citizens', with a password and one role."""

import re
from datetime import timedelta
from typing import ClassVar, Literal, get_args

from core.caller import Staff
from core.clock import Clock, Instant
from core.conditions import field
from core.documents import Document, Documents, Duplicate, GuardFailed, Index, Insert, Patch
from core.ids import new_id
from identity_center.errors import InvalidStaffAccount, StaffNameTaken, StaffNotFound, StaffRefused
from identity_center.passwords import Passwords
from identity_center.revocations import Revocations
from identity_center.settings import StaffSettings
from identity_center.throttle import Throttle
from identity_center.tokens import AccessToken, AccessTokens

Role = Literal["operator", "gate", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 12, 128


class StaffAccount(Document):
    """`name_key` is the name in small letters: `Li.Na` and `li.na` are one."""

    collection: ClassVar[str] = "staff"
    indexes: ClassVar[tuple[Index, ...]] = (Index("name", ("name_key",), unique=True),)

    name: str
    name_key: str
    role: Role
    password_hash: str
    created_at: Instant
    disabled_at: Instant | None = None


class StaffService:
    """Adding, disabling, signing in. There is no refresh token: who works longer than a token lives signs in again."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        tokens: AccessTokens,
        revocations: Revocations,
        settings: StaffSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._tokens = tokens
        self._revocations = revocations
        self._passwords = Passwords()
        self._throttle = Throttle(
            documents,
            clock,
            free_attempts=settings.free_attempts,
            first_wait=timedelta(seconds=settings.first_wait_seconds),
            longest_wait=timedelta(seconds=settings.longest_wait_seconds),
            forget_after=timedelta(hours=settings.forget_hours),
        )

    async def add(self, name: str, role: Role, password: str) -> Staff:
        """Raises `InvalidStaffAccount`, `StaffNameTaken`."""
        if not _NAME.fullmatch(name):
            raise InvalidStaffAccount("name")
        if role not in ROLES:
            raise InvalidStaffAccount("role")
        if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
            raise InvalidStaffAccount("password")
        account = StaffAccount(
            id=new_id(self._clock),
            name=name,
            name_key=name.lower(),
            role=role,
            password_hash=await self._passwords.hashed(password),
            created_at=self._clock.now(),
        )
        try:
            await self._documents.write(Insert(account))
        except Duplicate as error:
            raise StaffNameTaken from error
        return Staff(account.id, account.name, account.role)

    async def sign_in(self, name: str, password: str, source: str) -> AccessToken:
        """`source` is the caller's network address. Raises `StaffRefused`, `StaffLocked`.

        Names that nobody has are answered, counted and timed like others.
        """
        attempts = await self._throttle.take("staff", name.lower(), source)
        account = await self._by_name(name)
        usable = account if account is not None and account.disabled_at is None else None
        matches = await self._passwords.matches(password, usable.password_hash if usable else None)
        if usable is None or not matches:
            raise StaffRefused
        await self._throttle.forget(attempts)
        return self._tokens.for_staff(Staff(usable.id, usable.name, usable.role), new_id(self._clock))

    async def sign_out(self, access_token: str) -> None:
        """Ends what this token began, at once. Raises `TokenInvalid`, `TokenExpired`."""
        session_id = self._tokens.session_of(access_token)
        await self._documents.write(self._revocations.record(session_id))
        await self._revocations.announce(session_id)

    async def disable(self, name: str) -> None:
        """The account signs in no more, and its tokens are worth nothing. Raises `StaffNotFound`."""
        account = await self._by_name(name)
        if account is None:
            raise StaffNotFound
        end = Patch(
            StaffAccount, account.id, set={"disabled_at": self._clock.now()}, guard=field("disabled_at").equals(None)
        )
        try:
            await self._documents.write(end, self._revocations.record(account.id))
        except GuardFailed:
            return
        await self._revocations.announce(account.id)

    async def accounts(self) -> tuple[StaffAccount, ...]:
        """By name. A city has fewer than a thousand."""
        return (await self._documents.find(StaffAccount, "name", limit=1000)).items

    async def _by_name(self, name: str) -> StaffAccount | None:
        page = await self._documents.find(StaffAccount, "name", name.lower(), limit=1)
        return page.items[0] if page.items else None
