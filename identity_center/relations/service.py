"""Relations: made, listed, asked about again, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from core.caller import Citizen
from core.clock import Clock
from core.closing import refusal, still_open
from core.documents import Documents, GuardFailed, Insert, Operation, Patch, WriteRefused
from core.ids import new_id
from identity_center.accounts import AccountService
from identity_center.acting.errors import ActingEnded, GrantNotFound, TooManyGrants
from identity_center.acting.limits import ActingLimits
from identity_center.data_keys import DataKeys
from identity_center.errors import AuthorityUnavailable
from identity_center.relations.guardians import Guardians
from identity_center.relations.ports import FamilyRegistry
from identity_center.relations.relation import EndedBy, Relation, RelationKind, free_place
from identity_center.revocations import Revocations
from identity_center.settings import ActingSettings

_ATTEMPTS: Final = 10
_LISTED: Final = 100


@dataclass(frozen=True)
class NewRelation:
    """A relation that is about to be made."""

    kind: RelationKind
    person_id: str
    helper_id: str
    limits: ActingLimits
    expires_at: datetime
    consented_at: datetime | None = None
    proof: str | None = None


@dataclass(frozen=True)
class RelationView:
    """A relation as either side sees it. `name` is the other side's, masked."""

    relation: Relation
    side: Literal["person", "helper"]
    name: str | None
    live: bool
    managed: bool
    """The person has no phone of their own yet: a guardian can hand the account over."""


