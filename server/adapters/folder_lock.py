"""A folder of state belongs to one running city: limits and quotas of the embedded storage are kept in its memory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "city.lock"


class FolderInUse(Exception):
    """Another running city has this folder. Stop it, or give this one a folder of its own with --data."""


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Holds the folder until the block is left or the process is gone, however it went. Raises `FolderInUse`."""
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(f"{folder} is in use by another running city; --data gives this one its own") from error
        yield
