"""The one declaration of an endpoint: who may call it, what it takes, what it answers.

    class Bookings(Handler):
        def initialize(self, bookings: BookingService) -> None: ...

        @endpoint(who=citizen(assurance=2), rate="write", idempotent=True)
        async def post(self, request: ReserveRequest, key: RequestKey | None) -> Created[BookingView]:
            \"\"\"Reserve places.\"\"\"

Parameters are told apart by name: `request` is the JSON body, `query` the query string (both pydantic models), `key`
the Idempotency-Key; all others are parts of the path. The return annotation is the answer. Validation, authorisation,
rate limiting, errors and OpenAPI all follow from this declaration.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from handlers.http.policy import Policy

P = ParamSpec("P")
T = TypeVar("T")
H = TypeVar("H")

RateClass = Literal["read", "write", "sign_in", "heavy", "none"]
"""Which allowance a request counts against; config.yaml sets how large each is."""

KIBIBYTE = 1024
BODY_LIMIT = 64 * KIBIBYTE


@dataclass(frozen=True)
class Created(Generic[T]):
    """201 with a representation of what was made, and where to find it again."""

    body: T
    location: str | None = None


@dataclass(frozen=True)
class NoContent:
    """204."""


@dataclass(frozen=True)
class Content:
    """An answer that is not JSON of ours, or is encoded already. With `etag` a client that has it gets a 304."""

    body: bytes
    media_type: str = "application/json"
    etag: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """An answer that is made while it is sent, so that it is never whole in memory. What fails after it has begun cuts
    the connection: a client that has read less than the end knows it."""

    pieces: AsyncIterator[bytes]
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameters:
    """What an endpoint's signature asks for."""

    path: tuple[str, ...]
    request: type[BaseModel] | None
    query: type[BaseModel] | None
    key: bool


@dataclass(frozen=True)
class Endpoint:
    """One method of one address, as declared."""

    who: Policy
    rate: RateClass
    idempotent: bool
    writes_itself_down: bool
    """The service enters the staff log itself, in the write that the entry is about."""
    body_limit: int
    answers: type[BaseModel] | None
    """The model of the JSON answer, for OpenAPI. None: no content, or content of `media_type`."""
    media_type: str
    status: int
    call: Callable[..., Awaitable[object]]
    parameters: Parameters
    summary: str
    description: str


def endpoint(
    *,
    who: Policy,
    rate: RateClass = "read",
    idempotent: bool = False,
    writes_itself_down: bool = False,
    body_limit: int = BODY_LIMIT,
    answers: type[BaseModel] | None = None,
    media_type: str = "application/json",
) -> Callable[[Callable[Concatenate[H, P], Awaitable[object]]], Callable[..., Awaitable[None]]]:
    """Declares a handler's method. `answers` and `media_type` describe a `Content` answer, which has no model."""

    def declare(call: Callable[Concatenate[H, P], Awaitable[object]]) -> Callable[..., Awaitable[None]]:
        hints = get_type_hints(call)
        model, status = _answer(hints.pop("return"))
        summary, _, description = (inspect.getdoc(call) or "").partition("\n")
        declared = Endpoint(
            who=who,
            rate=rate,
            idempotent=idempotent,
            writes_itself_down=writes_itself_down,
            body_limit=body_limit,
            answers=answers or model,
            media_type=media_type,
            status=status,
            call=call,
            parameters=_parameters(call, hints, idempotent),
            summary=summary.rstrip("."),
            description=description.strip(),
        )

        async def served(handler: Any, **path: str) -> None:
            await handler.serve(declared, path)

        served.endpoint = declared  # type: ignore[attr-defined]
        served.__doc__ = call.__doc__
        return served

    return declare


def declared_endpoint(method: object) -> Endpoint | None:
    found = getattr(method, "endpoint", None)
    return found if isinstance(found, Endpoint) else None


def _answer(annotation: Any) -> tuple[type[BaseModel] | None, int]:
    if annotation is NoContent or annotation is type(None):
        return None, 204
    if get_origin(annotation) is Created:
        return get_args(annotation)[0], 201
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, 200
    if annotation in (Content, Stream):
        return None, 200
    raise TypeError(
        f"an endpoint answers with a model, Created[model], Content, Stream or NoContent, not {annotation!r}"
    )


def _parameters(call: Callable[..., object], hints: dict[str, Any], idempotent: bool) -> Parameters:
    names = [name for name in inspect.signature(call).parameters if name != "self"]
    if ("key" in names) != idempotent:
        raise TypeError(f"{call.__qualname__}: an idempotent endpoint takes `key`, and no other one does")
    path = tuple(name for name in names if name not in ("request", "query", "key"))
    return Parameters(path, hints.get("request"), hints.get("query"), "key" in names)
