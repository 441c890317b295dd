"""Sign-in for department sites, as a visitor's browser sees it: plain pages that work without a script, too."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field
from tornado.template import Loader

from core.clock import instant_text
from core.errors import CityError
from core.qr_code import qr_svg
from core.text import Text, text
from handlers.http.contract import Content, endpoint
from handlers.http.errors import RouteNotFound
from handlers.http.fields import Request, View
from handlers.http.policy import anyone
from handlers.http.problems import status_of
from handlers.oidc_protocol import OidcHandler
from handlers.oidc_scans import DepartmentNames
from identity_center.oidc.addresses import OidcAddresses
from identity_center.oidc.authorization import Authorization
from identity_center.oidc.ending import Leaving, SigningOut
from identity_center.oidc.errors import InvalidRequest
from identity_center.oidc.scans import Scans
from identity_center.oidc.scopes import WORDS, personal
from identity_center.oidc.sign_in_request import SignInRequest

_FOLDER = Path(__file__).parent / "pages"
_PAGES = Loader(str(_FOLDER), autoescape="xhtml_escape")
_ASSETS = {"oidc.css": "text/css; charset=utf-8", "oidc.js": "text/javascript; charset=utf-8"}
LEVEL_WORDS = {
    0: text("微信登录", "signed in with WeChat"),
    1: text("手机号已验证", "phone confirmed"),
    2: text("实名认证", "real name confirmed"),
    3: text("人脸核验", "face verified"),
}


class StepQuery(Request):
    step: Annotated[int, Field(ge=0)] | None = None
    """Which half minute's; of no meaning to the server, it only keeps a browser from showing an old picture."""


class Lenient(Request):
    """Parameters of OAuth, read by `parameters`: unknown ones mean nothing there (RFC 6749, 3.1)."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ProgressView(View):
    stage: str
    """waiting, scanned, approved, refused, or over."""
    number: str | None
    """What the citizen has to choose, once the code was scanned."""
    open: str | None
    """What opens the mini-program, from a phone's browser."""


class PageHandler(OidcHandler):
    """A page of the provider. An error is a page as well, for whoever asks for pages."""

    def initialize(
        self, authorization: Authorization, scans: Scans, addresses: OidcAddresses, names: DepartmentNames
    ) -> None:
        self.authorization = authorization
        self.scans = scans
        self.addresses = addresses
        self.names = names

    @property
    def secure(self) -> bool:
        return self.addresses.issuer.startswith("https://")

    def cookie(self, kind: str) -> str:
        return self.get_cookie(self._cookie_name(kind), "") or ""

    def keep(self, kind: str, value: str) -> None:
        """Until the browser is closed. Bound to this host and path where the address is https."""
        name = self._cookie_name(kind)
        self.set_cookie(name, value, path="/", httponly=True, secure=self.secure, samesite="Lax")

    def _cookie_name(self, kind: str) -> str:
        return f"__Host-cst_{kind}" if self.secure else f"cst_{kind}"

    def page(self, name: str, form_action: str = "'self'", **values: object) -> Content:
        body = _PAGES.load(name).generate(**values)
        return Content(body, "text/html; charset=utf-8", headers=_headers(form_action))

    def go(self, address: str) -> Content:
        self.set_status(303)
        return Content(b"", "text/plain", headers={"Location": address, **_headers("'none'")})

    def refuse(self, error: CityError) -> None:
        if "text/html" not in self.request.headers.get("Accept", ""):
            super().refuse(error)
            return
        self.set_status(status_of(error))
        if error.retry_after_seconds:
            self.set_header("Retry-After", str(error.retry_after_seconds))
        detail = error.detail if isinstance(error, InvalidRequest) else None
        shown = self.page("oidc_message.html", title=error.title, detail=detail, request_id=self.request_id, to=None)
        for header, value in shown.headers.items():
            self.set_header(header, value)
        self._send(shown.body, shown.media_type)


class Authorize(PageHandler):
    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def get(self, query: Lenient) -> Content:  # noqa: ARG002  # read by `parameters`
        """Where a site sends its visitor's browser (RFC 6749, OpenID Connect Core)."""
        return await self._open()

    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def post(self) -> Content:
        """The same, posted as a form."""
        return await self._open()

    async def _open(self) -> Content:
        opened = await self.authorization.open(self.parameters(), self.cookie("browser"), self.cookie("session"))
        self.keep("browser", opened.browser)
        # The page has an address of its own, for a pushed request opens once, and a page may be loaded again.
        return self.go(opened.to or f"/oidc/sign_ins/{opened.request_id}")


