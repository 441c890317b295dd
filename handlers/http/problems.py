"""Errors as RFC 9457 problems: the one table from codes to statuses, and the body that goes with it."""

import inspect

import orjson

from core.errors import CityError, every_error
from core.text import Language

STATUS: dict[str, int] = {}
"""Filled below; tests/unit/test_errors.py fails when a code has no status here, or a status no code."""


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
