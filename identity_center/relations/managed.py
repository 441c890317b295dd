"""Accounts of persons who have no WeChat here: a child, an elder without a phone.

Whether a number belongs to a managed account or to somebody's own is settled by the person's record (persons.py), in
the same write that makes either.
"""

from core.clock import Clock
from core.conditions import field
from core.documents import Documents, Insert, Operation, Patch
from core.ids import new_id
from identity_center.account import Account, seal_context
from identity_center.data_keys import DataKeys
from identity_center.persons import Person
from identity_center.vault import Vault


def taken_over(person_key: str, managed_id: str) -> Patch[Person]:
    """From now on it is the person's own account."""
    own = {"managed_id": None, "accounts": (managed_id,)}
    return Patch(Person, person_key, set=own, guard=field("managed_id").equals(managed_id))


class ManagedAccounts:
    """Finds the account of a person, and makes one for somebody who has none."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault, data_keys: DataKeys) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys

    def person_key(self, id_number: str) -> str:
        return self._vault.blind_index("id_number", id_number)

    async def of(self, id_number: str) -> Account | None:
        """The person's account: of several, the oldest."""
        page = await self._documents.find(Account, "id_number", self.person_key(id_number), limit=1)
        return page.items[0] if page.items else None

    def made(self, name: str, id_number: str) -> tuple[Account, list[Operation]]:
        """An account and the operations that make it; their write is refused when the person has one by then."""
        account_id, now = new_id(self._clock), self._clock.now()
        key, data_key = self.person_key(id_number), self._data_keys.made(account_id)
        account = Account(
            id=account_id,
            created_at=now,
            managed=True,
            name_sealed=self._data_keys.seal_new(data_key, name, seal_context(account_id, "name")),
            id_number_sealed=self._data_keys.seal_new(data_key, id_number, seal_context(account_id, "id_number")),
            id_number_index=key,
            real_name_proved_at=now,
        )
        return account, [Insert(Person(id=key, managed_id=account_id)), Insert(account), Insert(data_key)]
