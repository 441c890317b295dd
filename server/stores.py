"""The stores that the settings name: embedded in the process, or MongoDB and Redis beside it."""

from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.documents import Documents
from core.ephemeral import Ephemeral
from core.errors import StoreUnavailable
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.adapters.mongo_documents import MongoDocuments
from server.adapters.per_worker_fallback import PerWorkerFallback
from server.adapters.quota_leases import LeasedQuotas
from server.adapters.redis_ephemeral import RedisEphemeral
from server.adapters.sqlite_backup import RESTORED
from server.adapters.sqlite_documents import SqliteDocuments
from server.beside import data_folder_of
from server.collections import COLLECTIONS
from server.config import EMBEDDED, ConfigError, Settings
from server.copy_record import CopyUnfinished, refuse_unfinished

DATABASE = "city.db"


async def documents_of(settings: Settings) -> Documents:
    """The city's database. Raises `ConfigError`."""
    address = settings.storage.documents
    opened = _embedded(settings) if address == EMBEDDED else _mongo(address.url("storage.documents"))
    documents = await opened
    try:
        await refuse_unfinished(documents)
    except BaseException as error:
        await documents.close()
        if isinstance(error, CopyUnfinished):
            how = "run the same cst store copy again, which goes on where it ended"
            raise ConfigError(f"storage.documents: only a part of a city was copied here: {how}") from error
        raise
    return documents


async def ephemeral_of(settings: Settings, clock: Clock) -> Ephemeral:
    """What may be lost: in this process's memory, or in Redis with the memory to fall back on. Raises `ConfigError`."""
    address = settings.storage.ephemeral
    if address == EMBEDDED:
        return MemoryEphemeral(clock)
    try:
        shared = RedisEphemeral.open(address.url("storage.ephemeral"))
    except ValueError as error:
        raise ConfigError(f"storage.ephemeral: {error}") from error
    return PerWorkerFallback(shared, MemoryEphemeral(clock), LeasedQuotas(shared, clock))


def scrub_of(documents: Documents) -> Callable[[], Awaitable[bool]]:
    """What takes deleted content out of the store's files. A database server has its own ways (docs/privacy.md)."""
    return documents.scrub if isinstance(documents, SqliteDocuments) else _nothing_to_scrub


async def _nothing_to_scrub() -> bool:
    return True


def is_away(ephemeral: Ephemeral) -> bool:
    """Whether the city goes on without its shared ephemeral store."""
    return isinstance(ephemeral, PerWorkerFallback) and ephemeral.degraded


def health_of(ephemeral: Ephemeral) -> Callable[[], Awaitable[str | None]]:
    """A check for /readyz: with Redis away the city serves on, each worker with limits of its own, and says so."""

    async def check() -> str | None:
        await ephemeral.ping()
        return "away; limits are this worker's own" if is_away(ephemeral) else None

    return check


async def _embedded(settings: Settings) -> Documents:
    file = data_folder_of(settings) / DATABASE
    if file.with_name(file.name + RESTORED).exists():
        raise ConfigError(f"data: restoring {file} was interrupted: run the same cst restore again")
    try:
        return await SqliteDocuments.open(file)
    except StoreUnavailable as error:
        raise ConfigError(f"data: {file} cannot be opened: {error.__cause__}") from error
    except ValueError as error:
        raise ConfigError(f"data: {error}") from error


async def _mongo(url: str) -> Documents:
    """With all collections and indexes in step, so that no request ever waits for that."""
    try:
        documents = await MongoDocuments.open(url)
        try:
            await documents.prepare(COLLECTIONS)
        except BaseException:
            await documents.close()
            raise
    except StoreUnavailable as error:
        raise ConfigError("storage.documents: the server cannot be reached") from error
    except ValueError as error:
        raise ConfigError(f"storage.documents: {error}") from error
    return documents
