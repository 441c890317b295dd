"""Family and helpers: who acts for whom, taking a child or an elder on, and taking an account over."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from handlers.acting import Code, CodeView, check_limits
from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, OneTimeCode, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from handlers.identity import FRAMES_LIMIT, AssuranceView, FaceChallengeView, FaceConsentRequest
from identity_center.acting.limits import ActingLimits
from identity_center.face.service import FaceService
from identity_center.relations.claims import Claims
from identity_center.relations.family import FACE_SECONDS, FaceShown, Family
from identity_center.relations.helpers import Helpers
from identity_center.relations.relation import EndedBy
from identity_center.relations.service import RelationService, RelationView
from service_registry.catalogue import Catalogue

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=50)]
IdNumber = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Days = Annotated[int, Field(ge=1, le=3650)]
Frames = Annotated[list[Annotated[str, StringConstraints(max_length=1_500_000)]], Field(min_length=2, max_length=8)]


def _agreed(consent: bool) -> bool:
    if not consent:
        raise ValueError("consent is needed")
    return consent


Agreed = Annotated[bool, AfterValidator(_agreed), Field(json_schema_extra={"const": True})]


class RelationItem(View):
    id: str
    """Also the `grant_id` of `POST /api/v1/acting`."""
    kind: Literal["guardian", "helper"]
    side: Literal["person", "helper"]
    """Which side the citizen is: the person acted for, or the one who acts."""
    name: str | None
    """The other side's, masked."""
    limits: ActingLimits
    since: CityTime
    expires_at: CityTime | None
    """Null for a guardian: until the minor is of age."""
    live: bool
    ended_at: CityTime | None
    ended_by: EndedBy | None
    uses: int
    used_at: CityTime | None
    """The last time; null when it was not used yet."""
    managed: bool
    """The citizen acts for somebody without a phone of their own: a guardian can hand the account over."""

    @classmethod
    def of(cls, view: RelationView) -> "RelationItem":
        relation = view.relation
        return cls(
            id=relation.id,
            kind=relation.kind,
            side=view.side,
            name=view.name,
            limits=relation.limits,
            since=relation.since,
            expires_at=relation.runs_out(),
            live=view.live,
            ended_at=relation.ended_at,
            ended_by=relation.ended_by,
            uses=relation.uses,
            used_at=relation.used_at,
            managed=view.managed,
        )


class RelationList(View):
    items: list[RelationItem]


class InvitationRequest(Request):
    limits: ActingLimits
    days: Days
    """At most what the city allows (`identity.acting.helper_days`)."""


class ChildRequest(Request):
    name: PersonName
    id_number: IdNumber
    consent: Agreed
    """The guardian agrees that the city processes the child's name and ID number to act for it; under 14 this is the
    consent of PIPL's article 31."""


class ElderRequest(Request):
    name: PersonName
    id_number: IdNumber
    consent: Agreed
    """The person agrees that their face is compared with the authority's photo, and that the citizen acts for them."""
    limits: ActingLimits
    days: Days
    challenge_id: OneTimeCode
    """Of a challenge that the citizen's session asked for; the person's face answers it."""
    nonce: OneTimeCode
    frames: Frames


class ClaimRequest(Request):
    name: PersonName
    id_number: IdNumber
    code: Code | None = None
    """A guardian's handover code; or else the three below, for the person's own face."""
    challenge_id: OneTimeCode | None = None
    nonce: OneTimeCode | None = None
    frames: Frames | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        face = [part is not None for part in (self.challenge_id, self.nonce, self.frames)]
        if all(face) if self.code is None else not any(face):
            return self
        raise ValueError("either a code, or challenge_id, nonce and frames")

    def shown(self) -> FaceShown:
        return FaceShown(self.challenge_id or "", self.nonce or "", self.frames or [])


class Relations(Handler):
    def initialize(self, relations: RelationService) -> None:
        self.relations = relations

    @endpoint(who=citizen())
    async def get(self) -> RelationList:
        """Who may act for the citizen, and for whom the citizen may act; those that have ended too."""
        return RelationList(items=[RelationItem.of(one) for one in await self.relations.relations(self.citizen)])


