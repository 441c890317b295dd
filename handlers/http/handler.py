"""The base of all handlers: what happens around every endpoint, in the order in which it happens."""

import asyncio
import hashlib
import itertools
import logging
import re
import secrets
from asyncio import Future
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import BaseModel, ValidationError
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from core.caller import Caller, Citizen, DepartmentSystem, Staff
from core.clock import Clock
from core.errors import CityError
from core.idempotency import RequestKey
from core.text import Language
from handlers.http import errors
from handlers.http.addresses import subscriber
from handlers.http.console import SAFE_METHODS, Console
from handlers.http.contract import Content, Created, Endpoint, NoContent, Stream
from handlers.http.limits import RateLimits
from handlers.http.metrics import Metrics
from handlers.http.policy import Anyone, Authenticator, KeyHolders, OfDepartments, OfStaff
from handlers.http.problems import challenge_of, problem, status_of

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

    from handlers.http.application import CityApplication

log = logging.getLogger("http")

_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_PROCESS, _REQUESTS = secrets.token_hex(8), itertools.count()
"""A request's id: which process, by a random number, and which of its requests."""
_METHODS = ("get", "post", "put", "patch", "delete")
API_KEY = "cstk_"
"""How a department's API key begins, in the same header as a token."""
SEND_SECONDS = 60.0
"""How long a client may take to receive one answer."""
STREAM_SECONDS = 300.0
"""And how long when it is made while it is sent."""


class Visits(Protocol):
    """Where a signed-in citizen's presence is counted (insight). Must not block."""

    def visit(self, citizen_id: str) -> None: ...


class StaffLog(Protocol):
    """Where it is written down what staff did, for the auditor."""

    async def done(self, staff: Staff, action: str, details: Mapping[str, str]) -> None: ...


class AccessLog(Protocol):
    def write(self, method: str, route: str, status: int, milliseconds: float, request_id: str, role: str) -> None: ...


@dataclass(frozen=True)
class Machinery:
    """What the HTTP floor itself uses, whatever the endpoint."""

    clock: Clock
    zone: tzinfo
    authenticator: Authenticator
    limits: RateLimits
    metrics: Metrics
    visits: Visits
    access_log: AccessLog
    console: Console
    api_keys: KeyHolders
    staff_log: StaffLog


