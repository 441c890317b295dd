"""A city moved between real stores by the command itself: alike on both sides, killed in the middle, on a full disk."""

import asyncio
import resource
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymongo
import pytest

from core.archive import Archive
from core.clock import SystemClock
from core.documents import JsonObject
from server.adapters.folder_lock import sole_use
from server.adapters.mongo_archive import MongoArchive
from server.adapters.sqlite_archive import SqliteArchive
from server.adapters.sqlite_backup import take_backup
from server.adapters.sqlite_documents import SqliteDocuments
from server.collections import COLLECTIONS
from server.config import ConfigError, load
from server.stores import documents_of
from service_registry.booking.bookings import Inventory
from tests.e2e.command_line import ROOT, SECONDS
from tests.mongod import mongodb
from tests.settled_city import settle, whole

CROWD = 6_500
"""Documents of one collection: enough for a line about progress."""


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a city that is stopped."""
    folder = tmp_path_factory.mktemp("settled")

    async def live() -> None:
        documents = await SqliteDocuments.open(folder / "city.db")
        await settle(documents)
        await documents.close()
        archive = await SqliteArchive.open(folder / "city.db")
        await archive.put(Inventory, [{"id": f"z{n:06}", "version": 2, "taken": 0} for n in range(CROWD)])
        await archive.close()

    asyncio.run(live())
    return folder


@pytest.fixture(scope="module")
def backup(settled: Path) -> Path:
    into = settled.parent / "kept"
    take_backup(settled / "city.db", into, version="1.0.0", clock=SystemClock())
    return into


@dataclass(frozen=True)
class Address:
    """An empty database, and the file in which its address stands."""

    url: str
    file: Path

    @property
    def place(self) -> str:
        return f"file:{self.file}"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    name = f"cst_test_{secrets.token_hex(6)}"
    address = Address(mongodb().replace("/?", f"/{name}?"), tmp_path / "address")
    address.file.write_text(f"{address.url}\n")
    yield address
    with pymongo.MongoClient[JsonObject](mongodb()) as client:
        client.drop_database(name)


def started(*arguments: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "server", "store", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ran(*arguments: str | Path) -> tuple[int, list[str], str]:
    """Exit code, what was said, what was complained about."""
    with started(*arguments) as process:
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out.splitlines(), err


def killed_at(line_with: str, *arguments: str | Path) -> list[str]:
    """What was said up to that line, at which the process was killed without warning."""
    said: list[str] = []
    with started(*arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if line_with in line:
                break
        process.kill()
        assert line_with in said[-1], said
    return said


async def whole_file(folder: Path) -> dict[str, list[JsonObject]]:
    return await whole_and_closed(await SqliteArchive.open(folder / "city.db"))


async def whole_and_closed(archive: Archive) -> dict[str, list[JsonObject]]:
    try:
        return await whole(archive)
    finally:
        await archive.close()


def checksums(said: list[str]) -> list[str]:
    return [line for line in said if "alike on both sides" in line]


def test_to_mongodb_and_back_every_document_is_the_same(settled: Path, tmp_path: Path, address: Address) -> None:
    back = tmp_path / "back"
    there = ran("copy", "--from", "embedded", "--to", address.place, "--data", settled)
    again = ran("copy", "--from", address.place, "--to", "embedded", "--data", back)
    assert (there[0], again[0], there[2], again[2]) == (0, 0, "", "")
    assert checksums(there[1]) == checksums(again[1])
    assert again[1][1].startswith("note: 1 processes have not signed off")  # the settled city has such a one
    assert len(checksums(there[1])) == len(COLLECTIONS)
    before = asyncio.run(whole_file(settled))
    assert asyncio.run(whole_file(back)) == before
    assert asyncio.run(whole_of(address)) == before
    for place in ("embedded", address.place):
        code, said, complaints = ran("check", place, "--data", back)
        assert (code, said[-1], complaints) == (0, "everything is as it must be", "")


async def whole_of(address: Address) -> dict[str, list[JsonObject]]:
    return await whole_and_closed(await MongoArchive.open(address.url))


@pytest.mark.parametrize("direction", ["to mongodb", "to a file"])
def test_killed_at_any_moment_the_same_command_goes_on_and_doubles_nothing(
    direction: str, settled: Path, backup: Path, tmp_path: Path, address: Address
) -> None:
    source, target, data = "embedded", address.place, settled
    if direction == "to a file":
        source, target, data = f"backup:{backup}", "embedded", tmp_path / "new"
    command = ("copy", "--from", source, "--to", target, "--data", data)
    killed_at("copying", *command)
    for moment in ("5,000 copied", "going on with", "alike on both sides"):
        killed_at(moment, *command)
        settings = {"storage": {"documents": address.url}} if direction == "to mongodb" else {"data": str(data)}
        with pytest.raises(ConfigError, match="only a part of a city was copied here"):
            asyncio.run(documents_of(load(None, settings)))
    code, said, complaints = ran(*command)
    assert (code, complaints) == (0, "")
    assert any(line.startswith("going on with the copy that was begun at") for line in said)
    moved = whole_of(address) if direction == "to mongodb" else whole_file(data)
    assert asyncio.run(moved) == asyncio.run(whole_file(settled))
    assert ran(*command)[0] == 0  # looks once more, and finds both sides alike


def test_a_running_city_is_not_copied_but_a_backup_of_it_is(
    settled: Path, backup: Path, address: Address, tmp_path: Path
) -> None:
    with sole_use(settled):  # as a running city does
        code, said, complaints = ran("copy", "--from", "embedded", "--to", address.place, "--data", settled)
        assert (code, said) == (1, [])
        assert complaints.startswith(f"a city is running on {settled}: stop it, or copy a backup of it")
        assert ran("check", "embedded", "--data", settled)[0] == 0
        copied = ran("copy", "--from", f"backup:{backup}", "--to", "embedded", "--data", tmp_path / "new")
        assert (copied[0], copied[2]) == (0, "")
    assert asyncio.run(whole_file(tmp_path / "new")) == asyncio.run(whole_file(settled))


def test_nothing_starts_on_the_source_while_it_is_copied(settled: Path, address: Address) -> None:
    with started("copy", "--from", "embedded", "--to", address.place, "--data", settled) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("copying ")
        process.send_signal(signal.SIGSTOP)
        city = subprocess.run(
            [sys.executable, "-m", "server", "serve", "--data", str(settled), "--port", "0"],
            cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert city.returncode == 1
    assert "is in use by another running city" in city.stderr


def test_a_password_does_not_stand_on_the_command_line(settled: Path) -> None:
    for side in ("--from", "--to"):
        other = "--to" if side == "--from" else "--from"
        code, said, complaints = ran(
            "copy", side, "mongodb://city:secret-word@127.0.0.1/", other, "embedded", "--data", settled
        )
        assert (code, said) == (2, [])
        assert complaints.startswith(f"settings:\n{side}: others can read the command line")
        assert "secret-word" not in complaints


def test_a_place_that_is_not_there_is_one_clear_line(settled: Path, tmp_path: Path) -> None:
    away = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    code, said, complaints = ran("copy", "--from", "embedded", "--to", away, "--data", settled)
    assert (code, said) == (1, [])
    assert complaints.endswith("\nmongodb://127.0.0.1:1/chengshitong cannot be reached\n")
    code, _, complaints = ran("copy", "--from", "embedded", "--to", away, "--data", tmp_path / "nowhere")
    assert (code, complaints.partition(";")[0]) == (1, f"there is no database {tmp_path / 'nowhere' / 'city.db'}")
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_ends_a_copy_which_then_goes_on(backup: Path, settled: Path, tmp_path: Path) -> None:
    data = tmp_path / "new"
    command = ("copy", "--from", f"backup:{backup}", "--to", "embedded", "--data", data)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))  # the command inherits it
    try:
        code, _, complaints = ran(*command)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1
    assert complaints.startswith("a store does not answer; run the same command again")
    code, _, complaints = ran(*command)
    assert (code, complaints) == (0, "")
    assert asyncio.run(whole_file(data)) == asyncio.run(whole_file(settled))