class SignInPage(PageHandler):
    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def get(self, request_id: str) -> Content:
        """The page on which a sign-in waits for its citizen."""
        request, client = await self.authorization.page(request_id, self.cookie("browser"))
        stage = self.stage(request)
        back = urlsplit(request.redirect_uri)
        return self.page(
            "oidc_sign_in.html",
            form_action=f"'self' {back.scheme}://{back.netloc}",
            id=request.id,
            stage=stage,
            site=client.name,
            department=self.department(client.department),
            purpose=client.purpose,
            asked=[WORDS[scope] for scope in request.scopes],
            personal=bool(personal(request.scopes)),
            level=LEVEL_WORDS[request.level] if request.level else None,
            number=request.digits if stage == "scanned" else None,
            open=self.opening(request) if stage == "waiting" else None,
            phone=self.is_phone,
            ends=instant_text(request.expires_at),
        )

    def department(self, department_id: str) -> Text | None:
        """None where the city knows its id alone, which says nothing to a visitor."""
        name = self.names.department_name(department_id)
        return None if name.zh == department_id else name

    @property
    def is_phone(self) -> bool:
        """A browser that says it is a phone's is offered a link; the code is there as well, should it be wrong."""
        hint = self.request.headers.get("Sec-CH-UA-Mobile")
        return hint == "?1" if hint else "Mobile" in self.request.headers.get("User-Agent", "")

    def opening(self, request: SignInRequest) -> str:
        return self.addresses.opening(self.scans.text(request))

    def stage(self, request: SignInRequest) -> str:
        if request.stage == "refused":
            return "refused"
        if not request.is_live(self.machinery.clock.now()) or request.stage in ("answered", "exchanged", "pushed"):
            return "over"
        return request.stage


class SignInProgress(SignInPage):
    @endpoint(who=anyone(), rate="none")
    async def get(self, request_id: str) -> ProgressView:
        """How far it is, for the page of the browser that began it, and nobody else."""
        request, _ = await self.authorization.page(request_id, self.cookie("browser"))
        stage = self.stage(request)
        number = request.digits if stage == "scanned" else None
        return ProgressView(stage=stage, number=number, open=self.opening(request) if stage == "waiting" else None)


class SignInCode(SignInPage):
    @endpoint(who=anyone(), rate="none", media_type="image/svg+xml")
    async def get(self, request_id: str, query: StepQuery) -> Content:  # noqa: ARG002  # see StepQuery
        """The code to scan in this half minute, as a picture."""
        request, _ = await self.authorization.page(request_id, self.cookie("browser"))
        picture = qr_svg(self.addresses.scan(self.scans.text(request)))
        return Content(picture.encode(), "image/svg+xml", headers=_headers("'none'"))


class SignInContinuation(PageHandler):
    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def get(self, request_id: str) -> Content:
        """Approved: the browser goes back to its site with a code, and is signed in here for a while."""
        answered = await self.authorization.finish(request_id, self.cookie("browser"))
        self.keep("session", answered.cookie)
        return self.go(answered.to)


class SignInCancellation(PageHandler):
    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def post(self, request_id: str) -> Content:
        """The visitor leaves, or was refused: back to the site, which is told so."""
        return self.go(await self.authorization.leave(request_id, self.cookie("browser")))


class SignOut(PageHandler):
    def initialize(self, signing_out: SigningOut, addresses: OidcAddresses) -> None:  # type: ignore[override]
        self.signing_out = signing_out
        self.addresses = addresses

    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def get(self, query: Lenient) -> Content:  # noqa: ARG002  # read by `parameters`
        """A site's visitor signs out (RP-Initiated Logout). Without the site's proof of whose sign-in it is, the
        visitor is asked."""
        given = self.parameters()
        return self._told(await self.signing_out.asked(given, self.cookie("session")), given)

    @endpoint(who=anyone(), rate="sign_in", media_type="text/html")
    async def post(self) -> Content:
        """The same, posted by the site; or the visitor's own answer to the question."""
        given = self.parameters()
        if given.get("answer") != "yes":
            return self._told(await self.signing_out.asked(given, self.cookie("session")), given)
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise InvalidRequest("the question is answered on its own page")
        everywhere = given.get("everywhere") == "yes"
        return self._told(await self.signing_out.confirmed(given, self.cookie("session"), everywhere=everywhere), given)

    def _told(self, leaving: Leaving, given: Mapping[str, str]) -> Content:
        if not leaving.done:
            back = urlsplit(leaving.to) if leaving.to else None
            action = f"'self' {back.scheme}://{back.netloc}" if back else "'self'"
            kept = {name: given[name] for name in ("post_logout_redirect_uri", "state") if name in given}
            if leaving.client:
                kept["client_id"] = leaving.client.id
            site = leaving.client.name if leaving.client else None
            return self.page("oidc_logout.html", form_action=action, kept=kept, site=site)
        self.clear_cookie(self._cookie_name("session"), path="/", secure=self.secure, httponly=True, samesite="Lax")
        if leaving.to:
            return self.go(leaving.to)
        return self.page("oidc_message.html", title=_SIGNED_OUT, detail=None, request_id=None, to=None)


_SIGNED_OUT = text("您已退出登录", "You are signed out")


class SiteAsset(OidcHandler):
    @endpoint(who=anyone(), media_type="text/css")
    async def get(self, asset: str) -> Content:
        """A style sheet or script of these pages."""
        if asset not in _ASSETS:
            raise RouteNotFound
        return Content((_FOLDER / asset).read_bytes(), _ASSETS[asset], headers={"Cache-Control": "public, max-age=300"})


def _headers(form_action: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
