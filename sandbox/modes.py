"""How well each outside system feels today: the switch that tests and demonstrations turn."""

import asyncio
from typing import Literal

from pydantic import Field

from sandbox.web import Answer, Body, Call, Refused, Reply, Serve, Silence

Mode = Literal["ok", "down", "slow", "garbage", "misshapen", "error", "busy", "rate_limited"]
SYSTEMS = ("social_security", "housing_fund", "authority", "enterprise_registry", "wechat")


class ModeRequest(Body):
    mode: Mode
    delay_seconds: float = Field(default=10.0, gt=0, le=60)


class Modes:
    """The mode of each system, `ok` to begin with."""

    def __init__(self) -> None:
        self._modes = {system: ModeRequest(mode="ok") for system in SYSTEMS}

    async def put(self, call: Call) -> Answer:
        system = call.names[0]
        if system not in self._modes:
            raise Refused(404, "not_found")
        self._modes[system] = call.read(ModeRequest)
        return {"department": system, **self._modes[system].model_dump()}

    async def list(self, _call: Call) -> Answer:
        return {"departments": [{"department": name, **mode.model_dump()} for name, mode in self._modes.items()]}

    def felt(self, system: str, serve: Serve) -> Serve:
        """The endpoint, in whatever mode its system is when it is called."""

        async def answer(call: Call) -> Answer:
            troubled = await self._trouble(system)
            return await serve(call) if troubled is None else troubled

        return answer

    async def _trouble(self, system: str) -> Answer | None:
        now = self._modes[system]
        match now.mode:
            case "slow":
                await asyncio.sleep(now.delay_seconds)
            case "down":
                raise Silence
            case "garbage":
                return Reply("<html><body>系统维护中</body></html>".encode(), "text/html; charset=gbk")
            case "misshapen":
                return {"code": "0", "data": None}
            case "error":
                raise Refused(500, "internal_error")
            case "busy":
                raise Refused(503, "busy", retry_after=5)
            case "rate_limited":
                raise Refused(429, "rate_limited", retry_after=60)
        return None
