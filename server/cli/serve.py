"""`cst serve`: the city, until it is told to stop."""

import argparse
from typing import Any

from server.cli.common import add_settings_options, source_of


def add_to(commands: Any) -> None:
    parser = commands.add_parser("serve", help="run the city")
    add_settings_options(parser)
    parser.add_argument("--port", type=int, metavar="N", help="listen there (8080; 0 for any free port)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that serve (1; more need Redis)")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    more: dict[str, Any] = {} if chosen.port is None else {"http": {"port": chosen.port}}
    if chosen.workers is not None:
        more["workers"] = chosen.workers
    source = source_of(chosen, **more)
    settings = source.settings()
    if settings.workers > 1:
        from server.supervisor import supervise  # noqa: PLC0415  # stays small: it loads nothing of the city

        return supervise(settings, source)
    from server.app import serve  # noqa: PLC0415  # loads the whole city: not for settings that cannot be used

    return serve(settings, source)
