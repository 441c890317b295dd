"""Whether the vault's keys belong to the stored data: with others no account is found, and nobody would notice."""

from typing import ClassVar

from core.documents import Document, Documents, Duplicate, Insert
from identity_center.vault import Vault


class VaultMismatch(Exception):
    """The vault's index key is not the one that the stored accounts were made with. Give the server the right
    vault.json; a new one cannot read the citizens' data."""


class VaultMark(Document):
    """A keyed digest of nothing secret, made once with the city's first vault."""

    collection: ClassVar[str] = "vault_marks"
    ID: ClassVar[str] = "index"

    digest: str


async def check_vault(documents: Documents, vault: Vault) -> None:
    """Leaves the mark when there is none. Raises `VaultMismatch`."""
    mark = VaultMark(id=VaultMark.ID, digest=vault.keyed_digest("vault mark", "index").hex())
    stored = await documents.get(VaultMark, mark.id)
    if stored is None:
        try:
            await documents.write(Insert(mark))
        except Duplicate:
            stored = await documents.get(VaultMark, mark.id)
    if stored is not None and stored.digest != mark.digest:
        raise VaultMismatch
