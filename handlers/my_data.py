"""What a citizen sees of their own data in clear, and the companions they keep for bookings."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from core.idempotency import RequestKey
from handlers.http.contract import Created, NoContent, endpoint
from handlers.http.fields import CityTime, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import citizen
from identity_center.account import PersonalField
from identity_center.companions import CompanionService, CompanionView
from identity_center.personal_data import PersonalData

REVEAL_SECONDS = 300
"""Who was proved to be the citizen longer ago proves it anew: the phone may lie in other hands by now."""


def _each_once(fields: list[PersonalField]) -> list[PersonalField]:
    if len(set(fields)) < len(fields):
        raise ValueError("a field stands there twice")
    return fields


class RevealRequest(Request):
    fields: Annotated[list[PersonalField], AfterValidator(_each_once), Field(min_length=1, max_length=3)]


class RevealView(View):
    name: str | None = None
    """Null, as the two below, when it was not asked for."""
    id_number: str | None = None
    phone: str | None = None


class CompanionItem(View):
    id: str
    name: str
    """Masked, as is the number."""
    id_number: str
    saved_at: CityTime

    @classmethod
    def of(cls, companion: CompanionView) -> "CompanionItem":
        return cls.model_validate(vars(companion))


class CompanionList(View):
    items: list[CompanionItem]
    most: int
    """How many the list can hold."""


class CompanionRequest(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    """As on the ID card."""
    id_number: Annotated[str, StringConstraints(min_length=1, max_length=32)]


class Reveal(Handler):
    def initialize(self, personal_data: PersonalData) -> None:
        self.personal_data = personal_data

    @endpoint(who=citizen(assurance=2, max_age_seconds=REVEAL_SECONDS), rate="write")
    async def post(self, request: RevealRequest) -> RevealView:
        """The citizen's own data in clear. The access log says that they looked."""
        return RevealView.model_validate(await self.personal_data.reveal(self.citizen, request.fields, self.request_id))


class _Companions(Handler):
    def initialize(self, companions: CompanionService) -> None:
        self.companions = companions


class Companions(_Companions):
    @endpoint(who=citizen(assurance=2))
    async def get(self) -> CompanionList:
        """The people saved for bookings, in the order in which they were saved."""
        found = await self.companions.companions(self.citizen)
        return CompanionList(items=[CompanionItem.of(one) for one in found], most=self.companions.most)

    @endpoint(who=citizen(assurance=2), rate="write", idempotent=True)
    async def post(self, request: CompanionRequest, key: RequestKey | None) -> Created[CompanionItem]:
        """Save somebody for bookings."""
        saved = await self.companions.save(self.citizen, request.name, request.id_number, key)
        return Created(CompanionItem.of(saved))


class OneCompanion(_Companions):
    @endpoint(who=citizen(assurance=2), rate="write")
    async def delete(self, companion_id: str) -> NoContent:
        """Take somebody off the list. Bookings made for them stand."""
        await self.companions.remove(self.citizen, companion_id)
        return NoContent()
