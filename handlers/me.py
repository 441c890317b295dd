"""What the city holds about the citizen who asks: account, consents, and who received what."""

from collections.abc import Mapping
from typing import Protocol

import orjson

from core.caller import Capacity, Citizen, ForEnterprise, ProofMethod
from core.idempotency import RequestKey
from core.text import Text
from handlers.http.contract import Content, Created, endpoint
from handlers.http.errors import Invalid
from handlers.http.fields import CityTime, Identifier, PageQuery, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import FOR_ENTERPRISES, FOR_PERSONS, GUARDIANS, citizen
from identity_center.access_log import AccessLog, AccessView
from identity_center.accounts import AccountService
from identity_center.acting.rules import ActingRules
from identity_center.consent import ConsentService, ConsentView


class ConsentTerms(Protocol):
    """What consent to a card means, in the catalogue's words."""

    @property
    def department(self) -> str: ...

    @property
    def fields(self) -> tuple[str, ...]: ...

    @property
    def purpose(self) -> Text: ...


class ConsentCatalogue(Protocol):
    """What cards ask consent for, and what departments are called."""

    def terms(self, card_id: str) -> ConsentTerms:
        """Raises the registry's `CardNotFound`."""
        ...

    def department_name(self, department_id: str) -> Text: ...


class ProofView(View):
    level: int
    method: ProofMethod
    """What proved it: wechat, phone, authority; face, wechat_face or hall_code."""
    proved_at: CityTime
    expires_at: CityTime | None
    """When it stops to count; null is never. A service may ask for a proof that is younger than that."""


class MeView(View):
    id: str
    assurance: int
    proofs: list[ProofView]
    """Of each level that is reached, from 0 up."""
    name: str | None
    """Masked, as are the two below; null when the city does not hold it."""
    id_number: str | None
    phone: str | None
    created_at: CityTime


class ConsentItem(View):
    id: str
    card_id: str
    department: str
    department_name: Text
    fields: list[str]
    purpose: Text
    granted_at: CityTime
    expires_at: CityTime
    revoked_at: CityTime | None
    releases: int
    """How often data was handed over under it."""
    live: bool


class ConsentList(View):
    items: list[ConsentItem]
    after: str | None


class ConsentRequest(Request):
    card_id: Identifier
    """What is agreed to (department, fields, purpose) is the card's own; read the card before."""


class ActedByView(View):
    capacity: Capacity
    name: str | None
    """Masked; null when the account is gone."""


class AccessItem(View):
    at: CityTime
    card_id: str
    department: str
    """`citizen` when it was the citizen who looked; `card_id` is empty then."""
    fields: list[str]
    """Empty when nothing was handed over, and somebody acted for the citizen."""
    purpose: Text
    in_words: Text
    request_id: str
    by: ActedByView | None
    """Who acted, when it was not the citizen."""


class AccessList(View):
    items: list[AccessItem]
    after: str | None


class Me(Handler):
    def initialize(self, accounts: AccountService) -> None:
        self.accounts = accounts

    @endpoint(who=citizen(acting=FOR_PERSONS), answers=MeView)
    async def get(self) -> Content:
        """The citizen's own account, or that of whom they act for, personal data masked."""
        # The most asked of all: written as JSON directly, in the shape of MeView.
        me, zone = await self.accounts.me(self.citizen), self.machinery.zone
        proofs = [
            {
                "level": level,
                "method": proof.by,
                "proved_at": proof.at.astimezone(zone),
                "expires_at": None if proof.until is None else proof.until.astimezone(zone),
            }
            for level, proof in sorted(me.proofs.items())
        ]
        shown = {**vars(me), "proofs": proofs, "created_at": me.created_at.astimezone(zone)}
        return Content(orjson.dumps(shown))


FOR_CONSENTS = (*GUARDIANS, *FOR_ENTERPRISES)