class Handler(RequestHandler):
    """A resource. Subclasses take their services in `initialize` and declare their methods with `@endpoint`."""

    request_id: str = ""
    caller: Caller | None = None

    @property
    def machinery(self) -> Machinery:
        return cast("CityApplication", self.application).machinery

    @property
    def language(self) -> Language:
        """English when the client prefers it, else Chinese."""
        accepted = self.request.headers.get("Accept-Language", "")
        return "en" if accepted[:2].lower() == "en" else "zh"

    @property
    def citizen(self) -> Citizen:
        if not isinstance(self.caller, Citizen):
            raise errors.SignInNeeded
        return self.caller

    @property
    def staff(self) -> Staff:
        if not isinstance(self.caller, Staff):
            raise errors.SignInNeeded
        return self.caller

    @property
    def source(self) -> str:
        """Where the request comes from, as limits for the unknown count it."""
        return subscriber(self.request.remote_ip or "unknown")

    @property
    def role(self) -> str:
        match self.caller:
            case None:
                return "anonymous"
            case Staff():
                return self.caller.role
            case DepartmentSystem():
                return "department_system"
            case _:
                return "citizen"

    @property
    def _actor_id(self) -> str:
        """Whoever is at the device: limits are theirs, and not those of whom they act for. "" when unknown."""
        if isinstance(self.caller, Citizen):
            return self.caller.actor_id
        return self.caller.id if self.caller else ""

    def set_default_headers(self) -> None:
        self.request_id = self.request_id or f"{_PROCESS}{next(_REQUESTS):08x}"
        self.set_header("Server", "chengshitong")
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    async def serve(self, declared: Endpoint, path: dict[str, str]) -> None:
        """Admits the caller, counts the request, reads it, calls the endpoint, writes its answer."""
        application = cast("CityApplication", self.application)
        application.begun()
        try:
            await self._admit(declared)
            await self._count(declared)
            arguments = self._arguments(declared, path)
            answer = await declared.call(self, **arguments)
            if isinstance(self.caller, Staff):
                await self._write_down(self.caller, declared, path)
            if isinstance(answer, Stream):
                await self._stream(answer)
            else:
                self._answer(answer)
        except CityError as error:
            self.refuse(error)
        finally:
            if self._sending is not None and not self._sending.done():
                await self._sent_whole(self._sending)
            application.ended()

    async def _sent_whole(self, sending: Future[None]) -> None:
        """Until the answer has left: a stopping server waits for that. A client that does not take it is hung up on."""
        await asyncio.wait({sending}, timeout=SEND_SECONDS)
        if sending.done():
            with suppress(StreamClosedError):
                sending.result()
        else:
            cast("HTTP1Connection", self.request.connection).close()

    async def _admit(self, declared: Endpoint) -> None:
        machinery = self.machinery
        if declared.rate != "none":
            self.caller = await self._caller(declared)
        declared.who.admit(self.caller, machinery.clock.now())
        if isinstance(self.caller, Citizen):
            machinery.visits.visit(self.caller.actor_id)

    async def _caller(self, declared: Endpoint) -> Caller | None:
        """What is open to anybody stays open to whoever carries a token that has run out: renewing it, for one."""
        try:
            bearer = bearer_token(self.request.headers)
            if bearer.startswith(API_KEY):
                return await self.machinery.api_keys.caller_of(bearer)
            if bearer:
                return self.machinery.authenticator.caller_of(bearer)
        except CityError:
            if isinstance(declared.who, Anyone):
                return None
            raise
        return await self._browser(declared)

    async def _browser(self, declared: Endpoint) -> Staff | None:
        """Whose cookie the request carries, where staff may call; elsewhere the cookie means nothing."""
        console = self.machinery.console
        cookie = console.given(self.request) if isinstance(declared.who, OfStaff | OfDepartments) else ""
        return await console.caller(self.request, cookie) if cookie else None

    async def _write_down(self, staff: Staff, declared: Endpoint, path: Mapping[str, str]) -> None:
        """What staff changed, unless the service has written it down with the change itself. The parts of the path are
        names of things that exist: the request went well."""
        if declared.writes_itself_down or self.request.method in SAFE_METHODS:
            return
        route = f"{self.request.method} {getattr(self.request, 'route', 'nowhere')}"
        details = {**path, "request_id": self.request_id}
        await self.machinery.staff_log.done(staff, route, details)

    async def _count(self, declared: Endpoint) -> None:
        who = self._actor_id or self.source
        try:
            await self.machinery.limits.take(declared.rate, who)
        except errors.RateLimited:
            self._refused_class = declared.rate
            raise

    def _arguments(self, declared: Endpoint, path: dict[str, str]) -> dict[str, object]:
        if getattr(self.request, "body_refused", False):
            raise errors.BodyTooLarge(limit_bytes=declared.body_limit)
        arguments: dict[str, object] = dict(path)
        wanted = declared.parameters
        if wanted.request is not None:
            arguments["request"] = self._body(wanted.request)
        if wanted.query is not None:
            arguments["query"] = self._query(wanted.query)
        elif self.request.query:
            raise errors.Invalid([{"pointer": "", "rule": "extra_forbidden", "detail": "takes no query"}])
        if wanted.key:
            arguments["key"] = self._key(declared)
        return arguments

    def _body(self, model: type[BaseModel]) -> BaseModel:
        media_type = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise errors.UnsupportedMediaType
        try:
            return model.model_validate_json(self.request.body, strict=True)
        except ValidationError as error:
            if any(detail["type"] == "json_invalid" for detail in error.errors(include_url=False)):
                raise errors.Malformed from None
            raise errors.Invalid(_listed(error)) from None

    def _query(self, model: type[BaseModel]) -> BaseModel:
        given: dict[str, str] = {}
        for name, values in self.request.query_arguments.items():
            if len(values) != 1:
                raise errors.Invalid([{"pointer": "", "rule": "repeated", "detail": "a query field stands once"}])
            try:
                given[name] = values[0].decode()
            except UnicodeDecodeError:
                raise errors.Malformed from None
        try:
            return model.model_validate_strings(given)
        except ValidationError as error:
            raise errors.Invalid(_listed(error)) from None

    def _key(self, declared: Endpoint) -> RequestKey | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise errors.IdempotencyKeyInvalid
        caller = self._actor_id
        if isinstance(self.caller, Citizen) and self.caller.served_id != caller:
            caller = f"{caller} for {self.caller.served_id}"
        digest = hashlib.sha256(self.request.path.encode() + b"\n" + self.request.body).hexdigest()
        return RequestKey(self.machinery.clock, caller, declared.call.__qualname__, key, digest)

    def _answer(self, answer: object) -> None:
        if isinstance(answer, Created):
            self.set_status(201)
            if answer.location:
                self.set_header("Location", answer.location)
            answer = answer.body
        if isinstance(answer, BaseModel):
            context = {"zone": self.machinery.zone}
            self._send(answer.model_dump_json(context=context).encode(), "application/json")
        elif isinstance(answer, Content):
            self._send_content(answer)
        elif isinstance(answer, NoContent):
            self.set_status(204)
            self.finish()
        else:
            raise TypeError(f"an endpoint answered with {type(answer).__name__}")

    def _send_content(self, answer: Content) -> None:
        for name, value in answer.headers.items():
            self.set_header(name, value)
        if answer.etag is not None:
            self.set_header("ETag", f'"{answer.etag}"')
            if answer.etag in self.request.headers.get("If-None-Match", ""):
                self.set_status(304)
                self.finish()
                return
        self._send(answer.body, answer.media_type)

    def _send(self, body: bytes, media_type: str) -> None:
        self.set_header("Content-Type", media_type)
        self._sending = self.finish(body)

    async def _stream(self, answer: Stream) -> None:
        """Piece by piece, each when the client has taken the one before. The first is made before anything is sent, so
        that what fails at the start is a problem like any other."""
        first = await anext(answer.pieces, b"")
        self.set_header("Content-Type", answer.media_type)
        for name, value in answer.headers.items():
            self.set_header(name, value)
        try:
            async with asyncio.timeout(STREAM_SECONDS):
                self.write(first)
                await self.flush()
                async for piece in answer.pieces:
                    self.write(piece)
                    await self.flush()
        except StreamClosedError:
            return  # the client has gone
        except Exception:
            log.exception("an answer was cut short", extra={"request_id": self.request_id})
            cast("HTTP1Connection", self.request.connection).close()
            return
        self._sending = self.finish()

    def compute_etag(self) -> None:
        """No hashing of each answer: what can be asked for again has an etag of its own."""
        return

    def refuse(self, error: CityError) -> None:
        """Answers with a problem."""
        self.machinery.metrics.problem(error.code)
        self.clear()
        self.set_status(status_of(error))
        if error.retry_after_seconds is not None:
            self.set_header("Retry-After", str(error.retry_after_seconds))
        challenge = challenge_of(error)
        if challenge:
            self.set_header("WWW-Authenticate", challenge)
        if isinstance(error, errors.MethodNotAllowed):
            self.set_header("Allow", ", ".join(error.allowed))
        if isinstance(error, errors.RateLimited):
            self.set_header("RateLimit", f'"{self._refused_class}";r=0;t={error.retry_after_seconds}')
        self._send(problem(error, self.request_id, self.language), "application/problem+json")

    _refused_class: str = ""
    _sending: Future[None] | None = None

    def head(self, **path: str) -> Any:
        if "GET" not in self.allowed_methods():
            raise HTTPError(405)
        return self.get(**path)

    def allowed_methods(self) -> list[str]:
        return [name.upper() for name in _METHODS if getattr(getattr(type(self), name), "endpoint", None)]

    def write_error(self, status_code: int, **_details: Any) -> None:
        """What Tornado refuses by itself, and whatever escaped an endpoint."""
        kinds: dict[int, CityError] = {
            404: errors.RouteNotFound(),
            405: errors.MethodNotAllowed(self.allowed_methods()),
        }
        fallback = errors.Malformed() if 400 <= status_code < 500 else errors.Internal()
        self.refuse(kinds.get(status_code, fallback))

    def log_exception(self, *exc_info: Any) -> None:
        if not isinstance(exc_info[1], HTTPError):
            route = getattr(self.request, "route", "nowhere")
            log.error("request failed", exc_info=exc_info, extra={"request_id": self.request_id, "route": route})


def bearer_token(headers: HTTPHeaders) -> str:
    """The token of the Authorization header, "" when there is none. Raises `SignInNeeded` for another scheme."""
    authorization = headers.get("Authorization")
    if authorization is None:
        return ""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise errors.SignInNeeded
    return token.strip()


def _listed(error: ValidationError) -> list[dict[str, str]]:
    """pydantic's findings without the values, which may be personal; unknown names are a stranger's text too."""
    listed = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False)[:20]:
        known = detail["loc"][:-1] if detail["type"] == "extra_forbidden" else detail["loc"]
        listed.append(
            {
                "pointer": "".join(f"/{part}" for part in known),
                "rule": detail["type"],
                "detail": detail["msg"]
                if detail["type"] != "value_error"
                else detail["msg"].removeprefix("Value error, "),
            }
        )
    return listed
