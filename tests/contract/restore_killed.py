"""Restores a backup again and again, killed a little later each time, until one restore comes to its end.

python -m tests.contract.restore_killed BACKUP DATA_FOLDER WORK_FOLDER

After each kill the folder must hold the former database or the restored one, whole, or say that it is neither; and the
same restore again must come to its end, with the former database kept aside. The process kills itself with SIGKILL at
the Nth thing that it does with files, which is when Python's audit hook tells of it.
"""

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from core.clock import SystemClock
from server.adapters.sqlite_backup import RESTORED, restore

TOUCHES = ("open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.truncate", "os.chmod")


def killed(backup: Path, file: Path, step: int) -> bool:
    """A restore in a process of its own. False when it came to its end before that step."""
    child = os.fork()
    if child == 0:
        left = [step]

        def touched(event: str, _arguments: object) -> None:
            if event in TOUCHES:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(touched)
        restore(backup, file, force=True, clock=SystemClock())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def ids(file: Path) -> frozenset[str]:
    """The bookings that a city would find: read in a copy, with whatever log lies beside the file."""
    look = file.parent / "look"
    look.mkdir()
    for part in file.parent.glob(f"{file.name}*"):
        shutil.copy(part, look)
    with closing(sqlite3.connect(look / file.name)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = frozenset(one for (one,) in connection.execute("SELECT id FROM bookings"))
    shutil.rmtree(look)
    return found


def set_aside(folder: Path) -> Iterable[Path]:
    return folder.glob("before-restore-*/city.db")


def main(backup: Path, data: Path, work: Path) -> None:
    former, restored, step = ids(data / "city.db"), ids(backup / "city.db"), 0
    assert former != restored
    ended = False
    while not ended:
        step += 1
        folder = work / f"data-{step}"
        shutil.copytree(data, folder)
        file = folder / "city.db"
        ended = not killed(backup, file, step)
        if not file.with_name(file.name + RESTORED).exists():
            assert ids(file) in (former, restored), step
        restore(backup, file, force=True, clock=SystemClock())
        assert ids(file) == restored, step
        assert former in {ids(one) for one in set_aside(folder)}, step
        assert not list(folder.glob("city.db?*"))
        shutil.rmtree(folder)
    print("steps", step)  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
