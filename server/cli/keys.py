"""`cst keys …`: make, show, rotate and retire the keys that seal personal data and sign tokens and tickets.

All of it works beside a running city, which takes up what changed within a second.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.clock import SystemClock
from core.errors import CityError
from server.adapters.key_changes import KeyFolder, KeyNotRetired, KeyView, retire, rewrap, rotate, shown
from server.adapters.key_files import PURPOSES, Purpose, make_keys
from server.adapters.master_key import KeysUnusable, MasterKey, new_master_key
from server.cli.common import add_settings_options, settings_of
from server.config import Settings

Run = Callable[[argparse.Namespace], int]


def add_to(commands: Any) -> None:
    parser = commands.add_parser("keys", help="make, show, rotate and retire the city's keys")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _action(actions, "master", "print a new master key", run_master)
    new = _action(actions, "new", "make the key files that are missing in a folder", run_new)
    _action(actions, "list", "the keys there are, and which are used", run_list)
    turned = _action(
        actions, "rotate", "a new key: published at once, used after its time (keys.*_ahead_seconds)", run_rotate
    )
    for purpose in PURPOSES:
        turned.add_argument(f"--{purpose}", action="store_true", help=_KINDS[purpose])
    turned.add_argument(
        "--leaked", action="store_true", help="somebody has the old key: use the new one at once, drop the old"
    )
    retired = _action(actions, "retire", "take a replaced key out, when nothing needs it any more", run_retire)
    retired.add_argument("key", metavar="KEY", help="its id, as cst keys list shows it")
    wrapped = _action(actions, "rewrap", "wrap the keys with another master key", run_rewrap)
    wrapped.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new master key; made when missing")
    for parser in (new, turned, retired, wrapped):
        parser.add_argument("--master", type=Path, metavar="FILE", help="the file of the master key (keys.master)")


_KINDS: dict[Purpose, str] = {
    "vault": "the key that seals personal data",
    "tokens": "the key of access tokens (what is rotated when nothing is said)",
    "tickets": "the key of tickets",
    "credentials": "the key of electronic credentials and their status lists",
    "oidc": "the key of id tokens for department sites",
    "records": "the key of receipts and of the logs' anchors",
}


def _action(actions: Any, name: str, does: str, run: Run) -> Any:
    parser = actions.add_parser(name, help=does)
    add_settings_options(parser)
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the keys are kept (keys.folder)")
    parser.set_defaults(run=lambda chosen: _telling(run, chosen))
    return parser


def _telling(run: Run, chosen: argparse.Namespace) -> int:
    try:
        return run(chosen)
    except (KeysUnusable, KeyNotRetired) as error:
        print(error, file=sys.stderr)
        return 1
    except CityError as error:
        print(error.code, file=sys.stderr)
        return 1


def _settings(chosen: argparse.Namespace) -> Settings:
    keys: dict[str, Any] = {}
    if chosen.folder is not None:
        keys["folder"] = str(chosen.folder.absolute())
    if getattr(chosen, "master", None) is not None:
        keys["master"] = {"env": None, "file": str(chosen.master.absolute())}
    return settings_of(chosen, **({"keys": keys} if keys else {}))


def _folder(chosen: argparse.Namespace) -> KeyFolder:
    from server.keys import key_folder_of  # noqa: PLC0415  # loads the whole city

    return key_folder_of(_settings(chosen))


def run_master(_chosen: argparse.Namespace) -> int:
    print(new_master_key())
    return 0


def run_new(chosen: argparse.Namespace) -> int:
    from server.keys import key_choices_of, make_master_key, master_key_of  # noqa: PLC0415

    settings = _settings(chosen)
    file = settings.keys.master.file
    made = [file] if file is not None and make_master_key(file) else []
    folder = settings.keys_folder
    made += make_keys(folder, master_key_of(settings), key_choices_of(settings), SystemClock().now())
    print("\n".join(f"made {path}" for path in made) or f"{folder} has all keys already; nothing was changed")
    print("Keep copies of this folder and of the master key in two safe places: without both, the citizens' data")
    print("cannot be read again.")
    return 0


def run_list(chosen: argparse.Namespace) -> int:
    keys, zone = _folder(chosen), ZoneInfo(_settings(chosen).city.zone)
    for view in shown(keys, SystemClock().now()):
        print(_line(view, zone))
    return 0


def _line(view: KeyView, zone: ZoneInfo) -> str:
    since = _written(view.used_from, zone)
    replaced = _written(view.replaced_at, zone) if view.replaced_at else ""
    means = {
        "announced": f"is published, used from {since}",
        "in use": f"in use since {since}" + (f", until {replaced}" if replaced else ""),
        "replaced": f"replaced {replaced}, "
        + ("opens what it sealed" if view.purpose == "vault" else "still verifies"),
        "over": f"replaced {replaced}, needed no more; goes with the next rotation",
    }
    return f"{view.purpose:8}{view.algorithm:8}{view.id}  {means[view.state]}"


def _written(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def run_rotate(chosen: argparse.Namespace) -> int:
    settings, keys = _settings(chosen), _folder(chosen)
    zone, ahead = ZoneInfo(settings.city.zone), settings.keys
    seconds = {
        "vault": ahead.vault_ahead_seconds,
        "tokens": ahead.token_ahead_seconds,
        "tickets": ahead.ticket_ahead_seconds,
        "credentials": ahead.ticket_ahead_seconds,
        "oidc": ahead.ticket_ahead_seconds,
        "records": ahead.ticket_ahead_seconds,
    }
    named = [purpose for purpose in PURPOSES if getattr(chosen, purpose)]
    for purpose in named or ["tokens"]:
        now = SystemClock().now()
        made = rotate(keys, purpose, now, timedelta(seconds=seconds[purpose]), leaked=chosen.leaked)
        print(f"{purpose}: {made.id} ({made.algorithm}) is used from {_written(made.used_from, zone)}")
        if purpose == "vault":
            print("What older keys sealed is sealed anew by the running city, or by: cst vault reseal")
    return 0


def run_retire(chosen: argparse.Namespace) -> int:
    from server.cli.vault_keys import check_unused  # noqa: PLC0415  # loads the whole city

    keys = _folder(chosen)
    asyncio.run(check_unused(_settings(chosen), keys, chosen.key))
    purpose = retire(keys, chosen.key, SystemClock().now())
    print(f"{purpose}: {chosen.key} is retired")
    if purpose == "vault":
        print("Backups from before that need it: keep an older copy of the key folder as long as you keep those.")
    return 0


def run_rewrap(chosen: argparse.Namespace) -> int:
    from server.keys import make_master_key  # noqa: PLC0415  # loads the whole city

    keys = _folder(chosen)
    if make_master_key(chosen.to):
        print(f"made {chosen.to}")
    rewrap(keys, MasterKey(chosen.to.read_text().strip()))
    print(f"The keys in {keys.folder} are wrapped with the master key in {chosen.to}: let keys.master name it now.")
    print("A city that runs goes on, and starts again only with the new one.")
    return 0
