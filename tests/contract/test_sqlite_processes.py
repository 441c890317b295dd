"""SQLite with processes: one that is killed in the middle of its work, and two that share a file."""

import asyncio
import itertools
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import IO

from core.documents import Insert
from core.queries import PAGE_LIMIT
from server.adapters.sqlite_documents import SqliteDocuments
from tests.contract.things import Slot, Ticket

REPOSITORY = Path(__file__).parents[2]


def started(path: Path | str, callers: int, prefix: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.contract.writes_until_killed", str(path), str(callers), prefix]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)


def read_lines(process: "subprocess.Popen[str]", count: int) -> set[str]:
    return {line.strip() for line in itertools.islice(_output(process), count)}


def kill(process: "subprocess.Popen[str]") -> set[str]:
    """Kills it without warning. Returns what else it had acknowledged."""
    process.send_signal(signal.SIGKILL)
    rest = {line.strip() for line in _output(process) if line.endswith("\n")}
    assert process.wait() == -signal.SIGKILL
    _output(process).close()
    return rest


def _output(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


async def stored(path: Path) -> tuple[set[str], int]:
    """The tickets that are there, and the places taken according to the slots."""
    documents = await SqliteDocuments.open(path)
    tickets: set[str] = set()
    after: str | None = None
    while True:
        page = await documents.find(Ticket, "id", limit=PAGE_LIMIT, after=after)
        tickets.update(ticket.id for ticket in page.items)
        if (after := page.after) is None:
            break
    taken = sum(slot.taken for slot in (await documents.find(Slot, "id")).items)
    await documents.write(Insert(Slot(id=f"after {len(tickets)}")))  # it goes on working
    await documents.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return tickets, taken


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    process = started(tmp_path / "city.db", 1, "")
    acknowledged = read_lines(process, 100) | kill(process)
    tickets, taken = asyncio.run(stored(tmp_path / "city.db"))
    assert acknowledged <= tickets
    assert taken == len(tickets) <= len(acknowledged) + 1


def test_kill_9_in_the_middle_of_a_crowd_loses_nothing_and_halves_nothing(tmp_path: Path) -> None:
    path, callers, acknowledged = tmp_path / "city.db", 50, set[str]()
    for round_number in range(3):  # each recovers from the last
        process = started(path, callers, f"{round_number}-")
        acknowledged |= read_lines(process, 700 * round_number + 1) | kill(process)
        tickets, taken = asyncio.run(stored(path))
        assert acknowledged <= tickets
        assert taken == len(tickets) <= len(acknowledged) + callers * (round_number + 1)


def test_two_processes_write_to_one_file(tmp_path: Path) -> None:
    first = started(tmp_path / "city.db", 5, "first")
    read_lines(first, 10)
    second = started(tmp_path / "city.db", 5, "second")
    acknowledged = read_lines(second, 200) | read_lines(first, 200)
    acknowledged |= kill(first) | kill(second)
    tickets, taken = asyncio.run(stored(tmp_path / "city.db"))
    assert acknowledged <= tickets
    assert taken == len(tickets)
