"""Acting for somebody else: whom, with which token, and the codes by which one comes to it."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from core.caller import Capacity
from core.qr_code import qr_svg
from handlers.http.contract import Created, endpoint
from handlers.http.errors import Invalid
from handlers.http.fields import CityTime, Identifier, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from identity_center.acting.invitations import IssuedCode
from identity_center.acting.limits import ActingLimits
from identity_center.acting.service import ActingService, Choice
from service_registry.booking.acting import OPERATION
from service_registry.catalogue import Catalogue

Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z\- ]{1,24}$")]


class ChoiceView(View):
    grant_id: str
    """What `POST /api/v1/acting` takes."""
    capacity: Capacity
    name: str | None
    """A person's is masked, an enterprise's is not."""
    limits: ActingLimits
    may_consent: bool
    """Whether whoever acts may also agree to what departments receive; where not, the person does it themself."""
    expires_at: CityTime | None
    """Null for a guardian, until the minor is of age, and for a legal representative."""

    @classmethod
    def of(cls, choice: Choice) -> "ChoiceView":
        return cls.model_validate(vars(choice))


class ChoiceList(View):
    items: list[ChoiceView]


class ActingRequest(Request):
    grant_id: Identifier


class ActingToken(View):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # RFC 6749's name for the kind of token
    expires_in: int
    """It is not refreshed: ask for another one with one's own token."""
    assurance: int
    acting_for: ChoiceView


class CodeRequest(Request):
    code: Code
    """As typed or scanned: small letters, blanks and dashes do not matter."""


class OfferView(View):
    kind: Literal["helper", "agent"]
    name: str | None
    """Who offers it: a person, masked, or an enterprise."""
    limits: ActingLimits
    may_consent: bool
    days: int
    """How long it will last once accepted."""
    code_expires_at: CityTime


class CodeView(View):
    code: str
    """Shown once, now. It works once."""
    qr_svg: str
    """The same to be scanned: an SVG image."""
    expires_at: CityTime

    @classmethod
    def of(cls, issued: IssuedCode) -> "CodeView":
        return cls(code=issued.code, qr_svg=qr_svg(issued.code), expires_at=issued.expires_at)


class _Acting(Handler):
    def initialize(self, acting: ActingService) -> None:
        self.acting = acting


class Acting(_Acting):
    @endpoint(who=citizen())
    async def get(self) -> ChoiceList:
        """Persons and enterprises that the citizen may act for."""
        return ChoiceList(items=[ChoiceView.of(choice) for choice in await self.acting.choices(self.citizen)])

    @endpoint(who=citizen(), rate="write")
    async def post(self, request: ActingRequest) -> Created[ActingToken]:
        """Act for one of them: an access token that says so, bound to this session."""
        choice, token = await self.acting.choose(self.citizen, request.grant_id)
        view = ActingToken(
            access_token=token.text,
            expires_in=token.expires_in,
            assurance=token.assurance,
            acting_for=ChoiceView.of(choice),
        )
        return Created(view)


class CodeReading(_Acting):
    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: CodeRequest) -> OfferView:
        """What a code of a person or enterprise offers, before it is accepted."""
        offer = await self.acting.read(self.citizen, request.code)
        return OfferView(
            kind="helper" if offer.invitation.kind == "helper" else "agent",
            name=offer.name,
            limits=offer.invitation.limits,
            may_consent=offer.invitation.may_consent,
            days=offer.invitation.days,
            code_expires_at=offer.invitation.expires_at,
        )


class CodeAcceptances(_Acting):
    @endpoint(who=citizen(assurance=2), rate="sign_in")
    async def post(self, request: CodeRequest) -> Created[ChoiceView]:
        """Become a helper or an agent. Sent again, it answers with what the first time made."""
        return Created(ChoiceView.of(await self.acting.accept(self.citizen, request.code)))


def check_limits(limits: ActingLimits, catalogue: Catalogue) -> None:
    """What is named must be there: an exclusion with a slip in it would exclude nothing. Raises `Invalid`."""
    cards = catalogue.cards
    operations = {f"{card_id}/{name}" for card_id, card in cards.items() for name in card.operations}
    operations |= {f"{card_id}/{OPERATION}" for card_id, card in cards.items() if card.manifest.booking is not None}
    known = {"themes": {theme.id for theme in catalogue.themes()}, "cards": set(cards), "operations": operations}
    faults = [
        {"pointer": f"/limits/{part}/{place}", "rule": "unknown", "detail": "there is no such one in the catalogue"}
        for part, names in known.items()
        for place, name in enumerate(getattr(limits, part))
        if name not in names
    ]
    if faults:
        raise Invalid(faults)
