"""Telling people apart without knowing them: for the parts of the city that keep lists of persons."""

from collections.abc import Mapping, Sequence

from identity_center.accounts import AccountService
from identity_center.companions import Companion, CompanionService
from identity_center.data_keys import DataKeys
from identity_center.vault import Vault


class People:
    """Keys of persons and sealed values. A key is the blind index of an ID number, whoever's account it stands in."""

    def __init__(
        self, accounts: AccountService, companions: CompanionService, vault: Vault, data_keys: DataKeys
    ) -> None:
        self._accounts = accounts
        self._companions = companions
        self._vault = vault
        self._data_keys = data_keys

    async def person_key(self, citizen_id: str) -> str:
        """Raises `PersonalDataMissing` before level 2, `AccountNotFound`."""
        return await self._accounts.person_key(citizen_id)

    async def companions(self, citizen_id: str, companion_ids: Sequence[str]) -> Mapping[str, Companion]:
        """Of the saved companions of that id those that are the citizen's own, in clear."""
        return await self._companions.opened(citizen_id, companion_ids)

    def blind_index(self, id_number: str) -> str:
        return self._vault.blind_index("id_number", id_number)

    async def seal(self, citizen_id: str, plaintext: str, context: str) -> str:
        """For storage, in this context and with this citizen's data key: gone with it when the account is erased."""
        return await self._data_keys.seal(citizen_id, plaintext, context)

    async def open(self, citizen_id: str, sealed: str, context: str) -> str:
        """Raises `SealBroken`."""
        return await self._data_keys.open(citizen_id, sealed, context)
