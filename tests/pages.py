"""The documentation as tests read it: pages, their sections, their blocks and code spans."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_BLOCK = r"^( *)```(\w*)\n(.*?)^\1```$"


@dataclass(frozen=True)
class Block:
    """What stands between two fences; `language` is empty where none is named."""

    language: str
    text: str


def named(path: str) -> str:
    return (ROOT / path).read_text()


def section(page: str, heading: str) -> str:
    """From a heading of the second level to the next one."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, heading
    return found[1]


def blocks(page: str) -> Iterator[Block]:
    for found in re.finditer(_BLOCK, page, re.MULTILINE | re.DOTALL):
        yield Block(found[2], textwrap.dedent(found[3]))


def prose(page: str) -> str:
    """Without the blocks."""
    return re.sub(_BLOCK, "", page, flags=re.MULTILINE | re.DOTALL)


def spans(page: str) -> Iterator[str]:
    """Code spans within the prose."""
    return (found[1] for found in re.finditer(r"`([^`\n]+)`", prose(page)))


def alike(shown: Any, got: Any) -> bool:
    """Whether an answer is what a page shows. … stands for any value, part of a text, or further items of a list."""
    if isinstance(shown, str) and isinstance(got, str):
        return re.fullmatch(re.escape(shown).replace("…", ".*"), got, re.DOTALL) is not None
    if isinstance(shown, list) and isinstance(got, list):
        whole = "…" not in shown
        items = [item for item in shown if item != "…"]
        return (len(items) == len(got) or not whole) and all(map(alike, items, got)) and len(items) <= len(got)
    if isinstance(shown, dict) and isinstance(got, dict):
        return shown.keys() == got.keys() and all(alike(value, got[name]) for name, value in shown.items())
    return shown in (got, "…")
