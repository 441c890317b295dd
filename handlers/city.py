"""What anybody may know of the city: its name, its time, its keys."""

from collections.abc import Callable
from datetime import tzinfo

import orjson

from core.clock import Clock
from core.text import Text
from handlers.http.contract import Content, endpoint
from handlers.http.fields import CityTime, View
from handlers.http.handler import Handler
from handlers.http.policy import anyone


class CityView(View):
    name: Text
    zone: str
    now: CityTime
    profile: str
    version: str
    sandbox_url: str | None
    """Where the demo's simulated outside world is; null in production."""


class City(Handler):
    def initialize(self, about: CityView, clock: Clock, zone: tzinfo) -> None:
        self.about = about
        self.clock = clock
        self.zone = zone

    @endpoint(who=anyone())
    async def get(self) -> CityView:
        """This city: name, time zone, and the time there now."""
        return self.about.model_copy(update={"now": self.clock.now().astimezone(self.zone)})


class KeySet(Handler):
    """A JWK set (RFC 7517), for whoever verifies what the city signs."""

    def initialize(self, keys: Callable[[], object]) -> None:
        self.keys = keys

    @endpoint(who=anyone(), media_type="application/jwk-set+json")
    async def get(self) -> Content:
        """Public keys, to verify the city's signatures without asking it."""
        cached = {"Cache-Control": "public, max-age=300"}
        return Content(orjson.dumps(self.keys()), "application/jwk-set+json", headers=cached)


class TicketKeySet(KeySet):
    """Those that tickets are signed with."""
