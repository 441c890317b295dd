"""The operators' figures."""

from datetime import date

from handlers.http.contract import endpoint
from handlers.http.fields import Request, View
from handlers.http.handler import Handler
from handlers.http.policy import staff
from insight.model import CardFigures as UsedCard
from insight.model import Uses
from insight.usage import Insight
from service_registry.catalogue import Catalogue
from service_registry.quota import QuotaBoard


class FiguresQuery(Request):
    day: date | None = None
    """A day of the city's calendar; today when left out."""


class UsesView(View):
    ok: int
    refused: int
    failed: int
    all: int

    @classmethod
    def of(cls, uses: Uses) -> "UsesView":
        return cls(ok=uses.ok, refused=uses.refused, failed=uses.failed, all=uses.all)


class FiguresView(View):
    day: date
    dau: int
    """Different citizens with a signed-in request on the day."""
    mau: int
    """Different citizens in the 30 days that end with it."""
    new_visitors: int
    uses: UsesView
    hourly_uses: list[int]
    citizens_ever: int


class CardFiguresView(View):
    card_id: str
    uses: UsesView
    citizens: int
    quota: int | None
    """Uses that all citizens together may make in the card's period; null when nothing counts them."""
    quota_left: int | None


class CardFiguresList(View):
    day: date
    items: list[CardFiguresView]


class Figures(Handler):
    def initialize(self, insight: Insight) -> None:
        self.insight = insight

    @endpoint(who=staff("operator", "auditor"))
    async def get(self, query: FiguresQuery) -> FiguresView:
        """A day's exact figures: active citizens of the day and the month, new ones, uses of cards."""
        day = query.day or self.insight.today()
        figures = await self.insight.day(day)
        totals = await self.insight.totals()
        return FiguresView(
            day=day,
            dau=figures.dau,
            mau=figures.mau,
            new_visitors=figures.new_visitors,
            uses=UsesView.of(figures.uses),
            hourly_uses=list(await self.insight.hourly(day)),
            citizens_ever=totals.citizens,
        )


class CardFigures(Handler):
    def initialize(self, insight: Insight, catalogue: Catalogue, quotas: QuotaBoard) -> None:
        self.insight = insight
        self.catalogue = catalogue
        self.quotas = quotas

    @endpoint(who=staff("operator", "auditor"))
    async def get(self, query: FiguresQuery) -> CardFiguresList:
        """Each card's uses on a day, and what is left of its quota now."""
        day = query.day or self.insight.today()
        used = {figures.card_id: figures for figures in await self.insight.cards(day)}
        names = [*self.catalogue.cards, *(card_id for card_id in used if card_id not in self.catalogue.cards)]
        items = [await card_figures(self.catalogue, self.quotas, card_id, used.get(card_id)) for card_id in names]
        return CardFiguresList(day=day, items=items)


async def card_figures(
    catalogue: Catalogue, quotas: QuotaBoard, card_id: str, used: UsedCard | None
) -> CardFiguresView:
    card = catalogue.cards.get(card_id)
    counted = card is not None and card.manifest.kind == "query"
    return CardFiguresView(
        card_id=card_id,
        uses=UsesView.of(used.uses if used else Uses(0, 0, 0)),
        citizens=used.citizens if used else 0,
        quota=card.manifest.limits.per_card.count if card and counted else None,
        quota_left=await quotas.left(card.manifest) if card and counted else None,
    )
