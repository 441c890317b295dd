"""How much one caller may ask for in a short time, per rate class."""

import math
from collections.abc import Mapping

from core.ephemeral import Allowance, Ephemeral, Rate
from handlers.http.contract import RateClass
from handlers.http.errors import RateLimited


class RateLimits:
    """Buckets in the ephemeral store, one per caller and class. A class without a rate is not limited."""

    def __init__(self, ephemeral: Ephemeral, rates: Mapping[RateClass, Rate]) -> None:
        self._ephemeral = ephemeral
        self._rates = rates

    def replace(self, rates: Mapping[RateClass, Rate]) -> None:
        """From the next request on, these are the rates."""
        self._rates = rates

    async def take(self, rate_class: RateClass, caller: str) -> Allowance | None:
        """Counts one request. Raises `RateLimited` with the seconds to wait."""
        rate = self._rates.get(rate_class)
        if rate is None:
            return None
        allowance = await self._ephemeral.allow(f"rate:{rate_class}:{caller}", rate)
        if not allowance.allowed:
            raise RateLimited(retry_after_seconds=max(1, math.ceil(allowance.retry_after_seconds)))
        return allowance
