"""Addresses about the server itself: health, metrics, the API's own description."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from core.clock import Clock
from core.errors import CityError
from handlers.http.contract import Content, endpoint
from handlers.http.errors import NotReady, RouteNotFound
from handlers.http.fields import View
from handlers.http.handler import Handler
from handlers.http.policy import anyone
from handlers.http.problems import STATUS, explanation, known_errors

Check = Callable[[], Awaitable[str | None]]
"""Returns when all is well, with a word on what is not as it should be although the city serves; raises otherwise."""
CHECK_SECONDS = 2.0
FRESH_SECONDS = 1.0


class HealthView(View):
    status: str


class ReadyView(View):
    status: str
    checks: dict[str, str]


class Healthz(Handler):
    @endpoint(who=anyone(), rate="none")
    async def get(self) -> HealthView:
        """The process is alive."""
        return HealthView(status="alive")


@dataclass(frozen=True)
class _Answer:
    said: str
    serves: bool


class Readiness:
    """Whether the server can serve: every check passes, and it is not stopping. Checks cost a write to the disk, so
    whoever asks within a second of another is told what that one was."""

    def __init__(self, clock: Clock, checks: Mapping[str, Check]) -> None:
        self._now = clock.monotonic
        self._checks = checks
        self._checking: asyncio.Task[dict[str, _Answer]] | None = None
        self._fresh_until = 0.0
        self.stopping = False

    async def examine(self) -> dict[str, str]:
        """Each check's answer, by name. Raises `NotReady` when any fails."""
        if self._checking is None or (self._checking.done() and self._now() >= self._fresh_until):
            self._checking = asyncio.create_task(self._checked())
        answers = await self._checking
        found = {name: answer.said for name, answer in answers.items()}
        if self.stopping:
            found["server"] = "stopping"
        if self.stopping or not all(answer.serves for answer in answers.values()):
            raise NotReady(retry_after_seconds=2, checks=found)
        return found

    async def _checked(self) -> dict[str, _Answer]:
        answers = await asyncio.gather(*(self._answer(check) for check in self._checks.values()))
        self._fresh_until = self._now() + FRESH_SECONDS
        return dict(zip(self._checks, answers, strict=True))

    async def _answer(self, check: Check) -> _Answer:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return _Answer(await check() or "ok", serves=True)
        except TimeoutError:
            return _Answer("no answer", serves=False)
        except CityError as error:
            return _Answer(error.code, serves=False)


class Readyz(Handler):
    def initialize(self, readiness: Readiness) -> None:
        self.readiness = readiness

    @endpoint(who=anyone(), rate="none")
    async def get(self) -> ReadyView:
        """The server can serve requests now."""
        return ReadyView(status="ready", checks=await self.readiness.examine())


class MetricsPage(Handler):
    @endpoint(who=anyone(), rate="none", media_type="text/plain")
    async def get(self) -> Content:
        """Figures for Prometheus. Keep this address inside the city's own network."""
        return Content(self.machinery.metrics.exposition(), "text/plain; version=0.0.4; charset=utf-8")


class OpenApiDocument(Handler):
    def initialize(self, document: bytes) -> None:
        self.document = document

    @endpoint(who=anyone(), rate="read")
    async def get(self) -> Content:
        """This API's description in OpenAPI 3.1."""
        return Content(self.document)


class ProblemView(View):
    code: str
    status: int
    title_zh: str
    title_en: str
    explanation: str


class ProblemPage(Handler):
    @endpoint(who=anyone())
    async def get(self, code: str) -> ProblemView:
        """What an error code means and what to do about it."""
        kind = known_errors().get(code)
        if kind is None:
            raise RouteNotFound
        return ProblemView(
            code=code,
            status=STATUS[code],
            title_zh=kind.title.zh,
            title_en=kind.title.en,
            explanation=explanation(kind),
        )


_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
_START = b"""window.onload = () => SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#api", deepLinking: true});
"""
_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>城市通 API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<body>
<main id="api"><noscript>API 描述：<a href="/api/openapi.json">openapi.json</a></noscript></main>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
""".encode()
_CSP = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
}


class DocsPage(Handler):
    @endpoint(who=anyone(), media_type="text/html")
    async def get(self) -> Content:
        """This API, to read and to try out."""
        return Content(_PAGE, "text/html; charset=utf-8", headers=_CSP)


class DocsAsset(Handler):
    @endpoint(who=anyone(), media_type="text/javascript")
    async def get(self, asset: str) -> Content:
        """A file of the documentation page, from an installed package."""
        cached = {"Cache-Control": "public, max-age=86400"}
        if asset == "start.js":
            return Content(_START, "text/javascript; charset=utf-8", headers=cached)
        if asset not in _ASSETS:
            raise RouteNotFound
        return Content(_asset(asset), _ASSETS[asset], headers=cached)


@cache
def _asset(name: str) -> bytes:
    package = find_spec("drf_spectacular_sidecar")
    if package is None or package.origin is None:
        raise RouteNotFound
    folder = Path(package.origin).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    return (folder / name).read_bytes()
