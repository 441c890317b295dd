"""The social-security department: three insurances, their personal accounts and monthly contributions."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import Field

from sandbox.careers import Career, career_of
from sandbox.months import month_of, month_text
from sandbox.population import draw, is_id_number
from sandbox.web import Answer, Body, Call, JsonObject, Refused

Kind = Literal["pension", "medical", "unemployment"]
KINDS: tuple[Kind, ...] = ("pension", "medical", "unemployment")
FIRST_MONTH = 1996 * 12
"""January 1996: personal accounts are not older than the scheme."""

_PER_MILLE: dict[Kind, tuple[int, int]] = {"pension": (80, 160), "medical": (20, 75), "unemployment": (3, 7)}
"""What the employee and the employer pay, in thousandths of the base."""


class AccountsRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)


class ContributionsRequest(Body):
    id_number: str = Field(min_length=1, max_length=30)
    kind: Kind
    year: int = Field(ge=1950, le=2100)


@dataclass(frozen=True)
class Insurance:
    """What is on record for one person: the months of contribution, from a career cut at the running month."""

    career: Career
    months: range
    begun: bool
    ended: bool

    def personal_fen(self, kind: Kind, month: int) -> int:
        return self.career.base_fen(month) * _PER_MILLE[kind][0] // 1000

    def employer_fen(self, kind: Kind, month: int) -> int:
        return self.career.base_fen(month) * _PER_MILLE[kind][1] // 1000


def insurance_of(id_number: str, today: date) -> Insurance:
    """Raises `Refused` 422 for a number that cannot be one."""
    if not is_id_number(id_number):
        raise Refused(422, "invalid_id_number")
    return _insurance_in(month_of(today), id_number)


@lru_cache(maxsize=2048)
def _insurance_in(running: int, id_number: str) -> Insurance:
    career = career_of(id_number)
    months = range(max(career.start, FIRST_MONTH), min(career.end, running))
    return Insurance(career, months, begun=career.start < running, ended=career.end <= running)


async def accounts(call: Call) -> Answer:
    id_number = call.read(AccountsRequest).id_number
    insurance = insurance_of(id_number, call.now.date())
    return {
        "person_number": f"520100{draw(id_number, 'person_number') % 10**10:010d}",
        "region": "贵州省贵阳市",
        "accounts": [_account(insurance, kind) for kind in KINDS],
    }


def _account(insurance: Insurance, kind: Kind) -> JsonObject:
    recorded = insurance.begun and len(insurance.months) > 0
    has_account = kind != "unemployment"
    balance = _total_personal_fen(insurance, kind) if has_account else 0
    return {
        "kind": kind,
        "status": _status(insurance, kind),
        "months_paid": len(insurance.months),
        "balance": balance / 100,
        "employer": insurance.career.employer if recorded else None,
        "since": month_text(insurance.months.start) if recorded else None,
    }


@lru_cache(maxsize=4096)
def _total_personal_fen(insurance: Insurance, kind: Kind) -> int:
    return sum(insurance.personal_fen(kind, month) for month in insurance.months)


def _status(insurance: Insurance, kind: Kind) -> str:
    if not insurance.begun:
        return "none"
    if not insurance.ended:
        return "active"
    return "suspended" if insurance.career.interrupted or kind == "unemployment" else "drawing"


async def contributions(call: Call) -> Answer:
    request = call.read(ContributionsRequest)
    insurance = insurance_of(request.id_number, call.now.date())
    of_year = range(request.year * 12, request.year * 12 + 12)
    months = [month for month in reversed(of_year) if month in insurance.months]
    return {
        "kind": request.kind,
        "year": request.year,
        "records": [_record(insurance, request, month) for month in months],
        "total_personal": sum(insurance.personal_fen(request.kind, month) for month in months) / 100,
    }


def _record(insurance: Insurance, request: ContributionsRequest, month: int) -> JsonObject:
    late = draw(request.id_number, f"late/{month}") % 40 == 0
    return {
        "month": month_text(month),
        "base": insurance.career.base_fen(month) / 100,
        "personal": insurance.personal_fen(request.kind, month) / 100,
        "employer_amount": insurance.employer_fen(request.kind, month) / 100,
        "status": "back_paid" if late else "paid",
    }
