"""Which accounts a person has: one real name stands on several WeChat accounts only by rule (`identity.person`).

The accounts of a person are one record, under the person's key, changed in the same write as the account itself: of
many that are confirmed at once no more are let in than the rule says.
"""

from collections.abc import Sequence
from typing import ClassVar

from core.clock import Clock
from core.documents import Document, Documents, Duplicate, Insert, Operation, Replace
from core.messages import message
from identity_center.account import Account
from identity_center.errors import RealNameInUse
from identity_center.lowering import Lowering
from identity_center.notices import REAL_NAME_MOVED, SECOND_ACCOUNT, SECOND_ACCOUNT_REFUSED
from identity_center.relations.errors import ManagedAccountExists
from identity_center.revocations import Revocations
from identity_center.settings import PersonSettings


class Person(Document):
    """Whoever holds an ID number. Its id is the person key; `accounts` are those confirmed as theirs, `managed_id` the
    one that family members keep for them, if there is one: then nobody is confirmed by name and number alone."""

    collection: ClassVar[str] = "persons"

    accounts: tuple[str, ...] = ()
    managed_id: str | None = None


class Persons:
    """The rule, and what follows from it."""

    def __init__(self, documents: Documents, clock: Clock, revocations: Revocations, settings: PersonSettings) -> None:
        self._documents = documents
        self._clock = clock
        self._revocations = revocations
        self._settings = settings

    async def joining(self, person_key: str, account_id: str, *, minor: bool = False) -> Lowering:
        """What belongs into the write that confirms an account as this person's: it is refused when the person's
        accounts change meanwhile, and is then to be asked for again. Raises `RealNameInUse`, `ManagedAccountExists`."""
        person = await self._documents.get(Person, person_key)
        if person is None:
            return Lowering([Insert(Person(id=person_key, accounts=(account_id,)))])
        if person.managed_id is not None:
            raise ManagedAccountExists(["face", "code"] if minor else ["face"])
        if account_id in person.accounts:
            return Lowering([Replace(person)])
        holders = await self._holders(person)
        leaving = await self._leaving(holders)
        staying = [account for account in holders if account not in leaving]
        accounts = (*(account.id for account in staying), account_id)
        joining = Lowering([Replace(person.model_copy(update={"accounts": accounts}))])
        for account in leaving:
            change = without_real_name(self._clock)
            joining.add(account, change, REAL_NAME_MOVED, self._revocations, self._clock)
        joining.operations += [message(SECOND_ACCOUNT, account.id, self._clock) for account in staying]
        return joining

    async def announce(self, joining: Lowering) -> None:
        """After the write."""
        await joining.announce(self._revocations)

    async def leaving(self, account: Account) -> list[Operation]:
        """The operation that takes an account off its person's list, for the write that takes the name off it."""
        key = account.id_number_index
        person = await self._documents.get(Person, key) if key else None
        if person is None:
            return []
        if person.managed_id == account.id:
            return [Replace(person.model_copy(update={"managed_id": None}))]
        if account.id not in person.accounts:
            return []
        others = tuple(other for other in person.accounts if other != account.id)
        return [Replace(person.model_copy(update={"accounts": others}))]

    async def last_of(self, account: Account) -> str | None:
        """The person's key when this is the only account that is confirmed as theirs: then what is the person's goes
        with the account. None for an account that is nobody's."""
        key = account.id_number_index
        if key is None or account.real_name_proved_at is None:
            return None
        person = await self._documents.get(Person, key)
        if person is None:
            return key
        return None if {*person.accounts, person.managed_id} - {account.id, None} else key

    async def _holders(self, person: Person) -> list[Account]:
        """Those that are confirmed still, in the order of their confirming."""
        found = await self._documents.get_many(Account, person.accounts)
        held = [account for account in found.values() if account.id_number_index == person.id]
        return sorted(
            (account for account in held if account.real_name_proved_at is not None),
            key=lambda account: str(account.real_name_proved_at),
        )

    async def _leaving(self, holders: Sequence[Account]) -> Sequence[Account]:
        """Who makes room. An account that has shown the person's face never does: knowing a name and a number is not
        enough to take it from them."""
        too_many = len(holders) + 1 - self._settings.accounts
        if self._settings.beyond == "allow" or too_many <= 0:
            return ()
        movable = [account for account in holders if account.face_matched_at is None]
        if self._settings.beyond == "refuse" or len(movable) < too_many:
            await self._tell_of_refusal(holders)
            raise RealNameInUse
        return movable[:too_many]

    async def _tell_of_refusal(self, holders: Sequence[Account]) -> None:
        """Once a day."""
        today = self._clock.now().date().isoformat()
        for account in holders:
            try:
                await self._documents.write(message(SECOND_ACCOUNT_REFUSED, account.id, self._clock, once=today))
            except Duplicate:
                continue


def without_real_name(clock: Clock) -> dict[str, object]:
    """An account whose name is no longer confirmed. The name stays: it can become nobody else's."""
    return {"real_name_proved_at": None, "face_matched_at": None, "face_ended_at": clock.now()}
