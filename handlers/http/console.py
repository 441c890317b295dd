"""Browsers of staff: the cookie that says who it is, and what keeps other sites from using it.

A request that changes something and is known by its cookie has to prove that it comes from the city's own page, twice:
the browser says so (Sec-Fetch-Site, or Origin where that is not sent), and the page repeats a token that other pages
cannot read. Requests with an Authorization header need neither, because no other site can make a browser send one.
"""

import hmac
from dataclasses import dataclass
from typing import Protocol

from tornado.httputil import HTTPServerRequest

from core.caller import Staff
from handlers.http.errors import CrossSiteRefused

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
CSRF_HEADER = "X-CSRF-Token"


class ConsoleSessions(Protocol):
    async def caller_of(self, cookie: str) -> Staff:
        """Raises the identity centre's `StaffSessionOver`."""
        ...

    def csrf_token(self, session_id: str) -> str: ...


@dataclass(frozen=True)
class Console:
    """`public_url` is how browsers reach the city; None: as the request's Host header says.

    The cookie is `HttpOnly`, `SameSite=Strict` (nobody comes to the console from another site in the midst of work: its
    page is the same for everybody and asks for the rest by itself), without a lifetime of its own, so that closing the
    browser is one more way out, and over https `__Host-`: no other host or path can set or receive it.
    """

    sessions: ConsoleSessions
    public_url: str | None

    @property
    def cookie_name(self) -> str:
        return "__Host-cst_staff" if self._secure else "cst_staff"

    def cookie(self, value: str) -> str:
        """The Set-Cookie header; an empty value takes the cookie away."""
        secure = "; Secure" if self._secure else ""
        gone = "" if value else "; Max-Age=0"
        return f"{self.cookie_name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{gone}"

    def given(self, request: HTTPServerRequest) -> str:
        """The cookie of a request, "" when there is none."""
        morsel = request.cookies.get(self.cookie_name)
        return morsel.value if morsel is not None else ""

    async def caller(self, request: HTTPServerRequest, cookie: str) -> Staff:
        """Raises the identity centre's `StaffSessionOver`, and `CrossSiteRefused`."""
        staff = await self.sessions.caller_of(cookie)
        if request.method not in SAFE_METHODS:
            self.refuse_other_sites(request)
            proof = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(proof.encode(), self.sessions.csrf_token(staff.session_id).encode()):
                raise CrossSiteRefused
        return staff

    def refuse_other_sites(self, request: HTTPServerRequest) -> None:
        """Raises `CrossSiteRefused` unless the browser says that a page of the city itself sent this."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None and site != "same-origin":
            raise CrossSiteRefused
        own = self.public_url or f"{request.protocol}://{request.host}"
        if site is None and request.headers.get("Origin") != own:
            raise CrossSiteRefused

    @property
    def _secure(self) -> bool:
        return (self.public_url or "").startswith("https://")
