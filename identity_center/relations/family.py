"""Adding family members who have no phone of their own: a child by its guardian, an elder who shows their face."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Final

from core.caller import FACE, Citizen
from core.clock import Clock
from core.documents import Duplicate, Operation
from identity_center.account import Account
from identity_center.accounts import AccountService, checked_person
from identity_center.acting.errors import ActingForOneself
from identity_center.acting.limits import EVERYTHING, ActingLimits
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, OF_AGE, age_on
from identity_center.attempts import DailyLimit
from identity_center.data_keys import DataKeys
from identity_center.errors import AuthorityUnavailable, InvalidIdNumber
from identity_center.face.errors import ReferenceUnusable
from identity_center.face.service import FaceService
from identity_center.ports import Authority
from identity_center.relations.errors import FamilyLocked, GuardianNotConfirmed, NotAMinor, PersonHasAccount
from identity_center.relations.helpers import Adults
from identity_center.relations.managed import ManagedAccounts
from identity_center.relations.ports import FamilyRegistry
from identity_center.relations.relation import Relation
from identity_center.relations.service import NewRelation, RelationService

FACE_SECONDS: Final = 600
"""How fresh the face must be of whoever takes somebody on."""
_CHILDHOOD: Final = timedelta(days=19 * 365)
"""Longer than anybody is a minor; how long exactly is asked of the number each time."""
_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class FaceShown:
    """What a camera took in answer to a challenge of this session."""

    challenge_id: str
    nonce: str
    frames: Sequence[str]


class Family:
    """Both ways end in an account that is managed, and a relation to it. Both need level 3, shown within ten minutes:
    a name and a number can be known by anybody."""

    def __init__(
        self,
        clock: Clock,
        zone: tzinfo,
        data_keys: DataKeys,
        accounts: AccountService,
        adults: Adults,
        managed: ManagedAccounts,
        authority: Authority,
        registry: FamilyRegistry,
        face: FaceService,
        relations: RelationService,
        attempts: DailyLimit,
        longest_days: int,
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._data_keys = data_keys
        self._accounts = accounts
        self._adults = adults
        self._managed = managed
        self._authority = authority
        self._registry = registry
        self._face = face
        self._relations = relations
        self._attempts = attempts
        self._longest = timedelta(days=longest_days)

    async def add_child(self, citizen: Citizen, name: str, id_number: str) -> Relation:
        """The authority knows the child and that the citizen is a guardian. Below 14, calling this is the guardian's
        consent to processing the child's data. Adding a child again gives the relation that there is.

        Raises `StepUpNeeded`, `InvalidIdNumber`, `InvalidName`, `NotAMinor`, `NotOfAge`, `FamilyLocked`,
        `GuardianNotConfirmed`, `AuthorityUnavailable` (nothing was counted by the latter).
        """
        name, id_number, age = self._checked(citizen, name, id_number)
        if age >= OF_AGE:
            raise NotAMinor
        guardian = await self._adults.adult(citizen)
        own_number = await guardian.opened(self._data_keys, "id_number") or ""
        await self._confirm(citizen, name, id_number, guardian_of=own_number)
        consented_at = self._clock.now() if age < GUARDIAN_CONSENTS_BELOW else None
        for _ in range(_ATTEMPTS):
            account, making = await self._account(name, id_number)
            earlier = await self._relations.live_between(account.id, citizen.id)
            if earlier is not None and earlier.kind == "guardian":
                return earlier
            far = self._clock.now() + _CHILDHOOD
            new = NewRelation("guardian", account.id, citizen.id, EVERYTHING, far, consented_at)
            if (relation := await self._made(new, making)) is not None:
                return relation
        raise GuardianNotConfirmed(0)

    async def add_elder(
        self, citizen: Citizen, name: str, id_number: str, limits: ActingLimits, days: int, shown: FaceShown
    ) -> Relation:
        """Somebody of age without an account, who is there and shows their face to the helper's phone, which is their
        agreement. The face counts for this alone: it raises nobody's assurance.

        Raises what `add_child` raises, what `FaceService.verify` raises, `ActingForOneself`, `PersonHasAccount`,
        `TooManyGrants`.
        """
        name, id_number, age = self._checked(citizen, name, id_number)
        if age < OF_AGE:
            raise NotAMinor
        helper = await self._adults.adult(citizen)
        if await helper.opened(self._data_keys, "id_number") == id_number:
            raise ActingForOneself
        await self._confirm(citizen, name, id_number)
        photo = await self._authority.photo(id_number)
        if photo is None:
            raise ReferenceUnusable
        result = await self._face.verify(citizen, shown.challenge_id, shown.nonce, shown.frames, photo)
        expires_at = self._clock.now() + min(timedelta(days=days), self._longest)
        for _ in range(_ATTEMPTS):
            account, making = await self._account(name, id_number)
            if not account.managed:
                raise PersonHasAccount
            new = NewRelation("helper", account.id, citizen.id, limits, expires_at, proof=result.record_id)
            if (relation := await self._made(new, making)) is not None:
                return relation
        raise PersonHasAccount

    def _checked(self, citizen: Citizen, name: str, id_number: str) -> tuple[str, str, int]:
        """Name, number and age. Raises for what can be said without asking anybody."""
        citizen.require(FACE, FACE_SECONDS, self._clock.now())
        name, id_number = checked_person(name, id_number)
        age = age_on(id_number, self._clock.now().astimezone(self._zone).date())
        if age < 0:
            raise InvalidIdNumber
        return name, id_number, age

    async def _confirm(self, citizen: Citizen, name: str, id_number: str, guardian_of: str | None = None) -> None:
        """Asks the authority, once for each attempt counted; which of the answers was no is not said."""
        left = await self._attempts.take(citizen.id)
        if left is None:
            raise FamilyLocked(self._attempts.seconds_to_tomorrow())
        try:
            confirmed = await self._authority.verify(name, id_number) == "match"
            if confirmed and guardian_of is not None:
                confirmed = await self._registry.is_guardian(guardian_of, id_number)
        except AuthorityUnavailable:
            await self._attempts.give_back(citizen.id)
            raise
        if not confirmed:
            raise GuardianNotConfirmed(left)

    async def _account(self, name: str, id_number: str) -> tuple[Account, list[Operation]]:
        """The person's account, and what makes it when there is none."""
        account = await self._managed.of(id_number)
        return (account, []) if account is not None else self._managed.made(name, id_number)

    async def _made(self, new: NewRelation, making: Sequence[Operation]) -> Relation | None:
        """None when the person got an account in between, from somebody else or themself: look again."""
        try:
            return await self._relations.made(new, *making)
        except Duplicate as error:
            if any(error.operation is operation for operation in making):
                return None
            raise
