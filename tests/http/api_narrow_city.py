"""A city in which everything is scarce: few places, few uses, few requests, impatient departments."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.card_workshop import edit
from tests.delivered import delivered_copy
from tests.http.api_services import FUND, PARKS
from tests.running_city import RunningCity, running_city

TWICE, THRICE, HASTY, FRAGILE, CROWDED = "xx.twice", "xx.thrice", "xx.hasty", "xx.fragile", "xx.crowded"
"""Two uses a day for each citizen; three for all together; a department that is given 0.3 s; cards to break."""
READS, WRITES, SIGN_INS, HEAVY = 120, 30, 150, 2
PLACES = 10
PROXY = "127.0.0.1"

SETTINGS = {
    "http": {"port": 0, "trusted_proxies": [PROXY]},
    "limits": {
        "read": {"limit": READS, "seconds": 600},
        "write": {"limit": WRITES, "seconds": 600},
        "sign_in": {"limit": SIGN_INS, "seconds": 600},
        "heavy": {"limit": HEAVY, "seconds": 600},
    },
    "identity": {"proof_attempts": {"free_attempts": 2, "first_wait_seconds": 600}},
}


@asynccontextmanager
async def narrow_city(folder: Path) -> AsyncIterator[RunningCity]:
    async with running_city(folder, {**SETTINGS, "cards": {"folder": str(_cards(folder))}}) as city:
        yield city


def _cards(folder: Path) -> Path:
    cards = delivered_copy(folder)
    _copy(cards, FUND, TWICE, ("per_citizen: 200/day", "per_citizen: 2/day"))
    _copy(cards, FUND, THRICE, ("per_citizen: 200/day, per_card: 500000/day", "per_citizen: 3/day, per_card: 3/day"))
    _copy(cards, FUND, HASTY, ("timeout: 3s, retries: 1", "timeout: 300ms, retries: 1"))
    _copy(cards, FUND, FRAGILE, ("retries: 1", "retries: 0"))
    _copy(cards, FUND, CROWDED, ("concurrency: 50", "concurrency: 1"), ("timeout: 3s", "timeout: 1s"))
    edit(cards / PARKS, "card.yaml", "slot_capacity: 200\n      day_capacity: 1500", f"slot_capacity: {PLACES}")
    edit(cards / PARKS, "card.yaml", "slot_capacity: 150\n      day_capacity: 1000", "day_capacity: 3")
    return cards


def _copy(cards: Path, original: str, name: str, *changes: tuple[str, str]) -> None:
    card = cards / name
    shutil.copytree(cards / original, card)
    for old, new in ((f"id: {original}\nversion", f"id: {name}\nversion"), *changes):
        edit(card, "card.yaml", old, new)
