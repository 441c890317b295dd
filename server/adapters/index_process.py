"""The search index, made by a process of its own that is gone when it is made: its dictionaries are large."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from service_registry.search import Findable, IndexData

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60.0
_cards = TypeAdapter(tuple[Findable, ...])
_index = TypeAdapter(IndexData)


class IndexingFailed(Exception):
    """The process that makes the search index did not; its own output says why."""


def indexed_apart(cards: Sequence[Findable]) -> IndexData:
    """`service_registry.indexing.indexed`. Waits for the process. Raises `IndexingFailed`."""
    asked = _cards.dump_json(tuple(cards))
    command = [sys.executable, "-m", "service_registry.indexing"]
    try:
        made = subprocess.run(command, input=asked, stdout=subprocess.PIPE, cwd=ROOT, timeout=SECONDS, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise IndexingFailed("the search index could not be made") from error
    return _index.validate_json(made.stdout)
