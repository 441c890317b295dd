"""Looking accounts up, and what makes a new one."""

import re
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock
from core.documents import Documents
from core.ids import new_id
from identity_center.errors import InvalidStaffAccount, StaffNotFound
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.roles import CITY, OF_A_DEPARTMENT, ROLES, Role

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID = r"[A-Za-z0-9_.-]{1,64}"
_DEPARTMENT, _SCOPE = re.compile(_ID), re.compile(rf"(hall|card):{_ID}")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128


@dataclass(frozen=True)
class AccountView:
    """An account as operators and auditors see it."""

    id: str
    name: str
    posts: tuple[Post, ...]
    second_factor: bool
    password_temporary: bool
    created_at: datetime
    disabled_at: datetime | None


async def by_name(documents: Documents, name: str) -> StaffAccount | None:
    page = await documents.find(StaffAccount, "name", name.lower(), limit=1)
    return page.items[0] if page.items else None


async def named(documents: Documents, name: str) -> StaffAccount:
    """Raises `StaffNotFound`."""
    account = await by_name(documents, name)
    if account is None:
        raise StaffNotFound
    return account


async def accounts(documents: Documents) -> tuple[AccountView, ...]:
    """By name. A city has fewer than a thousand."""
    found = (await documents.find(StaffAccount, "name", limit=1000)).items
    return tuple(
        AccountView(
            id=account.id,
            name=account.name,
            posts=account.posts,
            second_factor=account.totp_sealed is not None,
            password_temporary=account.password_temporary_until is not None,
            created_at=account.created_at,
            disabled_at=account.disabled_at,
        )
        for account in found
    )


def new_account(
    clock: Clock, name: str, post: Post, password_hash: str, temporary_until: datetime | None
) -> StaffAccount:
    return StaffAccount(
        id=new_id(clock),
        name=name,
        name_key=name.lower(),
        posts=(post,),
        password_hash=password_hash,
        password_temporary_until=temporary_until,
        created_at=clock.now(),
    )


def new_post(clock: Clock, role: Role, department: str, scope: str) -> Post:
    """Raises `InvalidStaffAccount`."""
    if role not in ROLES:
        raise InvalidStaffAccount("role")
    if not department and role in OF_A_DEPARTMENT:
        raise InvalidStaffAccount("department")
    if department and not _DEPARTMENT.fullmatch(department):
        raise InvalidStaffAccount("department")
    if scope and not _SCOPE.fullmatch(scope):
        raise InvalidStaffAccount("scope")
    return Post(id=new_id(clock), role=role, department=department or CITY, scope=scope, since=clock.now())


def check_name(name: str) -> None:
    """Raises `InvalidStaffAccount`."""
    if not _NAME.fullmatch(name):
        raise InvalidStaffAccount("name")


def check_password(password: str) -> None:
    """Raises `InvalidStaffAccount`."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidStaffAccount("password")
