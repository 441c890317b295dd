"""Several processes keep answers, each its own: a submission that reached one ends what the others have kept."""

import logging

import orjson

from core.ephemeral import Ephemeral
from core.errors import StoreUnavailable
from service_registry.answer_cache import AnswerCache

CHANNEL = "cards:submitted"
_log = logging.getLogger(__name__)


class AnswerNews:
    """While news cannot be sent or heard, an earlier answer may be shown for as long as its card keeps answers."""

    def __init__(self, cache: AnswerCache, ephemeral: Ephemeral) -> None:
        self.cache = cache
        self._ephemeral = ephemeral

    async def submitted(self, citizen_id: str, card_id: str) -> None:
        """Drops what the card answered this citizen, here at once, elsewhere as soon as the news arrives."""
        self.cache.forget(citizen_id, card_id)
        try:
            await self._ephemeral.publish(CHANNEL, orjson.dumps([citizen_id, card_id]).decode())
        except StoreUnavailable:
            _log.warning("other processes were not told to forget an answer")

    async def run(self) -> None:
        """Listens until cancelled, or until news cannot be heard (`StoreUnavailable`)."""
        news = await self._ephemeral.subscribe(CHANNEL)
        try:
            async for message in news:
                citizen_id, card_id = orjson.loads(message)
                self.cache.forget(citizen_id, card_id)
        finally:
            await news.close()
