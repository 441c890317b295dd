"""Accounts of persons who have no WeChat here: a child, an elder without a phone.

`Person` is one document for each ID number that anybody was confirmed under. It settles what no index can: whether a
number belongs to a managed account or to somebody's own is decided in the same write that makes either.
"""

from typing import ClassVar

from core.clock import Clock
from core.conditions import field
from core.documents import Document, Documents, Insert, Operation, Patch
from core.ids import new_id
from identity_center.account import Account, seal_context
from identity_center.vault import Vault


class Person(Document):
    """Its id is the person key, the blind index of the ID number. `managed_id` is the managed account, if it is one."""

    collection: ClassVar[str] = "persons"

    managed_id: str | None = None


def as_own(person_key: str) -> Patch[Person]:
    """For the write that confirms a real name: refused when the person's account is a managed one."""
    own = Person(id=person_key)
    return Patch(Person, person_key, set={"managed_id": None}, guard=field("managed_id").equals(None), otherwise=own)


def taken_over(person_key: str, managed_id: str) -> Patch[Person]:
    return Patch(Person, person_key, set={"managed_id": None}, guard=field("managed_id").equals(managed_id))


class ManagedAccounts:
    """Finds the account of a person, and makes one for somebody who has none."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault

    def person_key(self, id_number: str) -> str:
        return self._vault.blind_index("id_number", id_number)

    async def of(self, id_number: str) -> Account | None:
        """The person's account: of several, the oldest."""
        page = await self._documents.find(Account, "person", self.person_key(id_number), limit=1)
        return page.items[0] if page.items else None

    def made(self, name: str, id_number: str) -> tuple[Account, list[Operation]]:
        """An account and the operations that make it; their write is refused when the person has one by then."""
        account_id, now = new_id(self._clock), self._clock.now()
        key = self.person_key(id_number)
        account = Account(
            id=account_id,
            created_at=now,
            managed=True,
            name_sealed=self._vault.seal(name, seal_context(account_id, "name")),
            id_number_sealed=self._vault.seal(id_number, seal_context(account_id, "id_number")),
            id_number_index=key,
            real_name_proved_at=now,
        )
        return account, [Insert(Person(id=key, managed_id=account_id)), Insert(account)]
