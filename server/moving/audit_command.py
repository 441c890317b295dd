"""What the commands of `cst audit` do: the store opened beside the running city, the keys read, the work done."""

from collections.abc import Sequence
from pathlib import Path

from core.clock import SystemClock
from identity_center.audit.anchors import AnchorBook, Anchors
from identity_center.record_signing import RecordSigner
from identity_center.vault import Vault
from server.adapters.anchor_file import AnchorFile, kept_lines
from server.config import Settings
from server.keys import present_keys
from server.moving.auditing import Audited, audited
from server.moving.places import opened_moment, place_of
from server.stores import documents_of


async def verified(settings: Settings, store: str | None, files: Sequence[Path]) -> Audited:
    """Raises `Refused`, `ConfigError`, `StoreUnavailable`, `MomentLost`, `Damaged`, `OSError`."""
    vault, book = _book(settings)
    lines = [line for file in files for line in kept_lines(file)]
    async with opened_moment(place_of(store, "STORE", settings)) as archive:
        return await audited(archive, vault, book, SystemClock(), lines)


async def anchored(settings: Settings) -> int:
    """Raises `ConfigError`, `StoreUnavailable`, `OSError`."""
    _, book = _book(settings)
    documents = await documents_of(settings)
    try:
        return await Anchors(documents, SystemClock(), book, AnchorFile(settings.anchors_folder)).anchor()
    finally:
        await documents.close()


def _book(settings: Settings) -> tuple[Vault, AnchorBook]:
    keys = present_keys(settings)
    vault = Vault(keys.vault)
    return vault, AnchorBook(vault, RecordSigner(keys.records))
