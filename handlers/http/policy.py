"""Who may call an endpoint. Each endpoint names one policy; a route without one stops the server from starting."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from core.caller import Citizen, Staff
from handlers.http.errors import Forbidden, SignInNeeded

StaffRole = Literal["operator", "auditor", "gate"]


class Authenticator(Protocol):
    """Turns a bearer token into its caller. Raises the identity centre's token errors."""

    def caller_of(self, token: str) -> Citizen | Staff: ...


@dataclass(frozen=True)
class Anyone:
    """Needs no sign-in."""

    def admit(self, caller: Citizen | Staff | None, now: datetime) -> None:
        pass

    def __str__(self) -> str:
        return "anyone"


@dataclass(frozen=True)
class OfCitizens:
    """A signed-in citizen of at least this assurance level, proved no longer ago than `max_age_seconds`."""

    assurance: int
    max_age_seconds: int | None

    def admit(self, caller: Citizen | Staff | None, now: datetime) -> None:
        if caller is None:
            raise SignInNeeded
        if not isinstance(caller, Citizen):
            raise Forbidden
        caller.require(self.assurance, self.max_age_seconds, now)

    def __str__(self) -> str:
        age = f", proved within {self.max_age_seconds} s" if self.max_age_seconds else ""
        return f"citizen of assurance {self.assurance}{age}"


@dataclass(frozen=True)
class OfStaff:
    """Signed-in staff in one of these roles."""

    roles: Collection[StaffRole]

    def admit(self, caller: Citizen | Staff | None, _now: datetime) -> None:
        if caller is None:
            raise SignInNeeded
        if not isinstance(caller, Staff) or caller.role not in self.roles:
            raise Forbidden

    def __str__(self) -> str:
        return "staff: " + ", ".join(self.roles)


Policy = Anyone | OfCitizens | OfStaff


def anyone() -> Anyone:
    return Anyone()


def citizen(*, assurance: int = 0, max_age_seconds: int | None = None) -> OfCitizens:
    return OfCitizens(assurance, max_age_seconds)


def staff(*roles: StaffRole) -> OfStaff:
    return OfStaff(roles)
