"""Staff sign in, move between their posts, see and end their sessions."""

from typing import Annotated

from pydantic import StringConstraints

from handlers.http.contract import Created, NoContent, endpoint
from handlers.http.fields import Identifier, Request
from handlers.http.handler import Handler
from handlers.http.policy import all_staff, anyone
from handlers.staff.views import FactorCode, Password, PostView, SessionItem, SessionList, SignedInView
from identity_center.staff.centre import StaffCentre
from identity_center.staff.session import Grant


class StaffSignInRequest(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Password
    code: FactorCode = ""
    post_id: Identifier | None = None
    """Which of one's posts; that of the last time when left out."""
    browser: bool = False
    """A cookie instead of a token, for consoles; only the city's own pages can ask for it."""


class PostRequest(Request):
    post_id: Identifier


class StaffHandler(Handler):
    """What staff's endpoints share: the centre, and the cookie of browsers."""

    def initialize(self, staff: StaffCentre) -> None:
        self.centre = staff

    def granted(self, grant: Grant) -> SignedInView:
        """Sets the cookie of a browser's session."""
        if grant.cookie:
            self.set_header("Set-Cookie", self.machinery.console.cookie(grant.cookie))
        return SignedInView.of(grant)

    def csrf_token(self) -> str | None:
        """For the page of whoever is here by cookie."""
        by_token = "Authorization" in self.request.headers
        return None if by_token else self.centre.sessions.csrf_token(self.staff.session_id)

    def let_go(self) -> None:
        """Takes the cookie of a session that is over out of the browser."""
        if self.machinery.console.given(self.request):
            self.set_header("Set-Cookie", self.machinery.console.cookie(""))


class StaffSessions(StaffHandler):
    @endpoint(who=anyone(), rate="sign_in")
    async def post(self, request: StaffSignInRequest) -> Created[SignedInView]:
        """Sign in as staff.

        An account with a second factor answers `identity.staff_code_needed` until its code is sent along."""
        if request.browser:
            self.machinery.console.refuse_other_sites(self.request)
        grant = await self.centre.sign_in.sign_in(
            request.name,
            request.password,
            self.source,
            code=request.code,
            post_id=request.post_id,
            kind="cookie" if request.browser else "token",
        )
        return Created(self.granted(grant))

    @endpoint(who=all_staff(unfinished=True))
    async def get(self) -> SessionList:
        """One's own live sessions."""
        account = await self.centre.own_account.account(self.staff)
        found = await self.centre.sessions.views(self.staff, account)
        return SessionList(items=[SessionItem(**{**vars(one), "post": PostView.of(one.post)}) for one in found])

    @endpoint(who=all_staff(unfinished=True), rate="write", writes_itself_down=True)
    async def delete(self) -> NoContent:
        """Sign out everywhere."""
        await self.centre.sessions.end_all(self.staff)
        self.let_go()
        return NoContent()


class CurrentStaffSession(StaffHandler):
    @endpoint(who=all_staff(unfinished=True), rate="write", writes_itself_down=True)
    async def delete(self) -> NoContent:
        """Sign out. The token or cookie is refused from this moment on."""
        await self.centre.sessions.sign_out(self.staff)
        self.let_go()
        return NoContent()


class OneStaffSession(StaffHandler):
    @endpoint(who=all_staff(unfinished=True), rate="write", writes_itself_down=True)
    async def delete(self, session_id: str) -> NoContent:
        """End one of one's own sessions."""
        await self.centre.sessions.end(self.staff, session_id)
        return NoContent()


class StaffPost(StaffHandler):
    @endpoint(who=all_staff(), rate="write", writes_itself_down=True)
    async def post(self, request: PostRequest) -> SignedInView:
        """Go on at another of one's posts: a new token or cookie; the old one is refused from this moment on."""
        return self.granted(await self.centre.own_account.switch(self.staff, request.post_id))
