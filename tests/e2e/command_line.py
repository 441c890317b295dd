"""The command line as a person uses it: a process of its own, and what it printed."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


async def cst(*arguments: str | Path, typed: str = "") -> Ran:
    """Runs `cst` with these arguments, and with `typed` as its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", *map(str, arguments), cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate(typed.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, out.decode(), err.decode())
