"""The ids of erased accounts in a file beside the database, for the day when a backup that is older is put back.

One line of JSON for each, appended and on the disk before it is believed. It names nobody: an account's id is random.
"""

import asyncio
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from core.clock import instant_text
from core.errors import StoreUnavailable
from server.config import Settings

FILE = "erased.jsonl"


def ledger_file(settings: Settings) -> Path:
    return settings.privacy.ledger or settings.data_folder / FILE


class ErasedLedger:
    """Of one city on one machine; several processes append whole lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: set[str] | None = None

    async def add(self, account_id: str, at: datetime) -> None:
        """Durable when it returns; the same id twice is no error. Raises `StoreUnavailable`."""
        try:
            await asyncio.to_thread(self._added, account_id, at)
        except OSError as error:
            raise StoreUnavailable("ledger") from error

    async def entries(self) -> dict[str, datetime]:
        return await asyncio.to_thread(entries_of, self._file)

    def _added(self, account_id: str, at: datetime) -> None:
        if self._known is None:
            self._known = set(entries_of(self._file))
        if account_id in self._known:
            return
        append(self._file, {account_id: at})
        self._known.add(account_id)


def entries_of(file: Path) -> dict[str, datetime]:
    """Account ids and when they were erased. A line that a crash has cut off is passed over."""
    found: dict[str, datetime] = {}
    if not file.is_file():
        return found
    for line in file.read_text().splitlines():
        try:
            entry = json.loads(line)
            found[str(entry["account"])] = datetime.fromisoformat(entry["erased_at"]).astimezone(UTC)
        except (ValueError, TypeError, KeyError):
            continue
    return found


def append(file: Path, entries: dict[str, datetime]) -> None:
    lines = _lines(entries.items())
    if not lines:
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        cut_off = file.stat().st_size > 0 and not file.read_bytes().endswith(b"\n")
        os.write(descriptor, (b"\n" if cut_off else b"") + lines)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(entries: Iterable[tuple[str, datetime]]) -> bytes:
    return "".join(
        f"{json.dumps({'account': account, 'erased_at': instant_text(at)})}\n" for account, at in entries
    ).encode()
