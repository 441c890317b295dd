"""`cst docs`: the references that are generated: docs/errors.md, docs/cards.md, docs/card.schema.json."""

import argparse
import sys
from pathlib import Path
from typing import Any

import handlers.routes  # noqa: F401  # loads every error class there is
from handlers.http.reference import errors_markdown
from server.config import ROOT
from service_registry.docs import card_schema, cards_markdown


def add_to(commands: Any) -> None:
    parser = commands.add_parser("docs", help="write the generated references")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when one is not up to date")
    parser.set_defaults(run=run)


def references() -> dict[Path, str]:
    """Each generated file with what it must hold."""
    docs = ROOT / "docs"
    return {
        docs / "errors.md": errors_markdown(),
        docs / "cards.md": cards_markdown(),
        docs / "card.schema.json": card_schema(),
    }


def run(chosen: argparse.Namespace) -> int:
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
