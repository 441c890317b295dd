"""`cst keys new`: the keys that seal personal data and sign tokens and tickets."""

import argparse
import sys
from pathlib import Path
from typing import Any

from server.adapters.key_files import KeysUnusable, make_keys


def add_to(commands: Any) -> None:
    parser = commands.add_parser("keys", help="make the city's keys")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make the key files that are missing in a folder")
    new.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where the keys are kept (keys.folder)")
    new.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    try:
        made = make_keys(chosen.folder)
    except KeysUnusable as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"made {path}" for path in made) or f"{chosen.folder} has all keys already; nothing was changed")
    print("Keep a copy of this folder in a safe place: without vault.json the citizens' data cannot be read again.")
    return 0
