"""The page /staff: what staff do in a browser. Plain files beside this package; nothing comes from elsewhere."""

from functools import cache
from pathlib import Path

from handlers.http.contract import Content, endpoint
from handlers.http.errors import RouteNotFound
from handlers.http.handler import Handler
from handlers.http.policy import anyone

_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "staff"
_TYPES = {
    "staff.css": "text/css; charset=utf-8",
    "staff.js": "text/javascript; charset=utf-8",
    "api.js": "text/javascript; charset=utf-8",
    "dom.js": "text/javascript; charset=utf-8",
    "texts.js": "text/javascript; charset=utf-8",
    "account.js": "text/javascript; charset=utf-8",
    "administration.js": "text/javascript; charset=utf-8",
    "work.js": "text/javascript; charset=utf-8",
}
_PROTECTED = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class StaffPage(Handler):
    @endpoint(who=anyone(), media_type="text/html")
    async def get(self) -> Content:
        """The page of staff, the same for everybody: it asks for the rest by itself."""
        return Content(_file("index.html"), "text/html; charset=utf-8", headers=_PROTECTED)


class StaffPageAsset(Handler):
    @endpoint(who=anyone(), media_type="text/javascript")
    async def get(self, asset: str) -> Content:
        """A file of the page."""
        if asset not in _TYPES:
            raise RouteNotFound
        return Content(_file(asset), _TYPES[asset], headers=_PROTECTED)


@cache
def _file(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
