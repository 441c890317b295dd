"""Types of request fields that many endpoints share."""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, SerializationInfo, StringConstraints


class Request(BaseModel):
    """Base of request bodies and queries: unknown fields are refused, nothing is coerced from another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


def _city_time(moment: datetime, info: SerializationInfo) -> str:
    return moment.astimezone(info.context["zone"] if info.context else None).isoformat()


CityTime = Annotated[datetime, PlainSerializer(_city_time, return_type=str, when_used="json")]
"""A moment in an answer: RFC 3339 with the offset of the city's zone, which the handler hands to the serialiser."""


def plain(value: str) -> str:
    """One line as it is. Raises ValueError for what no text has."""
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in value):
        raise ValueError("control characters are not allowed")
    return value


PlainText = Annotated[str, AfterValidator(plain)]
"""Text of one line: no control characters, no lone surrogates, no unassigned code points."""

ShortText = Annotated[PlainText, StringConstraints(min_length=1, max_length=100)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
OneTimeCode = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,1024}$")]
"""Something opaque that was given out before: a code, a nonce, a refresh token, a ticket."""
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most")]
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,2048}$")]


class PageQuery(Request):
    """Paging of a list: how many, and the `after` of the page before."""

    limit: Limit = 20
    after: Cursor | None = None
