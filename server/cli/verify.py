"""`cst verify`: whether a credential that a phone shows is genuine, fresh and not revoked. Asks nobody."""

import argparse
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from core.clock import SystemClock
from identity_center.credentials.errors import PresentationInvalid
from identity_center.credentials.packing import LONGEST_TOKEN
from identity_center.credentials.status_list import LONGEST, StatusList, read
from identity_center.credentials.verification import Checked, verify_offline

LONGEST_KEYS = 65_536


class Unusable(Exception):
    """What was given to verify with cannot be used; the text says what and why."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser("verify", help="verify a shown credential without a network")
    parser.add_argument(
        "code", metavar="CODE_OR_FILE", help="what the phone shows, a file that holds it, or - for input"
    )
    parser.add_argument("--keys", type=Path, required=True, metavar="FILE", help="the city's /api/v1/credentials/keys")
    parser.add_argument(
        "--status", type=Path, action="append", default=[], metavar="FILE",
        help="a kept /api/v1/credentials/status/N; may be given several times",
    )  # fmt: skip
    parser.add_argument("--at", type=moment, metavar="TIME", help="as of then: 2026-11-22T09:30:00+08:00 (now)")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    now = chosen.at or SystemClock().now()
    try:
        keys = _keys(chosen.keys)
        lists = [_status_list(path, keys) for path in chosen.status]
        code = _code(chosen.code)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    try:
        checked = verify_offline(code, keys, lists, now)
    except PresentationInvalid:
        print("unknown: this is no credential that these keys have signed")
        return 1
    print("\n".join(_lines(checked, now)))
    return 0 if checked.verdict == "valid" else 1


_VERDICTS = {
    "valid": "valid",
    "too_old": "too old: shown more than a minute ago; ask for the code of now",
    "revoked": "revoked",
    "suspended": "suspended",
    "expired": "expired",
    "unchecked": "unchecked: genuine and fresh, but no current status list (--status) says whether it is revoked",
}


def _lines(checked: Checked, now: datetime) -> list[str]:
    presented = checked.presented
    age = int((now - presented.shown_at) / timedelta(seconds=1))
    return [
        _VERDICTS[checked.verdict],
        f"  type     {presented.vct}",
        f"  shown    {presented.shown_at.astimezone().isoformat()} ({age} s ago)",
        f"  expires  {presented.expires_at.astimezone().isoformat() if presented.expires_at else 'never'}",
        *(f"  {name}: {value}" for name, value in presented.claims.items()),
    ]


def _code(given: str) -> str:
    if given == "-":
        return sys.stdin.read(LONGEST_TOKEN + 2).strip()
    path = Path(given)
    try:
        is_file = path.is_file()
    except OSError:  # too long for a name: the code itself
        is_file = False
    return _content(path, LONGEST_TOKEN).strip() if is_file else given.strip()


def _keys(path: Path) -> Mapping[str, Any]:
    try:
        keys = orjson.loads(_content(path, LONGEST_KEYS))
    except orjson.JSONDecodeError as error:
        raise Unusable(f"{path}: this is no key set") from error
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise Unusable(f"{path}: this is no key set")
    return keys


def _status_list(path: Path, keys: Mapping[str, Any]) -> StatusList:
    try:
        return read(_content(path, LONGEST).strip(), keys)
    except PresentationInvalid as error:
        raise Unusable(f"{path}: this is no status list that these keys have signed") from error


def _content(path: Path, longest: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(longest + 2).decode()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{path}: this is no text") from error


def moment(written: str) -> datetime:
    found = datetime.fromisoformat(written)
    if found.tzinfo is None:
        raise ValueError("a moment has an offset")
    return found
