"""The map of the city's HTTP floor: each address, the handler that answers there, and the services it is built with.

Who may call is declared with each handler's method, and shown with all the rest at /api/docs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import orjson

from core.clock import Clock
from core.messages import Messages
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
from handlers.city import City, CityView, KeySet, Notices, RecordKeySet, TicketKeySet
from handlers.credential_offices import (
    GateCredentials,
    HolderCredentials,
    IssuedCredential,
    IssuedCredentials,
    IssuedRecord,
    Resumption,
    Revocation,
    Suspension,
)
from handlers.credentials import (
    CredentialIssuer,
    CredentialKeySet,
    CredentialServices,
    CredentialTypeMetadata,
    CredentialTypes,
    OneStatusList,
    OwnCredential,
    OwnCredentials,
    OwnPresentation,
    OwnPresentationPicture,
    OwnRecord,
    StatusListIndex,
)
from handlers.department import DepartmentCards
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
from handlers.identity import (
    FaceChallenges,
    FaceVerifications,
    Phone,
    RealName,
    WeChatFaceResult,
    WeChatFaceStart,
)
from handlers.me import RECORD_KEYS, AccessRecords, Consents, Me, OneConsent, OneReceipt
from handlers.messages import MyMessages, ReadMessages
from handlers.miniapp import AppFile, AppPage, MiniApp
from handlers.my_data import Companions, OneCompanion, Reveal
from handlers.oidc import OidcServices
from handlers.oidc_routes import oidc_routes
from handlers.operator import CardFigures, Figures
from handlers.privacy import (
    CorrectionAcceptance,
    CorrectionQueue,
    CorrectionRefusal,
    Export,
    MyClosing,
    MyCorrections,
    OneCorrection,
    PrivacyServices,
)
from handlers.sessions import CurrentSession, OneSession, SessionRefresh, Sessions
from handlers.staff.routes import staff_routes
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
from handlers.withdrawals import ProofWithdrawals
from identity_center.access_log import AccessLog
from identity_center.accounts import AccountService
from identity_center.acting.rules import ActingRules
from identity_center.acting.service import ActingService
from identity_center.companions import CompanionService
from identity_center.consent import ConsentService
from identity_center.enterprise.agents import Agents
from identity_center.enterprise.service import EnterpriseService
from identity_center.face.service import FaceService
from identity_center.face.wechat import WeChatFaceService
from identity_center.personal_data import PersonalData
from identity_center.receipts import ConsentReceipts
from identity_center.relations.claims import Claims
from identity_center.relations.family import Family
from identity_center.relations.helpers import Helpers
from identity_center.relations.service import RelationService
from identity_center.sessions import SessionService
from identity_center.staff.centre import StaffCentre
from identity_center.staff.hall_codes import HallCodes
from identity_center.tokens import AccessTokens
from identity_center.withdrawals import Withdrawals
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
    notices: Notices
    clock: Clock
    zone: tzinfo
    accounts: AccountService
    sessions: SessionService
    tokens: AccessTokens
    face: FaceService
    wechat_face: WeChatFaceService
    consents: ConsentService
    receipts: ConsentReceipts
    record_keys: Callable[[], object]
    access_log: AccessLog
    acting_rules: ActingRules
    acting: ActingService
    relations: RelationService
    helpers: Helpers
    family: Family
    claims: Claims
    enterprises: EnterpriseService
    agents: Agents
    withdrawals: Withdrawals
    messages: Messages
    personal_data: PersonalData
    companions: CompanionService
    staff: StaffCentre
    hall_codes: HallCodes
    credentials: CredentialServices
    oidc: OidcServices
    privacy: PrivacyServices
    catalogue: Catalogue
    bookable: BookableCards
    gateway: Gateway
    quotas: QuotaBoard
    bookings: BookingService
    ticket_keys: Callable[[], Jwks]
    insight: Insight
    readiness: Readiness
    miniapp: MiniApp | None
    """What is served at `/`; None: nothing."""


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
    found += _credentials(services.credentials)
    found += staff_routes(services.staff, services.hall_codes, services.catalogue)
    found += _privacy(services.privacy)
    found += oidc_routes(services.oidc, services.catalogue)
    document = orjson.dumps(openapi(found, "城市通 Chengshitong", services.about.version))
    return [*found, Route("/api/openapi.json", OpenApiDocument, {"document": document}), *_miniapp(services)]


def _system(services: Services) -> Sequence[Route]:
    about = {"about": services.about, "notices": services.notices, "clock": services.clock, "zone": services.zone}
    return (
        Route("/healthz", Healthz),
        Route("/readyz", Readyz, {"readiness": services.readiness}),
        Route("/metrics", MetricsPage),
        Route("/api/docs", DocsPage),
        Route("/api/docs/{asset}", DocsAsset),
        Route("/api/problems/{code}", ProblemPage),
        Route("/api/v1/city", City, about),
        Route("/.well-known/jwks.json", KeySet, {"keys": services.tokens.jwks}),
        Route(RECORD_KEYS, RecordKeySet, {"keys": services.record_keys}),
    )


def _miniapp(services: Services) -> Sequence[Route]:
    """Not of the API, so not in its description."""
    if services.miniapp is None:
        return ()
    app = {"app": services.miniapp}
    return (Route("/", AppPage, app), Route("/app/{file}", AppFile, app))


def _identity(services: Services) -> Sequence[Route]:
    sessions = {"sessions": services.sessions}
    proof = {"accounts": services.accounts, "sessions": services.sessions}
    wechat_face = {"face": services.wechat_face, "sessions": services.sessions}
    consents = {"consents": services.consents, "catalogue": services.catalogue}
    access = {
        "access_log": services.access_log,
        "catalogue": services.catalogue,
        "acting": services.acting_rules,
        "accounts": services.accounts,
    }
    companions = {"companions": services.companions}
    return (
        Route("/api/v1/sessions", Sessions, sessions),
        Route("/api/v1/sessions/refresh", SessionRefresh, sessions),
        Route("/api/v1/sessions/current", CurrentSession, sessions),
        Route("/api/v1/sessions/{session_id}", OneSession, sessions),
        Route("/api/v1/identity/phone", Phone, proof),
        Route("/api/v1/identity/real_name", RealName, proof),
        Route("/api/v1/identity/face/challenges", FaceChallenges, {"face": services.face}),
        Route("/api/v1/identity/face/verifications", FaceVerifications, {"face": services.face, **proof}),
        Route("/api/v1/identity/face/wechat", WeChatFaceStart, wechat_face),
        Route("/api/v1/identity/face/wechat/result", WeChatFaceResult, wechat_face),
        Route("/api/v1/me", Me, {"accounts": services.accounts}),
        Route("/api/v1/me/access_log", AccessRecords, access),
        Route("/api/v1/me/messages", MyMessages, {"messages": services.messages}),
        Route("/api/v1/me/messages/read", ReadMessages, {"messages": services.messages}),
        Route("/api/v1/me/reveal", Reveal, {"personal_data": services.personal_data}),
        Route("/api/v1/me/companions", Companions, companions),
        Route("/api/v1/me/companions/{companion_id}", OneCompanion, companions),
        Route("/api/v1/consents", Consents, consents),
        Route("/api/v1/consents/{consent_id}", OneConsent, consents),
        Route(
            "/api/v1/consents/{consent_id}/receipt",
            OneReceipt,
            {**consents, "receipts": services.receipts, "accounts": services.accounts},
        ),
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


def _credentials(services: CredentialServices) -> Sequence[Route]:
    register, addresses = {"register": services.register}, {"addresses": services.addresses}
    own = {**register, "issuing": services.issuing, "showing": services.showing}
    office = {**register, "issuing": services.issuing}
    lists = {"lists": services.lists}
    return (
        Route("/.well-known/jwt-vc-issuer", CredentialIssuer, addresses),
        Route("/api/v1/credentials/types", CredentialTypes, register),
        Route("/api/v1/credentials/types/{type_id}", CredentialTypeMetadata, {**register, **addresses}),
        Route("/api/v1/credentials/keys", CredentialKeySet, {"keys": services.jwks}),
        Route("/api/v1/credentials/status", StatusListIndex, lists),
        Route("/api/v1/credentials/status/{number}", OneStatusList, lists),
        Route("/api/v1/me/credentials", OwnCredentials, own),
        Route("/api/v1/me/credentials/{credential_id}", OwnCredential, own),
        Route("/api/v1/me/credentials/{credential_id}/presentation", OwnPresentation, own),
        Route("/api/v1/me/credentials/{credential_id}/presentation.svg", OwnPresentationPicture, own),
        Route("/api/v1/me/credentials/{credential_id}/record", OwnRecord, own),
        Route("/api/v1/operator/credentials", IssuedCredentials, office),
        Route("/api/v1/operator/credentials/search", HolderCredentials, office),
        Route("/api/v1/operator/credentials/{credential_id}", IssuedCredential, office),
        Route("/api/v1/operator/credentials/{credential_id}/record", IssuedRecord, office),
        Route("/api/v1/operator/credentials/{credential_id}/suspension", Suspension, office),
        Route("/api/v1/operator/credentials/{credential_id}/resumption", Resumption, office),
        Route("/api/v1/operator/credentials/{credential_id}/revocation", Revocation, office),
        Route("/api/v1/gate/credentials", GateCredentials, {**register, "gate": services.gate}),
    )


def _privacy(services: PrivacyServices) -> Sequence[Route]:
    corrections = {"corrections": services.corrections}
    one = "/api/v1/operator/corrections/{correction_id}"
    return (
        Route("/api/v1/me/export", Export, {"export": services.export}),
        Route("/api/v1/me/corrections", MyCorrections, corrections),
        Route("/api/v1/me/closing", MyClosing, {"closings": services.closings}),
        Route("/api/v1/operator/corrections", CorrectionQueue, corrections),
        Route(one, OneCorrection, corrections),
        Route(f"{one}/acceptance", CorrectionAcceptance, corrections),
        Route(f"{one}/refusal", CorrectionRefusal, corrections),
    )


def _operators(services: Services) -> Sequence[Route]:
    insight = {"insight": services.insight}
    boards = {"catalogue": services.catalogue, "quotas": services.quotas}
    return (
        Route("/api/v1/operator/figures", Figures, insight),
        Route("/api/v1/operator/withdrawals", ProofWithdrawals, {"withdrawals": services.withdrawals}),
        Route("/api/v1/operator/cards", CardFigures, {**insight, **boards}),
        Route("/api/v1/department/cards", DepartmentCards, {**insight, **boards}),
    )
