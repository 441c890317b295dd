"""The Tornado application: finds the handler of a request, bounds its body, notes how it ended."""

import asyncio
import re
from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tornado import httputil
from tornado.web import Application, RequestHandler

from core.errors import CityError
from handlers.http.addresses import origin
from handlers.http.contract import BODY_LIMIT, Endpoint, declared_endpoint
from handlers.http.errors import RouteNotFound
from handlers.http.handler import Handler, Machinery, bearer_token

METHODS = ("get", "post", "put", "patch", "delete")
DRAINED = 4 * 1024 * 1024
"""How much of a refused body is read and thrown away, so that the client, still sending, gets to read the answer."""
_LENGTH = re.compile(r"[0-9]{1,18}")
"""Of a body. What Content-Length says beyond that is refused by Tornado."""


class UnprotectedRoute(Exception):
    """A route has a method without a declaration of who may call it. The server does not start."""


@dataclass(frozen=True)
class Route:
    """An address (`/api/v1/cards/{card_id}`), the handler that answers there, and the services it is built with."""

    path: str
    handler: type[Handler]
    services: Mapping[str, object] = field(default_factory=dict)

    def endpoints(self) -> Iterator[tuple[str, Endpoint]]:
        """Each method with its declaration. Raises `UnprotectedRoute`."""
        for method in METHODS:
            implementation = getattr(self.handler, method)
            declared = declared_endpoint(implementation)
            if declared is not None:
                yield method, declared
            elif implementation is not getattr(RequestHandler, method):
                raise UnprotectedRoute(f"{self.path}: {self.handler.__name__}.{method} does not say who may call it")


class CityApplication(Application):
    """Routes by dictionary instead of by a list of patterns, and keeps no more of a body than its endpoint takes."""

    def __init__(self, routes: Sequence[Route], machinery: Machinery, proxies: Collection[str] = ()) -> None:
        """`proxies` are the addresses of load balancers whose X-Forwarded-For is believed."""
        super().__init__([], compress_response=False)
        self.machinery = machinery
        self._proxies = frozenset(proxies)
        self.routes = tuple(routes)
        self._tree = _tree(self.routes)
        self._in_flight = 0
        self._idle: asyncio.Event | None = None
        machinery.metrics.watch(
            "cst_http_requests_in_flight", "Requests being answered now", lambda: self._in_flight, "livesum"
        )

    def begun(self) -> None:
        """A request is being answered."""
        self._in_flight += 1

    def ended(self) -> None:
        """It is answered, whatever came of it."""
        self._in_flight -= 1
        if self._idle is not None and not self._in_flight:
            self._idle.set()

    async def drained(self, seconds: float) -> None:
        """Returns when nothing is being answered any more, or after so many seconds."""
        if not self._in_flight:
            return
        self._idle = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    def find_handler(  # type: ignore[override]  # Tornado names its private delegate; any delegate will do
        self, request: httputil.HTTPServerRequest, **_: Any
    ) -> httputil.HTTPMessageDelegate:
        if self._proxies:
            request.remote_ip = origin(
                request.remote_ip or "", request.headers.get("X-Forwarded-For", ""), self._proxies
            )
        route, path = _match(self._tree, request.path)
        if route is None:
            return self.get_handler_delegate(request, NowhereHandler)
        declared = declared_endpoint(getattr(route.handler, (request.method or "").lower(), None))
        delegate = self.get_handler_delegate(request, route.handler, dict(route.services), None, path)
        request.route = route.path  # type: ignore[attr-defined]
        if "Content-Length" not in request.headers and "Transfer-Encoding" not in request.headers:
            return delegate
        limit = declared.body_limit if declared else BODY_LIMIT
        kept = limit if declared is None or limit <= BODY_LIMIT or self._may_call(declared, request) else BODY_LIMIT
        return BoundedBody(request, delegate, kept, limit + DRAINED)

    def _may_call(self, declared: Endpoint, request: httputil.HTTPServerRequest) -> bool:
        """Whether the headers name somebody who may call the endpoint: memory for large bodies is not for strangers."""
        try:
            token = bearer_token(request.headers)
            caller = self.machinery.authenticator.caller_of(token) if token else None
            declared.who.admit(caller, self.machinery.clock.now())
        except CityError:
            return False
        return True

    def log_request(self, handler: RequestHandler) -> None:
        if isinstance(handler, Handler):
            request = handler.request
            route = getattr(request, "route", "nowhere")
            seconds = request.request_time()
            status = handler.get_status()
            method = request.method if request.method in _KNOWN_METHODS else "OTHER"
            self.machinery.metrics.observe(method, route, status, seconds)
            self.machinery.access_log.write(method, route, status, seconds * 1000, handler.request_id, handler.role)


