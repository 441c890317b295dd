"""HTTP for plain functions: an endpoint is an async function of a `Call` that returns an `Answer`."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from types import TracebackType
from typing import TypeVar, cast
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.web import Application, Finish, HTTPError, RequestHandler, stream_request_body

log = logging.getLogger("sandbox")

JsonObject = dict[str, object]
M = TypeVar("M", bound=BaseModel)

_ERRORS = {400: "invalid_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Body(BaseModel):
    """What a request's body must be: nothing missing, nothing more, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Refused(Exception):
    """An answer of another status than 200: `{"error": ..., "detail": ...}`."""

    def __init__(self, status: int, error: str, detail: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body: JsonObject = {"error": error} if detail is None else {"error": error, "detail": detail}
        self.retry_after = retry_after


class Silence(Exception):
    """No answer at all: the connection is closed, as by a host that has just died."""


@dataclass(frozen=True)
class Reply:
    """An answer that is not a JSON object, or not of JSON's usual media type."""

    body: bytes
    content_type: str


Answer = JsonObject | Reply


@dataclass(frozen=True)
class Call:
    """One request. `target` is the path with its query as it was sent, `names` what the path's groups matched."""

    method: str
    target: str
    names: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime

    def read(self, model: type[M]) -> M:
        """The body as `model`. Raises `Refused` 400, naming the field at fault and never its value."""
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])[:80]
            detail = f"{where}: {first['type']}" if where else first["type"]
            raise Refused(400, "invalid_request", detail) from None

    def read_or_default(self, model: type[M]) -> M:
        """As `read`, for bodies that may be left out."""
        return self.read(model) if self.body else model()


Serve = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """One path, its methods, and how many bytes a body may have."""

    path: str
    methods: Mapping[str, Serve]
    body_limit: int = 16 * 1024


@stream_request_body
class Endpoint(RequestHandler):
    """Serves one route. What a body has beyond the route's limit is dropped as it arrives, then answered with 413:
    hanging up on somebody who is still sending would cost them the answer."""

    def initialize(self, route: Route, now: Callable[[], datetime]) -> None:
        self.route = route
        self.now = now
        self.received = bytearray()
        self.too_large = False

    @property
    def _is_asked_by_a_page(self) -> bool:
        """Of this machine: the citizen's app in a browser is at the city's port."""
        return _is_of_this_machine(self.request.headers.get("Origin", ""))

    def set_default_headers(self) -> None:
        self.set_header("Server", "chengshitong-sandbox")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Vary", "Origin")
        if self._is_asked_by_a_page:
            self.set_header("Access-Control-Allow-Origin", self.request.headers["Origin"])

    def prepare(self) -> None:
        if not _is_loopback(self.request.host_name):
            raise HTTPError(403)
        asks_first = self.request.method == "OPTIONS" and self._is_asked_by_a_page
        if self.request.method not in self.route.methods and not asks_first:
            raise HTTPError(405)

    def compute_etag(self) -> None:
        """Nothing here is cached."""

    def data_received(self, chunk: bytes) -> None:
        self.too_large = self.too_large or len(self.received) + len(chunk) > self.route.body_limit
        if not self.too_large:
            self.received += chunk

    async def get(self, *names: str) -> None:
        if self.too_large:
            raise HTTPError(413)
        try:
            answer = await self.route.methods[str(self.request.method)](self._call(names))
        except Refused as refused:
            self.set_status(refused.status)
            if refused.retry_after is not None:
                self.set_header("Retry-After", str(refused.retry_after))
            answer = refused.body
        except Silence:
            cast("HTTP1Connection", self.request.connection).stream.close()
            raise Finish from None
        self._write(answer)

    post = put = delete = get

    async def options(self, *_names: str) -> None:
        """What a browser asks before a page of another address may send JSON."""
        self.set_header("Access-Control-Allow-Methods", ", ".join(self.route.methods))
        self.set_header("Access-Control-Allow-Headers", "Content-Type")
        self.set_status(204)

    def _call(self, names: tuple[str, ...]) -> Call:
        request: HTTPServerRequest = self.request
        query = {name: self.get_query_argument(name, "") for name in request.query_arguments}
        return Call(
            method=str(request.method),
            target=str(request.uri),
            names=names,
            query=query,
            headers=request.headers,
            body=bytes(self.received),
            now=self.now(),
        )

    def _write(self, answer: Answer) -> None:
        reply = answer if isinstance(answer, Reply) else Reply(orjson.dumps(answer), "application/json; charset=utf-8")
        self.set_header("Content-Type", reply.content_type)
        self.write(reply.body)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        del kwargs
        self.finish({"error": _ERRORS.get(status_code, "internal_error" if status_code >= 500 else "invalid_request")})

    def log_exception(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Where a fault of ours is and of what kind; nothing of the request, which may carry somebody's name."""
        if not isinstance(error, HTTPError):
            places = [f"{place.name}:{place.lineno}" for place in traceback.extract_tb(trace)[-3:]]
            log.error("internal error in %s: %s at %s", self.route.path, kind and kind.__name__, " ".join(places))


def _is_loopback(host: str) -> bool:
    """A web page elsewhere whose name was made to point here (DNS rebinding) still names itself in Host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_of_this_machine(origin: str) -> bool:
    try:
        return _is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False


async def _nothing_here(_call: Call) -> Answer:
    raise Refused(404, "not_found")


def application(routes: list[Route], now: Callable[[], datetime]) -> Application:
    """The routes, and 404 for every other path. Requests are not logged."""
    elsewhere = Route(".*", dict.fromkeys(("GET", "POST", "PUT", "DELETE"), _nothing_here))
    return Application(
        [(route.path, Endpoint, {"route": route, "now": now}) for route in [*routes, elsewhere]],
        log_function=lambda _handler: None,
    )
