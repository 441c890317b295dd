"""Calls to departments' systems over HTTP: signed, pooled, bounded in time and size. Satisfies service_registry's
`Upstream`; the population authority is called through it as well.

aiohttp was chosen by measuring (bench/upstream.py, docs/gateway.md).
"""

import secrets
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from core.clock import Clock
from server.adapters.signing import SignedCall, sign
from service_registry.errors import UpstreamInvalid, UpstreamUnavailable
from service_registry.ports import UpstreamRequest, UpstreamResponse

MAX_ANSWER_BYTES = 1 << 20
CONNECTIONS_PER_HOST = 500
KEEP_ALIVE_SECONDS = 15.0


class DepartmentClient:
    """One pool of kept-open connections for all departments. Make it inside a running event loop, and close it.

    aiohttp sends a GET or PUT again when its kept-open connection turns out to be closed; both carry the same nonce, so
    that a department that did receive the first refuses the second.

    `signing_keys` is the secret of each key id. There is no limit on all connections together: the cards' bulkheads
    bound them, and a common limit would let one hanging department use up what the others need.
    """

    def __init__(self, signing_keys: Mapping[str, bytes], clock: Clock) -> None:
        self._signing_keys = signing_keys
        self._clock = clock
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=CONNECTIONS_PER_HOST, keepalive_timeout=KEEP_ALIVE_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a few kilobytes could swell to gigabytes
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "chengshitong"},
        )

    async def call(self, request: UpstreamRequest) -> UpstreamResponse:
        """As `Upstream.call` says."""
        url = _address(request.url)
        if request.deadline_seconds <= 0:  # to aiohttp that would mean no deadline at all
            raise UpstreamUnavailable("timeout")
        try:
            async with self._session.request(
                request.method,
                url,
                data=request.body or None,
                headers=self._headers(request, url),
                timeout=aiohttp.ClientTimeout(total=request.deadline_seconds),
                allow_redirects=False,
            ) as answer:
                body = await _bounded(answer)
        except TimeoutError as error:
            raise UpstreamUnavailable("timeout") from error
        except aiohttp.ClientConnectorError as error:
            raise UpstreamUnavailable("refused") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamUnavailable("broken") from error
        return UpstreamResponse(answer.status, _media_type(answer), body)

    async def close(self) -> None:
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def _headers(self, request: UpstreamRequest, url: URL) -> dict[str, str]:
        secret = self._signing_keys.get(request.key_id)
        if secret is None:
            raise UpstreamUnavailable("unconfigured")
        signature = sign(
            # What yarl will put into the request line, so that what is signed is what is sent.
            SignedCall(request.method, url.raw_path_qs, request.body),
            key_id=request.key_id,
            secret=secret,
            timestamp=int(self._clock.now().timestamp()),
            nonce=secrets.token_urlsafe(16),
        )
        headers = {"X-Request-Id": request.request_id, **signature}
        if request.body:
            headers["Content-Type"] = "application/json"
        if request.idempotency_key is not None:
            headers["Idempotency-Key"] = request.idempotency_key
        return headers


def _address(url: str) -> URL:
    try:
        address = URL(url)
    except ValueError as error:
        raise UpstreamUnavailable("unconfigured") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise UpstreamUnavailable("unconfigured")
    return address


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The body, or `UpstreamInvalid` as soon as it proves too large; leaving the context then drops the connection."""
    if answer.content_length is not None and answer.content_length > MAX_ANSWER_BYTES:
        raise UpstreamInvalid("too_large")
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise UpstreamInvalid("too_large")
    return bytes(body)


def _media_type(answer: aiohttp.ClientResponse) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
