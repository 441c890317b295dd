"""Vendor errors, translated. Their messages may quote what was to be stored: they are neither passed on nor logged."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import OperationFailure, PyMongoError

from core.errors import StoreUnavailable

_log = logging.getLogger(__name__)


@contextmanager
def translated() -> Iterator[None]:
    """Raises `StoreUnavailable` for whatever the driver raises."""
    try:
        yield
    except PyMongoError as error:
        report(error)
        raise unavailable(error) from error


def report(error: PyMongoError) -> None:
    """Logs which kind of error it was."""
    _log.error("storage: MongoDB failed: %s", named(error))


def unavailable(error: PyMongoError) -> StoreUnavailable:
    """What a caller is told of it."""
    trouble = StoreUnavailable("documents")
    trouble.__cause__ = error
    return trouble


def named(error: PyMongoError) -> str:
    """The kind of error, with the server's name for it where there is one."""
    details = error.details if isinstance(error, OperationFailure) else None
    code_name = details.get("codeName") if details else None
    return f"{type(error).__name__} {code_name}" if code_name else type(error).__name__


def is_duplicate(error: PyMongoError) -> bool:
    """Whether a unique index refused a write, alone or as one of several."""
    if not isinstance(error, OperationFailure):
        return False
    errors = (error.details or {}).get("writeErrors") or [error.details or {}]
    return any(one.get("code") == 11000 for one in errors)