class RelationService:
    """A relation is one permission. It is not changed: another one takes its place."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        data_keys: DataKeys,
        accounts: AccountService,
        family: FamilyRegistry,
        guardians: Guardians,
        revocations: Revocations,
        settings: ActingSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._data_keys = data_keys
        self._accounts = accounts
        self._family = family
        self._guardians = guardians
        self._revocations = revocations
        self._settings = settings

    async def relations(self, citizen: Citizen) -> tuple[RelationView, ...]:
        """All in which the citizen is either side, those that have ended too: the newest hundred of each side."""
        of_person = await self._documents.find(Relation, "person", citizen.id, descending=True, limit=_LISTED)
        of_helper = await self._documents.find(Relation, "helper", citizen.id, descending=True, limit=_LISTED)
        return tuple([await self.view(citizen, relation) for relation in (*of_person.items, *of_helper.items)])

    async def view(self, citizen: Citizen, relation: Relation) -> RelationView:
        side: Literal["person", "helper"] = "person" if relation.person_id == citizen.id else "helper"
        other = relation.helper_id if side == "person" else relation.person_id
        live = await self._guardians.holds(relation)
        managed = side == "helper" and await self._accounts.is_managed(relation.person_id)
        return RelationView(relation, side, await self._accounts.masked_name(other), live, managed)

    async def as_helper(self, citizen: Citizen) -> tuple[Relation, ...]:
        """The live relations under which the citizen may act."""
        page = await self._documents.find(Relation, "helper_place", citizen.id, limit=_LISTED)
        return tuple([relation for relation in page.items if await self._guardians.holds(relation)])

    async def live_between(self, person_id: str, helper_id: str) -> Relation | None:
        page = await self._documents.find(Relation, "pair", person_id, helper_id, limit=1)
        return page.items[0] if page.items and await self._guardians.holds(page.items[0]) else None

    async def made(self, new: NewRelation, *beside: Operation, relation_id: str | None = None) -> Relation:
        """Makes the relation and does what is `beside` it in one write. An earlier one of the same two ends with it.

        Raises `TooManyGrants`, `AccountClosing`, and the `WriteRefused` of an operation that is `beside`.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            relation, over = await self._placed(new, relation_id or new_id(self._clock))
            endings = [operation for old, by in over for operation in self._ending(old, by)]
            try:
                open_still = (*still_open(new.person_id), *still_open(new.helper_id))
                await self._documents.write(*open_still, *endings, *beside, Insert(relation))
            except WriteRefused as error:
                meaning = refusal(error)
                if meaning is not error:
                    raise meaning from error
                if attempt == _ATTEMPTS or any(error.operation is operation for operation in beside):
                    raise
            else:
                await self._revocations.announce(*(old.id for old, _ in over))
                return relation
        raise AssertionError("the last attempt returns or raises")

    async def end(self, citizen: Citizen, relation_id: str) -> Relation:
        """Ends it at once, from either side. Ending again changes nothing. Raises `GrantNotFound`."""
        relation = await self._documents.get(Relation, relation_id)
        if relation is None or citizen.id not in (relation.person_id, relation.helper_id):
            raise GrantNotFound
        return await self._ended(relation, "person" if citizen.id == relation.person_id else "helper")

    async def confirmed(self, relation: Relation) -> Relation:
        """The relation, when it is still what it was: a guardian's is asked about again from time to time.

        Raises `ActingEnded`, `AuthorityUnavailable` when there was no answer for too long.
        """
        now = self._clock.now()
        if not await self._guardians.holds(relation):
            raise ActingEnded
        age = now - relation.confirmed_at
        if relation.kind != "guardian" or age < timedelta(hours=self._settings.recheck_hours):
            return relation
        try:
            still = await self._is_guardian(relation)
        except AuthorityUnavailable:
            if age > timedelta(hours=self._settings.stale_hours):
                raise
            return relation
        if not still:
            await self._ended(relation, "authority")
            raise ActingEnded
        again = Patch(Relation, relation.id, set={"confirmed_at": now}, guard=relation.still_live(now))
        try:
            return (await self._documents.write(again)).after(again)
        except GuardFailed:
            raise ActingEnded from None

    async def _is_guardian(self, relation: Relation) -> bool:
        guardian = await (await self._accounts.get(relation.helper_id)).opened(self._data_keys, "id_number")
        minor = await (await self._accounts.get(relation.person_id)).opened(self._data_keys, "id_number")
        return guardian is not None and minor is not None and await self._family.is_guardian(guardian, minor)

    async def _placed(self, new: NewRelation, relation_id: str) -> tuple[Relation, list[tuple[Relation, EndedBy]]]:
        """The relation in its places, and what has to end for it: what ran out, and what it takes the place of."""
        now = self._clock.now()
        of_person = (await self._documents.find(Relation, "person_place", new.person_id, new.kind, limit=_LISTED)).items
        of_helper = (await self._documents.find(Relation, "helper_place", new.helper_id, new.kind, limit=_LISTED)).items
        pair = (await self._documents.find(Relation, "pair", new.person_id, new.helper_id, limit=1)).items
        over: dict[str, tuple[Relation, EndedBy]] = {old.id: (old, "replaced") for old in pair}
        over |= {old.id: (old, "run_out") for old in (*of_person, *of_helper) if not old.is_live(now)}
        counted = new.kind == "helper"
        taken = [old.person_place for old in of_person if old.id not in over]
        person_place = _place("person", taken, self._settings.helpers_per_person if counted else None)
        taken = [old.helper_place for old in of_helper if old.id not in over]
        helper_place = _place("helper", taken, self._settings.persons_per_helper if counted else None)
        relation = Relation(
            id=relation_id,
            **vars(new),
            live_person=new.person_id,
            live_helper=new.helper_id,
            person_place=person_place,
            helper_place=helper_place,
            since=now,
            confirmed_at=now,
        )
        return relation, list(over.values())

    async def _ended(self, relation: Relation, by: EndedBy) -> Relation:
        end, revocation = self._ending(relation, by)
        try:
            await self._documents.write(end, revocation)
            await self._revocations.announce(relation.id)
        except GuardFailed:
            pass  # it has ended meanwhile
        return await self._documents.get(Relation, relation.id) or relation

    def _ending(self, relation: Relation, by: EndedBy) -> tuple[Operation, Operation]:
        return relation.ended(by, self._clock.now()), self._revocations.record(relation.id)


def _place(whose: str, taken: Sequence[int], most: int | None) -> int:
    place = free_place(taken, most)
    if place is None:
        raise TooManyGrants(whose, most or 0)
    return place
