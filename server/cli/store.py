"""`cst store copy|check`: a city's documents moved to another store, and looked over."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from core.archive import Damaged, MomentLost
from core.errors import StoreUnavailable
from server.cli.common import add_settings_options, settings_of

PLACES = "embedded, backup:FOLDER, mongodb://…, or env:NAME or file:PATH that holds the address"


def add_to(commands: Any) -> None:
    parser = commands.add_parser("store", help="move the city's documents to another store, or check them")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    copy = actions.add_parser("copy", help="copy the whole store of a city that is stopped; goes on where it was ended")
    copy.add_argument("--from", dest="source", required=True, metavar="STORE", help=PLACES)
    copy.add_argument("--to", dest="target", required=True, metavar="STORE", help="an empty one, named in the same way")
    copy.add_argument("--leave-out", action="append", default=[], metavar="NAME", help="a collection without a model")
    copy.set_defaults(run=run_copy)
    check = actions.add_parser("check", help="whether every document, index and count is as it must be")
    check.add_argument("store", nargs="?", metavar="STORE", help=f"{PLACES}; the settings' own when left out")
    check.set_defaults(run=run_check)
    for action in (copy, check):
        add_settings_options(action)


def run_copy(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen)
    from server.moving.command import copied  # noqa: PLC0415  # loads every model

    return _ended(lambda: copied(settings, chosen.source, chosen.target, chosen.leave_out, _say))


def run_check(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen)
    from server.moving.command import checked  # noqa: PLC0415  # loads every model

    return _ended(lambda: checked(settings, chosen.store, _say, _complain))


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _ended(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    from server.moving.command import Refused  # noqa: PLC0415  # loads every model

    try:
        return asyncio.run(work())
    except Refused as error:
        _complain(str(error))
    except Damaged as error:
        _complain(f"the store's file is damaged ({error}): bring a backup back with cst restore")
    except MomentLost:
        _complain("MongoDB no longer remembers how everything was when the check began: docs/storage.md, Checking")
    except StoreUnavailable:
        _complain("a store does not answer; run the same command again (a copy goes on where it ended)")
    return 1
