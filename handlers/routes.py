"""The map of the city's HTTP floor: each address, the handler that answers there, and the services it is built with.

Who may call is declared with each handler's method, and shown with all the rest at /api/docs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import orjson

from core.clock import Clock
from handlers.acting import Acting, CodeAcceptances, CodeReading
from handlers.booking import (
    BookableCards,
    Bookings,
    BookingTicket,
    Cancellation,
    CheckIns,
    Days,
    OneBooking,
    Resources,
    Slots,
    TicketPicture,
)
from handlers.cards import CardOperations, Cards, CatalogueAnswers, OneCard, Themes
from handlers.city import City, CityView, KeySet, TicketKeySet
from handlers.enterprises import AgentInvitations, EnterpriseAgents, Enterprises, OneAgent, OneEnterprise
from handlers.family import (
    AccountClaims,
    Children,
    ClaimChallenges,
    Elders,
    Handovers,
    HelperInvitations,
    OneRelation,
    Relations,
)
from handlers.http.application import Route
from handlers.http.openapi import openapi
from handlers.identity import FaceChallenges, FaceVerifications, Phone, RealName
from handlers.me import AccessRecords, Consents, Me, OneConsent
from handlers.operator import CardFigures, Figures
from handlers.sessions import CurrentSession, OneSession, SessionRefresh, Sessions
from handlers.staff import CurrentStaffSession, StaffSessions
from handlers.system import (
    DocsAsset,
    DocsPage,
    Healthz,
    MetricsPage,
    OpenApiDocument,
    ProblemPage,
    Readiness,
    Readyz,
)
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.acting.rules import ActingRules
from identity_center.acting.service import ActingService
from identity_center.consent import ConsentService
from identity_center.enterprise.agents import Agents
from identity_center.enterprise.service import EnterpriseService
from identity_center.face.service import FaceService
from identity_center.relations.claims import Claims
from identity_center.relations.family import Family
from identity_center.relations.helpers import Helpers
from identity_center.relations.service import RelationService
from identity_center.sessions import SessionService
from identity_center.staff import StaffService
from identity_center.tokens import AccessTokens
from insight.usage import Insight
from service_registry.booking.service import BookingService
from service_registry.booking.tickets import Jwks
from service_registry.catalogue import Catalogue
from service_registry.gateway import Gateway
from service_registry.quota import QuotaBoard


@dataclass(frozen=True)
class Services:
    """Everything the handlers are built with; server/wiring/ fills it."""

    about: CityView
    clock: Clock
    zone: tzinfo
    accounts: AccountService
    sessions: SessionService
    tokens: AccessTokens
    face: FaceService
    consents: ConsentService
    access_log: AccessLog
    acting_rules: ActingRules
    acting: ActingService
    relations: RelationService
    helpers: Helpers
    family: Family
    claims: Claims
    enterprises: EnterpriseService
    agents: Agents
    staff: StaffService
    catalogue: Catalogue
    bookable: BookableCards
    gateway: Gateway
    quotas: QuotaBoard
    bookings: BookingService
    ticket_keys: Jwks
    insight: Insight
    readiness: Readiness


def routes(services: Services) -> list[Route]:
    """All of them. Their order means nothing: an address is looked up, not tried."""
    found = [
        *_system(services),
        *_identity(services),
        *_acting(services),
        *_cards(services),
        *_booking(services),
        *_operators(services),
    ]
    document = orjson.dumps(openapi(found, "城市通 Chengshitong", services.about.version))
    return [*found, Route("/api/openapi.json", OpenApiDocument, {"document": document})]


def _system(services: Services) -> Sequence[Route]:
    about = {"about": services.about, "clock": services.clock, "zone": services.zone}
    return (
        Route("/healthz", Healthz),
        Route("/readyz", Readyz, {"readiness": services.readiness}),
        Route("/metrics", MetricsPage),
        Route("/api/docs", DocsPage),
        Route("/api/docs/{asset}", DocsAsset),
        Route("/api/problems/{code}", ProblemPage),
        Route("/api/v1/city", City, about),
        Route("/.well-known/jwks.json", KeySet, {"keys": services.tokens.jwks()}),
    )


def _identity(services: Services) -> Sequence[Route]:
    sessions = {"sessions": services.sessions}
    proof = {"accounts": services.accounts, "sessions": services.sessions}
    consents = {"consents": services.consents, "catalogue": services.catalogue}
    access = {
        "access_log": services.access_log,
        "catalogue": services.catalogue,
        "acting": services.acting_rules,
        "accounts": services.accounts,
    }
    return (
        Route("/api/v1/sessions", Sessions, sessions),
        Route("/api/v1/sessions/refresh", SessionRefresh, sessions),
        Route("/api/v1/sessions/current", CurrentSession, sessions),
        Route("/api/v1/sessions/{session_id}", OneSession, sessions),
        Route("/api/v1/identity/phone", Phone, proof),
        Route("/api/v1/identity/real_name", RealName, proof),
        Route("/api/v1/identity/face/challenges", FaceChallenges, {"face": services.face}),
        Route("/api/v1/identity/face/verifications", FaceVerifications, {"face": services.face, **proof}),
        Route("/api/v1/me", Me, {"accounts": services.accounts}),
        Route("/api/v1/me/access_log", AccessRecords, access),
        Route("/api/v1/consents", Consents, consents),
        Route("/api/v1/consents/{consent_id}", OneConsent, consents),
        Route("/api/v1/staff/sessions", StaffSessions, {"staff": services.staff}),
        Route("/api/v1/staff/sessions/current", CurrentStaffSession, {"staff": services.staff}),
    )


def _acting(services: Services) -> Sequence[Route]:
    acting, relations = {"acting": services.acting}, {"relations": services.relations}
    family = {"family": services.family, **relations}
    catalogue, claims = {"catalogue": services.catalogue}, {"claims": services.claims}
    enterprises, agents = {"enterprises": services.enterprises}, {"agents": services.agents, **catalogue}
    return (
        Route("/api/v1/acting", Acting, acting),
        Route("/api/v1/acting/codes/reading", CodeReading, acting),
        Route("/api/v1/acting/codes/acceptance", CodeAcceptances, acting),
        Route("/api/v1/family/relations", Relations, relations),
        Route("/api/v1/family/relations/{relation_id}", OneRelation, relations),
        Route("/api/v1/family/relations/{relation_id}/handover", Handovers, claims),
        Route("/api/v1/family/invitations", HelperInvitations, {"helpers": services.helpers, **catalogue}),
        Route("/api/v1/family/children", Children, family),
        Route("/api/v1/family/elders", Elders, {**family, **catalogue}),
        Route("/api/v1/identity/claims", AccountClaims, claims),
        Route("/api/v1/identity/claims/challenges", ClaimChallenges, {"face": services.face}),
        Route("/api/v1/enterprises", Enterprises, enterprises),
        Route("/api/v1/enterprises/{enterprise_id}", OneEnterprise, enterprises),
        Route("/api/v1/enterprises/{enterprise_id}/invitations", AgentInvitations, agents),
        Route("/api/v1/enterprises/{enterprise_id}/agents", EnterpriseAgents, agents),
        Route("/api/v1/enterprises/{enterprise_id}/agents/{mandate_id}", OneAgent, agents),
    )


def _cards(services: Services) -> Sequence[Route]:
    catalogue = {"answers": CatalogueAnswers(services.catalogue)}
    operations = {"catalogue": services.catalogue, "gateway": services.gateway}
    return (
        Route("/api/v1/themes", Themes, catalogue),
        Route("/api/v1/cards", Cards, catalogue),
        Route("/api/v1/cards/{card_id}", OneCard, catalogue),
        Route("/api/v1/cards/{card_id}/operations/{operation}", CardOperations, operations),
    )


def _booking(services: Services) -> Sequence[Route]:
    booking = {"cards": services.bookable, "bookings": services.bookings}
    return (
        Route("/api/v1/cards/{card_id}/resources", Resources, booking),
        Route("/api/v1/cards/{card_id}/resources/{resource_id}/days", Days, booking),
        Route("/api/v1/cards/{card_id}/resources/{resource_id}/slots", Slots, booking),
        Route("/api/v1/bookings", Bookings, booking),
        Route("/api/v1/bookings/{booking_id}", OneBooking, booking),
        Route("/api/v1/bookings/{booking_id}/cancellation", Cancellation, booking),
        Route("/api/v1/bookings/{booking_id}/ticket", BookingTicket, booking),
        Route("/api/v1/bookings/{booking_id}/ticket.svg", TicketPicture, booking),
        Route("/api/v1/gate/check_ins", CheckIns, booking),
        Route("/api/v1/gate/keys", TicketKeySet, {"keys": services.ticket_keys}),
    )


def _operators(services: Services) -> Sequence[Route]:
    insight = {"insight": services.insight}
    boards = {"catalogue": services.catalogue, "quotas": services.quotas}
    return (
        Route("/api/v1/operator/figures", Figures, insight),
        Route("/api/v1/operator/cards", CardFigures, {**insight, **boards}),
    )
