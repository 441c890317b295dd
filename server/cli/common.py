"""What several commands share: the options that choose the settings."""

import argparse
from pathlib import Path
from typing import Any

from server.config import Settings, load


def add_settings_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings that differ from config.yaml")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder that holds the city's state (var)")


def settings_of(chosen: argparse.Namespace, **more: Any) -> Settings:
    """The settings of config.yaml, of --config, and of the options, the later over the earlier."""
    overrides: dict[str, Any] = dict(more)
    if chosen.data is not None:
        overrides["data"] = str(chosen.data.absolute())
    return load(chosen.config, overrides)
