"""The command line `cst`: one module per command, each with `add_to(subparsers)` and what it runs."""

import argparse
import sys
from collections.abc import Sequence

from server.cli import backup, cards, check, credentials, docs, face, keys, serve, store, tour, user, vault, verify
from server.config import ConfigError


def main(arguments: Sequence[str]) -> int:
    """Runs one command; the exit code is 0 when it went well, 1 when it found something, 2 for unusable settings."""
    parser = argparse.ArgumentParser(prog="cst", description="城市通: a city's services on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, check, tour, cards, credentials, verify, face, user, keys, vault, store, backup, docs):
        command.add_to(commands)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ConfigError as error:
        print(f"settings:\n{error}", file=sys.stderr)
        return 2
