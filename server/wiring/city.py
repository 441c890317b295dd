"""A whole city: opened from its settings, closed in the opposite order."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from core.ephemeral import Rate
from handlers.http.console import Console
from handlers.http.contract import RateClass
from handlers.http.handler import Machinery
from handlers.http.limits import RateLimits
from handlers.http.metrics import Metrics
from handlers.routes import Services
from insight.usage import Insight
from server.adapters.index_process import indexed_apart
from server.adapters.sandbox_process import SandboxAccess
from server.config import Settings, SettingsSource
from server.jobs import Job, running
from server.live import LOOK_SECONDS, Live
from server.logs import AccessLog as RequestLog
from server.logs import set_level
from server.outside import addresses_of
from server.stores import is_away
from server.wiring.ground import Ground, open_ground
from server.wiring.identity import Identity, demo_staff, open_identity
from server.wiring.services import jobs_of, notices_of, services_of
from service_registry.answer_cache import AnswerCache
from service_registry.answer_news import AnswerNews
from service_registry.shelf import Shelf

GAUGE_SECONDS = 2.0
"""How often a worker leaves its gauges where others, asked by Prometheus, find them."""


@dataclass(frozen=True)
class City:
    """A city ready to be served."""

    services: Services
    machinery: Machinery
    live: Live


@asynccontextmanager
async def open_city(
    settings: Settings, source: SettingsSource, address: str, sandbox: SandboxAccess | None
) -> AsyncIterator[City]:
    """Opens stores and services, and closes all of it in the opposite order. `source` is read again as it changes;
    `sandbox` stands for the outside world in a demo."""
    async with AsyncExitStack() as stack:
        ground = await open_ground(stack, settings, address, sandbox)
        insight = Insight(ground.documents, ground.clock, ground.zone)
        await insight.start()
        stack.push_async_callback(insight.stop)
        identity = await open_identity(stack, ground)
        shelf = Shelf(settings.cards.path, production=settings.profile == "production", indexer=indexed_apart)
        shelf.put(shelf.read(ground.outside.addresses))
        answers = AnswerNews(AnswerCache(ground.clock), ground.ephemeral)
        services = services_of(ground, identity, insight, shelf.catalogue, answers)
        if settings.profile == "demo":
            await demo_staff(identity.staff, settings.demo.staff_password)
        machinery, live = _machinery(stack, ground, identity, insight, services, source, shelf)
        jobs = {
            **jobs_of(ground, identity, services),
            "forget answers": Job(1.0, answers.run),  # until news cannot be heard, and then anew
            "take changes over": Job(LOOK_SECONDS, live.look),
            "read gauges": Job(GAUGE_SECONDS, machinery.metrics.look),
        }
        await stack.enter_async_context(running(jobs, ground.clock))
        yield City(services, machinery, live)


def _machinery(
    stack: AsyncExitStack,
    ground: Ground,
    identity: Identity,
    insight: Insight,
    services: Services,
    source: SettingsSource,
    shelf: Shelf,
) -> tuple[Machinery, Live]:
    metrics = Metrics()
    metrics.watch("cst_ephemeral_away", "1 while limits are each worker's own", lambda: is_away(ground.ephemeral))
    request_log = RequestLog(ground.clock, level=ground.settings.log.level)
    stack.callback(request_log.close)
    limits = RateLimits(ground.ephemeral, rates_of(ground.settings))

    def apply(settings: Settings) -> None:
        limits.replace(rates_of(settings))
        services.notices.replace(notices_of(settings))
        set_level(settings.log.level)
        request_log.set_level(settings.log.level)

    def read_cards(settings: Settings) -> Callable[[], None]:
        reading = shelf.read(addresses_of(settings, ground.sandbox))
        return lambda: shelf.put(reading)

    machinery = Machinery(
        clock=ground.clock,
        zone=ground.zone,
        authenticator=identity.tokens,
        limits=limits,
        metrics=metrics,
        visits=insight,
        access_log=request_log,
        console=Console(identity.staff.sessions, ground.settings.http.public_url),
        api_keys=identity.staff.api_keys,
        staff_log=identity.staff.log,
    )
    return machinery, Live(source, ground.settings, apply=apply, read_cards=read_cards)


def rates_of(settings: Settings) -> dict[RateClass, Rate]:
    limits = settings.limits
    return {
        "read": limits.read.rate(),
        "write": limits.write.rate(),
        "sign_in": limits.sign_in.rate(),
        "heavy": limits.heavy.rate(),
    }
