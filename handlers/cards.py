"""The catalogue, and using what is in it."""

import hashlib
from collections import OrderedDict
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import Field, JsonValue, StringConstraints

from core.idempotency import RequestKey
from handlers.http.contract import Content, endpoint
from handlers.http.fields import Cursor, Limit, PlainText, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import FOR_OTHERS, anyone, citizen
from service_registry.card_views import CardDetail, CardPage, ThemeView
from service_registry.catalogue import Catalogue
from service_registry.gateway import Gateway
from service_registry.manifest import Audience, Kind

REMEMBERED_LISTS = 500


class CardsQuery(Request):
    theme: Annotated[str, StringConstraints(max_length=48)] | None = None
    audience: Audience | None = None
    kind: Kind | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    """Code of an administrative division (GB/T 2260)."""
    q: Annotated[PlainText, StringConstraints(max_length=60)] | None = None
    """Words, pinyin or pinyin initials: 公积金, gongjijin, gjj."""
    limit: Limit = 20
    after: Cursor | None = None


class ThemeList(View):
    items: list[ThemeView]


class OperationRequest(Request):
    input: Annotated[dict[str, JsonValue], Field(max_length=200, default_factory=dict)]
    """As the operation's input schema wants it."""


class OperationAnswer(View):
    card_id: str
    version: str
    operation: str
    view: list[dict[str, Any]]
    """Blocks from top to bottom: summary, fields, table, timeline, notice, qr, action (docs/cards.md)."""
    fetched_at: datetime
    earlier: bool
    """The department was not asked now: the answer was kept, or the request was a retry."""


class CatalogueAnswers:
    """Encoded answers of the catalogue, kept as long as its edition."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._lists: OrderedDict[CardsQuery, Content] = OrderedDict()
        self._details: dict[str, Content] = {}
        self._version = catalogue.version

    def page(self, query: CardsQuery) -> Content:
        self._forget_earlier_edition()
        kept = self._lists.get(query)
        if kept is None:
            page = self.catalogue.page(**query.model_dump())
            kept = self._lists[query] = _content(page.model_dump_json())
            if len(self._lists) > REMEMBERED_LISTS:
                self._lists.popitem(last=False)
        return kept

    def detail(self, card_id: str) -> Content:
        self._forget_earlier_edition()
        kept = self._details.get(card_id)
        if kept is None:
            kept = self._details[card_id] = _content(self.catalogue.detail(card_id).model_dump_json())
        return kept

    def _forget_earlier_edition(self) -> None:
        if self._version != self.catalogue.version:
            self._lists.clear()
            self._details.clear()
            self._version = self.catalogue.version


def _content(encoded: str) -> Content:
    body = encoded.encode()
    etag = hashlib.sha256(body).hexdigest()[:24]
    return Content(body, etag=etag, headers={"Cache-Control": "public, max-age=0, must-revalidate"})


class _Catalogue(Handler):
    def initialize(self, answers: CatalogueAnswers) -> None:
        self.answers = answers


class Themes(_Catalogue):
    @endpoint(who=anyone())
    async def get(self) -> ThemeList:
        """The themes that have cards, in the city's order."""
        return ThemeList(items=list(self.answers.catalogue.themes()))


class Cards(_Catalogue):
    @endpoint(who=anyone(), answers=CardPage)
    async def get(self, query: CardsQuery) -> Content:
        """The cards, by theme; with `q` those that fit it, the best first."""
        return self.answers.page(query)


class OneCard(_Catalogue):
    @endpoint(who=anyone(), answers=CardDetail)
    async def get(self, card_id: str) -> Content:
        """A card with all that a front end shows and asks."""
        return self.answers.detail(card_id)


class CardOperations(Handler):
    def initialize(self, catalogue: Catalogue, gateway: Gateway) -> None:
        self.catalogue = catalogue
        self.gateway = gateway

    @endpoint(who=citizen(acting=FOR_OTHERS), rate="read", idempotent=True, answers=OperationAnswer)
    async def post(self, card_id: str, operation: str, request: OperationRequest, key: RequestKey | None) -> Content:
        """Have a card do something: ask its department, and show the answer as view blocks.

        What the card needs (whom it is for, assurance, consent, opening hours, quota) is told by the error when it is
        missing."""
        card = self.catalogue.card(card_id)
        answer = await self.gateway.use(
            self.citizen,
            card,
            operation,
            request.input,
            language=self.language,
            request_id=self.request_id,
            key=key,
        )
        body = {
            "card_id": answer.card_id,
            "version": answer.version,
            "operation": answer.operation,
            "view": answer.blocks,
            "fetched_at": answer.fetched_at.astimezone(self.machinery.zone),
            "earlier": answer.earlier,
        }
        return Content(orjson.dumps(body))
