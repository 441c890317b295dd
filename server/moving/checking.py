"""A whole store looked over: files, documents, indexes, and what must hold between documents.

What is said of a fault is its collection, the document's id and what is wrong; never a value, which may be a person's.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from pydantic import ValidationError

from core.archive import Archive, Damaged, Entry, Fault, everything
from core.clock import Clock
from core.documents import Document, decoded
from identity_center.access_log import AccessLog, AccessLogEntry, AccessLogHead
from identity_center.vault import Vault
from identity_center.vault_mark import VaultMark, VaultMismatch, check_vault
from insight.books import Books as Figures
from server.adapters.memory_archive import MemoryArchive
from server.adapters.memory_documents import MemoryDocuments
from server.collections import COLLECTIONS
from server.copy_record import OF_THE_STORE
from service_registry.booking.books import Books as Bookings

Say = Callable[[str], None]


@dataclass
class Sight:
    """What is known of the documents seen so far; `whole` until some of them could not be read."""

    bookings: Bookings
    figures: Figures
    whole: bool = True


async def faults_of(archive: Archive, vault: Vault | None, clock: Clock, say: Say) -> AsyncIterator[Fault]:
    """Everything that is wrong. Without a vault, the chains of the access log are not looked at.

    Raises `StoreUnavailable`, `MomentLost`.
    """
    for fault in await archive.damage():
        yield fault
    for name in sorted(await archive.names() - {model.collection for model in COLLECTIONS} - OF_THE_STORE):
        yield Fault(name, None, "is a collection of which this version has no model")
    sight = Sight(Bookings(clock.now()), Figures())
    for model in COLLECTIONS:
        async for fault in _of_collection(archive, model, sight, say):
            yield fault
    if sight.whole:  # what cannot be seen would be missed everywhere else
        for fault in (*sight.bookings.faults(), *sight.figures.faults()):
            yield fault
        async for fault in _of_the_vault(archive, vault, clock):
            yield fault


async def _of_collection(archive: Archive, model: type[Document], sight: Sight, say: Say) -> AsyncIterator[Fault]:
    documents = 0
    try:
        for fault in await archive.faults(model):
            yield fault
        async for entry in _entries(archive, model):
            documents += 1
            document, faults = _read(model, entry)
            for fault in faults:
                yield fault
            if document is not None:
                sight.bookings.saw(document)
                sight.figures.saw(document)
    except Damaged as error:
        sight.whole = False
        yield Fault(model.collection, None, f"cannot be read to its end ({error})")
    say(f"{model.collection}: {documents:,}")


async def _entries(archive: Archive, model: type[Document]) -> AsyncIterator[Entry]:
    async for some in everything(archive, model):
        for entry in some:
            yield entry


def _read(model: type[Document], entry: Entry) -> tuple[Document | None, list[Fault]]:
    if entry.stored is None:
        return None, [Fault(model.collection, entry.id, "is no JSON object")]
    faults = [Fault(model.collection, entry.id, f"stands in an index under another {name}") for name in entry.astray]
    if entry.stored.get("id") != entry.id:
        faults.append(Fault(model.collection, entry.id, "names itself otherwise"))
    version = entry.stored.get("version")
    if not isinstance(version, int) or version < 1:
        faults.append(Fault(model.collection, entry.id, "has no version"))
    try:
        return decoded(model, entry.stored), faults
    except ValidationError as error:
        # The path within a field may hold names that somebody chose, and so is left out.
        wrong = sorted(
            {f"{detail['loc'][0] if detail['loc'] else 'all'} ({detail['type']})" for detail in error.errors()}
        )
        return None, [*faults, Fault(model.collection, entry.id, f"is no {model.__name__}: {', '.join(wrong)}")]


async def _of_the_vault(archive: Archive, vault: Vault | None, clock: Clock) -> AsyncIterator[Fault]:
    if vault is None:
        return
    if not await _is_the_citys(archive, vault):
        yield Fault(VaultMark.collection, VaultMark.ID, "was made with other keys than those of vault.json")
        return
    heads = {entry.id: entry async for entry in _entries(archive, AccessLogHead)}
    chain: list[Entry] = []
    async for entry in _entries(archive, AccessLogEntry):  # in order of id, those of one account follow each other
        if chain and _account(chain[0]) != _account(entry):
            for fault in await _chain_faults(chain, heads.pop(_account(chain[0]), None), vault, clock):
                yield fault
            chain = []
        chain.append(entry)
    if chain:
        for fault in await _chain_faults(chain, heads.pop(_account(chain[0]), None), vault, clock):
            yield fault
    for head in heads.values():
        yield Fault(AccessLogHead.collection, head.id, "has no entries")


async def _is_the_citys(archive: Archive, vault: Vault) -> bool:
    marks = MemoryDocuments()
    await _shown(marks, VaultMark, await archive.scan(VaultMark))
    try:
        await check_vault(marks, vault)
    except VaultMismatch:
        return False
    return True


def _account(entry: Entry) -> str:
    return str((entry.stored or {}).get("account_id"))


async def _chain_faults(chain: list[Entry], head: Entry | None, vault: Vault, clock: Clock) -> list[Fault]:
    """The access log's own verdict on one citizen's entries, laid before it as a store of their own."""
    account, store = _account(chain[0]), MemoryDocuments()
    await _shown(store, AccessLogEntry, chain)
    await _shown(store, AccessLogHead, [head] if head else [])
    fault = await AccessLog(store, clock, vault).fault(account)
    return [Fault(AccessLogEntry.collection, f"{account}.{fault.number}", f"is {fault.fault}")] if fault else []


async def _shown(store: MemoryDocuments, model: type[Document], entries: list[Entry]) -> None:
    readable = [entry.stored for entry in entries if entry.stored is not None and not _read(model, entry)[1]]
    await MemoryArchive(store).put(model, readable)
