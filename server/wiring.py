"""Where adapters meet services: the only place that knows them all."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr

from core.clock import Clock, SystemClock
from core.documents import Documents
from core.ephemeral import Ephemeral, Rate
from core.idempotency import forget_expired
from handlers.city import CityView
from handlers.http.contract import RateClass
from handlers.http.handler import Machinery
from handlers.http.limits import RateLimits
from handlers.http.metrics import Metrics
from handlers.routes import Services
from handlers.system import Readiness
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.consent import ConsentService
from identity_center.face.service import FaceService
from identity_center.people import People
from identity_center.personal_data import PersonalData
from identity_center.retention import forget_spent
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService
from identity_center.staff import ROLES, StaffService
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault
from identity_center.vault_mark import VaultMismatch, check_vault
from insight.usage import Insight
from server.adapters.authority import SignedAuthority
from server.adapters.departments import DepartmentClient
from server.adapters.face_pool import FacePool
from server.adapters.folder_lock import sole_use
from server.adapters.key_files import CityKeys, KeysUnusable, make_keys, read_keys
from server.adapters.sandbox_process import start_sandbox
from server.adapters.wechat import WeChatClient, WeChatSettings
from server.config import ROOT, ConfigError, Settings
from server.jobs import Job, running
from server.logs import AccessLog as RequestLog
from server.outside import Outside, demo_outside, real_outside
from server.stores import data_folder_of, documents_of, ephemeral_of, health_of, is_away
from service_registry.bookable import BookableCards
from service_registry.booking.service import BookingService
from service_registry.catalogue import Catalogue
from service_registry.gateway import Gateway
from service_registry.loading import load_cards
from service_registry.quota import QuotaBoard

log = logging.getLogger(__name__)

VERSION = "0.1.0"


@dataclass(frozen=True)
class City:
    """A city ready to be served. `where` tells the person who started it what is where."""

    services: Services
    machinery: Machinery
    where: tuple[str, ...]


@dataclass(frozen=True)
class _Ground:
    """What everything stands on."""

    settings: Settings
    clock: Clock
    zone: ZoneInfo
    documents: Documents
    ephemeral: Ephemeral
    keys: CityKeys
    outside: Outside
    departments: DepartmentClient
    url: str


@dataclass(frozen=True)
class _Identity:
    vault: Vault
    tokens: AccessTokens
    revocations: Revocations
    accounts: AccountService
    sessions: SessionService
    consents: ConsentService
    access_log: AccessLog
    personal_data: PersonalData
    people: People
    face: FaceService
    staff: StaffService


def keys_of(settings: Settings) -> CityKeys:
    """The city's keys; the demo makes what is missing. Raises `ConfigError`."""
    try:
        if settings.profile == "demo":
            make_keys(settings.keys_folder)
        return read_keys(settings.keys_folder)
    except KeysUnusable as error:
        raise ConfigError(f"keys.folder: {error}") from error


@asynccontextmanager
async def open_city(settings: Settings, address: str) -> AsyncIterator[City]:
    """Opens stores, starts what runs beside the server, and closes all of it in the opposite order."""
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_use(data_folder_of(settings)))
        ground = await _ground(stack, settings, address)
        insight = Insight(ground.documents, ground.clock, ground.zone)
        await insight.start()
        stack.push_async_callback(insight.stop)
        identity = await _identity(stack, ground)
        services = _services(ground, identity, insight)
        if settings.profile == "demo":
            await _demo_staff(identity.staff, settings.demo.staff_password)
        await stack.enter_async_context(running(_jobs(ground, identity, services)))
        yield City(services, _machinery(stack, ground, identity, insight), _where(ground))


async def _ground(stack: AsyncExitStack, settings: Settings, address: str) -> _Ground:
    clock = SystemClock()
    keys = keys_of(settings)
    documents = await documents_of(settings)
    stack.push_async_callback(documents.close)
    ephemeral = await ephemeral_of(settings, clock)
    stack.push_async_callback(ephemeral.close)
    outside = await _outside(stack, settings, address)
    url = settings.http.public_url or address
    departments = await stack.enter_async_context(DepartmentClient(outside.signing_keys, clock))
    zone = ZoneInfo(settings.city.zone)
    return _Ground(settings, clock, zone, documents, ephemeral, keys, outside, departments, url)


async def _outside(stack: AsyncExitStack, settings: Settings, address: str) -> Outside:
    if settings.profile == "production":
        return real_outside(settings)
    port = settings.demo.sandbox_port
    wanted = int(address.rpartition(":")[2]) + 1 if port is None else port
    sandbox = await start_sandbox(ROOT, settings.data_folder / "sandbox", wanted)
    stack.push_async_callback(sandbox.stop)
    return demo_outside(settings, sandbox)


