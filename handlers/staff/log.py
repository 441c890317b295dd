"""The auditors' view of what staff did."""

from typing import Annotated

from pydantic import StringConstraints

from handlers.http.contract import endpoint
from handlers.http.fields import CityTime, PageQuery, View
from handlers.http.policy import staff
from handlers.staff.sessions import StaffHandler


class StaffLogQuery(PageQuery):
    account_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    """Of one member of staff only."""


class StaffLogItem(View):
    number: int
    at: CityTime
    action: str
    actor_id: str
    actor: str
    role: str
    department: str
    subject: str
    details: dict[str, str]


class StaffLogPage(View):
    items: list[StaffLogItem]
    after: str | None


class FaultView(View):
    number: int
    fault: str
    """`missing` or `altered`."""


class VerificationView(View):
    holds: bool
    entries: int
    fault: FaultView | None
    verified_at: CityTime


class StaffLogEntries(StaffHandler):
    @endpoint(who=staff("auditor"))
    async def get(self, query: StaffLogQuery) -> StaffLogPage:
        """What staff did, the newest first."""
        page = await self.centre.log.page(actor_id=query.account_id, limit=query.limit, after=query.after)
        items = [
            StaffLogItem(
                number=entry.number,
                at=entry.at,
                action=entry.action,
                actor_id=entry.actor_id,
                actor=entry.actor_name,
                role=entry.role,
                department=entry.department,
                subject=entry.subject,
                details=entry.details,
            )
            for entry in page.items
        ]
        return StaffLogPage(items=items, after=page.after)


class StaffLogVerification(StaffHandler):
    @endpoint(who=staff("auditor"), rate="heavy")
    async def get(self) -> VerificationView:
        """Whether no entry was altered, removed or re-ordered since it was written; and if so, which."""
        found = await self.centre.log.verification()
        fault = FaultView(number=found.fault.number, fault=found.fault.fault) if found.fault else None
        return VerificationView(holds=fault is None, entries=found.entries, fault=fault, verified_at=found.verified_at)
