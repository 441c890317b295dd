"""News over Redis: one connection listens for all subscriptions of a worker, and is made anew when it breaks."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from core.ephemeral import Subscription
from core.errors import StoreUnavailable
from core.tasks import ended
from server.adapters.memory_ephemeral import News
from server.adapters.redis_calls import RedisCalls

_log = logging.getLogger(__name__)
QUIET_SECONDS = 1.0
"""A connection that was silent for this long is asked whether it lives; silent again, it is made anew."""
AGAIN_SECONDS = (0.05, 1.0)
"""The first and the longest pause before the next try to connect."""


class RedisNews:
    """Closes `client`, which is used for nothing else. Channels are few and ours: one that was ever asked for stays
    subscribed, whoever listens."""

    def __init__(self, client: Redis, deadline_seconds: float) -> None:
        self._client = client
        self._calls = RedisCalls(client, deadline_seconds)
        self._deadline_seconds = deadline_seconds
        self._readers: dict[str, set[News]] = {}
        self._heard: dict[str, asyncio.Event] = {}
        self._connection: PubSub | None = None
        self._listening: asyncio.Task[None] | None = None

    async def subscribe(self, channel: str) -> Subscription:
        """Returns when the server has confirmed. Raises `StoreUnavailable`."""
        readers = self._readers.setdefault(channel, set())
        news = News(readers)
        readers.add(news)
        heard = self._heard.setdefault(channel, asyncio.Event())
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._ask_for(channel)
                await heard.wait()
        except BaseException as error:
            await news.close()
            if isinstance(error, RedisError | OSError):
                raise StoreUnavailable("ephemeral") from error
            raise
        return news

    async def publish(self, channel: str, message: str) -> None:
        """Any node of a cluster passes it on to all. Raises `StoreUnavailable`."""
        await self._calls.call("PUBLISH", channel, message)

    async def close(self) -> None:
        if self._listening:
            await ended(self._listening)
            self._listening = None
        for readers in self._readers.values():
            for news in list(readers):
                await news.close()
        await self._calls.close()

    async def _ask_for(self, channel: str) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        elif self._connection is not None and not self._heard[channel].is_set():
            with suppress(RedisError, OSError):  # the listener sees it too, connects again and asks for all channels
                await self._connection.subscribe(channel)

    async def _listen(self) -> None:
        pause = AGAIN_SECONDS[0]
        while True:
            connection = self._client.pubsub()
            try:
                await self._hear(connection)
            except Exception as error:  # noqa: BLE001  whatever it is, those who subscribed go on waiting for news
                _log.warning("news cannot be heard: %s; trying again", type(error).__name__)
                pause = AGAIN_SECONDS[0] if self._connection else min(2 * pause, AGAIN_SECONDS[1])
            finally:
                self._connection = None
                for heard in self._heard.values():
                    heard.clear()
                await connection.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(pause)

    async def _hear(self, connection: PubSub) -> None:
        async with asyncio.timeout(self._deadline_seconds):
            asked_for = list(self._heard)
            await connection.subscribe(*asked_for)
            self._connection = connection
            if since := [channel for channel in self._heard if channel not in asked_for]:
                await connection.subscribe(*since)
        silent = False
        while True:
            message = await connection.get_message(timeout=QUIET_SECONDS)
            if message is not None:
                silent = False
                self._receive(message)
            elif silent:
                raise TimeoutError
            else:
                silent = True
                await connection.ping()

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            for news in self._readers.get(message["channel"], ()):
                news.receive(message["data"])
        elif message["type"] == "subscribe":
            self._heard[message["channel"]].set()
