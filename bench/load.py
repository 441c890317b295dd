"""A load client that costs little: kept-open connections, prepared requests, one at a time on each connection.

It reads no more of an answer than its status and length, so that on a small machine the server is what is measured;
whoever needs the bodies asks for them, and reads them afterwards.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit


@dataclass
class Sample:
    """What a round of load found. `seconds` is the time from each request to its whole answer."""

    elapsed: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.elapsed

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: city"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is whole."""

    def __init__(
        self, requests: Iterator[bytes], sample: Sample, until: float, keep: Callable[[bytes], None] | None
    ) -> None:
        self._requests = requests
        self._keep = keep
        self._sample = sample
        self._until = until
        self._answer = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not descend from it
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer = self._answer + data if self._answer else data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0 or len(self._answer) < head + 4 + _content_length(self._answer[:head]):
            return
        self._sample.seconds.append(time.perf_counter() - self._sent_at)
        self._sample.statuses[int(self._answer[9:12])] += 1
        if self._keep is not None:
            self._keep(self._answer[head + 4 :])
        self._answer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed a connection"))

    def _next(self) -> None:
        prepared = next(self._requests, None) if time.perf_counter() < self._until else None
        if prepared is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(prepared)


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def load(
    url: str,
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    keep: Callable[[bytes], None] | None = None,
) -> Sample:
    """Sends requests, one after another on each connection, until the time or the requests are over. `keep` is given
    each answer's body."""
    parts = urlsplit(url)
    sample, loop = Sample(), asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(requests, sample, began + seconds, keep), parts.hostname or "", parts.port or 80
        )
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + 30):
        await asyncio.gather(*(protocol.done for _, protocol in made))
    sample.elapsed = time.perf_counter() - began
    return sample
