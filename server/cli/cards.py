"""`cst card new|check`: start a service card, and find everything that is wrong with the cards there are."""

import argparse
import sys
from pathlib import Path
from typing import Any

from core.problem import Problem
from server.config import Cards
from service_registry.checker import check_card, check_cards, rendered
from service_registry.scaffold import CardExists, CardIdInvalid, new_card


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


def run_new(chosen: argparse.Namespace) -> int:
    try:
        folder, problems = new_card(chosen.cards, chosen.id, chosen.kind)
    except (CardExists, CardIdInvalid) as error:
        print(f"{error}: {explanation_of(error)}", file=sys.stderr)
        return 1
    print(f"made {folder}; change it, then: cst card check {chosen.id}")
    return _told(problems)


def explanation_of(error: Exception) -> str:
    """What the kind of error means, as its class says it."""
    return " ".join((error.__doc__ or "").split())


def run_check(chosen: argparse.Namespace) -> int:
    if chosen.card:
        problems = check_card(chosen.cards / chosen.card, production=chosen.production)
    else:
        problems = check_cards(chosen.cards, production=chosen.production)
    return _told(problems)


def _told(problems: list[Problem]) -> int:
    if problems:
        print(rendered(problems), file=sys.stderr)
        return 1
    print("the cards are as they must be")
    return 0
