"""What everything stands on: settings, clock, stores, keys, and the outside world."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import Clock, SystemClock
from core.documents import Documents
from core.ephemeral import Ephemeral
from server.adapters.departments import DepartmentClient
from server.adapters.key_watch import KeyWatch
from server.adapters.sandbox_process import SandboxAccess
from server.config import Settings
from server.keys import watched_keys
from server.outside import Outside, demo_outside, real_outside
from server.stores import documents_of, ephemeral_of


@dataclass(frozen=True)
class Ground:
    """What everything stands on."""

    settings: Settings
    clock: Clock
    zone: ZoneInfo
    documents: Documents
    ephemeral: Ephemeral
    keys: KeyWatch
    outside: Outside
    sandbox: SandboxAccess | None
    departments: DepartmentClient
    url: str


async def open_ground(stack: AsyncExitStack, settings: Settings, address: str, sandbox: SandboxAccess | None) -> Ground:
    clock = SystemClock()
    keys = watched_keys(settings, clock)
    documents = await documents_of(settings)
    stack.push_async_callback(documents.close)
    ephemeral = await ephemeral_of(settings, clock)
    stack.push_async_callback(ephemeral.close)
    outside = real_outside(settings) if sandbox is None else demo_outside(settings, sandbox)
    url = settings.http.public_url or address
    departments = await stack.enter_async_context(DepartmentClient(outside.signing_keys, clock))
    zone = ZoneInfo(settings.city.zone)
    return Ground(settings, clock, zone, documents, ephemeral, keys, outside, sandbox, departments, url)
