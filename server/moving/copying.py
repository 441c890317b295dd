"""A whole store copied into an empty one, document by document as they lie there, and compared in the end.

What has been put is written down in the target (`CopyRecord`). A copy that was killed at any moment goes on from there:
the last step may be put a second time, which changes nothing, because a document is put in the place of its id.
"""

from collections.abc import Callable, Collection
from typing import Any

from core.archive import AT_ONCE, Archive, CannotPut, Digest, everything
from core.clock import Clock, instant_text
from core.documents import Conflict, Document, Documents, Duplicate, Insert, JsonObject, Replace
from identity_center.vault_mark import VaultMark
from server.collections import COLLECTIONS
from server.copy_record import OF_THE_STORE, CopyRecord
from server.moving.places import Refused, Target

Say = Callable[[str], None]
SAID_EVERY = 5_000
"""Documents from one line about progress to the next."""


class Progress:
    """The record in the target. Each step is written if nobody else has written one since."""

    def __init__(self, documents: Documents, record: CopyRecord) -> None:
        self._documents = documents
        self.record = record

    async def step(self, **changes: Any) -> None:
        """Raises `Refused` when another copy into this target has taken over."""
        changed = self.record.model_copy(update=changes)
        try:
            await self._documents.write(Replace(changed))
        except Conflict as error:
            raise Refused("another cst store copy is under way into this target") from error
        self.record = changed.model_copy(update={"version": changed.version + 1})


async def copy(
    source: Archive,
    target: Target,
    label: str,
    *,
    leaving_out: Collection[str],
    clock: Clock,
    say: Say,
    at_once: int = AT_ONCE,
) -> None:
    """Returns when the target has everything and both sides were found alike. `label` names the source, `at_once` is
    how many documents are one step.

    Raises `Refused`, `StoreUnavailable`, `Damaged`.
    """
    city = await _city_of(source)
    if city is None:
        raise Refused("the source holds no city")
    await _refuse_unknown(source, leaving_out)
    progress = await _begun(target, city, label, clock, say)
    if progress.record.finished_at is None:
        for model in COLLECTIONS:
            if model.collection not in progress.record.whole:
                await _copy_collection(source, target.archive, model, progress, say, at_once)
    await _compare(source, target.archive, progress, say)
    if progress.record.finished_at is None:
        await progress.step(finished_at=clock.now())


async def _city_of(archive: Archive) -> str | None:
    marks = [entry.stored for entry in await archive.scan(VaultMark) if entry.stored is not None]
    return str(marks[0]["digest"]) if marks else None


async def _refuse_unknown(source: Archive, leaving_out: Collection[str]) -> None:
    known = {model.collection for model in COLLECTIONS} | OF_THE_STORE
    unknown = sorted(await source.names() - known - set(leaving_out))
    if unknown:
        names = ", ".join(unknown)
        raise Refused(f"this version has no model of {names}: copy with the one that has, or --leave-out it")


async def _begun(target: Target, city: str, label: str, clock: Clock, say: Say) -> Progress:
    record = await target.documents.get(CopyRecord, CopyRecord.ID)
    if record is None:
        await _refuse_occupied(target.archive, city)
        record = CopyRecord(id=CopyRecord.ID, source=label, city=city, started_at=clock.now())
        try:
            await target.documents.write(Insert(record))
        except Duplicate as error:
            raise Refused("another cst store copy has just begun with this target") from error
        return Progress(target.documents, record)
    if record.city != city:
        raise Refused("the target holds a copy of another city; give this one an empty place")
    progress = Progress(target.documents, record)
    if record.finished_at is not None:
        say(f"the copy was finished at {instant_text(record.finished_at)}; looking whether both sides are still alike")
    elif record.source != label:
        say(f"the target has a part of {record.source}; beginning anew with {label}")
        await progress.step(source=label, places={}, whole=())
    else:
        say(f"going on with the copy that was begun at {instant_text(record.started_at)}")
    return progress


async def _refuse_occupied(target: Archive, city: str) -> None:
    names = sorted(await target.names() - OF_THE_STORE)
    if not names:
        return
    held = await _city_of(target)
    if held is not None and held != city:
        raise Refused("the target holds another city's documents; nothing was changed")
    raise Refused(f"the target is not empty ({', '.join(names[:3])}); give the city an empty place")


async def _copy_collection(
    source: Archive, target: Archive, model: type[Document], progress: Progress, say: Say, at_once: int
) -> None:
    name = model.collection
    place = progress.record.places.get(name)
    if place is None:
        await target.clear(model)
    copied = 0
    async for entries in everything(source, model, place, at_once):
        documents = [_whole(name, entry.id, entry.stored) for entry in entries]
        try:
            await target.put(model, documents)
        except CannotPut as error:
            await _forget(progress, [name])
            raise Refused(f"{error}; cst store check says whether the source is as it must be") from error
        await progress.step(places={**progress.record.places, name: entries[-1].id})
        copied += len(entries)
        if copied % SAID_EVERY < len(entries):
            say(f"{name}: {copied:,} copied")
    await progress.step(whole=(*progress.record.whole, name))


def _whole(name: str, document_id: str, stored: JsonObject | None) -> JsonObject:
    if stored is None or stored.get("id") != document_id:
        raise Refused(f"{name} {document_id} cannot be read; cst store check says what else is wrong")
    return stored


async def _compare(source: Archive, target: Archive, progress: Progress, say: Say) -> None:
    """Counts and checksums, both sides read anew. Raises `Refused`."""
    different = []
    for model in COLLECTIONS:
        here, there = await _digest(source, model), await _digest(target, model)
        counts = (await source.count(model), await target.count(model))
        if here == there and counts == (here.documents, there.documents):
            say(f"{model.collection}: {here.documents:,}, alike on both sides, checksum {str(here)[:16]}")
        else:
            different.append(model.collection)
            say(f"{model.collection}: {counts[0]:,} here and {counts[1]:,} there, NOT ALIKE")
    if not different:
        return
    names = ", ".join(different)
    if progress.record.finished_at is not None:
        raise Refused(f"since the copy was finished, one side has changed: {names}. Nothing was touched")
    await _forget(progress, different)
    what = "stop whatever writes to the source, and run the same command again: it copies these anew"
    raise Refused(f"the source changed while it was copied: {names}; {what}")


async def _digest(archive: Archive, model: type[Document]) -> Digest:
    digest = Digest()
    async for entries in everything(archive, model):
        digest = digest.with_all(_whole(model.collection, entry.id, entry.stored) for entry in entries)
    return digest


async def _forget(progress: Progress, names: Collection[str]) -> None:
    """These collections are copied anew the next time."""
    record = progress.record
    places = {name: place for name, place in record.places.items() if name not in names}
    await progress.step(places=places, whole=tuple(name for name in record.whole if name not in names))