_KNOWN_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class NowhereHandler(Handler):
    """Answers where there is nothing."""

    def prepare(self) -> None:
        self.refuse(RouteNotFound())


class BoundedBody(httputil.HTTPMessageDelegate):
    """Hands a body on up to `limit`; beyond that the handler is told that it was refused. A refused body is read and
    thrown away, and the answer comes after it, or at once when it is longer than `read_limit`."""

    def __init__(
        self,
        request: httputil.HTTPServerRequest,
        delegate: httputil.HTTPMessageDelegate,
        limit: int,
        read_limit: int,
    ) -> None:
        self._request = request
        self._delegate = delegate
        self._limit = limit
        self._read_limit = read_limit
        self._received = 0
        self._answered = False

    def headers_received(
        self, start_line: httputil.RequestStartLine | httputil.ResponseStartLine, headers: httputil.HTTPHeaders
    ) -> Awaitable[None] | None:
        answered = self._delegate.headers_received(start_line, headers)
        announced = headers.get("Content-Length", "0")
        if _LENGTH.fullmatch(announced) and int(announced) > self._read_limit:
            self._refuse()
            self._answer()
        return answered

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._received += len(chunk)
        if self._received > self._limit:
            self._refuse()
            if self._received > self._read_limit:
                self._answer()
            return None
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._answer()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()

    def _refuse(self) -> None:
        self._request.body_refused = True  # type: ignore[attr-defined]

    def _answer(self) -> None:
        if not self._answered:
            self._answered = True
            self._delegate.finish()


@dataclass
class _Branch:
    """One step of addresses: what stands under a literal segment, under a parameter, and what ends here."""

    literal: dict[str, "_Branch"] = field(default_factory=dict)
    parameter: "_Branch | None" = None
    name: str = ""
    route: Route | None = None


def _tree(routes: Sequence[Route]) -> _Branch:
    root = _Branch()
    for route in routes:
        names = _plant(root, route)
        for method, declared in route.endpoints():
            if set(declared.parameters.path) != set(names):
                raise TypeError(f"{method.upper()} {route.path} does not take the parameters of its path: {names}")
    return root


def _plant(root: _Branch, route: Route) -> list[str]:
    branch, names = root, []
    for segment in route.path.strip("/").split("/"):
        if segment.startswith("{"):
            names.append(segment[1:-1])
            branch.parameter = branch.parameter or _Branch(name=names[-1])
            branch = branch.parameter
            if branch.name != names[-1]:
                raise ValueError(f"{route.path}: this part of the path is called {branch.name} elsewhere")
        else:
            branch = branch.literal.setdefault(segment, _Branch())
    if branch.route is not None:
        raise ValueError(f"{route.path} is routed twice")
    branch.route = route
    return names


def _match(root: _Branch, path: str) -> tuple[Route | None, dict[str, bytes]]:
    branch, given = root, {}
    for segment in path[1:].split("/"):
        step = branch.literal.get(segment)
        if step is None:
            step = branch.parameter
            if step is None or not segment:
                return None, {}
            try:
                given[step.name] = unquote(segment, errors="strict").encode()
            except UnicodeDecodeError:
                return None, {}
        branch = step
    return branch.route, given
