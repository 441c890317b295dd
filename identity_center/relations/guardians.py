"""Children under 14: their data is processed with a guardian's consent, and no longer than there is one."""

from datetime import tzinfo

from core.clock import Clock
from core.documents import Documents, Operation
from identity_center.account import Account
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, age_on
from identity_center.relations.errors import GuardianNeeded
from identity_center.relations.relation import Relation
from identity_center.vault import Vault


class Guardians:
    """The rule of PIPL's article 31. It asks the birth date that the confirmed ID number states."""

    def __init__(self, documents: Documents, clock: Clock, vault: Vault, zone: tzinfo) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._zone = zone

    def is_child(self, account: Account) -> bool:
        """Under 14 today. An account without a confirmed number holds nothing that would say so."""
        id_number = account.opened(self._vault, "id_number")
        if id_number is None:
            return False
        return age_on(id_number, self._clock.now().astimezone(self._zone).date()) < GUARDIAN_CONSENTS_BELOW

    async def check_own_consent(self, account_id: str) -> None:
        """Raises `GuardianNeeded` when the account is a child's, who cannot consent for themself."""
        account = await self._documents.get(Account, account_id)
        if account is not None and self.is_child(account):
            raise GuardianNeeded

    async def for_release(self, account: Account, granted_by: str | None) -> tuple[Operation, ...] | None:
        """For the write of a release under a consent that `granted_by` gave (None: the person): refuses it when that
        guardian is none any more by then. None when the consent does not hold already."""
        if not self.is_child(account):
            return ()
        page = await self._documents.find(Relation, "pair", account.id, granted_by, limit=1)
        relation = page.items[0] if page.items else None
        now = self._clock.now()
        if relation is None or relation.kind != "guardian" or not relation.is_live(now):
            return None
        return (relation.used(now),)
