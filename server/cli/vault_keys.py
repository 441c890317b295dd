"""What the commands around the vault's keys find out from the city's own database."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from core.clock import SystemClock
from identity_center.data_keys import DataKeys
from identity_center.resealing import Resealing
from identity_center.vault import Vault
from identity_center.vault_mark import check_vault
from server.adapters.key_changes import KeyFolder, KeyNotRetired, check_replaced, purpose_of
from server.config import Settings
from server.keys import keys_of
from server.sealed import HOLDERS
from server.stores import documents_of


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Vault, Resealing]]:
    """Raises `ConfigError`, `StoreUnavailable`, `VaultMismatch`."""
    documents, clock = await documents_of(settings), SystemClock()
    try:
        vault = Vault(keys_of(settings).vault)
        await check_vault(documents, vault)
        yield vault, Resealing(documents, clock, vault, DataKeys(documents, clock, vault), HOLDERS)
    finally:
        await documents.close()


async def check_unused(settings: Settings, keys: KeyFolder, key_id: str) -> None:
    """For a sealing key: raises `KeyNotRetired` while anything in the database is sealed with it."""
    if purpose_of(keys, key_id) != "vault":
        return
    # By then every process has taken up the next one: none seals with this one any more.
    margin = timedelta(seconds=settings.keys.vault_ahead_seconds)
    check_replaced(keys, key_id, SystemClock().now(), margin)
    async with opened(settings) as (_, resealing):
        used = await resealing.used_keys()
    needed = by_collection(used, key_id)
    if needed:
        raise KeyNotRetired(f"{key_id} still opens {needed}; seal that anew first: cst vault reseal")


def by_collection(used: Counter[tuple[str, str]], key_id: str) -> str:
    """`3 texts in accounts, 1 text in bookings`; empty when there are none."""
    counted = [(count, collection) for (collection, key), count in sorted(used.items()) if key == key_id]
    return ", ".join(f"{count} text{'s' if count > 1 else ''} in {collection}" for count, collection in counted)
