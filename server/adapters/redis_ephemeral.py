"""The ephemeral port on Redis or Valkey (6.2 or later): what several workers share.

Every call is one command or one script, so it is atomic, and names one key, or two with one hash tag, so it works on a
cluster. Every key ends by itself. Within `deadline_seconds` a call is answered or raises `StoreUnavailable`; then it
may have happened or not, and it is not tried again, because most of these would count twice. Connections that broke
are made anew by the next call, scripts that the server forgot are sent again. A worker needs five connections.
"""

from math import ceil
from typing import Any, Self

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.ephemeral import Allowance, Rate, Subscription
from server.adapters.quota_leases import Borrowed
from server.adapters.redis_calls import LANES, RedisCalls
from server.adapters.redis_news import RedisNews
from server.adapters.redis_scripts import ALLOW, BORROW, GIVE_BACK, JOIN, TURN

LINE_SECONDS = 86_400.0
DEADLINE_SECONDS = 1.0


class RedisEphemeral:
    def __init__(self, calls: RedisCalls, news: RedisNews, prefix: str) -> None:
        self._calls = calls
        self._news = news
        self._prefix = prefix

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
            client = RedisCluster.from_url(url, **options)
        else:
            pool = BlockingConnectionPool.from_url(url, max_connections=LANES, timeout=deadline_seconds, **options)
            client = Redis.from_pool(pool)
        news = RedisNews(Redis.from_url(url, **options), deadline_seconds)
        return cls(RedisCalls(client, deadline_seconds), news, prefix)

    async def allow(self, key: str, rate: Rate, cost: int = 1) -> Allowance:
        bucket = self._key("rate", key)
        allowed, remaining, wait = await self._calls.run(ALLOW, [bucket], rate.limit, rate.seconds * 1000, cost)
        return Allowance(bool(allowed), remaining, float(wait) / 1000)

    async def lease(self, key: str, want: int, limit: int, seconds: float) -> int:
        return (await self.borrow(key, want, limit, seconds)).granted

    async def borrow(self, key: str, want: int, limit: int, seconds: float) -> Borrowed:
        """As `lease`, and says how long the quota lives from now, for who holds a part of it."""
        quota = self._key("quota", key)
        granted, left = await self._calls.run(BORROW, [quota], want, limit, _milliseconds(seconds))
        return Borrowed(granted, left / 1000)

    async def give_back(self, key: str, amount: int) -> None:
        await self._calls.run(GIVE_BACK, [self._key("quota", key)], amount)

    async def leased(self, key: str) -> int:
        return int(await self._calls.call("GET", self._key("quota", key)) or 0)

    async def first(self, key: str, seconds: float) -> bool:
        nonce = self._key("first", key)
        return await self._calls.call("SET", nonce, "1", "NX", "PX", _milliseconds(seconds)) is not None

    async def put(self, key: str, value: str, seconds: float) -> None:
        await self._calls.call("SET", self._key("value", key), value, "PX", _milliseconds(seconds))

    async def get(self, key: str) -> str | None:
        found: str | None = await self._calls.call("GET", self._key("value", key))
        return found

    async def take(self, key: str) -> str | None:
        found: str | None = await self._calls.call("GETDEL", self._key("value", key))
        return found

    async def join(self, line: str, member: str) -> int:
        last = f"{{{self._key('line', line)}}}"
        return int(await self._calls.run(JOIN, [last, f"{last}:{member}"], _milliseconds(LINE_SECONDS)))

    async def turn(self, line: str, member: str, rate: Rate, stay: float) -> float:
        tail = f"{{{self._key('turn', line)}}}"
        terms = (rate.limit, rate.seconds * 1000, _milliseconds(stay))
        return float(await self._calls.run(TURN, [tail, f"{tail}:{member}"], *terms)) / 1000

    async def publish(self, channel: str, message: str) -> None:
        await self._news.publish(self._key("news", channel), message)

    async def subscribe(self, channel: str) -> Subscription:
        """Survives the loss of the connection: it is heard again as soon as the server is back, without what was
        published meanwhile."""
        return await self._news.subscribe(self._key("news", channel))

    async def ping(self) -> None:
        await self._calls.call("PING")

    async def close(self) -> None:
        await self._news.close()
        await self._calls.close()

    def _key(self, kind: str, key: str) -> str:
        return f"{self._prefix}{kind}:{key}"


def _milliseconds(seconds: float) -> int:
    return max(1, ceil(seconds * 1000))
