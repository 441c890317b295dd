"""What a city has once, however many workers serve it: the folder of its state, the demo's keys and sandbox."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server.adapters.folder_lock import sole_use
from server.adapters.sandbox_process import SandboxAccess, start_sandbox
from server.config import ROOT, ConfigError, Settings
from server.keys import make_demo_keys


def data_folder_of(settings: Settings) -> Path:
    """The folder of the city's state; made when it is not there. Raises `ConfigError`."""
    folder = settings.data_folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data: {folder} cannot be used: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"data: {folder} cannot be written to")
    return folder


@asynccontextmanager
async def beside(settings: Settings, address: str) -> AsyncIterator[SandboxAccess | None]:
    """Holds the folder, makes the demo's missing keys, and runs its sandbox until the block is left.

    Raises `FolderInUse`, `ConfigError`, `SandboxFailed`.
    """
    with sole_use(data_folder_of(settings)):
        if settings.profile == "production":
            yield None
            return
        make_demo_keys(settings)
        port = settings.demo.sandbox_port
        wanted = int(address.rpartition(":")[2]) + 1 if port is None else port
        sandbox = await start_sandbox(ROOT, settings.data_folder / "sandbox", wanted)
        try:
            yield sandbox.access
        finally:
            await sandbox.stop()
