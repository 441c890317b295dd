"""`cst serve`: the city, until it is told to stop."""

import argparse
from typing import Any

from server.cli.common import add_settings_options, settings_of


def add_to(commands: Any) -> None:
    parser = commands.add_parser("serve", help="run the city")
    add_settings_options(parser)
    parser.add_argument("--port", type=int, metavar="N", help="listen there (8080; 0 for any free port)")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    port = {} if chosen.port is None else {"http": {"port": chosen.port}}
    settings = settings_of(chosen, **port)
    from server.app import serve  # noqa: PLC0415  # loads the whole city: not for settings that cannot be used

    return serve(settings)
