"""The social-security department's view of an enterprise: how many are insured, and what it paid month by month."""

from pydantic import Field

from sandbox.enterprises import is_credit_code
from sandbox.months import month_of, month_text
from sandbox.population import draw
from sandbox.web import Answer, Body, Call, JsonObject, Refused

_SHOWN_MONTHS = 12
_EMPLOYER_PER_MILLE, _EMPLOYEE_PER_MILLE = 242, 103
"""Pension, medical and unemployment insurance together, in thousandths of the base."""


class UnitRequest(Body):
    credit_code: str = Field(min_length=1, max_length=30)


async def unit(call: Call) -> Answer:
    code = call.read(UnitRequest).credit_code
    if not is_credit_code(code):
        raise Refused(422, "invalid_credit_code")
    running = month_of(call.now.date())
    records = [_record(code, month) for month in reversed(range(running - _SHOWN_MONTHS, running))]
    return {
        "unit_number": f"U520100{draw(code, 'unit_number') % 10**8:08d}",
        "region": "贵州省贵阳市",
        "insured": _headcount(code, running - 1),
        "records": records,
    }


def _record(code: str, month: int) -> JsonObject:
    insured, base_yuan = _headcount(code, month), 4500 + draw(code, "base") % 6000
    late = draw(code, f"late/{month}") % 30 == 0
    return {
        "month": month_text(month),
        "insured": insured,
        "employer_amount": insured * base_yuan * _EMPLOYER_PER_MILLE / 1000,
        "personal_amount": insured * base_yuan * _EMPLOYEE_PER_MILLE / 1000,
        "status": "back_paid" if late else "paid",
    }


def _headcount(code: str, month: int) -> int:
    """It changes a little from quarter to quarter."""
    return 3 + draw(code, "headcount") % 120 + draw(code, f"quarter/{month // 3}") % 4
