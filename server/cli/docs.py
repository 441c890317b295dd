"""`cst docs`: the references that are generated: docs/errors.md, docs/cards.md, docs/card.schema.json."""

import argparse
import sys
from pathlib import Path
from typing import Any

from server.config import ROOT


def add_to(commands: Any) -> None:
    parser = commands.add_parser("docs", help="write the generated references")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when one is not up to date")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    from server.cli.references import references  # noqa: PLC0415  # loads the whole city

    stale = {path: content for path, content in references().items() if not _holds(path, content)}
    for path, content in stale.items():
        if not chosen.check:
            path.write_text(content)
        print(
            f"{path.relative_to(ROOT)} {'is not up to date: ./run docs' if chosen.check else 'written'}",
            file=sys.stderr,
        )
    return 1 if stale and chosen.check else 0


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and path.read_text() == content
