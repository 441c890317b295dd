"""Reports usage, each event by another citizen, and prints how many are durable, until it is killed.

python -m tests.contract.usage_until_killed FILE PREFIX
"""

import asyncio
import os
import sys
from zoneinfo import ZoneInfo

from core.clock import SystemClock
from insight.usage import Insight
from server.adapters.sqlite_documents import SqliteDocuments


async def main(path: str, prefix: str) -> None:
    insight = Insight(await SqliteDocuments.open(path), SystemClock(), ZoneInfo("Asia/Shanghai"))
    number = 0
    while True:
        for _ in range(3):
            number += 1
            insight.used(f"{prefix}{number}", "gy.housing_fund", "ok")
        await (insight.checkpoint() if number % 5 == 0 else insight.flush())
        os.write(sys.stdout.fileno(), f"{number}\n".encode())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
