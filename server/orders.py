"""What a supervisor and its workers say to each other, over the worker's standard input and output.

The worker is told its `Orders` in one line, and says READY when it serves. DRAIN tells it to end without turning
anybody away, SIGTERM to end soon, and the end of its input that the supervisor is gone.
"""

import socket
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from server.adapters.sandbox_process import SandboxAccess
from server.config import Settings, SettingsSource, settings_of

READY = b"ready\n"
DRAIN = b"drain\n"


class Orders(BaseModel):
    """`written` are the settings as the supervisor read them, so that a worker that takes a dead one's place is like
    the others, whatever the files say meanwhile. `sockets` are file descriptors that listen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    written: dict[str, Any]
    file: Path | None
    overrides: dict[str, Any]
    address: str
    sockets: tuple[int, ...]
    sandbox: SandboxAccess | None

    @property
    def source(self) -> SettingsSource:
        return SettingsSource(self.file, self.overrides)

    def settings(self) -> Settings:
        return settings_of(self.written)

    def listening(self) -> list[socket.socket]:
        found = [socket.socket(fileno=descriptor) for descriptor in self.sockets]
        for one in found:
            one.setblocking(False)
        return found


def address_of(sockets: list[socket.socket]) -> str:
    """The URL at which these are reached."""
    host, port = sockets[0].getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
