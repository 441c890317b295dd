"""`cst card new|check`: start a service card, and find everything that is wrong with the cards there are."""

import argparse
from pathlib import Path
from typing import Any

from server.config import Cards
from service_registry.checker import check_card, check_cards, rendered
from service_registry.problem import Problem
from service_registry.scaffold import CardExists, new_card


def add_to(commands: Any) -> None:
    parser = commands.add_parser("card", help="start a service card, or check the cards")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="a folder with a card that passes the checker")
    new.add_argument("id", help="city or owner, a dot, a name: gy.water_bill")
    new.add_argument("--kind", choices=("query", "booking", "link"), default="query")
    new.set_defaults(run=run_new)
    check = actions.add_parser("check", help="everything that is wrong, with file, line and remedy")
    check.add_argument("card", nargs="?", metavar="ID", help="one card; all of them when left out")
    check.add_argument("--production", action="store_true", help="also refuse what production refuses")
    check.set_defaults(run=run_check)
    for action in (new, check):
        action.add_argument("--cards", type=Path, default=Cards().path, metavar="DIR", help="the folder of cards")
