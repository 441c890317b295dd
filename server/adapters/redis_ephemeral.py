"""The ephemeral port on Redis or Valkey (6.2 or later): what several workers share.

Every call is one command or one script, so it is atomic, and names one key, or two with one hash tag, so it works on a
cluster. Every key ends by itself. Within `deadline_seconds` a call is answered or raises `StoreUnavailable`; then it
may have happened or not, and it is not tried again, because most of these would count twice. Connections that broke
are made anew by the next call, scripts that the server forgot are sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any, Final, Self

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from core.ephemeral import Allowance, Rate, Subscription
from core.errors import StoreUnavailable
from server.adapters import redis_scripts
from server.adapters.quota_leases import Borrowed
from server.adapters.redis_news import RedisNews

_log = logging.getLogger(__name__)
LINE_SECONDS = 86_400.0
CONNECTIONS = 16
"""Of one worker. Calls beyond these wait for one that is free, within their deadline."""
DEADLINE_SECONDS = 1.0


class RedisEphemeral:
    def __init__(self, client: "Redis | RedisCluster", news: RedisNews, prefix: str, deadline_seconds: float) -> None:
        self._client: Final[Any] = client  # the two clients share their commands, but no type
        self._news = news
        self._prefix = prefix
        self._deadline_seconds = deadline_seconds
        self._answering = True
        self._allow = self._client.register_script(redis_scripts.ALLOW)
        self._borrow = self._client.register_script(redis_scripts.BORROW)
        self._give_back = self._client.register_script(redis_scripts.GIVE_BACK)
        self._join = self._client.register_script(redis_scripts.JOIN)

    @classmethod
    def open(
        cls, url: str, *, prefix: str = "city:", deadline_seconds: float = DEADLINE_SECONDS, cluster: bool = False
    ) -> Self:
        """`url` is redis://, rediss:// (TLS) or unix://; of a cluster, that of any node. Connects when first used.

        Cities that share a server need prefixes of their own. Raises ValueError for an address of another kind.
        """
        options: dict[str, Any] = {
            "decode_responses": True,
            "retry": Retry(NoBackoff(), 0),
            "socket_connect_timeout": deadline_seconds,
            "socket_timeout": deadline_seconds,
        }
        client: Redis | RedisCluster
        if cluster:
            client = RedisCluster.from_url(url, max_connections=CONNECTIONS, **options)
        else:
            client = Redis.from_pool(
                BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=deadline_seconds, **options)
            )
        news = RedisNews(Redis.from_url(url, **options), deadline_seconds)
        return cls(client, news, prefix, deadline_seconds)

    async def allow(self, key: str, rate: Rate, cost: int = 1) -> Allowance:
        window = rate.seconds * 1000
        allowed, remaining, wait = await self._answer(
            lambda: self._allow(keys=[self._key("rate", key)], args=[rate.limit, window, cost])
        )
        return Allowance(bool(allowed), remaining, float(wait) / 1000)

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        return (await self.borrow(key, want, limit, seconds)).granted

    async def borrow(self, key: str, want: int, limit: int, seconds: float) -> Borrowed:
        """As `lease`, and says how long the quota lives from now, for who holds a part of it."""
        granted, left = await self._answer(
            lambda: self._borrow(keys=[self._key("quota", key)], args=[want, limit, _milliseconds(seconds)])
        )
        return Borrowed(granted, left / 1000)

    async def give_back(self, key: str, amount: int) -> None:
        await self._answer(lambda: self._give_back(keys=[self._key("quota", key)], args=[amount]))

    async def leased(self, key: str) -> int:
        return int(await self._answer(lambda: self._client.get(self._key("quota", key))) or 0)

    async def first(self, key: str, seconds: float) -> bool:
        name, lasts = self._key("first", key), _milliseconds(seconds)
        return bool(await self._answer(lambda: self._client.set(name, "1", nx=True, px=lasts)))

    async def put(self, key: str, value: str, seconds: float) -> None:
        await self._answer(lambda: self._client.set(self._key("value", key), value, px=_milliseconds(seconds)))

    async def get(self, key: str) -> str | None:
        found: str | None = await self._answer(lambda: self._client.get(self._key("value", key)))
        return found

    async def take(self, key: str) -> str | None:
        found: str | None = await self._answer(lambda: self._client.getdel(self._key("value", key)))
        return found

    async def join(self, line: str, member: str) -> int:
        last = f"{{{self._key('line', line)}}}"
        number = await self._answer(
            lambda: self._join(keys=[last, f"{last}:{member}"], args=[_milliseconds(LINE_SECONDS)])
        )
        return int(number)

    async def publish(self, channel: str, message: str) -> None:
        await self._answer(lambda: self._client.execute_command("PUBLISH", self._key("news", channel), message))

    async def subscribe(self, channel: str) -> Subscription:
        """Survives the loss of the connection: it is heard again as soon as the server is back, without what was
        published meanwhile."""
        return await self._news.subscribe(self._key("news", channel))

    async def ping(self) -> None:
        await self._answer(lambda: self._client.execute_command("PING"))

    async def close(self) -> None:
        await self._news.close()
        await self._client.aclose()

    def _key(self, kind: str, key: str) -> str:
        return f"{self._prefix}{kind}:{key}"

    async def _answer(self, command: Callable[[], Awaitable[Any]]) -> Any:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                answer = await command()
        except (RedisError, RedisClusterException, OSError, TimeoutError) as error:
            if self._answering:
                _log.warning("redis does not answer: %s", type(error).__name__)
            self._answering = False
            raise StoreUnavailable("ephemeral") from error
        if not self._answering:
            _log.info("redis answers again")
        self._answering = True
        return answer


def _milliseconds(seconds: float) -> int:
    return max(1, ceil(seconds * 1000))
