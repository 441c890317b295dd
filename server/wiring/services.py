"""The services behind the routes, and the jobs that come round."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from core.idempotency import forget_expired
from handlers.city import CityView, Notices, NoticeView
from handlers.miniapp import MiniApp
from handlers.routes import Services
from handlers.system import Readiness
from identity_center.oidc.retention import forget_past_sign_ins
from identity_center.receipts import ConsentReceipts
from identity_center.retention import forget_spent
from insight.usage import Insight
from server.adapters.key_watch import LOOK_SECONDS
from server.config import Settings
from server.jobs import Job
from server.stores import health_of
from server.wiring.credentials import credentials_of
from server.wiring.ground import Ground
from server.wiring.identity import Identity
from server.wiring.oidc import oidc_of
from server.wiring.privacy import privacy_of
from service_registry.answer_news import AnswerNews
from service_registry.bookable import BookableCards
from service_registry.booking.leaving import forget_past
from service_registry.booking.service import BookingService
from service_registry.booking.tickets import TicketSigner
from service_registry.booking.waiting_room import WaitingRoom
from service_registry.catalogue import Catalogue
from service_registry.gateway import Gateway
from service_registry.quota import QuotaBoard

VERSION = "0.1.0"


def services_of(
    ground: Ground, identity: Identity, insight: Insight, catalogue: Catalogue, answers: AnswerNews
) -> Services:
    quotas = QuotaBoard(ground.ephemeral, ground.clock, ground.zone)
    gateway = _gateway(ground, identity, insight, quotas, answers)
    tickets = TicketSigner.of(ground.keys.keys.tickets)
    ground.keys.tell(lambda keys: tickets.take_up(keys.tickets))
    bookings = _bookings(ground, identity, insight, tickets)
    credentials, oidc = credentials_of(ground, identity), oidc_of(ground, identity)
    return Services(
        about=_about(ground),
        notices=Notices(notices_of(ground.settings)),
        clock=ground.clock,
        zone=ground.zone,
        accounts=identity.accounts,
        sessions=identity.sessions,
        tokens=identity.tokens,
        face=identity.face,
        wechat_face=identity.wechat_face,
        consents=identity.consents,
        receipts=ConsentReceipts(identity.records, ground.clock, ground.zone, ground.url),
        record_keys=identity.records.jwks,
        access_log=identity.access_log,
        acting_rules=identity.acting.rules,
        acting=identity.acting.service,
        relations=identity.acting.relations,
        helpers=identity.acting.helpers,
        family=identity.acting.family,
        claims=identity.acting.claims,
        enterprises=identity.acting.enterprises,
        agents=identity.acting.agents,
        personal_data=identity.personal_data,
        companions=identity.companions,
        staff=identity.staff,
        withdrawals=identity.withdrawals,
        messages=identity.messages,
        credentials=credentials,
        hall_codes=identity.hall_codes,
        oidc=oidc,
        privacy=privacy_of(ground, identity, credentials.lists, oidc.sessions),
        catalogue=catalogue,
        bookable=BookableCards(catalogue),
        gateway=gateway,
        quotas=quotas,
        bookings=bookings,
        ticket_keys=lambda: tickets.jwks,
        insight=insight,
        readiness=_readiness(ground),
        miniapp=_miniapp(ground),
    )


def _gateway(ground: Ground, identity: Identity, insight: Insight, quotas: QuotaBoard, answers: AnswerNews) -> Gateway:
    return Gateway(
        upstream=ground.departments,
        personal_data=identity.personal_data,
        enterprise_data=identity.acting.enterprise_data,
        acting=identity.acting.rules,
        usage=insight,
        quotas=quotas,
        documents=ground.documents,
        sealer=identity.vault,
        clock=ground.clock,
        zone=ground.zone,
        cache=answers.cache,
        news=answers,
    )


def _bookings(ground: Ground, identity: Identity, insight: Insight, tickets: TicketSigner) -> BookingService:
    return BookingService(
        ground.documents,
        ground.clock,
        ground.zone,
        identity.people,
        tickets,
        insight,
        WaitingRoom(ground.ephemeral),
        identity.acting.rules,
    )


def _readiness(ground: Ground) -> Readiness:
    return Readiness(ground.clock, {"documents": ground.documents.ping, "ephemeral": health_of(ground.ephemeral)})


def _miniapp(ground: Ground) -> MiniApp | None:
    folder = ground.settings.miniapp.path
    return MiniApp(folder, ground.outside.sandbox_url) if folder else None


def notices_of(settings: Settings) -> tuple[NoticeView, ...]:
    return tuple(NoticeView.model_validate(vars(notice)) for notice in settings.city.notices)


def _about(ground: Ground) -> CityView:
    return CityView(
        name=ground.settings.city.name,
        zone=ground.settings.city.zone,
        now=ground.clock.now(),
        profile=ground.settings.profile,
        version=VERSION,
        sandbox_url=ground.outside.sandbox_url,
        face_provider=ground.settings.face.provider,
    )


async def _seal_anew(ground: Ground, identity: Identity) -> None:
    if not identity.resealing.is_finished:
        await identity.resealing.turn(ground.settings.identity.vault.reseal_per_second)


def jobs_of(ground: Ground, identity: Identity, services: Services) -> dict[str, Job]:
    """What every worker does for itself, and what is done once for the city, by whichever worker comes first."""
    settings, kept, audit = ground.settings.identity, ground.settings.privacy, ground.settings.audit
    booking_days = timedelta(days=kept.retention.bookings_days)
    return {
        "take up keys": Job(LOOK_SECONDS, ground.keys.run),
        "seal anew": _once(ground, 1.0, "seal anew", lambda: _seal_anew(ground, identity)),
        "anchor logs": _once(ground, audit.anchor_minutes * 60.0, "anchor logs", identity.anchors.anchor),
        "follow revocations": Job(1.0, identity.revocations.run),  # until it fails, and then anew
        "ask about enterprises again": _once(
            ground, 300.0, "ask about enterprises again", identity.acting.enterprises.recheck_due
        ),
        "close past bookings": _once(ground, 30.0, "close past bookings", services.bookings.close_past),
        "forget receipts": _once(
            ground, 60.0, "forget receipts", lambda: forget_expired(ground.documents, ground.clock)
        ),
        "forget past site sign-ins": _once(
            ground, 600.0, "forget past site sign-ins", lambda: forget_past_sign_ins(ground.documents, ground.clock)
        ),
        "erase closed accounts": _once(ground, 30.0, "erase closed accounts", services.privacy.erasures.run),
        "forget past records": _once(ground, 3600.0, "forget past records", services.privacy.retention.run),
        "forget past bookings": _once(
            ground,
            3600.0,
            "forget past bookings",
            lambda: forget_past(ground.documents, ground.clock, booking_days, kept.batch),
        ),
        "forget spent sign-ins": _once(
            ground, 3600.0, "forget spent sign-ins", lambda: forget_spent(ground.documents, ground.clock, settings)
        ),
    }


def _once(ground: Ground, seconds: float, name: str, run: Callable[[], Awaitable[object]]) -> Job:
    """A job of the whole city, which ends or forgets things by the clock. Two workers may still do it at once when the
    ephemeral store is away: such a job must bear that."""

    async def first_come() -> None:
        if await ground.ephemeral.first(f"job:{name}", seconds * 0.9):
            await run()

    return Job(seconds, first_come, believes_the_clock=True)
