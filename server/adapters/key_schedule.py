"""Which of several keys is used when: a new one is made known first, then used, and replaced ones go last."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class KeyEntry:
    """A key and the moment from which it is used (until the next one is)."""

    id: str
    algorithm: str
    used_from: datetime
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class KeySchedule:
    """The keys of one purpose, in the order of their use. There is always one."""

    keys: tuple[KeyEntry, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("there is no key")
        if len({key.id for key in self.keys}) != len(self.keys):
            raise ValueError("a key stands there twice")
        object.__setattr__(self, "keys", tuple(sorted(self.keys, key=lambda key: key.used_from)))

    def in_use(self, now: datetime) -> KeyEntry:
        """The last that has begun. With a clock that is behind all of them: the first."""
        begun = [key for key in self.keys if key.used_from <= now]
        return begun[-1] if begun else self.keys[0]

    def announced(self, now: datetime) -> Sequence[KeyEntry]:
        """Those that are known and not used yet."""
        return self.keys[self.keys.index(self.in_use(now)) + 1 :]

    def replaced_at(self, key_id: str) -> datetime | None:
        """When the key after it begins; None for the last."""
        place = self._place(key_id)
        return self.keys[place + 1].used_from if place + 1 < len(self.keys) else None

    def known(self, now: datetime, outlives: timedelta) -> tuple[KeyEntry, ...]:
        """All that something may still be verified with: what a key made lives for `outlives` after its last use."""
        ends = ((key, self.replaced_at(key.id)) for key in self.keys)
        return tuple(key for key, replaced_at in ends if replaced_at is None or now < replaced_at + outlives)

    def with_key(self, key: KeyEntry) -> "KeySchedule":
        return replace(self, keys=(*self.keys, key))

    def without(self, key_id: str) -> "KeySchedule":
        """Raises LookupError for a key that is not there, ValueError for the only one."""
        place = self._place(key_id)
        return replace(self, keys=self.keys[:place] + self.keys[place + 1 :])

    def only(self, keys: Sequence[KeyEntry]) -> "KeySchedule":
        return replace(self, keys=tuple(keys))

    def _place(self, key_id: str) -> int:
        places = [place for place, key in enumerate(self.keys) if key.id == key_id]
        if not places:
            raise LookupError(key_id)
        return places[0]
