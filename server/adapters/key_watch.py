"""A running city takes up what changes in its key files, and keys whose time has come, within a second."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from core.clock import Clock
from server.adapters.key_files import (
    PURPOSES,
    CityKeys,
    KeyFile,
    Purpose,
    keys_at,
    outlives,
    path_of,
    read_file,
)
from server.adapters.master_key import KeysUnusable, MasterKey

LOOK_SECONDS = 0.5
log = logging.getLogger("keys")


class KeyWatch:
    """The keys of one folder as they are to be used at each moment.

    Files that cannot be used any more (removed, readable by others, wrapped with another master key) change nothing:
    the keys that were read last stay in use, the log says so once, and each look tries again.
    """

    def __init__(self, folder: Path, master: Callable[[], MasterKey], clock: Clock, tokens_live: timedelta) -> None:
        """Raises `KeysUnusable`."""
        self._folder = folder
        self._master = master
        self._clock = clock
        self._tokens_live = tokens_live
        self._told: list[Callable[[CityKeys], None]] = []
        self._refused: Stamps | None = None
        self._stamps = self._stamped()
        self._files = self._read()
        self._taken = self._wanted()
        self.keys = self._built()
        """Those in use since the last look."""

    def tell(self, take_up: Callable[[CityKeys], None]) -> None:
        """Adds somebody who is told of changes."""
        self._told.append(take_up)

    async def run(self) -> None:
        """A job, run every `LOOK_SECONDS`."""
        self.look()

    def look(self) -> None:
        """When nothing has changed it costs three `stat`s."""
        stamps = self._stamped()
        if stamps != self._stamps:
            self._read_again(stamps)
        wanted = self._wanted()
        if wanted != self._taken:
            self._taken = wanted
            self.keys = self._built()
            for take_up in self._told:
                take_up(self.keys)
            log.info("keys taken up", extra={"in_use": [ids[0] for ids in wanted]})

    def _read_again(self, stamps: "Stamps") -> None:
        try:
            self._files, self._stamps = self._read(), stamps
        except KeysUnusable as error:
            if self._refused != stamps:
                log.error("keys not taken up", extra={"problem": str(error)})
            self._refused = stamps

    def _read(self) -> dict[Purpose, KeyFile]:
        master = self._master()
        files = {purpose: read_file(self._folder, purpose, master) for purpose in PURPOSES}
        keys_at(files, self._folder, self._clock.now(), self._tokens_live)
        return files

    def _built(self) -> CityKeys:
        return keys_at(self._files, self._folder, self._clock.now(), self._tokens_live)

    def _wanted(self) -> list[tuple[str, ...]]:
        """The ids of each file's keys that are to be known now, the one in use first."""
        now, live = self._clock.now(), outlives(self._tokens_live)
        schedules = ((file.schedule, live[purpose]) for purpose, file in self._files.items())
        return [
            (schedule.in_use(now).id, *(key.id for key in schedule.known(now, lives))) for schedule, lives in schedules
        ]

    def _stamped(self) -> "Stamps":
        return [_stamp(path_of(self._folder, purpose)) for purpose in PURPOSES]


Stamps = list[tuple[int, int, int] | None]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes with the file: each is written anew and renamed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_mode
