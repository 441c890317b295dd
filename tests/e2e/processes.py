"""Processes as the operating system sees them: whose child is whose, what is still there; and waiting with an end."""

import asyncio
from collections.abc import Callable
from pathlib import Path

SECONDS = 20.0


async def eventually(holds: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Returns as soon as it holds. Fails with `what` when it still does not after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110  # nobody tells us when a process of another family ends
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:.0f} s: {what}") from None


def family(pid: int) -> set[int]:
    """All processes below this one."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        if fields := _fields(status):
            parents[int(fields["Pid"])] = int(fields["PPid"])
    found: set[int] = set()
    wanted = {pid}
    while wanted:
        wanted = {child for child, parent in parents.items() if parent in wanted} - found
        found |= wanted
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that run. One that has ended and was not yet asked how (a zombie) does not."""
    fields = {pid: _fields(Path(f"/proc/{pid}/status")) for pid in pids}
    return {pid for pid, found in fields.items() if found and not found["State"].startswith(("Z", "X"))}


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _fields(status: Path) -> dict[str, str]:
    try:
        lines = status.read_text().splitlines()
    except OSError:  # it ended while we looked
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
