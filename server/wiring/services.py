"""The services behind the routes, and the jobs that come round."""

import logging

from core.idempotency import forget_expired
from handlers.city import CityView
from handlers.routes import Services
from handlers.system import Readiness
from identity_center.retention import forget_spent
from insight.usage import Insight
from server.jobs import Job
from server.stores import health_of
from server.wiring.ground import Ground
from server.wiring.identity import Identity
from service_registry.bookable import BookableCards
from service_registry.booking.service import BookingService
from service_registry.catalogue import Catalogue
from service_registry.gateway import Gateway
from service_registry.loading import load_cards
from service_registry.quota import QuotaBoard

log = logging.getLogger(__name__)

VERSION = "0.1.0"


def services_of(ground: Ground, identity: Identity, insight: Insight) -> Services:
    catalogue = _catalogue(ground)
    quotas = QuotaBoard(ground.ephemeral, ground.clock, ground.zone)
    gateway = _gateway(ground, identity, insight, quotas)
    bookings = _bookings(ground, identity, insight)
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
        acting_rules=identity.acting.rules,
        acting=identity.acting.service,
        relations=identity.acting.relations,
        helpers=identity.acting.helpers,
        family=identity.acting.family,
        claims=identity.acting.claims,
        enterprises=identity.acting.enterprises,
        agents=identity.acting.agents,
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


def _gateway(ground: Ground, identity: Identity, insight: Insight, quotas: QuotaBoard) -> Gateway:
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
    )


def _bookings(ground: Ground, identity: Identity, insight: Insight) -> BookingService:
    return BookingService(
        ground.documents,
        ground.clock,
        ground.zone,
        identity.people,
        ground.keys.tickets,
        insight,
        identity.acting.rules,
    )


def _readiness(ground: Ground) -> Readiness:
    return Readiness(ground.clock, {"documents": ground.documents.ping, "ephemeral": health_of(ground.ephemeral)})


def _catalogue(ground: Ground) -> Catalogue:
    """The cards that load. A broken card is reported and left out; the city opens without it."""
    settings = ground.settings
    production = settings.profile == "production"
    loaded = load_cards(settings.cards.path, ground.outside.addresses, production=production)
    for problem in loaded.problems:
        log.error("card left out", extra={"file": problem.file, "line": problem.line, "problem": problem.problem})
    return Catalogue.of(loaded.cards.values(), loaded.themes)


def _about(ground: Ground) -> CityView:
    return CityView(
        name=ground.settings.city.name,
        zone=ground.settings.city.zone,
        now=ground.clock.now(),
        profile=ground.settings.profile,
        version=VERSION,
        sandbox_url=ground.outside.sandbox_url,
    )


def jobs_of(ground: Ground, identity: Identity, services: Services) -> dict[str, Job]:
    return {
        "follow revocations": Job(1.0, identity.revocations.run),  # until it fails, and then anew
        "ask about enterprises again": Job(300.0, identity.acting.enterprises.recheck_due),
        "close past bookings": Job(30.0, services.bookings.close_past),
        "forget receipts": Job(60.0, lambda: forget_expired(ground.documents, ground.clock)),
        "forget spent sign-ins": Job(
            3600.0, lambda: forget_spent(ground.documents, ground.clock, ground.settings.identity)
        ),
    }
