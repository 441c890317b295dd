"""The one door through which personal data leaves the identity centre."""

from collections.abc import Collection

from core.caller import Acting, ForPerson
from core.text import Text
from identity_center.access_log import ActedBy
from identity_center.account import PERSONAL_FIELDS, Account
from identity_center.accounts import AccountService
from identity_center.errors import PersonalDataMissing
from identity_center.releases import Handover, Releases
from identity_center.vault import Vault


class PersonalData:
    """Releases under a live consent, written down in the same atomic write that finds the consent live."""

    def __init__(self, vault: Vault, accounts: AccountService, releases: Releases) -> None:
        self._vault = vault
        self._accounts = accounts
        self._releases = releases

    async def release(
        self,
        citizen_id: str,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        request_id: str,
        acting: Acting | None = None,
    ) -> dict[str, str]:
        """The fields in clear, by name; none asked, none given and nothing written. `purpose` is what for this time,
        `acting` in which capacity it was asked for.

        Raises `ConsentNeeded`, `PersonalDataMissing`, `AccountNotFound`, and what `ActingRules.still` raises.
        """
        if not fields:
            return {}
        account = await self._accounts.get(citizen_id)
        opened = self._opened(account, fields)
        wanted = tuple(sorted(fields))
        handover = Handover(card_id, department, wanted, purpose, request_id, acting, _hand(acting))
        await self._releases.enter(citizen_id, handover, account)
        return opened

    async def pseudonym(self, citizen_id: str, department: str) -> str:
        """The citizen's name towards one department: always the same there, and of no use to any other."""
        return self._vault.keyed_digest("pseudonym", department, citizen_id).hex()[:32]

    def _opened(self, account: Account, fields: Collection[str]) -> dict[str, str]:
        held: dict[str, str | None] = {
            name: account.opened(self._vault, name) for name in PERSONAL_FIELDS if name in fields
        }
        missing = [name for name in fields if held.get(name) is None]
        if missing:
            raise PersonalDataMissing(missing)
        return {name: value for name, value in held.items() if value is not None}


def _hand(acting: Acting | None) -> ActedBy | None:
    """Whoever acts for an enterprise hands over their own data themself."""
    if not isinstance(acting, ForPerson):
        return None
    return ActedBy(actor_id=acting.helper_id, capacity=acting.kind, grant_id=acting.grant_id)
