"""Calls to Redis, combined: what is asked at the same time travels together, in one write and one read.

A call of its own costs this process three times as much as one of many in a pipeline, and a connection for its time.
"""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from core.errors import StoreUnavailable
from core.tasks import ended

_log = logging.getLogger(__name__)
LANES = 2
"""Pipelines under way at once: one fills while the other is answered."""
TOGETHER = 200

Argument = str | int | float


class Script:
    """A server-side function. Called by its digest; sent in full when the server does not know it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, eq=False)
class _Call:
    command: tuple[Argument, ...]
    in_full: tuple[Argument, ...] | None
    """What to send when the server does not know the script."""
    asked: float
    answer: "asyncio.Future[Any]"


class RedisCalls:
    """Every call is answered within `deadline_seconds` or raises `StoreUnavailable`. There are no timers for each: a
    pipeline may take half of that time, and what has waited for the other half is not sent any more."""

    def __init__(self, client: "Redis | RedisCluster", deadline_seconds: float) -> None:
        self._client: Final[Any] = client  # the two clients share their commands, but no type
        self._half_deadline = deadline_seconds / 2
        self._waiting: deque[_Call] = deque()
        self._lanes: list[asyncio.Task[None]] = []
        self._answering = True

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:
        rest = (len(keys), *keys, *arguments)
        return await self._answer(("EVALSHA", script.digest, *rest), ("EVAL", script.text, *rest))

    async def call(self, *command: Argument) -> Any:
        return await self._answer(command, None)

    async def close(self) -> None:
        await ended(*self._lanes)
        self._refuse_waiting()
        await self._client.aclose()

    async def _answer(self, command: tuple[Argument, ...], in_full: tuple[Argument, ...] | None) -> Any:
        loop = asyncio.get_running_loop()
        call = _Call(command, in_full, loop.time(), loop.create_future())
        self._waiting.append(call)
        if len(self._lanes) == LANES:
            self._lanes = [lane for lane in self._lanes if not lane.done()]
        if len(self._lanes) < LANES:
            self._lanes.append(loop.create_task(self._send_waiting()))
        try:
            return await call.answer
        except (RedisError, RedisClusterException, OSError) as error:
            raise StoreUnavailable("ephemeral") from error

    async def _send_waiting(self) -> None:
        while self._waiting:
            if together := self._next():
                await self._send(together)

    def _next(self) -> list[_Call]:
        together: list[_Call] = []
        latest = asyncio.get_running_loop().time() - self._half_deadline
        while self._waiting and len(together) < TOGETHER:
            call = self._waiting.popleft()
            if call.asked < latest:
                _settle(call, TimeoutError())
            elif not call.answer.done():  # else nobody waits for it any more
                together.append(call)
        return together

    def _refuse_waiting(self) -> None:
        while self._waiting:
            _settle(self._waiting.popleft(), TimeoutError())

    async def _send(self, together: list[_Call]) -> None:
        answers: list[Any] = [TimeoutError()] * len(together)
        try:
            async with asyncio.timeout(self._half_deadline):
                answers = await self._pipeline([call.command for call in together])
                if unknown := [n for n, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
                    again = await self._pipeline([together[n].in_full or together[n].command for n in unknown])
                    for n, answer in zip(unknown, again, strict=True):
                        answers[n] = answer
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait are told, and the next are sent
            answers = [error] * len(together)
        finally:
            for call, answer in zip(together, answers, strict=True):
                _settle(call, answer)
        self._notice(answers)

    async def _pipeline(self, commands: list[tuple[Argument, ...]]) -> list[Any]:
        """The answers in order; a command that was refused has its error in its place."""
        if len(commands) == 1:
            try:
                return [await self._client.execute_command(*commands[0])]
            except NoScriptError as error:
                return [error]
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    def _notice(self, answers: list[Any]) -> None:
        """Logs when the server stops and starts answering."""
        failed = all(isinstance(answer, Exception) for answer in answers)
        if failed and self._answering:
            _log.warning("redis does not answer: %s", type(answers[0]).__name__)
        if not failed and not self._answering:
            _log.warning("redis answers again")
        self._answering = not failed


def _settle(call: _Call, answer: Any) -> None:
    if call.answer.done():
        return
    if isinstance(answer, Exception):
        call.answer.set_exception(answer)
    else:
        call.answer.set_result(answer)
