"""A small JSON client over the standard library: what the tour speaks to the city with."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

Json = Any
"""Whatever JSON the other side answered; the tour looks into it and says so when it is not as expected."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


def call(
    method: str, url: str, body: Json = None, headers: dict[str, str] | None = None, timeout: float = 30
) -> Answer:
    """One request. Any status is an answer; raises OSError when there is none."""
    sent = None if body is None else json.dumps(body).encode()
    given = {"Accept-Language": "zh-CN", **({"Content-Type": "application/json"} if sent else {}), **(headers or {})}
    request = urllib.request.Request(url, sent, given, method=method)  # noqa: S310  # the address is the caller's own
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
            return Answer(response.status, _parsed(response.read()), _lowered(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _parsed(error.read()), _lowered(error.headers))


def _parsed(content: bytes) -> Json:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def _lowered(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
