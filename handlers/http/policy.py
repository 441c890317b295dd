"""Who may call an endpoint. Each endpoint names one policy; a route without one stops the server from starting."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from core.caller import Caller, Capacity, Citizen, DepartmentSystem, Staff
from handlers.http.errors import ActingNotAllowed, Forbidden, ScopeNeeded, SetupNeeded, SignInNeeded
from identity_center.staff.roles import ROLES, ApiScope, Role

GUARDIANS: Final[tuple[Capacity, ...]] = ("guardian",)
FOR_PERSONS: Final[tuple[Capacity, ...]] = ("guardian", "helper")
FOR_ENTERPRISES: Final[tuple[Capacity, ...]] = ("legal_representative", "agent")
FOR_OTHERS: Final[tuple[Capacity, ...]] = (*FOR_PERSONS, *FOR_ENTERPRISES)
"""In which capacities an endpoint can be called for somebody else; none when it does not say so."""


class Authenticator(Protocol):
    """Turns a bearer token into its caller. Raises the identity centre's token errors."""

    def caller_of(self, token: str) -> Citizen | Staff: ...


class KeyHolders(Protocol):
    """Turns an API key into the department's system that holds it."""

    async def caller_of(self, text: str) -> DepartmentSystem:
        """Raises the identity centre's `ApiKeyInvalid`."""
        ...


@dataclass(frozen=True)
class Anyone:
    """Needs no sign-in."""

    def admit(self, caller: Caller | None, now: datetime) -> None:
        pass

    def __str__(self) -> str:
        return "anyone"


@dataclass(frozen=True)
class OfCitizens:
    """A signed-in citizen of at least this assurance level, proved no longer ago than `max_age_seconds`: as themself,
    or `acting` in one of these capacities."""

    assurance: int
    max_age_seconds: int | None
    acting: Collection[Capacity] = ()

    def admit(self, caller: Caller | None, now: datetime) -> None:
        if caller is None:
            raise SignInNeeded
        if not isinstance(caller, Citizen):
            raise Forbidden
        if caller.acting is not None and caller.acting.kind not in self.acting:
            raise ActingNotAllowed
        caller.require(self.assurance, self.max_age_seconds, now)

    def __str__(self) -> str:
        age = f", proved within {self.max_age_seconds} s" if self.max_age_seconds else ""
        acting = f", or acting as {', '.join(self.acting)}" if self.acting else ""
        return f"citizen of assurance {self.assurance}{age}{acting}"


@dataclass(frozen=True)
class OfStaff:
    """Signed-in staff at a post in one of these roles. `unfinished`: also those who have not set up their account."""

    roles: Collection[Role]
    unfinished: bool = False

    def admit(self, caller: Caller | None, _now: datetime) -> None:
        if caller is None:
            raise SignInNeeded
        if not isinstance(caller, Staff) or caller.role not in self.roles:
            raise Forbidden
        if caller.unfinished and not self.unfinished:
            raise SetupNeeded(caller.unfinished)

    def __str__(self) -> str:
        return "staff: " + ", ".join(self.roles)


@dataclass(frozen=True)
class OfDepartments:
    """A department's system with an API key of this scope, or the department's own staff."""

    scope: ApiScope

    def admit(self, caller: Caller | None, now: datetime) -> None:
        if not isinstance(caller, DepartmentSystem):
            staff("department").admit(caller, now)
        elif self.scope not in caller.scopes:
            raise ScopeNeeded(self.scope)

    def __str__(self) -> str:
        return f"department: API key with {self.scope}, or its staff"


Policy = Anyone | OfCitizens | OfStaff | OfDepartments


def anyone() -> Anyone:
    return Anyone()


def citizen(*, assurance: int = 0, max_age_seconds: int | None = None, acting: Collection[Capacity] = ()) -> OfCitizens:
    """Nobody acts for somebody else here unless `acting` says in which capacities."""
    return OfCitizens(assurance, max_age_seconds, acting)


def staff(*roles: Role, unfinished: bool = False) -> OfStaff:
    return OfStaff(roles, unfinished)


def all_staff(*, unfinished: bool = False) -> OfStaff:
    return OfStaff(ROLES, unfinished)


def department(*, scope: ApiScope) -> OfDepartments:
    return OfDepartments(scope)
