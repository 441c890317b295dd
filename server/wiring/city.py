"""A whole city: opened from its settings, closed in the opposite order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from core.ephemeral import Rate
from handlers.http.contract import RateClass
from handlers.http.handler import Machinery
from handlers.http.limits import RateLimits
from handlers.http.metrics import Metrics
from handlers.miniapp import PAGE
from handlers.routes import Services
from identity_center.staff import ROLES
from insight.usage import Insight
from server.adapters.folder_lock import sole_use
from server.config import Settings
from server.jobs import running
from server.logs import AccessLog as RequestLog
from server.stores import data_folder_of, is_away
from server.wiring.ground import Ground, open_ground
from server.wiring.identity import Identity, demo_staff, open_identity
from server.wiring.services import jobs_of, services_of


@dataclass(frozen=True)
class City:
    """A city ready to be served. `where` tells the person who started it what is where."""

    services: Services
    machinery: Machinery
    where: tuple[str, ...]


@asynccontextmanager
async def open_city(settings: Settings, address: str) -> AsyncIterator[City]:
    """Opens stores, starts what runs beside the server, and closes all of it in the opposite order."""
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_use(data_folder_of(settings)))
        ground = await open_ground(stack, settings, address)
        insight = Insight(ground.documents, ground.clock, ground.zone)
        await insight.start()
        stack.push_async_callback(insight.stop)
        identity = await open_identity(stack, ground)
        services = services_of(ground, identity, insight)
        if settings.profile == "demo":
            await demo_staff(identity.staff, settings.demo.staff_password)
        await stack.enter_async_context(running(jobs_of(ground, identity, services)))
        yield City(services, machinery_of(stack, ground, identity, insight), where(ground))


def machinery_of(stack: AsyncExitStack, ground: Ground, identity: Identity, insight: Insight) -> Machinery:
    limits = ground.settings.limits
    rates: dict[RateClass, Rate] = {
        "read": limits.read.rate(),
        "write": limits.write.rate(),
        "sign_in": limits.sign_in.rate(),
        "heavy": limits.heavy.rate(),
    }
    metrics = Metrics()
    metrics.watch("cst_ephemeral_away", "1 while limits are each worker's own", lambda: is_away(ground.ephemeral))
    request_log = RequestLog(ground.clock, level=ground.settings.log.level)
    stack.callback(request_log.close)
    return Machinery(
        clock=ground.clock,
        zone=ground.zone,
        authenticator=identity.tokens,
        limits=RateLimits(ground.ephemeral, rates),
        metrics=metrics,
        visits=insight,
        access_log=request_log,
    )


def where(ground: Ground) -> tuple[str, ...]:
    settings, url = ground.settings, ground.url
    lines = [
        f"城市通 {settings.city.name.zh} · {settings.profile}",
        *_app_lines(ground),
        f"  API      {url}/api/v1/city      描述 docs: {url}/api/docs",
        f"  health   {url}/readyz           metrics: {url}/metrics",
        f"  state    {settings.data_folder}",
    ]
    if ground.outside.sandbox_url:
        lines += [
            f"  sandbox  {ground.outside.sandbox_url}  (WeChat, the authority and the departments, simulated)",
            f"  staff    {', '.join(ROLES)}, password: {settings.demo.staff_password}",
            "  tour     ./run tour" + ("" if url.endswith(":8080") else f" --url {url}"),
        ]
    return tuple(lines)


def _app_lines(ground: Ground) -> list[str]:
    folder = ground.settings.miniapp.path
    if folder is None:
        return []
    built = (folder / PAGE).is_file()
    return [f"  app      {ground.url}/" if built else "  app      not built: ./run build says why"]
