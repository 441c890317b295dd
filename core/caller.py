"""Who is asking. Handed from the HTTP floor to the services; made from a verified token and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from core.errors import CityError
from core.text import text

WECHAT, PHONE, REAL_NAME, FACE = 0, 1, 2, 3
"""Assurance levels (acr): signed in with WeChat, phone known, name matched with the authority, face matched."""
ProofMethod = Literal["wechat", "phone", "authority", "face", "wechat_face", "hall_code"]
"""What proves a level: 0 wechat; 1 phone (WeChat's button); 2 authority; 3 the built-in face verification, WeChat's, or
a code given out by hall staff who saw the citizen."""


class StepUpNeeded(CityError):
    """The citizen is signed in, but not sure enough for this (RFC 9470). `acr_values` is the level needed, `max_age`
    the seconds a proof of it may be old. Raise the level (phone, real name, face), then send the same request with
    the new access token."""

    code = "identity.step_up_needed"
    title = text("请先完成身份认证", "Please prove who you are first")

    def __init__(self, assurance: int, max_age_seconds: int | None) -> None:
        super().__init__(acr_values=str(assurance), max_age=max_age_seconds)
        self.assurance = assurance
        self.max_age_seconds = max_age_seconds


class PersonNeeded(CityError):
    """A helper acts here, and this needs a proof that only the person themself can give: a face shows who is there and
    willing, and the helper's shows neither of the person. Use the person's own phone, or go to a service hall."""

    code = "identity.acting.person_needed"
    title = text("需要本人认证，不能代办", "Only the person themself can prove this")


@dataclass(frozen=True)
class ForPerson:
    """The citizen is somebody else than who is at the device: `helper_id` acts for them under the relation `grant_id`.

    A guardian's proofs count as a minor's up to the face; a helper's do not go that far.
    """

    grant_id: str
    helper_id: str
    kind: Literal["guardian", "helper"]

    @property
    def most_assurance(self) -> int:
        return FACE if self.kind == "guardian" else REAL_NAME


@dataclass(frozen=True)
class ForEnterprise:
    """The citizen is at the device and acts for an enterprise, under the mandate `grant_id`."""

    grant_id: str
    enterprise_id: str
    kind: Literal["legal_representative", "agent"]


Acting = ForPerson | ForEnterprise
Capacity = Literal["guardian", "helper", "legal_representative", "agent"]


@dataclass(frozen=True)
class Citizen:
    """A signed-in citizen: `proved_at` and `proved_by` say when and by what each level was proved. `acting` is None for
    oneself."""

    id: str
    session_id: str
    assurance: int
    proved_at: Mapping[int, datetime] = field(default_factory=dict)
    proved_by: Mapping[int, ProofMethod] = field(default_factory=dict)
    acting: Acting | None = None

    @property
    def actor_id(self) -> str:
        """The account of whoever is at the device."""
        return self.acting.helper_id if isinstance(self.acting, ForPerson) else self.id

    @property
    def served_id(self) -> str:
        """Whom it is done for: whose consents, bookings, quotas and log it concerns. An enterprise or an account."""
        return self.acting.enterprise_id if isinstance(self.acting, ForEnterprise) else self.id

    def require(self, assurance: int, max_age_seconds: int | None, now: datetime) -> None:
        """Raises `StepUpNeeded` when the level is too low, or proved longer ago than `max_age_seconds`; `PersonNeeded`
        when whoever acts can never reach it.

        A higher level proves the lower ones anew: a face shown now says who somebody is as well as their number does.
        """
        if isinstance(self.acting, ForPerson) and assurance > self.acting.most_assurance:
            raise PersonNeeded
        if self.assurance < assurance:
            raise StepUpNeeded(assurance, max_age_seconds)
        if max_age_seconds is None:
            return
        proved_at = max((moment for level, moment in self.proved_at.items() if level >= assurance), default=None)
        if proved_at is None or now - proved_at > timedelta(seconds=max_age_seconds):
            raise StepUpNeeded(assurance, max_age_seconds)


@dataclass(frozen=True)
class Staff:
    """A signed-in member of staff, at the post their token or session names.

    `scope` narrows the post to a hall (`hall:<id>`) or a card (`card:<id>`), "" to nothing. `unfinished` is what has to
    be done before anything else: `password` or `second_factor`.
    """

    id: str
    name: str
    role: str
    post_id: str = ""
    department: str = ""
    scope: str = ""
    session_id: str = ""
    unfinished: str = ""

    def serves(self, card_id: str) -> bool:
        """Whether the post is for this card, or for no card in particular."""
        kind, _, narrowed_to = self.scope.partition(":")
        return kind != "card" or narrowed_to == card_id


@dataclass(frozen=True)
class DepartmentSystem:
    """A department's own system, known by an API key; `id` is the key's."""

    id: str
    department: str
    scopes: frozenset[str]


Caller = Citizen | Staff | DepartmentSystem
