"""Usage is counted exactly once on every store, across restarts and kill -9."""

import asyncio
import signal
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.clock import ManualClock
from core.documents import Documents
from insight.model import DayFigures, Totals, UsageBatch, Uses, Visitor
from insight.usage import Insight
from server.adapters.sqlite_documents import SqliteDocuments

ROOT = Path(__file__).resolve().parents[2]
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def insight_on(documents: Documents, days: int = 0) -> Insight:
    return Insight(documents, ManualClock(NOON + timedelta(days)), SHANGHAI)


async def test_a_restart_replays_what_was_flushed_and_not_merged(documents: Documents) -> None:
    crashed = insight_on(documents)
    crashed.used("li", "gy.housing_fund", "ok")
    await crashed.flush()
    crashed.used("wang", "gy.housing_fund", "refused")
    await crashed.flush()
    crashed.used("never flushed", "gy.housing_fund", "ok")
    after = insight_on(documents)
    assert await after.day(TODAY) == DayFigures(TODAY, dau=2, mau=2, new_visitors=2, uses=Uses(1, 1, 0))
    assert await insight_on(documents).totals() == Totals(2, Uses(1, 1, 0))


async def test_two_processes_count_into_the_same_figures(documents: Documents) -> None:
    first, second = insight_on(documents), insight_on(documents)
    for number in range(60):
        first.used(f"citizen {number}", "gy.housing_fund", "ok")
        second.used(f"citizen {number // 2}", "gy.scenic_spots", "ok")
        if number % 4 == 0:
            await asyncio.gather(first.flush(), second.flush())
        if number % 10 == 0:
            await asyncio.gather(first.checkpoint(), second.mau(TODAY), second.checkpoint())
    await asyncio.gather(first.stop(), second.stop())
    third = insight_on(documents, days=29)
    assert await third.day(TODAY) == DayFigures(TODAY, 60, 60, 60, Uses(120, 0, 0))
    assert await third.mau(TODAY + timedelta(29)) == 60
    assert [(card.card_id, card.citizens) for card in await third.cards(TODAY)] == [
        ("gy.housing_fund", 60),
        ("gy.scenic_spots", 30),
    ]
    assert await documents.count(UsageBatch, "id") == 0


async def reports_until_killed(path: Path, prefix: str, lines: int) -> int:
    """Kills the process with SIGKILL after so many reports; returns how many events it had said were durable."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contract.usage_until_killed", path, prefix, stdout=-1, cwd=ROOT
    )
    assert process.stdout
    for _ in range(lines):
        await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    durable = (await process.stdout.read()).split()
    await process.wait()
    return int(durable[-1]) if durable else lines * 3


async def test_a_kill_loses_nothing_durable_and_doubles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "city.db"
    durable = 0
    for round_number, lines in enumerate([7, 40]):
        prefixes = [f"{round_number}-{process}-" for process in range(2)]
        durable += sum(await asyncio.gather(*(reports_until_killed(path, prefix, lines) for prefix in prefixes)))
    documents = await SqliteDocuments.open(path)
    totals = await insight_on(documents).totals()
    assert durable <= totals.citizens <= durable + 4 * 3
    assert totals.uses == Uses(totals.citizens, 0, 0)
    numbers: list[int] = []
    after = None
    while numbers == [] or after:
        page = await documents.find(Visitor, "id", limit=1000, after=after)
        numbers += [visitor.number for visitor in page.items]
        after = page.after
    assert sorted(numbers) == list(range(totals.citizens))
    await documents.close()
