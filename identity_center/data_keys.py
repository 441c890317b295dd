"""One data key for each citizen's account: what crypto-shredding deletes.

What is sealed for an account opens with two keys together, the vault's and the account's own (vault.py). The own key
lies in the database, sealed by the vault. When it is deleted, nothing that was sealed for the account opens again,
wherever a copy of it may be; when the vault's key changes, the own key stays and its sealed text is made anew.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import ClassVar

from core.clock import Clock, Instant
from core.closing import not_erased
from core.documents import Delete, Document, Documents, Duplicate, GuardFailed, Insert
from core.ids import new_secret
from identity_center.errors import AccountNotFound, SealBroken
from identity_center.sealed_text import decoded, header_of
from identity_center.vault import DataKey, Vault

_REMEMBERED = 20_000
_REMEMBERED_SECONDS = 600


class StoredDataKey(Document):
    """An account's own key, sealed by the vault. Its id is the account's."""

    collection: ClassVar[str] = "data_keys"

    key_sealed: str
    made_at: Instant


def data_key_context(owner: str) -> str:
    return f"data_key.{owner}"


def shredding(owner: str) -> Delete:
    """The operation after which nothing sealed for the owner opens again. Call `DataKeys.forget` when it is done."""
    return Delete(StoredDataKey, owner)


@dataclass(frozen=True)
class _Remembered:
    key: DataKey
    until: float


class DataKeys:
    """Seals and opens for one owner. Keys are remembered for ten minutes: that long after a shredding in one process,
    another may still be able to open what it had read before."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()

    def made(self, owner: str) -> StoredDataKey:
        """A key for a new account, to be inserted in the write that makes the account."""
        sealed = self._vault.seal(new_secret(), data_key_context(owner))
        return StoredDataKey(id=owner, key_sealed=sealed, made_at=self._clock.now())

    async def has(self, owner: str) -> bool:
        """Whether there is a key, as the store says it now."""
        return await self._documents.get(StoredDataKey, owner) is not None

    def forget(self, owner: str) -> None:
        self._remembered.pop(owner, None)

    def seal_new(self, made: StoredDataKey, plaintext: str, context: str) -> str:
        """Seals for an owner whose key is inserted in the same write."""
        return self._vault.seal(plaintext, context, self._opened(made))

    async def seal(self, owner: str, plaintext: str, context: str) -> str:
        """For this owner and context alone. An owner without a key is given one. Raises `AccountNotFound` when the
        owner was erased."""
        return self._vault.seal(plaintext, context, await self._key(owner) or await self._given(owner))

    async def open(self, owner: str, sealed: str, context: str) -> str:
        """Raises `SealBroken`, also when the owner's key was shredded."""
        if header_of(sealed).form == "v1":
            return self._vault.open(sealed, context)  # from before there were data keys
        key = await self._key(owner)
        if key is None:
            raise SealBroken
        return self._vault.open(sealed, context, key)

    async def _key(self, owner: str) -> DataKey | None:
        now = self._clock.monotonic()
        known = self._remembered.get(owner)
        if known is not None and now < known.until:
            self._remembered.move_to_end(owner)
            return known.key
        stored = await self._documents.get(StoredDataKey, owner)
        return None if stored is None else self._opened(stored)

    async def _given(self, owner: str) -> DataKey:
        made = self.made(owner)
        try:
            await self._documents.write(not_erased(owner), Insert(made))
        except GuardFailed:
            raise AccountNotFound from None
        except Duplicate:
            key = await self._key(owner)
            if key is None:
                raise
            return key
        return self._opened(made)

    def _opened(self, stored: StoredDataKey) -> DataKey:
        secret = decoded(self._vault.open(stored.key_sealed, data_key_context(stored.id)))
        key = DataKey(secret)
        self._remembered[stored.id] = _Remembered(key, self._clock.monotonic() + _REMEMBERED_SECONDS)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return key
