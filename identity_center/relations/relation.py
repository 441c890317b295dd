"""That one account may act for another, as it is stored."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Literal

from core.clock import Instant
from core.conditions import Condition, all_of, field
from core.documents import Document, Index, Patch
from identity_center.acting.limits import ActingLimits

RelationKind = Literal["guardian", "helper"]
EndedBy = Literal["person", "helper", "authority", "run_out", "replaced"]


class Relation(Document):
    """`helper_id` acts for `person_id` within `limits` until it ends; a wider or other permission is a new relation.

    The fields `live_…` are None once it has ended, so that the unique indexes hold for live relations alone: one for
    each pair, and as many as there are places. One that ran out keeps its places until they are wanted.
    """

    collection: ClassVar[str] = "relations"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("pair", ("live_person", "live_helper"), unique=True),
        Index("person_place", ("live_person", "kind", "person_place"), unique=True),
        Index("helper_place", ("live_helper", "kind", "helper_place"), unique=True),
        Index("person", ("person_id", "since")),
        Index("helper", ("helper_id", "since")),
    )

    kind: RelationKind
    person_id: str
    helper_id: str
    live_person: str | None
    live_helper: str | None
    person_place: int
    helper_place: int
    limits: ActingLimits
    since: Instant
    expires_at: Instant
    """A guardian's is far away: it ends when the person is of age, which `Guardians.holds` asks."""
    confirmed_at: Instant
    """When the authority last said so (guardian), or the person (helper)."""
    consented_at: Instant | None = None
    """A guardian's consent to processing the data of a child under 14."""
    proof: str | None = None
    """The record of the face by which a person without a phone agreed."""
    ended_at: Instant | None = None
    ended_by: EndedBy | None = None
    uses: int = 0
    used_at: Instant | None = None

    def runs_out(self) -> datetime | None:
        """The day that was agreed on; a guardian's is none."""
        return self.expires_at if self.kind == "helper" else None

    def is_live(self, now: datetime) -> bool:
        return self.live_person is not None and self.expires_at > now

    def still_live(self, now: datetime) -> Condition:
        """The guard of whatever is done under it: checked again at the moment of writing."""
        return all_of(field("live_person").equals(self.person_id), field("expires_at").above(now))

    def used(self, now: datetime) -> Patch["Relation"]:
        """Counts a use, and refuses the write it stands in when the relation has ended."""
        return Patch(Relation, self.id, add={"uses": 1}, set={"used_at": now}, guard=self.still_live(now))

    def ended(self, by: EndedBy, now: datetime) -> Patch["Relation"]:
        end = {"live_person": None, "live_helper": None, "ended_at": now, "ended_by": by}
        return Patch(Relation, self.id, set=end, guard=field("live_person").equals(self.person_id))


def free_place(taken: Collection[int], most: int | None) -> int | None:
    """The lowest place that is free, so that of two who want one at once the index refuses the second."""
    place = next(place for place in range(1, len(taken) + 2) if place not in taken)
    return place if most is None or place <= most else None
