"""Accounts that were erased after a backup was taken, erased again in what is restored from it: before it is used, so
that nobody who was erased is there again for a moment."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.clock import SystemClock
from core.closing import Erasure
from core.errors import StoreUnavailable
from identity_center.persons import Persons
from identity_center.privacy.erasure import Erasures
from identity_center.privacy.settings import PrivacySettings
from identity_center.revocations import Revocations
from identity_center.settings import IdentitySettings
from server.adapters.erased_ledger import append, entries_of, ledger_file
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.sqlite_backup import BackupRefused
from server.adapters.sqlite_documents import SqliteDocuments
from server.config import Settings


@dataclass
class Erased:
    """Account ids and when they were erased. `again` counts those that a restored database had once more."""

    entries: Mapping[str, datetime]
    again: int = 0

    def erase_in(self, database: Path) -> None:
        """Raises `BackupRefused`."""
        if self.entries:
            try:
                self.again = asyncio.run(_erased_in(database, self.entries))
            except (StoreUnavailable, ValueError) as error:
                raise BackupRefused(f"those who were erased could not be erased again: {error}") from error


def erased_before(settings: Settings, former: Path) -> Erased:
    """What the ledger beside the database says, and the ledger in the former database; the file has both then."""
    file = ledger_file(settings)
    written = entries_of(file)
    more = {account: at for account, at in _of_database(former).items() if account not in written}
    append(file, more)
    return Erased({**written, **more})


async def _erased_in(database: Path, entries: Mapping[str, datetime]) -> int:
    """What is left to do is done by the city's job, as with any erasure."""
    clock, identity = SystemClock(), IdentitySettings()
    documents = await SqliteDocuments.open(database)
    try:
        revocations = Revocations(documents, MemoryEphemeral(clock), clock, identity)
        persons = Persons(documents, clock, revocations, identity.person)
        ledger = _Read(entries)
        erasures = Erasures(
            documents, clock, persons, revocations, (), ledger, _nobody, documents.scrub, PrivacySettings()
        )
        return await erasures.erase_again()
    finally:
        await documents.close()


@dataclass(frozen=True)
class _Read:
    read: Mapping[str, datetime]

    async def add(self, account_id: str, at: datetime) -> None:
        """It stands there already."""

    async def entries(self) -> Mapping[str, datetime]:
        return self.read


def _nobody(_account_id: str) -> None:
    """Remembers a key here."""


def _of_database(file: Path) -> dict[str, datetime]:
    """As it lies there, whatever version wrote it; nothing when it cannot be read."""
    if not file.is_file():
        return {}
    try:
        with closing(sqlite3.connect(file)) as connection:
            query = f"SELECT id, _json ->> 'begun_at' FROM {Erasure.collection}"  # noqa: S608
            return {str(one): datetime.fromisoformat(at) for one, at in connection.execute(query)}
    except (sqlite3.Error, ValueError, TypeError):
        return {}
