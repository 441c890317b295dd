"""Cards as the catalogue describes them: what a server-driven front end shows and asks."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from core.documents import JsonObject
from core.text import Text
from service_registry.acting import purpose_of
from service_registry.booking.schedule import BookingPlan, CheckIn
from service_registry.card import LoadedCard, LoadedOperation
from service_registry.manifest import Access, ActingFor, Audience, ConsentField, Department, Item, Kind, Limits, Link

_VIEW: Final = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ThemeView(BaseModel):
    """A theme that has cards."""

    model_config = _VIEW

    id: str
    name: Text
    cards: int
    """How many cards stand under it."""


class CardSummary(BaseModel):
    """A card in a list."""

    model_config = _VIEW

    id: str
    version: str
    kind: Kind
    name: Text
    summary: Text
    department: Department
    theme: str
    audience: tuple[Audience, ...]
    icon: str | None
    """A `data:` URI."""
    assurance: int
    """How sure the platform must be of who asks: 0 WeChat, 1 phone, 2 real name, 3 face."""


class OperationView(BaseModel):
    """What a front end needs to know to offer an operation."""

    model_config = _VIEW

    name: str
    title: Text
    safe: bool
    """It only reads. Without it, the request needs an Idempotency-Key."""
    assurance: int
    max_age: int | None
    """Seconds the proof of the assurance level may be old."""
    consent: tuple[ConsentField, ...]
    """Data that is handed to the department: the citizen's, or with `enterprise.` before it the enterprise's."""
    acting: tuple[ActingFor, ...]
    """Who may use it for somebody else."""
    input: JsonObject | None
    """JSON Schema of what is entered, with the form's hints (`x-label`, `x-labels`, `x-help`, `x-widget`, `x-prefill`);
    null when nothing is."""


class ConsentTerms(BaseModel):
    """What a citizen consents to in order to use a card: which fields go to which department, and what for."""

    model_config = _VIEW

    department: str
    fields: tuple[str, ...]
    purpose: Text


class LevelView(BaseModel):
    """One question on the way to what is booked."""

    model_config = _VIEW

    key: str
    title: Text


class BookingSummary(BaseModel):
    """The rules of booking, as far as a citizen has to know them."""

    model_config = _VIEW

    levels: tuple[LevelView, ...]
    resources: int
    """How many things can be booked."""
    companions_max: int
    days_ahead: int
    release: str
    """Time of day at which the newest day can first be booked."""
    book_until_minutes: int
    """Booking ends so long before the start."""
    cancel_until_minutes: int
    """Cancelling ends so long before the start."""
    one_live_booking_per: tuple[tuple[str, ...], ...]
    """Of each of these (`card`, `resource`, `day`, or levels' keys, taken together) a person has one live booking."""
    check_in: CheckIn


class CardDetail(CardSummary):
    """A card with all that a server-driven front end shows and asks."""

    keywords: tuple[str, ...]
    item: Item
    access: Access
    limits: Limits
    operations: tuple[OperationView, ...]
    """Kind `query`: what it can do. The first one is what opens."""
    consent: ConsentTerms | None
    """What consent to the card covers, for all of its operations; null when the department receives nothing."""
    booking: BookingSummary | None
    """Kind `booking`."""
    link: Link | None
    """Kind `link`."""


class CardPage(BaseModel):
    model_config = _VIEW

    items: tuple[CardSummary, ...]
    total: int
    """How many cards the whole list has."""
    after: str | None
    """Continues the list; null at its end."""


def summary_of(card: LoadedCard) -> CardSummary:
    return CardSummary(**_summary(card))


def consent_terms_of(card: LoadedCard) -> ConsentTerms:
    asked = {field for operation in card.operations.values() for field in operation.access.consent}
    purpose = purpose_of(card.manifest)
    return ConsentTerms(department=card.manifest.department.id, fields=tuple(sorted(asked)), purpose=purpose)


def detail_of(card: LoadedCard) -> CardDetail:
    written, terms = card.manifest, consent_terms_of(card)
    return CardDetail(
        **_summary(card),
        keywords=written.keywords,
        item=written.item,
        access=written.access,
        limits=written.limits,
        operations=tuple(_operation(operation) for operation in card.operations.values()),
        consent=terms if terms.fields else None,
        booking=_booking(written.booking) if written.booking else None,
        link=written.link,
    )


def _operation(loaded: LoadedOperation) -> OperationView:
    return OperationView(
        name=loaded.name,
        title=loaded.operation.title,
        safe=loaded.operation.safe,
        assurance=loaded.access.assurance,
        max_age=loaded.access.max_age,
        consent=loaded.access.consent,
        acting=loaded.access.acting,
        input=loaded.input_schema,
    )


def _booking(plan: BookingPlan) -> BookingSummary:
    rules = plan.rules
    return BookingSummary(
        levels=tuple(LevelView(key=level.key, title=level.title) for level in plan.levels),
        resources=len(plan.resources),
        companions_max=rules.companions_max,
        days_ahead=rules.days_ahead,
        release=rules.release,
        book_until_minutes=rules.book_until_minutes,
        cancel_until_minutes=rules.cancel_until_minutes,
        one_live_booking_per=rules.one_live_booking_per,
        check_in=rules.check_in,
    )


def _summary(card: LoadedCard) -> JsonObject:
    written = card.manifest
    return {
        "id": written.id,
        "version": written.version,
        "kind": written.kind,
        "name": written.name,
        "summary": written.summary,
        "department": written.department,
        "theme": written.theme,
        "audience": written.audience,
        "icon": card.icon,
        "assurance": written.access.assurance,
    }
