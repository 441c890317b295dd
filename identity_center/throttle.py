"""A wait that doubles with each wrong attempt, counted durably and before the attempt is made."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

from core.clock import Clock, Instant
from core.conditions import all_of, field
from core.documents import Delete, Document, Documents, Duplicate, GuardFailed, Index, Insert, Patch
from core.errors import CityError
from core.ids import derived_id
from identity_center.errors import StaffLocked


class Attempts(Document):
    """Attempts of one caller that have not been followed by a right one, and when the next may be made."""

    collection: ClassVar[str] = "identity_waits"
    indexes: ClassVar[tuple[Index, ...]] = (Index("last_at", ("last_at",)),)

    made: int
    last_at: Instant
    next_at: Instant


class Throttle:
    """`free_attempts` without a wait, then `first_wait`, twice that, and so on up to `longest_wait`."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        *,
        free_attempts: int,
        first_wait: timedelta,
        longest_wait: timedelta,
        forget_after: timedelta,
        locked: Callable[[int], CityError] = StaffLocked,
    ) -> None:
        """`locked` makes the error of whoever has to wait so many seconds."""
        self._locked = locked
        self._documents = documents
        self._clock = clock
        self._free = free_attempts
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._forget_after = forget_after

    async def take(self, *who: str) -> str:
        """Counts one attempt of `who`, and returns the name under which `forget` forgets it. Raises what
        `locked` makes."""
        attempts_id = derived_id(*who)
        while not await self._counted(attempts_id):
            continue  # somebody else counted at the same moment: each round lets one of them through
        return attempts_id

    async def forget(self, attempts_id: str) -> int:
        """After a right attempt. Returns how many are forgotten."""
        earlier = await self._documents.get(Attempts, attempts_id)
        await self._documents.write(Delete(Attempts, attempts_id))
        return 0 if earlier is None else earlier.made

    async def give_back(self, attempts_id: str, count: int = 1) -> None:
        """For attempts that are not to count: the next can be made at once, and waits as long as the first of these
        would have."""
        fewer = {"next_at": self._clock.now()}
        more = field("made").above(count)
        try:
            await self._documents.write(Patch(Attempts, attempts_id, set=fewer, add={"made": -count}, guard=more))
        except GuardFailed:  # there are no others, or all were forgotten meanwhile
            with suppress(GuardFailed):
                await self._documents.write(Delete(Attempts, attempts_id, guard=field("made").at_most(count)))

    async def _counted(self, attempts_id: str) -> bool:
        """False when the count changed between reading and writing."""
        now = self._clock.now()
        earlier = await self._documents.get(Attempts, attempts_id)
        if earlier is not None and now < earlier.next_at:
            raise self._locked(int((earlier.next_at - now).total_seconds()) + 1)
        try:
            if earlier is None:
                await self._documents.write(Insert(self._first(attempts_id, now)))
            else:
                await self._documents.write(self._next(earlier, now))
        except (Duplicate, GuardFailed):
            return False
        return True

    def _first(self, attempts_id: str, now: datetime) -> Attempts:
        return Attempts(id=attempts_id, made=1, last_at=now, next_at=now + self._wait_after(1))

    def _next(self, earlier: Attempts, now: datetime) -> Patch[Attempts]:
        made = 1 if now - earlier.last_at > self._forget_after else earlier.made + 1
        change = {"made": made, "last_at": now, "next_at": now + self._wait_after(made)}
        unchanged = all_of(field("made").equals(earlier.made), field("last_at").equals(earlier.last_at))
        return Patch(Attempts, earlier.id, set=change, guard=unchanged)

    def _wait_after(self, made: int) -> timedelta:
        if made < self._free:
            return timedelta()
        doublings = min(made - self._free, 20)
        return min(self._longest_wait, self._first_wait * (1 << doublings))
