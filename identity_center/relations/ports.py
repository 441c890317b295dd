"""What family needs of the outside; server/adapters satisfies it."""

from typing import Protocol


class FamilyRegistry(Protocol):
    """The authority's register of who is whose guardian."""

    async def is_guardian(self, guardian_id_number: str, minor_id_number: str) -> bool:
        """Whether the one is a guardian of the other today. Raises `AuthorityUnavailable`."""
        ...
