"""Minors: they have guardians until they are of age, and below 14 their data is processed with a guardian's consent.

Ages are asked of the sealed ID number each time: a day stored in clear on which somebody comes of age is a birth date.
"""

from datetime import tzinfo

from core.clock import Clock
from core.documents import Documents, Operation
from identity_center.account import Account
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, OF_AGE, age_on
from identity_center.data_keys import DataKeys
from identity_center.relations.errors import GuardianNeeded
from identity_center.relations.relation import Relation


class Guardians:
    """The rules of PIPL's article 31 and the Civil Code's article 17, by the birth date of a confirmed number."""

    def __init__(self, documents: Documents, clock: Clock, data_keys: DataKeys, zone: tzinfo) -> None:
        self._documents = documents
        self._clock = clock
        self._data_keys = data_keys
        self._zone = zone

    async def is_child(self, account: Account) -> bool:
        """Under 14 today. An account without a confirmed number holds nothing that would say so."""
        return await self._is_younger(account, GUARDIAN_CONSENTS_BELOW)

    async def holds(self, relation: Relation) -> bool:
        """Whether the relation is live: a guardian's also needs that the person is a minor."""
        if not relation.is_live(self._clock.now()):
            return False
        if relation.kind != "guardian":
            return True
        account = await self._documents.get(Account, relation.person_id)
        return account is not None and await self._is_younger(account, OF_AGE)

    async def check_own_consent(self, account_id: str) -> None:
        """Raises `GuardianNeeded` when the account is a child's, who cannot consent for themself."""
        account = await self._documents.get(Account, account_id)
        if account is not None and await self.is_child(account):
            raise GuardianNeeded

    async def for_release(self, account: Account, granted_by: str | None) -> tuple[Operation, ...] | None:
        """For the write of a release under a consent that `granted_by` gave (None: the person): refuses it when that
        guardian is none any more by then. None when the consent does not hold already."""
        if not await self.is_child(account):
            return ()
        page = await self._documents.find(Relation, "pair", account.id, granted_by, limit=1)
        relation = page.items[0] if page.items else None
        if relation is None or relation.kind != "guardian" or not await self.holds(relation):
            return None
        return (relation.used(self._clock.now()),)

    async def _is_younger(self, account: Account, age: int) -> bool:
        id_number = await account.opened(self._data_keys, "id_number")
        return id_number is not None and age_on(id_number, self._clock.now().astimezone(self._zone).date()) < age
