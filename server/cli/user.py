"""`cst user add`: accounts of staff. Works while the city is running."""

import argparse
import asyncio
import getpass
import sys
from typing import Any

from core.errors import CityError
from identity_center.staff import ROLES
from server.cli.common import add_settings_options, settings_of


def add_to(commands: Any) -> None:
    parser = commands.add_parser("user", help="accounts of staff")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; the password is asked for, or read from standard input")
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, required=True)
    add_settings_options(add)
    add.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    from handlers.http.problems import explanation  # noqa: PLC0415  # loads the whole city
    from server.cli.staff_accounts import add_account  # noqa: PLC0415  # as well

    settings = settings_of(chosen)
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        asyncio.run(add_account(settings, chosen.name, chosen.role, password))
    except CityError as error:
        print(f"{error.code}: {explanation(type(error))}", file=sys.stderr)
        return 1
    print(f"added {chosen.name} ({chosen.role})")
    return 0
