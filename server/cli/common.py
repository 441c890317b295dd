"""What several commands share: the options that choose the settings."""

import argparse
from pathlib import Path
from typing import Any

from server.config import Settings, SettingsSource


def add_settings_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings that differ from config.yaml")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder that holds the city's state (var)")


def source_of(chosen: argparse.Namespace, **more: Any) -> SettingsSource:
    """Where the settings are: config.yaml, --config, and the options, the later over the earlier."""
    overrides: dict[str, Any] = dict(more)
    if chosen.data is not None:
        overrides["data"] = str(chosen.data.absolute())
    return SettingsSource(None if chosen.config is None else chosen.config.absolute(), overrides)


def settings_of(chosen: argparse.Namespace, **more: Any) -> Settings:
    """The settings of `source_of`. Raises `ConfigError`."""
    return source_of(chosen, **more).settings()