async def _identity(stack: AsyncExitStack, ground: _Ground) -> _Identity:
    settings, documents, clock = ground.settings.identity, ground.documents, ground.clock
    vault = Vault(ground.keys.vault)
    try:
        await check_vault(documents, vault)
    except VaultMismatch as error:
        raise ConfigError(f"keys.folder: {' '.join((VaultMismatch.__doc__ or '').split())}") from error
    revocations = Revocations(documents, ground.ephemeral, clock, settings)
    await revocations.load()
    tokens = AccessTokens(ground.keys.tokens, clock, revocations, settings.tokens, issuer=ground.url)
    wechat = await _wechat(stack, ground, vault)
    authority = SignedAuthority(
        ground.departments,
        base_url=ground.outside.authority_url,
        key_id=ground.outside.authority_key_id,
        clock=clock,
    )
    accounts = AccountService(documents, clock, vault, wechat, authority, ground.zone, settings)
    consents, access_log = ConsentService(documents, clock, settings), AccessLog(documents, clock, vault)
    return _Identity(
        vault=vault,
        tokens=tokens,
        revocations=revocations,
        accounts=accounts,
        sessions=SessionService(documents, clock, vault, wechat, accounts, tokens, revocations, settings),
        consents=consents,
        access_log=access_log,
        personal_data=PersonalData(documents, clock, vault, accounts, consents, access_log),
        people=People(accounts, vault),
        face=_face(stack, ground),
        staff=StaffService(documents, clock, tokens, revocations, settings.staff),
    )


async def _wechat(stack: AsyncExitStack, ground: _Ground, vault: Vault) -> WeChatClient:
    http = await stack.enter_async_context(aiohttp.ClientSession())
    settings = WeChatSettings(
        base_url=ground.outside.wechat_url,
        app_id=ground.outside.wechat_app_id,
        app_secret=SecretStr(ground.outside.wechat_app_secret),
    )
    return WeChatClient(http, ground.ephemeral, vault, settings)


def _face(stack: AsyncExitStack, ground: _Ground) -> FaceService:
    settings, pool = ground.settings.face, ground.settings.face_pool
    examiner = FacePool(
        settings.images, workers=pool.workers, queue=pool.queue, deadline_seconds=settings.deadline_seconds
    )
    examiner.start()
    stack.push_async_callback(examiner.close)
    return FaceService(ground.documents, ground.ephemeral, ground.clock, examiner, settings, ground.zone)


def _services(ground: _Ground, identity: _Identity, insight: Insight) -> Services:
    catalogue = _catalogue(ground)
    quotas = QuotaBoard(ground.ephemeral, ground.clock, ground.zone)
    gateway = Gateway(
        upstream=ground.departments,
        personal_data=identity.personal_data,
        usage=insight,
        quotas=quotas,
        documents=ground.documents,
        sealer=identity.vault,
        clock=ground.clock,
        zone=ground.zone,
    )
    bookings = BookingService(
        ground.documents, ground.clock, ground.zone, identity.people, ground.keys.tickets, insight
    )
    return Services(
        about=_about(ground),
        clock=ground.clock,
        zone=ground.zone,
        accounts=identity.accounts,
        sessions=identity.sessions,
        tokens=identity.tokens,
        face=identity.face,
        consents=identity.consents,
        access_log=identity.access_log,
        staff=identity.staff,
        catalogue=catalogue,
        bookable=BookableCards(catalogue),
        gateway=gateway,
        quotas=quotas,
        bookings=bookings,
        ticket_keys=ground.keys.tickets.jwks,
        insight=insight,
        readiness=_readiness(ground),
    )


def _readiness(ground: _Ground) -> Readiness:
    return Readiness(ground.clock, {"documents": ground.documents.ping, "ephemeral": health_of(ground.ephemeral)})


def _catalogue(ground: _Ground) -> Catalogue:
    """The cards that load. A broken card is reported and left out; the city opens without it."""
    settings = ground.settings
    production = settings.profile == "production"
    loaded = load_cards(settings.cards.path, ground.outside.addresses, production=production)
    for problem in loaded.problems:
        log.error("card left out", extra={"file": problem.file, "line": problem.line, "problem": problem.problem})
    return Catalogue.of(loaded.cards.values(), loaded.themes)


def _about(ground: _Ground) -> CityView:
    return CityView(
        name=ground.settings.city.name,
        zone=ground.settings.city.zone,
        now=ground.clock.now(),
        profile=ground.settings.profile,
        version=VERSION,
        sandbox_url=ground.outside.sandbox_url,
    )


def _machinery(stack: AsyncExitStack, ground: _Ground, identity: _Identity, insight: Insight) -> Machinery:
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


async def _demo_staff(staff: StaffService, password: str) -> None:
    """One account of each role, named after it, unless it is there from an earlier start."""
    known = {account.name for account in await staff.accounts()}
    for role in ROLES:
        if role not in known:
            await staff.add(role, role, password)


def _jobs(ground: _Ground, identity: _Identity, services: Services) -> dict[str, Job]:
    return {
        "follow revocations": Job(1.0, identity.revocations.run),  # until it fails, and then anew
        "close past bookings": Job(30.0, services.bookings.close_past),
        "forget receipts": Job(60.0, lambda: forget_expired(ground.documents, ground.clock)),
        "forget spent sign-ins": Job(
            3600.0, lambda: forget_spent(ground.documents, ground.clock, ground.settings.identity)
        ),
    }


def _where(ground: _Ground) -> tuple[str, ...]:
    settings, url = ground.settings, ground.url
    lines = [
        f"城市通 {settings.city.name.zh} · {settings.profile}",
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
