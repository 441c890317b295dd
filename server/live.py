"""What takes effect while the city runs: changed cards, and those settings that can change under a running process.

Files are looked at twice a second, by each worker for itself, so that a change is in force everywhere within a second
and nobody has to be told. Settings that cannot be read, and cards that do not pass the checker, change nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from core.documents import JsonObject
from server.config import ConfigError, Settings, SettingsSource

LOOK_SECONDS = 0.5
LIVE = ("city.notices", "limits", "log", "departments.addresses")
"""Settings that are in force as soon as they are written. All others wait for a start, or, with several workers, for
SIGHUP."""

_log = logging.getLogger(__name__)
_Stamp = frozenset[tuple[str, int, int]]


class Live:
    """`apply` puts live settings in force; `read_cards` reads the cards' folder anew, in whatever thread, and returns
    what puts the result in force."""

    def __init__(
        self,
        source: SettingsSource,
        settings: Settings,
        *,
        apply: Callable[[Settings], None],
        read_cards: Callable[[Settings], Callable[[], None]],
    ) -> None:
        self._source = source
        self._started_with = settings
        self._settings = settings
        self._apply = apply
        self._read_cards = read_cards
        self._written: _Stamp = frozenset()
        self._cards = _stamp(_files_of(settings.cards.path))

    async def look(self) -> None:
        """Takes over what has changed since the last look."""
        written = _stamp(self._source.files)
        moved = False
        if written != self._written:
            self._written = written
            moved = await self._take_settings_over()
        cards = await asyncio.to_thread(lambda: _stamp(_files_of(self._started_with.cards.path)))
        if moved or cards != self._cards:
            put = await asyncio.to_thread(self._read_cards, self._settings)
            put()
            self._cards = cards

    async def _take_settings_over(self) -> bool:
        """Whether addresses of departments have changed, which stand in cards."""
        try:
            settings = await asyncio.to_thread(self._source.settings)
        except ConfigError as error:
            _log.error("settings not taken over", extra={"faults": str(error).splitlines()})
            return False
        waiting = waiting_settings(self._started_with, settings)
        if waiting:
            _log.warning("settings wait for a restart", extra={"settings": waiting})
        before, self._settings = self._settings, settings
        self._apply(settings)
        return before.departments.addresses != settings.departments.addresses


def waiting_settings(before: Settings, after: Settings) -> list[str]:
    """The dotted paths of settings that differ and are not live."""
    earlier, later = (dict(_leaves(settings.model_dump(mode="json", warnings=False))) for settings in (before, after))
    changed = {path for path in {*earlier, *later} if earlier.get(path) != later.get(path)}
    return sorted(path for path in changed if not any(path == one or path.startswith(f"{one}.") for one in LIVE))


def _leaves(value: JsonObject, path: str = "") -> Iterator[tuple[str, object]]:
    for name, part in value.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(part, dict) and part:
            yield from _leaves(part, inner)
        else:
            yield inner, part


def _files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())


def _stamp(files: Iterable[Path]) -> _Stamp:
    """Tells whether files have changed: their names, sizes and times. One that is going away just now is not there."""
    found = set()
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        found.add((str(file), status.st_mtime_ns, status.st_size))
    return frozenset(found)
