"""An enterprise and who acts for it, as stored. Nothing here can be read without the vault's keys."""

from datetime import datetime
from typing import ClassVar, Literal

from core.clock import Instant
from core.conditions import Condition, all_of, field
from core.documents import Document, Index, Operation, Patch
from identity_center.acting.limits import ActingLimits

Role = Literal["legal_representative", "agent"]
MandateEnd = Literal["enterprise", "agent", "registry", "run_out", "replaced", "unbound"]


class Enterprise(Document):
    """`term` counts the persons who have represented it here: with a new one, all that the last one granted ends.

    `recheck_at` is None while nobody represents it.
    """

    collection: ClassVar[str] = "enterprises"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("credit_code", ("code_index",), unique=True),
        Index("recheck_at", ("recheck_at",)),
    )

    code_index: str
    code_sealed: str
    name_sealed: str
    term: int
    representative_key: str | None
    """Person key of the legal representative."""
    representative_account: str | None
    operating: bool
    confirmed_at: Instant
    recheck_at: Instant | None

    def same_term(self) -> Condition:
        return field("term").equals(self.term)

    def acted_for(self) -> Patch["Enterprise"]:
        """Refuses the write it stands in when the representative has changed or it is suspended by then."""
        guard = all_of(self.same_term(), field("operating").equals(True))
        return Patch(Enterprise, self.id, set={"operating": True}, guard=guard)


class Mandate(Document):
    """That an account acts for an enterprise: as its legal representative, or as an agent named by one.

    The fields `live_…` are None once it has ended, so that the unique indexes hold for live mandates alone.
    """

    collection: ClassVar[str] = "enterprise_mandates"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("pair", ("live_enterprise", "live_account"), unique=True),
        Index("place", ("live_enterprise", "role", "place"), unique=True),
        Index("account", ("account_id", "since")),
        Index("enterprise", ("enterprise_id", "since")),
    )

    enterprise_id: str
    account_id: str
    role: Role
    live_enterprise: str | None
    live_account: str | None
    place: int
    term: int
    limits: ActingLimits
    may_consent: bool
    since: Instant
    expires_at: Instant
    ended_at: Instant | None = None
    ended_by: MandateEnd | None = None
    uses: int = 0
    used_at: Instant | None = None

    def runs_out(self) -> datetime | None:
        """The day that was agreed on; a legal representative's is none."""
        return self.expires_at if self.role == "agent" else None

    def is_live(self, now: datetime) -> bool:
        return self.live_enterprise is not None and self.expires_at > now

    def still_live(self, now: datetime) -> Condition:
        return all_of(field("live_enterprise").equals(self.enterprise_id), field("expires_at").above(now))

    def used(self, now: datetime) -> Patch["Mandate"]:
        """Counts a use, and refuses the write it stands in when the mandate has ended."""
        return Patch(Mandate, self.id, add={"uses": 1}, set={"used_at": now}, guard=self.still_live(now))

    def ended(self, by: MandateEnd, now: datetime) -> Patch["Mandate"]:
        end = {"live_enterprise": None, "live_account": None, "ended_at": now, "ended_by": by}
        return Patch(Mandate, self.id, set=end, guard=field("live_enterprise").equals(self.enterprise_id))


def under(mandate: Mandate, enterprise: Enterprise, now: datetime) -> list[Operation]:
    """For the write of whatever is done under the mandate: it is live, and the enterprise is as it was looked at."""
    return [mandate.used(now), enterprise.acted_for()]
