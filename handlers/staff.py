"""Staff sign-in."""

from typing import Annotated

from pydantic import StringConstraints

from handlers.http.contract import Created, NoContent, endpoint
from handlers.http.fields import Request, View
from handlers.http.handler import Handler
from handlers.http.policy import anyone, staff
from identity_center.staff import StaffService


class StaffSignInRequest(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class StaffTokenView(View):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # RFC 6749's name for the kind of token
    expires_in: int


class StaffSessions(Handler):
    def initialize(self, staff: StaffService) -> None:
        self.staff_accounts = staff

    @endpoint(who=anyone(), rate="sign_in")
    async def post(self, request: StaffSignInRequest) -> Created[StaffTokenView]:
        """Sign in as staff: operator, auditor or gate."""
        token = await self.staff_accounts.sign_in(request.name, request.password, self.source)
        return Created(StaffTokenView(access_token=token.text, expires_in=token.expires_in))


class CurrentStaffSession(Handler):
    def initialize(self, staff: StaffService) -> None:
        self.staff_accounts = staff

    @endpoint(who=staff("operator", "auditor", "gate"), rate="write")
    async def delete(self) -> NoContent:
        """Sign out. The token is refused from this moment on."""
        await self.staff_accounts.sign_out(self.bearer)
        return NoContent()
