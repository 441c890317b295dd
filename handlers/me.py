"""What the city holds about the citizen who asks: account, consents, and who received what."""

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol

import orjson
from pydantic import Field

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
from identity_center.offices import OFFICES
from identity_center.receipts import ConsentReceipts

RECORD_KEYS = "/api/v1/records/keys"
SensitiveField = Literal["id_number", "face"]


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
    separate: list[str]
    """The sensitive ones of the fields, each agreed to by an act of its own."""
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
    separate: Annotated[tuple[SensitiveField, ...], Field(max_length=2)] = ()
    """The sensitive fields that the citizen ticked, each by itself and none beforehand (PIPL article 29)."""
    days: Annotated[int, Field(ge=1)] | None = None
    """How long it lasts, when the citizen wants it shorter than the city's own `identity.consent_days`."""


class ReceiptView(View):
    receipt: str
    """Compact JWS (RFC 7515), typ consent-receipt+jwt; it says all that the text says."""
    text: Text
    """The same to read: lines."""
    keys: str
    """Where the keys are that verify it, also those that were replaced since."""


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
            separate=request.separate,
            days=self._days(request.days),
            key=key,
        )
        return Created(_item(granted, self.catalogue))

    def _days(self, days: int | None) -> int | None:
        most = self.consents.most_days
        if days is not None and days > most:
            raise Invalid([{"pointer": "/days", "rule": "less_than_equal", "detail": f"at most {most}"}])
        return days

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


class OneReceipt(Handler):
    def initialize(
        self, consents: ConsentService, receipts: ConsentReceipts, catalogue: ConsentCatalogue, accounts: AccountService
    ) -> None:
        self.consents = consents
        self.receipts = receipts
        self.catalogue = catalogue
        self.accounts = accounts

    @endpoint(who=citizen(acting=FOR_CONSENTS), answers=ReceiptView)
    async def get(self, consent_id: str) -> Content:
        """A receipt of the consent as it stands now, to keep: signed by the city, and in words."""
        consent = await self.consents.consent(self.citizen, consent_id)
        giver = await self.accounts.masked_name(consent.granted_by or self.citizen.actor_id)
        receipt = self.receipts.of(consent, giver, called(consent.department, self.catalogue))
        shown = {"receipt": receipt.signed, "text": receipt.words.model_dump(), "keys": RECORD_KEYS}
        name = f'attachment; filename="consent-{consent.id}.json"'
        return Content(orjson.dumps(shown), headers={"Content-Disposition": name})


def _fields_of(caller: Citizen, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Of what a card hands over, what is for this caller to agree to."""
    for_enterprise = isinstance(caller.acting, ForEnterprise)
    return tuple(field for field in fields if field.startswith("enterprise.") == for_enterprise)


def called(recipient: str, catalogue: ConsentCatalogue) -> Text:
    """What people call whoever receives data: a department, or one of identity's own offices."""
    return OFFICES.get(recipient) or catalogue.department_name(recipient)


def _item(consent: ConsentView, catalogue: ConsentCatalogue) -> ConsentItem:
    return ConsentItem(
        id=consent.id,
        card_id=consent.card,
        department=consent.department,
        department_name=called(consent.department, catalogue),
        fields=list(consent.fields),
        separate=list(consent.separate),
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
            in_words=entry.in_words(called(entry.department, self.catalogue), actor),
            request_id=entry.request_id,
            by=ActedByView(capacity=entry.by.capacity, name=actor) if entry.by else None,
        )
