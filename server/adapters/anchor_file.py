"""Anchors of the logs in a file, one a line: what is shipped to where nobody of the city can change it."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

NAME = "anchors.jsonl"
_LONGEST_LINE = 4 * 1024 * 1024


class AnchorFile:
    """Appended to and never written anew. Several processes may append: each line is one write."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    async def keep(self, lines: Sequence[str]) -> None:
        """Durable when it returns. Raises `OSError`."""
        await asyncio.to_thread(self._append, lines)

    def _append(self, lines: Sequence[str]) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for line in lines:
                os.write(descriptor, f"{line}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def kept_lines(file: Path) -> list[str]:
    """The anchors in a file; a line that was cut off at its end is none. Raises `OSError`."""
    with file.open(encoding="ascii", errors="replace") as kept:
        return [line.rstrip("\n") for line in iter(lambda: kept.readline(_LONGEST_LINE), "") if line.endswith("\n")]
