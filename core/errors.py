"""Every error the city can answer with descends from `CityError`.

    CityError
    ├── StoreUnavailable                     core.documents, core.ephemeral
    ├── WriteRefused                         core.documents
    │   ├── Duplicate · Conflict · GuardFailed
    ├── KeyReused                            core.idempotency
    ├── BadCursor                            core.documents
    └── each floor's own, in its errors.py   identity_center, service_registry, booking, insight, handlers

A class is one kind of failure. Its docstring says what happened and what to do about it (docs/errors.md is generated
from it), `code` names it for programs, `title` for people. What a caller may know beyond that goes into `facts`,
which are sent to the caller: never put personal data there.
"""

from collections.abc import Iterator
from typing import ClassVar

from core.text import Text, text

Fact = str | int | float | bool | None | list[str] | dict[str, str] | dict[str, int]


class CityError(Exception):
    """The base of all errors. It is never raised itself."""

    code: ClassVar[str]
    title: ClassVar[Text]

    def __init__(self, *, retry_after_seconds: int | None = None, **facts: Fact) -> None:
        super().__init__(self.code)
        self.retry_after_seconds = retry_after_seconds
        self.facts = facts


class StoreUnavailable(CityError):
    """A store does not answer. Nothing was changed that was not acknowledged; the same request may be sent again
    after the seconds in Retry-After."""

    code = "store.unavailable"
    title = text("系统暂时繁忙，请稍后再试", "Storage is unavailable for the moment")

    def __init__(self, store: str) -> None:
        super().__init__(retry_after_seconds=5, store=store)


def every_error(base: type[CityError] = CityError) -> Iterator[type[CityError]]:
    """All error classes that carry a code of their own, base first."""
    for kind in base.__subclasses__():
        if "code" in vars(kind):
            yield kind
        yield from every_error(kind)
