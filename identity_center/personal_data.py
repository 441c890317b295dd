"""The one door through which personal data leaves the identity centre."""

from collections.abc import Collection

from core.caller import Acting, Citizen, ForPerson
from core.clock import Clock
from core.text import Text, text
from identity_center.access_log import CITIZEN, EVERYTHING, ActedBy, Release, acted_by
from identity_center.account import LEVEL_OF, PERSONAL_FIELDS, Account, PersonalField, standing
from identity_center.accounts import AccountService
from identity_center.data_keys import DataKeys
from identity_center.errors import PersonalDataMissing
from identity_center.releases import Handover, Releases
from identity_center.settings import IdentitySettings
from identity_center.vault import Vault

OWN_LOOK = text("本人查看", "Own look")
OWN_COPY = text("本人导出", "Own copy")


class PersonalData:
    """Releases under a live consent, written down in the same atomic write that finds the consent live."""

    def __init__(
        self,
        clock: Clock,
        vault: Vault,
        data_keys: DataKeys,
        accounts: AccountService,
        releases: Releases,
        settings: IdentitySettings,
    ) -> None:
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._accounts = accounts
        self._releases = releases
        self._proofs = settings.proofs

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
        `acting` in which capacity it was asked for. What is held and no longer proved is not given.

        Raises `ConsentNeeded`, `PersonalDataMissing`, `AccountNotFound`, `AccountClosing`, and what
        `ActingRules.still` raises.
        """
        if not fields:
            return {}
        account = await self._accounts.get(citizen_id)
        opened = await self._opened(account, fields)
        wanted = tuple(sorted(fields))
        handover = Handover(card_id, department, wanted, purpose, request_id, acting, _hand(acting))
        await self._releases.enter(citizen_id, handover, account)
        return opened

    async def reveal(self, citizen: Citizen, fields: Collection[PersonalField], request_id: str) -> dict[str, str]:
        """The citizen's own fields in clear, by name. No consent is needed, and it is written down like any release:
        whoever holds the phone leaves a trace. Raises `PersonalDataMissing`, `AccountNotFound`."""
        opened = await self._opened(await self._accounts.get(citizen.id), fields)
        look = Release("", CITIZEN, "", tuple(sorted(fields)), OWN_LOOK, OWN_LOOK, request_id)
        await self._releases.note(citizen.id, look)
        return opened

    async def exported(self, citizen: Citizen, request_id: str) -> None:
        """Writes down that the citizen takes a copy of everything."""
        copy = Release("", CITIZEN, "", (EVERYTHING,), OWN_COPY, OWN_COPY, request_id, acted_by(citizen))
        await self._releases.note(citizen.id, copy)

    async def pseudonym(self, citizen_id: str, department: str) -> str:
        """The citizen's name towards one department: always the same there, and of no use to any other."""
        return self._vault.keyed_digest("pseudonym", department, citizen_id).hex()[:32]

    async def _opened(self, account: Account, fields: Collection[str]) -> dict[str, str]:
        proved = standing(account, self._clock.now(), self._proofs).assurance
        held: dict[str, str | None] = {
            name: await account.opened(self._data_keys, name)
            for name in PERSONAL_FIELDS
            if name in fields and proved >= LEVEL_OF[name]
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
