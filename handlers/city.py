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
from identity_center.face.settings import FaceProvider


class NoticeView(View):
    id: str
    title: Text
    text: Text
    since: CityTime
    until: CityTime


class CityView(View):
    name: Text
    zone: str
    now: CityTime
    profile: str
    version: str
    sandbox_url: str | None
    """Where the demo's simulated outside world is; null in production."""
    face_provider: FaceProvider
    """Who verifies faces: `built_in` (challenges and frames) or `wechat` (wx.requestFacialVerify)."""
    notices: tuple[NoticeView, ...] = ()
    """What the city tells everybody now, in the order of its settings."""


class Notices:
    """What the city tells everybody, now or later; another list takes its place when the settings change."""

    def __init__(self, notices: tuple[NoticeView, ...]) -> None:
        self.all = notices

    def replace(self, notices: tuple[NoticeView, ...]) -> None:
        self.all = notices


class City(Handler):
    def initialize(self, about: CityView, notices: Notices, clock: Clock, zone: tzinfo) -> None:
        self.about = about
        self.notices = notices
        self.clock = clock
        self.zone = zone

    @endpoint(who=anyone())
    async def get(self) -> CityView:
        """This city: name, time zone, the time there now, and its notices."""
        now = self.clock.now()
        current = tuple(notice for notice in self.notices.all if notice.since <= now < notice.until)
        return self.about.model_copy(update={"now": now.astimezone(self.zone), "notices": current})


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
