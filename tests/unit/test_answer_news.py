"""Answers kept by several processes: a submission that reached one of them ends what all have kept."""

import asyncio

from core.clock import ManualClock
from core.tasks import ended
from server.adapters.memory_ephemeral import MemoryEphemeral
from service_registry.answer_cache import AnswerCache, AnswerKey, KeptAnswer
from service_registry.answer_news import AnswerNews
from tests.gateway_city import NOON

KEYS = [AnswerKey(citizen, card, "balance") for citizen in ("citizen-1", "citizen-2") for card in ("fund", "pension")]


async def test_a_submission_here_ends_answers_kept_elsewhere_of_this_citizen_and_card_alone() -> None:
    clock = ManualClock(NOON)
    shared = MemoryEphemeral(clock)
    here, elsewhere = (AnswerNews(AnswerCache(clock), shared) for _ in range(2))
    for news in (here, elsewhere):
        for key in KEYS:
            news.cache.put(key, KeptAnswer(b"{}", NOON), 60)
    listening = asyncio.create_task(elsewhere.run())
    async with asyncio.timeout(5):
        while elsewhere.cache.get(KEYS[0]) is not None:  # until it listens, and has heard
            await here.submitted("citizen-1", "fund")
            await asyncio.sleep(0)
    for news in (here, elsewhere):
        assert [news.cache.get(key) is not None for key in KEYS] == [False, True, True, True]
    await ended(listening)
