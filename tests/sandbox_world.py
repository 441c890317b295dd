"""The sandbox served on a real socket for tests, with a clock that is moved by hand, and a caller who signs."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from sandbox.app import OutsideWorld, Settings
from sandbox.population import check_digit

APPID, WECHAT_SECRET = "wx0123456789abcdef", "wechat-secret"
KEY_ID, SIGNING_SECRET = "city", "signing-secret"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def number(seventeen: str) -> str:
    """An ID number with its check digit computed."""
    return seventeen + check_digit(seventeen)


@dataclass
class World:
    client: httpx.AsyncClient
    url: str
    now: datetime = field(default=NOON)

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def signature(self, path: str, body: bytes, method: str = "POST", secret: str = SIGNING_SECRET) -> dict[str, str]:
        timestamp, nonce = str(int(self.now.timestamp())), secrets.token_hex(8)
        signed = "\n".join([method, path, timestamp, nonce, hashlib.sha256(body).hexdigest()])
        return {
            "X-City-Key-Id": KEY_ID,
            "X-City-Timestamp": timestamp,
            "X-City-Nonce": nonce,
            "X-City-Signature": hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest(),
        }

    async def signed(self, path: str, body: object, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return await self.client.post(path, content=content, headers=self.signature(path, content) | headers)

    async def asked(self, path: str, body: object) -> Any:
        """The answer to a signed call that must succeed."""
        answer = await self.signed(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def code(self, persona: str, kind: str = "wechat", **options: object) -> str:
        answer = await self.client.post(f"/personas/{persona}/{kind}_code", json=options)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["code"])

    async def photos(self, persona: str, *actions: str) -> list[bytes]:
        answer = await self.client.post(f"/personas/{persona}/camera", json={"actions": actions})
        assert answer.status_code == 200, answer.text
        return [base64.b64decode(frame) for frame in answer.json()["frames"]]

    async def mode(self, department: str, mode: str, **more: object) -> None:
        answer = await self.client.put(f"/departments/{department}/mode", json={"mode": mode, **more})
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def world(directory: Path | None = None) -> AsyncIterator[World]:
    outside = OutsideWorld(Settings(APPID, WECHAT_SECRET, KEY_ID, SIGNING_SECRET, directory))
    sockets = bind_sockets(0, "127.0.0.1")
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=30) as client:  # noqa: S501 - no TLS here
        running = World(client, url)
        server = HTTPServer(outside.application(lambda: running.now), max_body_size=1 << 30)
        server.add_sockets(sockets)
        try:
            yield running
        finally:
            server.stop()
            await server.close_all_connections()
            await outside.close()
