"""What a department, by its staff or its own system, learns of its cards."""

from core.caller import DepartmentSystem, Staff
from handlers.http.contract import endpoint
from handlers.http.errors import SignInNeeded
from handlers.http.handler import Handler
from handlers.http.policy import department
from handlers.operator import CardFiguresList, FiguresQuery, card_figures
from insight.usage import Insight
from service_registry.catalogue import Catalogue
from service_registry.quota import QuotaBoard


class DepartmentCards(Handler):
    def initialize(self, insight: Insight, catalogue: Catalogue, quotas: QuotaBoard) -> None:
        self.insight = insight
        self.catalogue = catalogue
        self.quotas = quotas

    @endpoint(who=department(scope="cards.figures"))
    async def get(self, query: FiguresQuery) -> CardFiguresList:
        """The uses of the department's own cards on a day, and what is left of their quotas now."""
        day = query.day or self.insight.today()
        used = {figures.card_id: figures for figures in await self.insight.cards(day)}
        cards = self.catalogue.cards.items()
        own = [card_id for card_id, card in cards if self._is_own(card_id, card.manifest.department.id)]
        items = [await card_figures(self.catalogue, self.quotas, card_id, used.get(card_id)) for card_id in own]
        return CardFiguresList(day=day, items=items)

    def _is_own(self, card_id: str, department_id: str) -> bool:
        caller = self.caller
        if not isinstance(caller, Staff | DepartmentSystem):
            raise SignInNeeded
        within = caller.serves(card_id) if isinstance(caller, Staff) else True
        return department_id == caller.department and within
