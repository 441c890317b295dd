"""Keys of departments' systems: `cstk_<id>_<secret>`. The id is shown in lists, the secret once; stored of it is a
keyed digest."""

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import ClassVar

from core.caller import DepartmentSystem, Staff
from core.clock import Clock, Instant
from core.conditions import field as stored
from core.documents import Document, Documents, Duplicate, GuardFailed, Index, Insert, Operation, Patch
from core.ids import derived_id, new_secret
from identity_center.staff.errors import ApiKeyInvalid, ApiKeyLimit, ApiKeyNotFound
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.staff.roles import ApiScope
from identity_center.staff.settings import StaffSettings
from identity_center.vault import Vault

PREFIX = "cstk_"
_KEY = re.compile(r"cstk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_SLOTS = (1, 2)
"""Of one system: the key in use and its successor."""


class ApiKey(Document):
    """`live_system` is the system until the key is revoked or makes room: the unique index allows it twice."""

    collection: ClassVar[str] = "api_keys"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("department", ("department", "created_at")),
        Index("all", ("created_at",)),
        Index("slot", ("live_system", "slot"), unique=True),
    )

    department: str
    system: str
    live_system: str | None
    slot: int
    scopes: tuple[ApiScope, ...]
    digest: str
    created_by: str
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    last_used_on: date | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class NewApiKey:
    """The one time that the whole key is seen."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """Made by a department's staff for their own department."""

    def __init__(
        self, documents: Documents, clock: Clock, vault: Vault, zone: tzinfo, log: StaffLog, settings: StaffSettings
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._zone = zone
        self._log = log
        self._longest_days = settings.api_key_days
        self._overlap = timedelta(days=settings.api_key_overlap_days)

    async def make(self, staff: Staff, system: str, scopes: Collection[ApiScope], days: int | None = None) -> NewApiKey:
        """For `system`, the department's own name for what will use the key; valid as long as a key can be when `days`
        is None or more. Raises `ApiKeyLimit`."""
        return await self._made(staff, system, scopes, days, "api_key.make")

    async def rotate(self, staff: Staff, key_id: str) -> NewApiKey:
        """A successor that opens the same; the old key lives for the days of overlap. Raises `ApiKeyNotFound`,
        `ApiKeyLimit` when there is a successor already."""
        old = await self._own(staff, key_id)
        until = min(old.expires_at, self._clock.now() + self._overlap)
        shortened = Patch(ApiKey, old.id, set={"expires_at": until}, guard=stored("revoked_at").equals(None))
        return await self._made(staff, old.system, old.scopes, None, "api_key.rotate", shortened)

    async def revoke(self, staff: Staff, key_id: str) -> None:
        """One of the own department's, at once. Raises `ApiKeyNotFound`."""
        key = await self._own(staff, key_id)
        event = Event("api_key.revoke", Actor.of(staff), key.id, {"department": key.department, "system": key.system})
        try:
            await self._log.written(event, _revoked(key, self._clock.now()))
        except GuardFailed as error:
            raise ApiKeyNotFound from error

    async def live(self, key_id: str) -> ApiKey:
        """Raises `ApiKeyNotFound`."""
        key = await self._documents.get(ApiKey, key_id)
        if key is None or not key.is_live(self._clock.now()):
            raise ApiKeyNotFound
        return key

    async def revocation(self, key_id: str) -> Operation:
        """What revokes a key, whoever's it is. Raises `ApiKeyNotFound`."""
        return _revoked(await self.live(key_id), self._clock.now())

    async def of_department(self, department: str | None) -> tuple[ApiKey, ...]:
        """All that there ever were, newest first; of every department when None."""
        if department is None:
            return (await self._documents.find(ApiKey, "all", descending=True, limit=1000)).items
        return (await self._documents.find(ApiKey, "department", department, descending=True, limit=1000)).items

    async def caller_of(self, text: str) -> DepartmentSystem:
        """The system that sends this key. Looked up each time, so that a revoked key is worth nothing at once. Raises
        `ApiKeyInvalid`."""
        found = _KEY.fullmatch(text)
        key = await self._documents.get(ApiKey, found[1]) if found else None
        if found is None or key is None or not hmac.compare_digest(key.digest, self._digest(found[1], found[2])):
            raise ApiKeyInvalid
        now = self._clock.now()
        if not key.is_live(now):
            raise ApiKeyInvalid
        await self._used(key, now.astimezone(self._zone).date())
        return DepartmentSystem(key.id, key.department, frozenset(key.scopes))

    async def _made(
        self,
        staff: Staff,
        system: str,
        scopes: Collection[ApiScope],
        days: int | None,
        action: str,
        *beside: Operation,
    ) -> NewApiKey:
        room = await self._making_room(staff.department, system)
        for slot in _SLOTS:
            new = self._new(staff, system, scopes, days, slot)
            details = {"department": staff.department, "system": system, "scopes": " ".join(new.key.scopes)}
            event = Event(action, Actor.of(staff), new.key.id, details)
            try:
                await self._log.written(event, *beside, *room, Insert(new.key))
            except Duplicate:
                continue
            except GuardFailed as error:
                raise ApiKeyNotFound from error
            return new
        raise ApiKeyLimit

    async def _making_room(self, department: str, system: str) -> list[Operation]:
        """Keys that have run out give their places up."""
        now = self._clock.now()
        held = await self._documents.find(ApiKey, "slot", derived_id(department, system), limit=len(_SLOTS))
        return [Patch(ApiKey, key.id, set={"live_system": None}) for key in held.items if not key.is_live(now)]

    def _new(self, staff: Staff, system: str, scopes: Collection[ApiScope], days: int | None, slot: int) -> NewApiKey:
        key_id = "".join(secrets.choice(_ALPHABET) for _ in range(12))
        secret, now = new_secret(), self._clock.now()
        key = ApiKey(
            id=key_id,
            department=staff.department,
            system=system,
            live_system=derived_id(staff.department, system),
            slot=slot,
            scopes=tuple(sorted(set(scopes))),
            digest=self._digest(key_id, secret),
            created_by=staff.name,
            created_at=now,
            expires_at=now + timedelta(days=min(days or self._longest_days, self._longest_days)),
        )
        return NewApiKey(key, f"{PREFIX}{key_id}_{secret}")

    async def _own(self, staff: Staff, key_id: str) -> ApiKey:
        key = await self.live(key_id)
        if key.department != staff.department:
            raise ApiKeyNotFound
        return key

    async def _used(self, key: ApiKey, day: date) -> None:
        """Once a day; a revocation at the same moment wins."""
        if key.last_used_on == day:
            return
        try:
            await self._documents.write(
                Patch(ApiKey, key.id, set={"last_used_on": day}, guard=stored("revoked_at").equals(None))
            )
        except GuardFailed:
            raise ApiKeyInvalid from None

    def _digest(self, key_id: str, secret: str) -> str:
        return self._vault.keyed_digest("api key", key_id, secret).hex()


def _revoked(key: ApiKey, now: datetime) -> Patch[ApiKey]:
    end = {"revoked_at": now, "live_system": None}
    return Patch(ApiKey, key.id, set=end, guard=stored("revoked_at").equals(None))
