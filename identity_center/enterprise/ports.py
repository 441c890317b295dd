"""What enterprise identity needs of the outside; server/adapters satisfies it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RegisteredEnterprise:
    """What the register says of a code. `represented`: by the person who was asked about, today. `operating`: neither
    revoked nor cancelled."""

    name: str
    operating: bool
    represented: bool


class EnterpriseRegistry(Protocol):
    """The register of enterprises. It is told who is thought to represent one, and answers yes or no."""

    async def check(self, credit_code: str, representative_id_number: str) -> RegisteredEnterprise | None:
        """None when there is no such code. Raises `RegistryUnavailable`."""
        ...
