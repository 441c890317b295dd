"""The manifest of a service card: everything the platform knows of it, declared in `cards/<id>/card.yaml`.

docs/cards.md and docs/card.schema.json are generated from these models: a field's docstring is its documentation.
What several fields must keep to together (an id that is its folder's name, a view that names what the output has) is
the checker's: service_registry/checker.py.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.text import Text
from service_registry.booking.schedule import BookingPlan
from service_registry.manifest_values import Duration, HoursText, QuotaText
from service_registry.manifest_views import ViewBlock

Kind = Literal["query", "booking", "link"]
Audience = Literal["personal", "enterprise"]
PersonalField = Literal["name", "id_number", "phone"]
EnterpriseField = Literal["enterprise.credit_code", "enterprise.name"]
ConsentField = PersonalField | EnterpriseField
ActingFor = Literal["guardian", "helper"]

CardId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}\.[a-z][a-z0-9_]{1,47}$", examples=["gy.housing_fund"])]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
"""A name inside the manifest: an operation, a theme."""
SEMVER = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"
CONFIG = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Department(BaseModel):
    """Who answers for the card. Consents and pseudonyms are kept per department."""

    model_config = CONFIG

    id: CardId
    """The department's id, the same in all of its cards."""
    name: Text
    """Its name as people know it."""


class Fee(BaseModel):
    """What the service costs."""

    model_config = CONFIG

    amount: Text
    """The amount, in words."""
    basis: Text
    """The rule it is charged by (fee_basis 收费依据)."""


class Item(BaseModel):
    """The service item (事项) behind the card, after the national catalogue of government services."""

    model_config = CONFIG

    task_code: str = Field(pattern=r"^[0-9A-Z]{12,31}$")
    """Implementation code of the item (实施编码)."""
    catalog_code: str | None = Field(None, pattern=r"^[0-9A-Z]{12}$")
    """Basic code of the item (基本编码)."""
    project_type: Literal[1, 2]
    """1: done at once (即办件). 2: done within a promised time (承诺件)."""
    anticipate_days: int = Field(0, ge=0, le=730)
    """Working days the law allows (法定时限)."""
    promise_days: int = Field(ge=0, le=730)
    """Working days the department promises (承诺时限); 0 for an item done at once."""
    on_site_visits: int = Field(ge=0, le=9)
    """How often one has to come in person (到现场次数)."""
    on_site_reason: Text | None = None
    """Why one has to come; required when `on_site_visits` is not 0."""
    fee: Fee | None = None
    """What it costs; without it, nothing (is_fee 是否收费)."""
    by_law: Text
    """The rule the item rests on (设定依据)."""
    accept_condition: Text | None = None
    """Who may ask for it, and when (受理条件)."""


class Access(BaseModel):
    """What a citizen must fulfil to use the card."""

    model_config = CONFIG

    assurance: int = Field(ge=0, le=3)
    """How sure the platform must be of who asks: 0 WeChat, 1 phone, 2 real name, 3 face."""
    max_age: int | None = Field(None, ge=60, le=86400)
    """Seconds the proof of that level may be old; without it, any age."""
    consent: tuple[ConsentField, ...] = Field((), max_length=5)
    """Data handed to the department; the citizen grants each of them first (授信). What begins with `enterprise.` is
    the enterprise's, and granted by whoever may for it."""
    acting: tuple[ActingFor, ...] = Field(("guardian", "helper"), max_length=2)
    """Who may use it for somebody else, besides the person themself: guardians of minors, helpers of adults (代办).
    With `[]` nobody may. Helpers reach assurance 2 at most."""
    hours: HoursText = Field("00:00-24:00", validate_default=True)
    """The hours of every day in which the card can be used, in the city's zone."""
    regions: tuple[Annotated[str, Field(pattern=r"^[0-9]{6}$")], ...] = Field((), max_length=50)
    """Where it is offered, as codes of administrative divisions (GB/T 2260); none means the whole city."""


class OperationAccess(BaseModel):
    """What one operation asks for in place of what the card asks for. A field left out stays as the card has it."""

    model_config = CONFIG

    assurance: int | None = Field(None, ge=0, le=3)
    """As in the card's access."""
    max_age: int | None = Field(None, ge=60, le=86400)
    """As in the card's access."""
    consent: tuple[ConsentField, ...] | None = Field(None, max_length=5)
    """As in the card's access."""
    acting: tuple[ActingFor, ...] | None = Field(None, max_length=2)
    """As in the card's access."""


class Limits(BaseModel):
    """How much use the card allows."""

    model_config = CONFIG

    per_citizen: QuotaText = Field("100/day", validate_default=True)
    """Uses by one citizen."""
    per_card: QuotaText = Field("200000/day", validate_default=True)
    """Uses by all citizens together."""
    concurrency: int = Field(50, ge=1, le=1000)
    """Calls to the department that may be under way at once, in each process."""


