"""Sealing anew: how fast what an older key sealed is sealed with the present one, and what that costs everybody else.

    python -m bench.sealing [--quick] [--json]

Accounts with four sealed fields, their data keys, and receipts, in the SQLite store. The yardstick is the bare store in
the same run: the same records patched in the same handfuls, with texts that are there already, so that what is left is
opening, sealing, looking twice, and writing down how far it has come. Shown too: by how much a timer of the same event
loop is late meanwhile, at full speed; a running city does `identity.vault.reseal_per_second` records a second.

The bench checks itself: afterwards everything opens with the new key alone, and nothing is sealed with the old one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from core.conditions import field
from core.documents import Patch
from identity_center.account import Account
from identity_center.ciphers import Algorithm
from identity_center.resealing import AT_ONCE
from server.adapters.sqlite_documents import SqliteDocuments
from tests.contract.sealed_city import SealedCity, expected

KINDS = 3
"""Records of each account: itself, its data key, a receipt."""


@dataclass(frozen=True)
class Figures:
    """Records a second, and milliseconds that a timer was late."""

    change: str
    per_second: int
    bare_per_second: int
    ratio: float
    late_p99_ms: float
    late_most_ms: float
    looking_through_seconds: float


class Ticker:
    """Asks to be woken each millisecond, and notes how late that was."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.001)
            self.late.append(time.perf_counter() - asked - 0.001)

    def stopped(self) -> list[float]:
        self._task.cancel()
        return sorted(self.late)


async def bare(city: SealedCity) -> float:
    """Seconds for as many guarded patches of one record as sealing anew makes."""
    accounts: list[Account] = []
    after = None
    while True:
        page = await city.documents.find(Account, "id", limit=1000, after=after)
        accounts += page.items
        if (after := page.after) is None:
            break
    begun = time.perf_counter()
    for _ in range(KINDS):
        for start in range(0, len(accounts), AT_ONCE):
            handful = accounts[start : start + AT_ONCE]
            await asyncio.gather(*(city.documents.write(_again(account)) for account in handful))
    return time.perf_counter() - begun


def _again(account: Account) -> Patch[Account]:
    sealed = {"phone_sealed": account.phone_sealed, "name_sealed": account.name_sealed}
    return Patch(Account, account.id, set=sealed, guard=field("phone_sealed").equals(account.phone_sealed))


async def measured(folder: Path, count: int, first: Algorithm, then: Algorithm) -> tuple[Figures, list[str]]:
    city = SealedCity(await SqliteDocuments.open(folder / f"{first}-{then}.db"), algorithm=first)
    await city.populate(count)
    bare_seconds = await bare(city)
    former = city.renew(then)
    ticker, begun = Ticker(), time.perf_counter()
    await city.finish()
    seconds = time.perf_counter() - begun
    late = ticker.stopped()
    begun = time.perf_counter()
    used = await city.resealing.used_keys()
    looking = time.perf_counter() - begun
    faults = [] if former not in {key for _, key in used} else ["something is sealed with the old key"]
    if await city.read(city.keys.without(former)) != expected(count):
        faults.append("the new key alone does not open everything")
    await city.documents.close()
    per_second, bare_per_second = count * KINDS / seconds, count * KINDS / bare_seconds
    figures = Figures(
        f"{first} to {then}",
        round(per_second),
        round(bare_per_second),
        round(per_second / bare_per_second, 2),
        round(late[int(len(late) * 0.99)] * 1e3, 1),
        round(late[-1] * 1e3, 1),
        round(looking, 2),
    )
    return figures, faults


async def run(quick: bool) -> tuple[list[Figures], list[str]]:
    count = 2_000 if quick else 20_000
    figures, faults = [], []
    with tempfile.TemporaryDirectory() as name:
        changes: tuple[tuple[Algorithm, Algorithm], ...] = (("A256GCM", "A256GCM"), ("A256GCM", "SM4GCM"))
        for first, then in changes:
            found, wrong = await measured(Path(name), count, first, then)
            figures.append(found)
            faults += wrong
    return figures, faults


def main() -> int:
    parser = argparse.ArgumentParser(description="records sealed anew per second, beside the bare store")
    parser.add_argument("--quick", action="store_true", help="at most 30 seconds")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    chosen = parser.parse_args()
    sys.setswitchinterval(0.0005)  # as the server has it
    figures, faults = uvloop.run(run(chosen.quick))
    if chosen.json:
        print(json.dumps({"figures": [asdict(one) for one in figures], "faults": faults}))
    else:
        print(f"{'':20}{'records/s':>10}{'bare/s':>8}{'ratio':>7}{'late p99 ms':>13}{'most':>7}{'looking s':>11}")
        for one in figures:
            print(
                f"{one.change:20}{one.per_second:>10}{one.bare_per_second:>8}{one.ratio:>7}{one.late_p99_ms:>13}"
                f"{one.late_most_ms:>7}{one.looking_through_seconds:>11}"
            )
        print("checked: " + ("; ".join(faults) or "the new key alone opens everything"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
