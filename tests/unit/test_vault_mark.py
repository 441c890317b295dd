"""A city does not run with the keys of another one."""

import pytest

from identity_center.vault import Vault, VaultKeys
from identity_center.vault_mark import VaultMismatch, check_vault
from server.adapters.memory_documents import MemoryDocuments


async def test_the_keys_that_made_the_data_are_accepted_and_others_are_not() -> None:
    documents, keys = MemoryDocuments(), VaultKeys.generated()
    await check_vault(documents, Vault(keys))
    await check_vault(documents, Vault(keys))
    await check_vault(documents, Vault(keys.with_new_key()))
    with pytest.raises(VaultMismatch):
        await check_vault(documents, Vault(VaultKeys.generated()))
