"""`cst check`: whether the settings, the cards and the types of credentials are as they must be."""

import argparse
import sys
from typing import Any

from identity_center.credentials.type_files import load_types
from server.cli.common import add_settings_options, settings_of
from service_registry.checker import check_cards, rendered


def add_to(commands: Any) -> None:
    parser = commands.add_parser("check", help="check the settings, the cards and the types of credentials")
    add_settings_options(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen)
    production = settings.profile == "production"
    # The demo's sandbox brings addresses of its own; in production every ${NAME} of a card must be in the settings.
    addresses = settings.departments.addresses if production else None
    problems = check_cards(settings.cards.path, addresses, production=production)
    problems += load_types(settings.credentials.path).problems
    if problems:
        print(rendered(problems), file=sys.stderr)
        return 1
    print(f"settings ({settings.profile}), cards and types of credentials are as they must be")
    return 0
