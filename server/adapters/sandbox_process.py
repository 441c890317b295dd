"""The demo's outside world: starts `python -m sandbox` beside the city, and stops it with the city."""

import asyncio
import json
import os
import secrets
import socket
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 20.0
STOP_SECONDS = 5.0
SIGNING_KEY_ID = "city"
APP_ID = "wx00000000c1780001"
"""The same with every start: WeChat's name of a person (openid) follows from it, and with it who they are here."""


class SandboxFailed(Exception):
    """The sandbox did not start; the city's demo cannot run without it."""


@dataclass(frozen=True)
class SandboxAccess:
    """Where a sandbox is, and the credentials that it accepts; the secrets are new with every start."""

    url: str
    app_id: str
    app_secret: str = field(repr=False)
    signing_secret: str = field(repr=False)


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    access: SandboxAccess
    process: Process

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


async def start_sandbox(root: Path, data: Path, port: int) -> Sandbox:
    """Starts it on `port`, or on a free one when that is taken. Raises `SandboxFailed`."""
    app_secret, signing_secret = secrets.token_hex(16), secrets.token_hex(32)
    environment = {
        **os.environ,
        "CST_SANDBOX_WECHAT_APPID": APP_ID,
        "CST_SANDBOX_WECHAT_SECRET": app_secret,
        "CST_SANDBOX_SIGNING_KEY_ID": SIGNING_KEY_ID,
        "CST_SANDBOX_SIGNING_SECRET": signing_secret,
    }
    chosen = str(port if _is_free(port) else 0)
    # It reads standard input to its end: that comes when this process is gone, however it went.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--host", "127.0.0.1", "--port", chosen, "--data", str(data),
        "--exit-with-stdin", stdin=PIPE, stdout=PIPE, cwd=root, env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline() if process.stdout else b""
        url = json.loads(line)["url"]
    except (TimeoutError, ValueError, KeyError) as error:
        if process.returncode is None:
            process.kill()
        raise SandboxFailed("the sandbox did not start; its own output above says why") from error
    return Sandbox(SandboxAccess(url, APP_ID, app_secret, signing_secret), process)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the sandbox will listen: connections of an earlier one that are still winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