class OneRelation(Handler):
    def initialize(self, relations: RelationService) -> None:
        self.relations = relations

    @endpoint(who=citizen(), rate="write")
    async def delete(self, relation_id: str) -> RelationItem:
        """End a relation, from either side. It takes effect at once; ending again changes nothing."""
        ended = await self.relations.end(self.citizen, relation_id)
        return RelationItem.of(await self.relations.view(self.citizen, ended))


class HelperInvitations(Handler):
    def initialize(self, helpers: Helpers, catalogue: Catalogue) -> None:
        self.helpers = helpers
        self.catalogue = catalogue

    @endpoint(who=citizen(assurance=2), rate="write")
    async def post(self, request: InvitationRequest) -> Created[CodeView]:
        """A code for whoever is to act for the citizen, to be shown to them and to nobody else."""
        check_limits(request.limits, self.catalogue)
        return Created(CodeView.of(await self.helpers.invite(self.citizen, request.limits, request.days)))


class Children(Handler):
    def initialize(self, family: Family, relations: RelationService) -> None:
        self.family = family
        self.relations = relations

    @endpoint(who=citizen(assurance=3, max_age_seconds=FACE_SECONDS), rate="sign_in")
    async def post(self, request: ChildRequest) -> Created[RelationItem]:
        """Add a minor whose guardian the citizen is, as the authority confirms."""
        relation = await self.family.add_child(self.citizen, request.name, request.id_number)
        return Created(RelationItem.of(await self.relations.view(self.citizen, relation)))


class Elders(Handler):
    def initialize(self, family: Family, relations: RelationService, catalogue: Catalogue) -> None:
        self.family = family
        self.relations = relations
        self.catalogue = catalogue

    @endpoint(who=citizen(assurance=3, max_age_seconds=FACE_SECONDS), rate="heavy", body_limit=FRAMES_LIMIT)
    async def post(self, request: ElderRequest) -> Created[RelationItem]:
        """Become the helper of somebody who has no phone, is there, and shows their face to this one.

        Frames are looked at in memory and kept nowhere."""
        check_limits(request.limits, self.catalogue)
        shown = FaceShown(request.challenge_id, request.nonce, request.frames)
        relation = await self.family.add_elder(
            self.citizen, request.name, request.id_number, request.limits, request.days, shown
        )
        return Created(RelationItem.of(await self.relations.view(self.citizen, relation)))


class Handovers(Handler):
    def initialize(self, claims: Claims) -> None:
        self.claims = claims

    @endpoint(who=citizen(assurance=3, max_age_seconds=FACE_SECONDS), rate="write")
    async def post(self, relation_id: str) -> Created[CodeView]:
        """A guardian's code with which the minor's own phone takes the account over."""
        return Created(CodeView.of(await self.claims.hand_over(self.citizen, relation_id)))


class ClaimChallenges(Handler):
    def initialize(self, face: FaceService) -> None:
        self.face = face

    @endpoint(who=citizen(assurance=1), rate="sign_in")
    async def post(self, request: FaceConsentRequest) -> Created[FaceChallengeView]:  # noqa: ARG002  # consent is its point
        """Begin taking an account over with one's face: what to do in front of the camera, once, within a minute."""
        return Created(FaceChallengeView.of(await self.face.start(self.citizen, own=False)))


class AccountClaims(Handler):
    def initialize(self, claims: Claims) -> None:
        self.claims = claims

    @endpoint(who=citizen(assurance=1), rate="heavy", body_limit=FRAMES_LIMIT)
    async def post(self, request: ClaimRequest) -> AssuranceView:
        """Take over the account in which family acted for the citizen, with a guardian's code or one's own face.

        The session goes on in that account; the citizen's other sign-ins end."""
        name, id_number = request.name, request.id_number
        if request.code is not None:
            return AssuranceView.of(await self.claims.by_code(self.citizen, name, id_number, request.code))
        return AssuranceView.of(await self.claims.by_face(self.citizen, name, id_number, request.shown()))
