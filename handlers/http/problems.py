"""Errors as RFC 9457 problems: the one table from codes to statuses, and the body that goes with it."""

import inspect

import orjson

from core.errors import CityError, every_error
from core.text import Language

STATUS: dict[str, int] = {
    # The request itself
    "request.malformed": 400,
    "request.cursor": 400,
    "idempotency.key_invalid": 400,
    "request.not_found": 404,
    "request.method_not_allowed": 405,
    "request.body_too_large": 413,
    "request.unsupported_media_type": 415,
    "request.invalid": 422,
    "idempotency.key_reused": 422,
    "request.rate_limited": 429,
    # Who asks
    "identity.sign_in_needed": 401,
    "identity.step_up_needed": 401,
    "identity.forbidden": 403,
    # Storage
    "store.write_refused": 409,
    "store.duplicate": 409,
    "store.conflict": 409,
    "store.guard_failed": 409,
    "store.unavailable": 503,
    # The server
    "server.internal": 500,
    "server.not_ready": 503,
}
"""tests/unit/test_errors.py fails when a code has no status here, or a status no code."""


def status_of(error: CityError) -> int:
    return STATUS.get(error.code, 500)


def problem(error: CityError, request_id: str, language: Language) -> bytes:
    """The JSON body. `title` is for people, `code` for programs; facts stand beside them as extension members."""
    body: dict[str, object] = {
        "type": f"/api/problems/{error.code}",
        "title": error.title.pick(language),
        "status": status_of(error),
        "code": error.code,
        "request_id": request_id,
        **error.facts,
    }
    errors = getattr(error, "errors", None)
    if isinstance(errors, list):
        body["errors"] = errors
    return orjson.dumps(body)


def explanation(kind: type[CityError]) -> str:
    """The docstring of an error as flowing text."""
    return " ".join((inspect.getdoc(kind) or "").split())


def known_errors() -> dict[str, type[CityError]]:
    """Every error class that is loaded, by code."""
    return {kind.code: kind for kind in every_error()}
