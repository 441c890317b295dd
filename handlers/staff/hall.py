"""The hall's code: issued by a clerk who sees the person, used by the citizen instead of a face."""

from typing import Annotated, Protocol

from pydantic import StringConstraints

from core.masking import masked_id_number
from core.resident_id import normalised
from core.text import Text
from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen, staff
from handlers.identity import AssuranceView
from identity_center.staff.hall_codes import HallCodes


class DepartmentNames(Protocol):
    def department_name(self, department_id: str) -> Text: ...


class IssueRequest(Request):
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    """From the card of the person in front of the window."""


class IssuedView(View):
    code: str
    """Eight digits to tell the person; they work in that person's session alone, once."""
    id_number: str
    """Masked, to compare with the card once more."""
    expires_at: CityTime


class HallCodeRequest(Request):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class HallProofItem(View):
    department: str
    department_name: Text
    hall: str
    issued_at: CityTime
    used_at: CityTime


class HallProofList(View):
    items: list[HallProofItem]


class _HallCodes(Handler):
    def initialize(self, hall_codes: HallCodes) -> None:
        self.hall_codes = hall_codes


class StaffHallCodes(_HallCodes):
    @endpoint(who=staff("hall_clerk"), rate="write", writes_itself_down=True)
    async def post(self, request: IssueRequest) -> Created[IssuedView]:
        """Issue a code for a person whom the clerk has seen together with their ID card."""
        issued = await self.hall_codes.issue(self.staff, request.id_number)
        shown = masked_id_number(normalised(request.id_number))
        return Created(IssuedView(code=issued.code, id_number=shown, expires_at=issued.expires_at))


class HallCode(_HallCodes):
    def initialize(self, hall_codes: HallCodes, names: DepartmentNames) -> None:  # type: ignore[override]
        super().initialize(hall_codes)
        self.names = names

    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: HallCodeRequest) -> AssuranceView:
        """Level 3 without a face: the code of a hall's clerk, for this session."""
        return AssuranceView.of(await self.hall_codes.use(self.citizen, request.code))

    @endpoint(who=citizen())
    async def get(self) -> HallProofList:
        """When, and in which hall, somebody saw the citizen and their ID card."""
        found = await self.hall_codes.proofs(self.citizen)
        name = self.names.department_name
        return HallProofList(
            items=[HallProofItem(**vars(proof), department_name=name(proof.department)) for proof in found]
        )
