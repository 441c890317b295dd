"""`cst docs`: the references that are generated: docs/errors.md, docs/api.md, docs/cards.md, docs/card.schema.json."""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from handlers.http.reference import api_markdown, errors_markdown
from handlers.routes import routes
from server.config import ROOT, Settings
from server.wiring import open_city
from service_registry.docs import card_schema, cards_markdown


def add_to(commands: Any) -> None:
    parser = commands.add_parser("docs", help="write the generated references")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when one is not up to date")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    stale = [path for path, content in asyncio.run(references()).items() if _read(path) != content]
    if chosen.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date: ./run docs", file=sys.stderr)
        return 1 if stale else 0
    for path, content in asyncio.run(references()).items():
        path.write_text(content)
    print("\n".join(f"wrote {path.relative_to(ROOT)}" for path in stale) or "all references are up to date")
    return 0
