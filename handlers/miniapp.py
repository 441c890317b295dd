"""The citizen's mini-program in a browser: the page at `/`, and the files it loads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from handlers.http.contract import Content, endpoint
from handlers.http.errors import RouteNotFound
from handlers.http.handler import Handler
from handlers.http.policy import anyone

PAGE = "index.html"
FILES = "app"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_SANDBOX = b'data-sandbox=""'
"""Where the built page learns of the demo's sandbox, which plays WeChat there."""
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOT_BUILT = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>城市通</title>
<h1>城市通 Chengshitong</h1>
<p>市民端尚未构建。在项目目录运行 <code>./run build</code>，再刷新此页。接口照常：<a href="/api/docs">/api/docs</a></p>
<p lang="en">The citizens' app is not built. Run <code>./run build</code> in the project's folder, then reload this
page. The API works all the same: <a href="/api/docs">/api/docs</a></p>
</html>
""".encode()


@dataclass(frozen=True)
class Asset:
    """A file, as it is and packed with gzip where that was found worth it."""

    body: bytes
    packed: bytes | None
    media_type: str

    def content(self, accepted: str, headers: Mapping[str, str], etag: str | None = None) -> Content:
        """`accepted` is the request's Accept-Encoding."""
        sent = {**headers, "Vary": "Accept-Encoding"}
        if self.packed is None or "gzip" not in accepted:
            return Content(self.body, self.media_type, etag, sent)
        return Content(self.packed, self.media_type, etag, {**sent, "Content-Encoding": "gzip"})


@dataclass
class MiniApp:
    """The built app in `folder`, kept in memory and read again when it was built anew.

    `sandbox_url` is the demo's, which the app may speak to besides the city.
    """

    folder: Path
    sandbox_url: str | None
    _built_at: int = 0
    _page: Content | None = None
    _files: dict[str, Asset] = field(default_factory=dict)

    def page(self) -> Content:
        self._refresh()
        return self._page or Content(_NOT_BUILT, _MEDIA_TYPES[".html"], headers=self._headers())

    def file(self, name: str) -> Asset:
        """Raises `RouteNotFound`."""
        self._refresh()
        if name not in self._files:
            raise RouteNotFound
        return self._files[name]

    def _refresh(self) -> None:
        try:
            built_at = (self.folder / PAGE).stat().st_mtime_ns
            if built_at != self._built_at:
                # What an older page still asks for stays: somebody has it open.
                self._files |= _assets(self.folder / FILES)
                self._page = self._read_page()
                self._built_at = built_at
        except OSError:
            return  # not built, or just being put in its place: what was there is served on

    def _read_page(self) -> Content:
        body = (self.folder / PAGE).read_bytes()
        if self.sandbox_url:
            body = body.replace(_SANDBOX, f'data-sandbox="{self.sandbox_url}"'.encode())
        headers = {**self._headers(), "Cache-Control": "no-cache"}
        return Content(body, _MEDIA_TYPES[".html"], hashlib.sha256(body).hexdigest()[:16], headers)

    def _headers(self) -> dict[str, str]:
        connect = f"'self' {self.sandbox_url}" if self.sandbox_url else "'self'"
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: blob:",
            "media-src": "'self' blob:",
            "connect-src": connect,
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        return {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
        }


def _assets(folder: Path) -> dict[str, Asset]:
    found = {}
    for file in folder.iterdir():
        if file.suffix in _MEDIA_TYPES:
            packed = file.with_name(f"{file.name}.gz")
            found[file.name] = Asset(
                file.read_bytes(), packed.read_bytes() if packed.is_file() else None, _MEDIA_TYPES[file.suffix]
            )
    return found


class AppPage(Handler):
    """Takes any query: links that were shared carry all kinds of marks."""

    def initialize(self, app: MiniApp) -> None:
        self.app = app
        self.request.query = ""

    @endpoint(who=anyone(), rate="none", media_type="text/html")
    async def get(self) -> Content:
        """The citizens' app, or how to build it."""
        return self.app.page()


class AppFile(Handler):
    """Named after its content: it never changes."""

    def initialize(self, app: MiniApp) -> None:
        self.app = app

    @endpoint(who=anyone(), rate="none", media_type="text/javascript")
    async def get(self, file: str) -> Content:
        """A file of the citizens' app."""
        asset = self.app.file(file)
        return asset.content(self.request.headers.get("Accept-Encoding", ""), _FOR_EVER)