class Consents(Handler):
    def initialize(self, consents: ConsentService, catalogue: ConsentCatalogue) -> None:
        self.consents = consents
        self.catalogue = catalogue

    @endpoint(who=citizen(acting=FOR_CONSENTS), rate="write", idempotent=True)
    async def post(self, request: ConsentRequest, key: RequestKey | None) -> Created[ConsentItem]:
        """Agree that a card's department receives the fields that the card names.

        As a person, to the person's; acting for an enterprise, to the enterprise's."""
        terms = self.catalogue.terms(request.card_id)
        fields = _fields_of(self.citizen, terms.fields)
        if not fields:
            raise Invalid([{"pointer": "/card_id", "rule": "no_consent", "detail": "the card needs no consent"}])
        granted = await self.consents.grant(
            self.citizen,
            card_id=request.card_id,
            department=terms.department,
            fields=fields,
            purpose=terms.purpose,
            key=key,
        )
        return Created(_item(granted, self.catalogue))

    @endpoint(who=citizen(acting=FOR_CONSENTS))
    async def get(self, query: PageQuery) -> ConsentList:
        """Everything the citizen ever agreed to, the newest first."""
        page = await self.consents.consents(self.citizen, query.limit, query.after)
        return ConsentList(items=[_item(view, self.catalogue) for view in page.items], after=page.after)


class OneConsent(Handler):
    def initialize(self, consents: ConsentService, catalogue: ConsentCatalogue) -> None:
        self.consents = consents
        self.catalogue = catalogue

    @endpoint(who=citizen(acting=FOR_CONSENTS), rate="write")
    async def delete(self, consent_id: str) -> ConsentItem:
        """Withdraw a consent. It takes effect at once; withdrawing again changes nothing."""
        return _item(await self.consents.revoke(self.citizen, consent_id), self.catalogue)


def _fields_of(caller: Citizen, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Of what a card hands over, what is for this caller to agree to."""
    for_enterprise = isinstance(caller.acting, ForEnterprise)
    return tuple(field for field in fields if field.startswith("enterprise.") == for_enterprise)


def _item(consent: ConsentView, catalogue: ConsentCatalogue) -> ConsentItem:
    return ConsentItem(
        id=consent.id,
        card_id=consent.card,
        department=consent.department,
        department_name=catalogue.department_name(consent.department),
        fields=list(consent.fields),
        purpose=consent.purpose,
        granted_at=consent.granted_at,
        expires_at=consent.expires_at,
        revoked_at=consent.revoked_at,
        releases=consent.releases,
        live=consent.live,
    )


class AccessRecords(Handler):
    def initialize(
        self, access_log: AccessLog, catalogue: ConsentCatalogue, acting: ActingRules, accounts: AccountService
    ) -> None:
        self.access_log = access_log
        self.catalogue = catalogue
        self.acting = acting
        self.accounts = accounts

    @endpoint(who=citizen(acting=FOR_CONSENTS))
    async def get(self, query: PageQuery) -> AccessList:
        """Who received which of the citizen's data, when and what for, and who acted for them; the newest first."""
        if self.citizen.acting is not None:
            await self.acting.for_consents(self.citizen)
        page = await self.access_log.of(self.citizen, query.limit, query.after)
        hands = {entry.by.actor_id for entry in page.items if entry.by is not None}
        names = {account_id: await self.accounts.masked_name(account_id) for account_id in hands}
        return AccessList(items=[self.item(entry, names) for entry in page.items], after=page.after)

    def item(self, entry: AccessView, names: Mapping[str, str | None]) -> AccessItem:
        actor = names.get(entry.by.actor_id) if entry.by else None
        return AccessItem(
            at=entry.at,
            card_id=entry.card,
            department=entry.department,
            fields=list(entry.fields),
            purpose=entry.purpose,
            in_words=entry.in_words(self.catalogue.department_name(entry.department), actor),
            request_id=entry.request_id,
            by=ActedByView(capacity=entry.by.capacity, name=actor) if entry.by else None,
        )
