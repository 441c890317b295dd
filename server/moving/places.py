"""Where a city's documents are or shall be, as a person names it on the command line, and how each is opened."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.archive import Archive
from core.documents import Documents
from core.errors import StoreUnavailable
from server.adapters.folder_lock import FolderInUse, sole_use
from server.adapters.mongo_archive import MongoArchive
from server.adapters.mongo_documents import DATABASE, MongoDocuments
from server.adapters.sqlite_archive import Hold, SqliteArchive
from server.adapters.sqlite_backup import BackupRefused, opened_backup
from server.adapters.sqlite_documents import SqliteDocuments
from server.beside import data_folder_of
from server.config import EMBEDDED, ConfigError, SecretSource, Settings, StoreAddress
from server.stores import DATABASE as FILE


class Refused(Exception):
    """A place cannot be used as it is now; the text says why, and what to do."""


@dataclass(frozen=True)
class Embedded:
    settings: Settings

    @property
    def file(self) -> Path:
        return self.settings.data_folder / FILE

    @property
    def label(self) -> str:
        return str(self.file)


@dataclass(frozen=True)
class Backup:
    folder: Path

    @property
    def label(self) -> str:
        return f"backup:{self.folder}"


@dataclass(frozen=True)
class Mongo:
    url: str

    @property
    def label(self) -> str:
        """Without user, password and options."""
        scheme, _, rest = self.url.partition("?")[0].partition("://")
        hosts, _, database = rest.rpartition("@")[2].partition("/")
        return f"{scheme}://{hosts}/{database or DATABASE}"


Place = Embedded | Backup | Mongo


def place_of(written: str | None, option: str, settings: Settings) -> Place:
    """`embedded`, `backup:FOLDER`, a mongodb:// address, `env:NAME` or `file:PATH` of one; None is where the settings
    say that the documents are. Raises `ConfigError`."""
    if written is None:
        address = settings.storage.documents
        return Embedded(settings) if address == EMBEDDED else Mongo(address.url("storage.documents"))
    kind, _, rest = written.partition(":")
    if written == EMBEDDED:
        return Embedded(settings)
    if kind == "backup" and rest:
        return Backup(Path(rest).absolute())
    if kind in ("env", "file") and rest:
        secret = SecretSource(env=rest) if kind == "env" else SecretSource(file=Path(rest).absolute())
        return Mongo(StoreAddress(secret=secret).url(option).strip())
    if kind in ("mongodb", "mongodb+srv"):
        if "@" in written:
            raise ConfigError(f"{option}: others can read the command line; write env:NAME or file:PATH of a password")
        return Mongo(written)
    raise ConfigError(f"{option}: write embedded, backup:FOLDER, mongodb://…, or env:NAME or file:PATH of an address")


@dataclass(frozen=True)
class Target:
    """`documents` are the same store as `archive`."""

    archive: Archive
    documents: Documents


@asynccontextmanager
async def opened_source(place: Place) -> AsyncIterator[Archive]:
    """A whole city at rest: nobody else writes to an embedded one. Raises `Refused`, `ConfigError`."""
    async with AsyncExitStack() as stack:
        match place:
            case Embedded():
                stack.enter_context(_at_rest(_existing(place)))
                archive: Archive = await _sqlite(place.file, "writers")
            case Backup():
                archive = await _backup(place)
            case Mongo():
                archive = await _mongo(place)
        stack.push_async_callback(archive.close)
        yield archive


@asynccontextmanager
async def opened_target(place: Place) -> AsyncIterator[Target]:
    """No city starts on it meanwhile. Raises `Refused`, `ConfigError`."""
    async with AsyncExitStack() as stack:
        match place:
            case Embedded():
                stack.enter_context(_at_rest(data_folder_of(place.settings) / FILE))
                documents: Documents = await SqliteDocuments.open(place.file)
                stack.push_async_callback(documents.close)
                archive: Archive = await _sqlite(place.file, "nothing")
            case Backup():
                raise Refused("a backup is made by cst backup, and never written to afterwards")
            case Mongo():
                archive = await _mongo(place)
                documents = await MongoDocuments.open(place.url)
                stack.push_async_callback(documents.close)
        stack.push_async_callback(archive.close)
        yield Target(archive, documents)


@asynccontextmanager
async def opened_moment(place: Place) -> AsyncIterator[Archive]:
    """To look at, as it is at one moment; a city may go on writing. Raises `Refused`, `ConfigError`."""
    match place:
        case Embedded():
            archive: Archive = await _sqlite(_existing(place), "moment")
        case Backup():
            archive = await _backup(place)
        case Mongo():
            archive = await _mongo(place, moment=True)
    try:
        yield archive
    finally:
        await archive.close()


def _existing(place: Embedded) -> Path:
    if not place.file.is_file():
        raise Refused(f"there is no database {place.file}; --data DIR names the city's folder")
    return place.file


@contextmanager
def _at_rest(file: Path) -> Iterator[None]:
    try:
        with sole_use(file.parent):
            yield
    except FolderInUse as error:
        how = "stop it, or copy a backup of it: cst backup DIR, then --from backup:DIR"
        raise Refused(f"a city is running on {file.parent}: {how}") from error


async def _sqlite(file: Path, hold: Hold) -> Archive:
    try:
        return await SqliteArchive.open(file, hold)
    except StoreUnavailable as error:
        raise Refused(f"{file} cannot be opened: {error.__cause__}") from error
    except ValueError as error:
        raise Refused(str(error)) from error


async def _backup(place: Backup) -> Archive:
    try:
        return await opened_backup(place.folder)
    except (BackupRefused, ValueError) as error:
        raise Refused(str(error)) from error


async def _mongo(place: Mongo, *, moment: bool = False) -> Archive:
    try:
        return await MongoArchive.open(place.url, moment=moment)
    except StoreUnavailable as error:
        raise Refused(f"{place.label} cannot be reached") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
