"""`cst user`: accounts of staff, from the city's own machine. Works while the city is running."""

import argparse
import asyncio
import getpass
import sys
from typing import Any

from core.errors import CityError
from identity_center.staff.changes import AddAccount, AddPost, Change, Disable, ResetPassword, ResetSecondFactor
from identity_center.staff.roles import ROLES
from server.cli.common import add_settings_options, settings_of


def add_to(commands: Any) -> None:
    parser = commands.add_parser("user", help="accounts of staff")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = _action(actions, "add", _add, "add an account; the password is asked for, or read from standard input")
    _add_post_options(add)
    add.add_argument("--temporary", action="store_true", help="make a password up that has to be changed")
    post = _action(actions, "post", _post, "give an account one more post, or take one away")
    _add_post_options(post)
    post.add_argument("--end", action="store_true", help="take this post away; its sessions end")
    _action(actions, "disable", _disable, "disable an account for good; its sessions end")
    reset = _action(actions, "reset", _reset, "give an account a temporary password; its sessions end")
    reset.add_argument("--second-factor", action="store_true", help="take the second factor away instead")


def _action(actions: Any, name: str, run: Any, help_text: str) -> Any:
    parser = actions.add_parser(name, help=help_text)
    parser.add_argument("name")
    add_settings_options(parser)
    parser.set_defaults(run=run)
    return parser


def _add_post_options(parser: Any) -> None:
    parser.add_argument("--role", choices=ROLES, required=True)
    parser.add_argument("--department", default="", metavar="ID", help="as in its cards; city when left out")
    narrowed = parser.add_mutually_exclusive_group()
    narrowed.add_argument("--hall", metavar="ID", help="for one hall only")
    narrowed.add_argument("--card", metavar="ID", help="for one card only")


def _scope(chosen: argparse.Namespace) -> str:
    return f"hall:{chosen.hall}" if chosen.hall else f"card:{chosen.card}" if chosen.card else ""


def _add(chosen: argparse.Namespace) -> int:
    change = AddAccount(name=chosen.name, role=chosen.role, department=chosen.department, scope=_scope(chosen))
    password = None if chosen.temporary else _typed_password()
    return _carried_out(chosen, change, f"added {chosen.name} ({chosen.role})", password)


def _post(chosen: argparse.Namespace) -> int:
    post = AddPost(name=chosen.name, role=chosen.role, department=chosen.department, scope=_scope(chosen))
    said = f"{chosen.name} is {chosen.role} {'no more' if chosen.end else 'as well'}"
    return _carried_out(chosen, post, said, end=chosen.end)


def _disable(chosen: argparse.Namespace) -> int:
    return _carried_out(chosen, Disable(name=chosen.name), f"disabled {chosen.name}")


def _reset(chosen: argparse.Namespace) -> int:
    if chosen.second_factor:
        change: Change = ResetSecondFactor(name=chosen.name)
        return _carried_out(chosen, change, f"{chosen.name} has no second factor now")
    return _carried_out(chosen, ResetPassword(name=chosen.name), f"{chosen.name} has a new password")


def _typed_password() -> str:
    return getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _carried_out(
    chosen: argparse.Namespace, change: Change, said: str, password: str | None = None, *, end: bool = False
) -> int:
    from handlers.http.problems import explanation  # noqa: PLC0415  # loads the whole city
    from server.cli.staff_accounts import carry_out, end_post  # noqa: PLC0415  # as well

    settings = settings_of(chosen)
    work = end_post(settings, change) if end and isinstance(change, AddPost) else carry_out(settings, change, password)
    try:
        outcome = asyncio.run(work)
    except CityError as error:
        print(f"{error.code}: {explanation(type(error))}", file=sys.stderr)
        return 1
    print(said)
    if outcome.temporary_password is not None:
        print(f"temporary password, to be changed at the first sign-in: {outcome.temporary_password}")
    return 0
