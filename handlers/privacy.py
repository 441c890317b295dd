"""What the law gives a citizen over their data: a copy of all of it, a correction, and the end of the account."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from core.caller import Capacity
from core.text import Text
from handlers.http.contract import Created, Stream, endpoint
from handlers.http.fields import CityTime, PageQuery, Request, View, plain
from handlers.http.handler import Handler
from handlers.http.policy import citizen, staff
from identity_center.privacy.closing import AccountClosings, ClosingView
from identity_center.privacy.corrections import CorrectionField, Corrections, CorrectionState, CorrectionView
from identity_center.privacy.erasure import Erasures
from identity_center.privacy.export import DataExport
from identity_center.privacy.retention import Retention

_SAID = 1000
_GUARDIAN: tuple[Capacity, ...] = ("guardian",)
"""Parents have these rights over the data of their child (PIPL article 31)."""


@dataclass(frozen=True)
class PrivacyServices:
    export: DataExport
    corrections: Corrections
    closings: AccountClosings
    erasures: Erasures
    """These two for the jobs."""
    retention: Retention


def _said(text: str) -> str:
    """Plain text of several lines."""
    tidy = text.strip()
    if not tidy:
        raise ValueError("nothing is said")
    return "\n".join(plain(line) for line in tidy.split("\n"))


Said = Annotated[str, StringConstraints(min_length=1, max_length=_SAID), AfterValidator(_said)]


class LossItem(View):
    kind: str
    title: Text
    count: int


class ClosingItem(View):
    requested_at: CityTime | None
    """Null, as is `due_at`, when the account is not being closed."""
    due_at: CityTime | None
    """When the erasing begins; until then it can be taken back."""
    days: int
    """How long a closing waits."""
    losses: list[LossItem]
    """What the citizen loses by it, as it stands now."""

    @classmethod
    def of(cls, view: ClosingView) -> "ClosingItem":
        losses = [LossItem(kind=loss.name, title=loss.about, count=loss.count) for loss in view.losses]
        return cls(requested_at=view.requested_at, due_at=view.due_at, days=view.days, losses=losses)


class CorrectionRequest(Request):
    field: CorrectionField
    text: Said
    """What is wrong, and what is right."""


class CorrectionItem(View):
    id: str
    field: CorrectionField
    text: str | None
    state: CorrectionState
    asked_at: CityTime
    due_on: date
    """The last day on which it is decided: 15 working days at most."""
    decided_at: CityTime | None
    answer: str | None
    """Of whoever decided it."""

    @classmethod
    def of(cls, view: CorrectionView) -> "CorrectionItem":
        return cls.model_validate(vars(view))


class CorrectionList(View):
    items: list[CorrectionItem]
    after: str | None


class QueueQuery(PageQuery):
    state: CorrectionState = "open"


class QueueItem(View):
    """Without the citizen's words: they are read one at a time, and it is written down who did."""

    id: str
    account_id: str
    field: CorrectionField
    state: CorrectionState
    asked_at: CityTime
    due_on: date
    decided_at: CityTime | None


class QueueList(View):
    items: list[QueueItem]
    after: str | None


class QueuedCorrection(CorrectionItem):
    account_id: str
    name: str | None
    """As the account has it, masked, as are the two below."""
    id_number: str | None
    phone: str | None


class DecisionRequest(Request):
    answer: Said
    """What the citizen reads: the reason, when it is refused."""


class Export(Handler):
    def initialize(self, export: DataExport) -> None:
        self.export = export

    @endpoint(who=citizen(acting=_GUARDIAN), rate="heavy", media_type="application/zip")
    async def get(self) -> Stream:
        """A copy of everything the city holds about the citizen: a zip of JSON files, unmasked. The level that the
        account has reached (at most 2) must have been proved within five minutes. The access log says that it was
        taken."""
        pieces = await self.export.made(self.citizen, self.request_id)
        disposition = 'attachment; filename="my-data.zip"'
        return Stream(pieces, "application/zip", {"Content-Disposition": disposition})


class MyCorrections(Handler):
    def initialize(self, corrections: Corrections) -> None:
        self.corrections = corrections

    @endpoint(who=citizen(acting=_GUARDIAN))
    async def get(self, query: PageQuery) -> CorrectionList:
        """The citizen's correction requests, newest first."""
        page = await self.corrections.of(self.citizen, query.limit, query.after)
        views = [CorrectionItem.of(await self.corrections.view(one)) for one in page.items]
        return CorrectionList(items=views, after=page.after)

    @endpoint(who=citizen(acting=_GUARDIAN), rate="write")
    async def post(self, request: CorrectionRequest) -> Created[CorrectionItem]:
        """Ask that something is corrected; one request for each field at a time."""
        return Created(CorrectionItem.of(await self.corrections.ask(self.citizen, request.field, request.text)))


class MyClosing(Handler):
    def initialize(self, closings: AccountClosings) -> None:
        self.closings = closings

    @endpoint(who=citizen(acting=_GUARDIAN))
    async def get(self) -> ClosingItem:
        """Whether the account is being closed, and what goes with it."""
        return ClosingItem.of(await self.closings.view(self.citizen))

    @endpoint(who=citizen(acting=_GUARDIAN), rate="write")
    async def post(self) -> Created[ClosingItem]:
        """Close the account, after some days in which this can be taken back. All other sign-ins end at once. The
        level that the account has reached (at most 2) must have been proved within five minutes. Asked again, it
        changes nothing."""
        return Created(ClosingItem.of(await self.closings.ask(self.citizen)))

    @endpoint(who=citizen(acting=_GUARDIAN), rate="write")
    async def delete(self) -> ClosingItem:
        """Keep the account after all."""
        return ClosingItem.of(await self.closings.change_mind(self.citizen))


class CorrectionQueue(Handler):
    def initialize(self, corrections: Corrections) -> None:
        self.corrections = corrections

    @endpoint(who=staff("operator", "auditor"))
    async def get(self, query: QueueQuery) -> QueueList:
        """Correction requests of all citizens, those that are due first before the others."""
        page = await self.corrections.queue(query.state, query.limit, query.after)
        return QueueList(items=[QueueItem.model_validate(vars(one)) for one in page.items], after=page.after)


class _OneCorrection(Handler):
    def initialize(self, corrections: Corrections) -> None:
        self.corrections = corrections

    async def shown(self, view: CorrectionView) -> QueuedCorrection:
        masked = await self.corrections.masked(view.account_id)
        return QueuedCorrection.model_validate({**vars(view), **masked})


class OneCorrection(_OneCorrection):
    @endpoint(who=staff("operator"))
    async def get(self, correction_id: str) -> QueuedCorrection:
        """One request, with the citizen's words. The staff log says who read it."""
        return await self.shown(await self.corrections.read(self.staff, correction_id))


class CorrectionAcceptance(_OneCorrection):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, correction_id: str, request: DecisionRequest) -> QueuedCorrection:
        """Accept. A wrong name, number or phone stops to count, and the citizen proves the right one: staff never
        type it."""
        return await self.shown(await self.corrections.accept(self.staff, correction_id, request.answer))


class CorrectionRefusal(_OneCorrection):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, correction_id: str, request: DecisionRequest) -> QueuedCorrection:
        """Refuse, with the reason."""
        return await self.shown(await self.corrections.refuse(self.staff, correction_id, request.answer))
