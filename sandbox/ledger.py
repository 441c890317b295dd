"""The withdrawals the housing-fund centre has accepted: one line of JSON each, on disk before they are acknowledged."""

import hashlib
import logging
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import orjson

from sandbox.months import month_of

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Withdrawal:
    """`holder` and `key` are digests: the book names nobody."""

    receipt_number: str
    accepted_at: str
    month: int
    amount_fen: int
    holder: str
    key: str
    request_digest: str


class Ledger:
    """All withdrawals, in memory and, given a file, appended to it. A torn last line was never acknowledged."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._by_holder: dict[str, list[Withdrawal]] = {}
        self._by_key: dict[str, Withdrawal] = {}
        self._count = 0
        for withdrawal in self._recorded():
            self._remember(withdrawal)

    def of(self, id_number: str) -> list[Withdrawal]:
        return self._by_holder.get(_digest(id_number), [])

    def under_key(self, key: str) -> Withdrawal | None:
        return self._by_key.get(_digest(key))

    def add(self, id_number: str, amount_fen: int, now: datetime, key: str, request_digest: str) -> Withdrawal:
        withdrawal = Withdrawal(
            receipt_number=f"HF{now:%Y%m%d}{self._count + 1:07d}",
            accepted_at=now.isoformat(timespec="seconds"),
            month=month_of(now.date()),
            amount_fen=amount_fen,
            holder=_digest(id_number),
            key=_digest(key) if key else "",
            request_digest=request_digest,
        )
        self._append(withdrawal)
        self._remember(withdrawal)
        return withdrawal

    def _remember(self, withdrawal: Withdrawal) -> None:
        self._count += 1
        self._by_holder.setdefault(withdrawal.holder, []).append(withdrawal)
        if withdrawal.key:
            self._by_key[withdrawal.key] = withdrawal

    def _append(self, withdrawal: Withdrawal) -> None:
        if self._file is None:
            return
        with self._file.open("ab") as book:
            book.write(orjson.dumps(asdict(withdrawal)) + b"\n")
            book.flush()
            os.fsync(book.fileno())

    def _recorded(self) -> list[Withdrawal]:
        if self._file is None or not self._file.exists():
            return []
        content = self._file.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            log.warning("the last line of %s is torn and dropped", self._file.name)
            os.truncate(self._file, len(whole))
        return [Withdrawal(**orjson.loads(line)) for line in whole.splitlines()]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
