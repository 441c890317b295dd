"""The one door through which personal data leaves the identity centre."""

import asyncio
from collections.abc import Collection
from weakref import WeakValueDictionary

from core.caller import Citizen
from core.clock import Clock
from core.closing import refusal, still_open
from core.documents import Documents, Patch, WriteRefused
from core.text import Text, text
from identity_center.access_log import CITIZEN, EVERYTHING, AccessLog, Release
from identity_center.account import LEVEL_OF, PERSONAL_FIELDS, PersonalField, standing
from identity_center.accounts import AccountService
from identity_center.consent import ConsentGrant, ConsentService
from identity_center.data_keys import DataKeys
from identity_center.errors import ConsentNeeded, PersonalDataMissing
from identity_center.settings import IdentitySettings
from identity_center.vault import Vault

_ATTEMPTS = 10
OWN_LOOK = text("本人查看", "Own look")
OWN_COPY = text("本人导出", "Own copy")


class PersonalData:
    """Releases under a live consent, written down in the same atomic write that finds the consent live."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        vault: Vault,
        data_keys: DataKeys,
        accounts: AccountService,
        consents: ConsentService,
        log: AccessLog,
        settings: IdentitySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._data_keys = data_keys
        self._accounts = accounts
        self._consents = consents
        self._log = log
        self._proofs = settings.proofs
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def release(
        self, citizen_id: str, *, card_id: str, department: str, fields: Collection[str], purpose: Text, request_id: str
    ) -> dict[str, str]:
        """The fields in clear, by name; none asked, none given and nothing written. `purpose` is what for this time.
        What is held and no longer proved is not given.

        Raises `ConsentNeeded`, `PersonalDataMissing`, `AccountNotFound`, `AccountClosing`.
        """
        if not fields:
            return {}
        opened = await self._opened(citizen_id, fields)
        lock = self._one_at_a_time.setdefault(citizen_id, asyncio.Lock())
        async with lock:
            await self._written_down(citizen_id, card_id, department, fields, purpose, request_id)
        return opened

    async def reveal(self, citizen: Citizen, fields: Collection[PersonalField], request_id: str) -> dict[str, str]:
        """The citizen's own fields in clear, by name. No consent is needed, and it is written down like any release:
        whoever holds the phone leaves a trace. Raises `PersonalDataMissing`, `AccountNotFound`."""
        opened = await self._opened(citizen.id, fields)
        look = Release("", CITIZEN, "", tuple(sorted(fields)), OWN_LOOK, OWN_LOOK, request_id)
        async with self._one_at_a_time.setdefault(citizen.id, asyncio.Lock()):
            await self._added(citizen.id, look)
        return opened

    async def exported(self, citizen: Citizen, request_id: str) -> None:
        """Writes down that the citizen takes a copy of everything."""
        copy = Release("", CITIZEN, "", (EVERYTHING,), OWN_COPY, OWN_COPY, request_id)
        async with self._one_at_a_time.setdefault(citizen.id, asyncio.Lock()):
            await self._added(citizen.id, copy)

    async def pseudonym(self, citizen_id: str, department: str) -> str:
        """The citizen's name towards one department: always the same there, and of no use to any other."""
        return self._vault.keyed_digest("pseudonym", department, citizen_id).hex()[:32]

    async def _added(self, citizen_id: str, look: Release) -> None:
        """Another process may add to the same log in between."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._documents.write(*await self._log.appended(citizen_id, look))
            except WriteRefused:
                if attempt == _ATTEMPTS:
                    raise
            else:
                return

    async def _opened(self, citizen_id: str, fields: Collection[str]) -> dict[str, str]:
        account = await self._accounts.get(citizen_id)
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

    async def _written_down(
        self, citizen_id: str, card_id: str, department: str, fields: Collection[str], purpose: Text, request_id: str
    ) -> None:
        """Another process may add to the same log or end the consent in between: then both are looked at again."""
        for attempt in range(1, _ATTEMPTS + 1):
            grant = await self._consents.covering(citizen_id, card_id=card_id, department=department, fields=fields)
            if grant is None:
                raise ConsentNeeded(card_id, department, sorted(fields))
            entry = await self._log.appended(
                citizen_id,
                Release(grant.id, department, card_id, tuple(sorted(fields)), grant.purpose, purpose, request_id),
            )
            used = Patch(ConsentGrant, grant.id, add={"releases": 1}, guard=grant.still_live(self._clock.now()))
            try:
                await self._documents.write(*still_open(citizen_id), used, *entry)
            except WriteRefused as error:
                meaning = refusal(error)
                if attempt == _ATTEMPTS or meaning is not error:
                    raise meaning from error
            else:
                return
