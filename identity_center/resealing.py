"""Sealing anew what older keys sealed, while the city runs: in small guarded writes, from where it was left off.

Every record that may hold a sealed text is looked at in the order of ids, again and again until nothing in a whole pass
was sealed with another key than the vault's present one. How far that has come is a document of its own, written after
each handful of records: whoever goes on after a `kill -9` looks at one handful twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from core.clock import Clock, Instant
from core.conditions import all_of, field
from core.documents import Conflict, D, Document, Documents, GuardFailed, Insert, Patch, Replace, WriteRefused
from identity_center.data_keys import DataKeys
from identity_center.errors import SealBroken
from identity_center.sealed_text import header_of, is_sealed
from identity_center.vault import Vault

AT_ONCE = 20
"""Records of one handful: a few milliseconds of the event loop."""
UNREADABLE = "?"
"""In the place of a key's id, for what is no sealed text."""
_TRIES = 5


@dataclass(frozen=True)
class SealedText:
    """A sealed text in a field of a record. `owner` is whose data key it needs; None: the vault's key alone."""

    field: str
    text: str
    context: str
    owner: str | None


@dataclass(frozen=True)
class Holder(Generic[D]):
    """A kind of record that holds sealed texts, and where they stand in it."""

    model: type[D]
    texts: Callable[[D], Iterable[SealedText]]


class Resealed(Document):
    """How far the sealing anew with one key has come; its id is the key's. `place` is that of the holder looked at.

    A record of a shredded owner is no concern of it: what nobody can open need not be sealed anew.
    """

    collection: ClassVar[str] = "vault_resealing"

    holders: tuple[str, ...]
    place: int = 0
    after: str | None = None
    looked_at: int = 0
    resealed: int = 0
    resealed_in_pass: int = 0
    unreadable: int = 0
    passes: int = 0
    started_at: Instant
    finished_at: Instant | None = None


@dataclass(frozen=True)
class _Outcome:
    resealed: int = 0
    unreadable: int = 0


class Resealing:
    """`holders` are all that there are: what is not among them is not sealed anew."""

    def __init__(
        self, documents: Documents, clock: Clock, vault: Vault, data_keys: DataKeys, holders: Sequence[Holder[Any]]
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._holders = holders
        self._finished: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether this process knows that all is sealed with the present key."""
        return self._finished == self._vault.current

    async def turn(self, records: int) -> None:
        """Looks at up to so many records."""
        for _ in range(max(1, records // AT_ONCE)):
            if self.is_finished or (await self.step()).finished_at is not None:
                break

    async def step(self) -> Resealed:
        """One handful. Several processes may do this at once: guards keep what another has done meanwhile."""
        target = self._vault.current
        progress = await self._progress(target)
        if progress.finished_at is not None:
            self._finished = target
            return progress
        holder = self._holders[progress.place]
        page = await self._documents.find(holder.model, "id", limit=AT_ONCE, after=progress.after)
        outcomes = await asyncio.gather(*(self._record(holder, record) for record in page.items))
        return await self._recorded(self._advanced(progress, page.after, outcomes))

    async def progress(self) -> Resealed:
        """Of the present key."""
        return await self._progress(self._vault.current)

    async def used_keys(self) -> Counter[tuple[str, str]]:
        """How many texts are sealed with which key, by collection and key id. Looks at every record."""
        used: Counter[tuple[str, str]] = Counter()
        for holder in self._holders:
            after: str | None = None
            while True:
                page = await self._documents.find(holder.model, "id", limit=200, after=after)
                for text in [text for record in page.items for text in holder.texts(record)]:
                    if not is_sealed(text.text):
                        used[holder.model.collection, UNREADABLE] += 1
                    elif not (self._is_older(text) and await self._is_dead(text)):
                        used[holder.model.collection, header_of(text.text).key_id] += 1
                if (after := page.after) is None:
                    break
        return used

    async def restart(self) -> None:
        """All records are to be looked at again, although that was finished."""
        earlier = await self.progress()
        await self._recorded(self._fresh(earlier.id).model_copy(update={"version": earlier.version}))
        self._finished = None

    async def _progress(self, target: str) -> Resealed:
        known, fresh = await self._documents.get(Resealed, target), self._fresh(target)
        if known is not None and known.holders == fresh.holders:
            return known
        try:
            if known is None:
                await self._documents.write(Insert(fresh))
            else:  # another version of the program knew other holders
                await self._documents.write(Replace(fresh.model_copy(update={"version": known.version})))
        except WriteRefused:
            return await self._progress(target)
        return await self._progress(target)

    def _fresh(self, target: str) -> Resealed:
        names = tuple(holder.model.collection for holder in self._holders)
        return Resealed(id=target, holders=names, started_at=self._clock.now())

    async def _recorded(self, progress: Resealed) -> Resealed:
        try:
            await self._documents.write(Replace(progress))
        except Conflict:  # another process goes on from where it has come
            return await self._progress(progress.id)
        return progress

    def _advanced(self, progress: Resealed, after: str | None, outcomes: Sequence[_Outcome]) -> Resealed:
        resealed = sum(outcome.resealed for outcome in outcomes)
        in_pass = progress.resealed_in_pass + resealed
        change: dict[str, object] = {
            "after": after,
            "looked_at": progress.looked_at + len(outcomes),
            "resealed": progress.resealed + resealed,
            "resealed_in_pass": in_pass,
            "unreadable": progress.unreadable + sum(outcome.unreadable for outcome in outcomes),
        }
        if after is None:
            change["place"] = progress.place + 1
            if progress.place + 1 == len(self._holders):
                change |= {"place": 0, "passes": progress.passes + 1, "resealed_in_pass": 0}
                if in_pass == 0:
                    change["finished_at"] = self._clock.now()
                else:
                    change["unreadable"] = 0
        return progress.model_copy(update=change)

    async def _record(self, holder: Holder[D], record: D) -> _Outcome:
        """One record. Somebody may change it meanwhile: then it is read again."""
        for _ in range(_TRIES):
            try:
                patch = await self._patch(holder, record)
            except SealBroken:
                return _Outcome(unreadable=1)
            if patch is None:
                return _Outcome()
            try:
                await self._documents.write(patch)
            except GuardFailed:
                found = await self._documents.get(holder.model, record.id)
                if found is None:
                    return _Outcome()
                record = found
            else:
                return _Outcome(resealed=1)
        return _Outcome(resealed=1)  # it changes faster than it is read: the next pass looks again

    async def _patch(self, holder: Holder[D], record: D) -> Patch[D] | None:
        """The same texts under the present key, to be written while they stand as they were read."""
        older = [text for text in holder.texts(record) if self._is_older(text) and not await self._is_dead(text)]
        if not older:
            return None
        fresh = {text.field: await self._again(text) for text in older}
        unchanged = all_of(*(field(text.field).equals(text.text) for text in older))
        return Patch(holder.model, record.id, set=fresh, guard=unchanged)

    def _is_older(self, text: SealedText) -> bool:
        """Raises `SealBroken` for what is no sealed text."""
        header = header_of(text.text)
        return header.key_id != self._vault.current or header.form != ("v1" if text.owner is None else "v2")

    async def _is_dead(self, text: SealedText) -> bool:
        form = header_of(text.text).form
        return text.owner is not None and form == "v2" and not await self._data_keys.has(text.owner)

    async def _again(self, text: SealedText) -> str:
        if text.owner is None:
            return self._vault.seal(self._vault.open(text.text, text.context), text.context)
        plaintext = await self._data_keys.open(text.owner, text.text, text.context)
        return await self._data_keys.seal(text.owner, plaintext, text.context)
