"""`cst user add`: accounts of staff. Works while the city is running."""

import argparse
import asyncio
import getpass
import sys
from typing import Any

from core.clock import SystemClock
from core.errors import CityError
from handlers.http.problems import explanation
from identity_center.revocations import Revocations
from identity_center.staff import ROLES, StaffService
from identity_center.tokens import AccessTokens
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.cli.common import add_settings_options, settings_of
from server.config import Settings
from server.wiring import documents_of, keys_of


def add_to(commands: Any) -> None:
    parser = commands.add_parser("user", help="accounts of staff")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; the password is asked for, or read from standard input")
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, required=True)
    add_settings_options(add)
    add.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen)
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        asyncio.run(_add(settings, chosen.name, chosen.role, password))
    except CityError as error:
        print(f"{error.code}: {explanation(type(error))}", file=sys.stderr)
        return 1
    print(f"added {chosen.name} ({chosen.role})")
    return 0


async def _add(settings: Settings, name: str, role: Any, password: str) -> None:
    clock, identity = SystemClock(), settings.identity
    documents = await documents_of(settings)
    try:
        revocations = Revocations(documents, MemoryEphemeral(clock), clock, identity)
        tokens = AccessTokens(keys_of(settings).tokens, clock, revocations, identity.tokens, issuer="")
        await StaffService(documents, clock, tokens, revocations, identity.staff).add(name, role, password)
    finally:
        await documents.close()
