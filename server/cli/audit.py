"""`cst audit verify|anchor`: whether the chained logs are what was written, and statements of how they stand."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from core.archive import Damaged, MomentLost
from core.errors import StoreUnavailable
from server.cli.common import add_settings_options, settings_of
from server.cli.store import PLACES
from server.config import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("audit", help="whether the access log and the staff log are what was written")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="name every row that was altered, removed or re-ordered")
    verify.add_argument("store", nargs="?", metavar="STORE", help=f"{PLACES}; the settings' own when left out")
    verify.add_argument(
        "--anchors", type=Path, action="append", default=[], metavar="FILE",
        help="anchors that were kept elsewhere (anchors.jsonl); may be given several times",
    )  # fmt: skip
    anchor = actions.add_parser(
        "anchor", help="anchor the logs now, beside the running city, and print where they stand"
    )
    for action, work in ((verify, _verify), (anchor, _anchor)):
        add_settings_options(action)
        action.set_defaults(run=lambda chosen, work=work: _ended(work(settings_of(chosen), chosen)))


def _ended(work: Coroutine[Any, Any, int]) -> int:
    from server.moving.command import Refused  # noqa: PLC0415  # loads every model

    try:
        return asyncio.run(work)
    except Refused as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    except Damaged as error:
        print(f"the store's file is damaged ({error}): bring a backup back with cst restore", file=sys.stderr)
    except (MomentLost, StoreUnavailable):
        print("the store does not answer; run the same command again", file=sys.stderr)
    return 1


async def _verify(settings: Settings, chosen: argparse.Namespace) -> int:
    from server.moving.audit_command import verified  # noqa: PLC0415  # loads every model

    found = await verified(settings, chosen.store, chosen.anchors)
    for fault in found.faults:
        print(f"fault: {fault}", file=sys.stderr)
    print(f"{found.rows:,} rows of {found.chains:,} chains, {found.anchors:,} anchors")
    print(f"{len(found.faults)} faults" if found.faults else "every row is what was written")
    return 1 if found.faults else 0


async def _anchor(settings: Settings, _chosen: argparse.Namespace) -> int:
    from server.moving.audit_command import anchored  # noqa: PLC0415  # loads every model

    print(f"{await anchored(settings)} anchors written; they are also in {settings.anchors_folder}")
    return 0
