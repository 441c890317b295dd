"""`cst credential check`: find everything that is wrong with the types of credentials there are."""

import argparse
import sys
from pathlib import Path
from typing import Any

from core.problem import rendered
from identity_center.credentials.type_files import load_types
from server.config import Credentials


def add_to(commands: Any) -> None:
    parser = commands.add_parser("credential", help="check the types of electronic credentials")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="everything that is wrong with them, with file, line and remedy")
    check.add_argument("--types", type=Path, default=Credentials().path, metavar="DIR", help="the folder of types")
    check.set_defaults(run=run_check)


def run_check(chosen: argparse.Namespace) -> int:
    loaded = load_types(chosen.types)
    if loaded.problems:
        print(rendered(loaded.problems), file=sys.stderr)
        return 1
    print(f"{len(loaded.types)} types of credentials are as they must be: {', '.join(loaded.types)}")
    return 0
