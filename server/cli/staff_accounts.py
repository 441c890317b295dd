"""Accounts of staff, written into the city's own database."""

from core.clock import SystemClock
from identity_center.revocations import Revocations
from identity_center.staff import Role, StaffService
from identity_center.tokens import AccessTokens
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.config import Settings
from server.stores import documents_of
from server.wiring import keys_of


async def add_account(settings: Settings, name: str, role: Role, password: str) -> None:
    """Raises `InvalidStaffAccount`, `StaffNameTaken`, `StoreUnavailable`, `ConfigError`."""
    clock, identity = SystemClock(), settings.identity
    documents = await documents_of(settings)
    try:
        revocations = Revocations(documents, MemoryEphemeral(clock), clock, identity)
        tokens = AccessTokens(keys_of(settings).tokens, clock, revocations, identity.tokens, issuer="")
        await StaffService(documents, clock, tokens, revocations, identity.staff).add(name, role, password)
    finally:
        await documents.close()
