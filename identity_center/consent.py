"""Consent 授信: what a citizen agreed that a department receives, for which card, for what purpose, until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from core.caller import Citizen
from core.clock import Clock, Instant
from core.closing import refusal, still_open
from core.conditions import Condition, all_of, field
from core.documents import Document, Documents, GuardFailed, Index, Insert, Operation, Patch, WriteRefused
from core.idempotency import RequestKey, write_once
from core.ids import new_id
from core.text import Text
from identity_center.acting.rules import ActingRules
from identity_center.errors import ConsentNotFound, SeparateConsentRequired
from identity_center.settings import IdentitySettings

_ATTEMPTS = 5
SENSITIVE = frozenset({"id_number", "face"})
"""Fields that PIPL article 28 calls sensitive: a consent to one is an act of its own (article 29)."""


class ConsentGrant(Document):
    """`live_account` is the citizen until the grant is revoked or replaced; `releases` counts its uses.

    The account may be an enterprise's id. `granted_by` is who gave it in the place of a child or enterprise, `separate`
    the sensitive fields that were agreed to one by one: the others of them it does not cover.
    """

    collection: ClassVar[str] = "consents"
    indexes: ClassVar[tuple[Index, ...]] = (
        Index("live", ("live_account", "department", "card", "fields_key"), unique=True),
        Index("account", ("account_id", "granted_at")),
    )

    account_id: str
    live_account: str | None
    department: str
    card: str
    fields: tuple[str, ...]
    fields_key: str
    separate: tuple[str, ...] = ()
    purpose: Text
    granted_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    releases: int = 0
    granted_by: str | None = None

    def is_live(self, now: datetime) -> bool:
        return self.live_account is not None and self.expires_at > now

    def covers(self, fields: Collection[str]) -> bool:
        return set(fields) <= set(self.fields) and SENSITIVE & set(fields) <= set(self.separate)

    def still_live(self, now: datetime) -> Condition:
        """The guard of a release: checked again at the moment of writing."""
        return all_of(field("live_account").equals(self.account_id), field("expires_at").above(now))


@dataclass(frozen=True)
class ConsentView:
    """A grant as its citizen sees it. `live` is False once it is revoked, replaced by a wider one, or run out."""

    id: str
    department: str
    card: str
    fields: tuple[str, ...]
    separate: tuple[str, ...]
    purpose: Text
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    releases: int
    live: bool
    granted_by: str | None


@dataclass(frozen=True)
class ConsentPage:
    items: tuple[ConsentView, ...]
    after: str | None


class ConsentService:
    """Given and withdrawn with one step each. A release finds its grant live in the very write that logs it."""

    def __init__(self, documents: Documents, clock: Clock, acting: ActingRules, settings: IdentitySettings) -> None:
        self._documents = documents
        self._clock = clock
        self._acting = acting
        self._lasts = timedelta(days=settings.consent_days)

    async def grant(
        self,
        citizen: Citizen,
        *,
        card_id: str,
        department: str,
        fields: Collection[str],
        purpose: Text,
        separate: Collection[str] = (),
        days: int | None = None,
        key: RequestKey | None = None,
    ) -> ConsentView:
        """Records what the citizen agreed to. `department` and `purpose` are the card's own, never the caller's words;
        `separate` are the sensitive fields that they agreed to by an act of its own each, `days` how long it lasts when
        they wanted less than the city's `most_days`.

        Live grants for the same card that ask for no more than this one are replaced by it. Raises
        `SeparateConsentRequired`, and what `ActingRules.for_consents` raises.
        """
        now = self._clock.now()
        names = tuple(sorted(set(fields)))
        sensitive = SENSITIVE & set(names)
        if not sensitive <= set(separate):
            raise SeparateConsentRequired(sorted(sensitive - set(separate)))
        grant = ConsentGrant(
            id=new_id(self._clock),
            account_id=citizen.served_id,
            live_account=citizen.served_id,
            department=department,
            card=card_id,
            fields=names,
            fields_key=",".join(names),
            separate=tuple(sorted(sensitive)),
            purpose=purpose,
            granted_at=now,
            expires_at=now + (self._lasts if days is None else min(timedelta(days=days), self._lasts)),
            granted_by=citizen.actor_id if citizen.acting else None,
        )
        return self._view(await self._recorded(citizen, grant, key))

    @property
    def most_days(self) -> int:
        """The longest that a consent can last."""
        return self._lasts.days

    async def consent(self, citizen: Citizen, consent_id: str) -> ConsentView:
        """One of their own. Raises `ConsentNotFound`, and what `ActingRules.for_consents` raises."""
        if citizen.acting:
            await self._acting.for_consents(citizen)
        return self._view(await self._own(citizen, consent_id))

    async def revoke(self, citizen: Citizen, consent_id: str) -> ConsentView:
        """No release uses the grant from now on. Revoking twice changes nothing. Raises `ConsentNotFound`."""
        may = await self._acting.for_consents(citizen) if citizen.acting else ()
        grant = await self._own(citizen, consent_id)
        if grant.revoked_at is not None:
            return self._view(grant)
        end = self._ended(grant)
        try:
            return self._view((await self._documents.write(*may, end)).after(end))
        except GuardFailed as error:
            if error.operation is not end:
                return await self.revoke(citizen, consent_id)  # which says how the permission to act has ended
            return self._view(await self._own(citizen, consent_id))

    async def consents(self, citizen: Citizen, limit: int = 50, after: str | None = None) -> ConsentPage:
        """All grants ever given, newest first."""
        if citizen.acting:
            await self._acting.for_consents(citizen)
        page = await self._documents.find(
            ConsentGrant, "account", citizen.served_id, descending=True, limit=limit, after=after
        )
        return ConsentPage(tuple(self._view(grant) for grant in page.items), page.after)

    async def covering(
        self, account_id: str, *, card_id: str, department: str, fields: Collection[str]
    ) -> ConsentGrant | None:
        """The live grant under which these fields may be released, if there is one."""
        now = self._clock.now()
        grants = await self._live(account_id, department, card_id)
        return next((grant for grant in grants if grant.is_live(now) and grant.covers(fields)), None)

    async def _recorded(self, citizen: Citizen, grant: ConsentGrant, key: RequestKey | None) -> ConsentGrant:
        """Another request of the citizen may come in between: one that gave the very same consent stands for this."""
        for attempt in range(1, _ATTEMPTS + 1):
            may: tuple[Operation, ...] = await self._acting.for_consents(citizen)
            live = await self._live(grant.account_id, grant.department, grant.card)
            if attempt > 1 and (same := [other for other in live if _is_same(other, grant)]):
                return same[0]
            replaced = [self._ended(old) for old in live if set(old.fields) <= set(grant.fields)]
            write = write_once(
                self._documents,
                [*still_open(grant.account_id), *may, *replaced, Insert(grant)],
                key=key,
                result=grant.id,
                find=self._known,
                made=lambda _: grant,
            )
            try:
                return await write
            except WriteRefused as error:
                meaning = refusal(error)
                if attempt == _ATTEMPTS or meaning is not error:
                    raise meaning from error
        raise AssertionError("the last attempt returns or raises")

    def _ended(self, grant: ConsentGrant) -> Patch[ConsentGrant]:
        end = {"live_account": None, "revoked_at": self._clock.now()}
        return Patch(ConsentGrant, grant.id, set=end, guard=field("revoked_at").equals(None))

    async def _live(self, account_id: str, department: str, card_id: str) -> tuple[ConsentGrant, ...]:
        return (await self._documents.find(ConsentGrant, "live", account_id, department, card_id)).items

    async def _known(self, consent_id: str) -> ConsentGrant:
        grant = await self._documents.get(ConsentGrant, consent_id)
        if grant is None:
            raise ConsentNotFound
        return grant

    async def _own(self, citizen: Citizen, consent_id: str) -> ConsentGrant:
        grant = await self._known(consent_id)
        if grant.account_id != citizen.served_id:
            raise ConsentNotFound
        return grant

    def _view(self, grant: ConsentGrant) -> ConsentView:
        return ConsentView(
            id=grant.id,
            department=grant.department,
            card=grant.card,
            fields=grant.fields,
            separate=grant.separate,
            purpose=grant.purpose,
            granted_at=grant.granted_at,
            expires_at=grant.expires_at,
            revoked_at=grant.revoked_at,
            releases=grant.releases,
            live=grant.is_live(self._clock.now()),
            granted_by=grant.granted_by,
        )


def _is_same(one: ConsentGrant, other: ConsentGrant) -> bool:
    return (one.fields, one.granted_by) == (other.fields, other.granted_by)