class Upstream(BaseModel):
    """The department's system."""

    model_config = CONFIG

    base_url: str = Field(pattern=r"^(https?://|\$\{[A-Z][A-Z0-9_]*\})[^?#]*$", max_length=300)
    """Its address. `${NAME}` stands for an address from the configuration, so that a card moves between cities and
    between test and production unchanged."""
    sign: Literal["hmac-sha256"] = "hmac-sha256"
    """How calls are signed."""
    key_id: str = Field("city", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """Which of the configured signing keys signs them."""
    timeout: Duration = Field("3s", validate_default=True, le=timedelta(seconds=30))
    """How long one use may take in all, retries included; at most 30s."""
    retries: int = Field(1, ge=0, le=3)
    """How often a safe operation is tried again when the department does not answer."""
    cache: Duration | None = Field(None, le=timedelta(days=1))
    """How long an answer of a safe operation is kept for the citizen who asked, at most 1d; without it, not at
    all."""


class Request(BaseModel):
    """The call to the department."""

    model_config = CONFIG

    method: Literal["GET", "POST", "PUT"] = "POST"
    """A GET carries no body, and therefore nothing about the citizen."""
    path: str = Field(pattern=r"^(/[A-Za-z0-9_.~-]+)+$", max_length=300)
    """Appended to the address. Nothing can be filled in: personal data never stands in a URL."""
    body: dict[str, JsonValue] = Field(default_factory=dict)
    """The JSON sent. Each text in it is a JMESPath expression over `{citizen: {name, id_number, phone, pseudonym},
    enterprise: {credit_code, name}, acting, input: {…}}`: `citizen.id_number`, `input.year`; a fixed text is written
    `'in quotes'`. `enterprise` is there in cards for enterprises alone. `acting` is null for a person's own use, else
    `'guardian'`, `'helper'`, `'legal_representative'` or `'agent'`."""
    idempotent: bool = False
    """The department honours Idempotency-Key: a call with the same key is carried out once."""


class Operation(BaseModel):
    """One thing a card can do."""

    model_config = CONFIG

    title: Text
    """What it does, as a button or a heading says it."""
    safe: bool
    """It only reads: it may be tried again and kept. An operation that is not safe needs an Idempotency-Key."""
    access: OperationAccess | None = None
    """What this operation asks for in place of the card's access."""
    input: dict[str, JsonValue] | None = None
    """JSON Schema (2020-12) of what the citizen enters, or a `$ref` to a file in the card's folder. Hints for the form:
    `x-label` {zh, en}, `x-widget`, `x-prefill`."""
    request: Request
    """The call to the department."""
    output: dict[str, JsonValue]
    """JSON Schema of the department's answer, or a `$ref` to a file. An answer that does not fit is not shown."""
    refusals: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Text] = Field(
        default_factory=dict, max_length=30
    )
    """What the department may refuse, by the code of its answer (status 4xx, `{"error": "<code>"}`), and what the
    citizen reads. Any other code counts as a failure of the department's system."""
    view: tuple[ViewBlock, ...] = Field(min_length=1, max_length=30)
    """How the answer is shown: blocks, from top to bottom."""


class MiniProgram(BaseModel):
    """Another WeChat mini-program."""

    model_config = CONFIG

    app_id: str = Field(pattern=r"^wx[0-9a-f]{16}$")
    """Its AppID."""
    path: str = Field("", max_length=300)
    """The page to open."""


class Link(BaseModel):
    """Where a card of the kind `link` leads: a web page, a mini-program, or either."""

    model_config = CONFIG

    url: str | None = Field(None, pattern=r"^https://[^\s/]+[^\s]*$", max_length=300)
    """Address of the web page."""
    mini_program: MiniProgram | None = None
    """The mini-program."""


class Manifest(BaseModel):
    """A service card."""

    model_config = CONFIG

    id: CardId
    """The card's id: a city or owner, a dot, a name. It is also the name of its folder."""
    version: str = Field(pattern=SEMVER)
    """Semantic version of the card. Raise it with every change."""
    kind: Kind
    """`query` asks a department's system; `booking` hands out places the platform keeps count of; `link` leads
    elsewhere."""
    name: Text
    """What people call the service."""
    summary: Text
    """What it does for them, in a sentence."""
    department: Department
    """Who answers for it."""
    theme: Name
    """The theme it stands under, one of cards/themes.yaml."""
    audience: tuple[Audience, ...] = Field(("personal",), min_length=1)
    """Whom it is for. `enterprise`: for whoever acts for one; without `personal`, for nobody else."""
    keywords: tuple[Annotated[str, Field(min_length=1, max_length=30)], ...] = Field((), max_length=30)
    """Other words people search it by."""
    icon: str | None = Field(None, pattern=r"^[a-z0-9_-]+\.(svg|png)$")
    """A picture in the card's folder, svg or png of at most 8 KiB."""
    item: Item
    """The service item (事项) behind it."""
    access: Access
    """What a citizen must fulfil."""
    limits: Limits = Limits()
    """How much use it allows."""
    upstream: Upstream | None = None
    """The department's system; kind `query`."""
    operations: dict[Name, Operation] = Field(default_factory=dict, max_length=20)
    """What it can do, by name; kind `query`. The first one is what opens."""
    booking: BookingPlan | None = None
    """What can be booked, when, and under which rules; kind `booking`."""
    link: Link | None = None
    """Where it leads; kind `link`."""

    def access_of(self, operation: str) -> Access:
        """What that operation asks for: the card's access, with the operation's own fields in place of it."""
        own = self.operations[operation].access
        return self.access if own is None else self.access.model_copy(update=own.model_dump(exclude_none=True))
