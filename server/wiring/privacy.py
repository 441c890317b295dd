"""What citizens may ask of the city about their data, joined with every floor that keeps some of it."""

from core.clock import Clock
from core.documents import Documents
from handlers.privacy import PrivacyServices
from identity_center.credentials.record import CredentialRecord
from identity_center.credentials.status_lists import StatusLists
from identity_center.data_keys import DataKeys
from identity_center.enterprise.service import EnterpriseService
from identity_center.oidc.sites import SiteSessions
from identity_center.people import People
from identity_center.privacy.acting import MandateArea, MandateHolding, RelationArea, RelationHolding
from identity_center.privacy.areas import IdentityAreas
from identity_center.privacy.closing import AccountClosings
from identity_center.privacy.corrections import Corrections
from identity_center.privacy.credentials import CredentialArea, CredentialHolding
from identity_center.privacy.erasure import Erasures
from identity_center.privacy.export import DataExport
from identity_center.privacy.holdings import IdentityHoldings
from identity_center.privacy.ports import Area, Holding
from identity_center.privacy.retention import Retention
from identity_center.privacy.settings import PrivacySettings
from identity_center.revocations import Revocations
from identity_center.vault import Vault
from insight.leaving import UsageArea, UsageHolding
from server.adapters.erased_ledger import ErasedLedger, ledger_file
from server.stores import scrub_of
from server.wiring.ground import Ground
from server.wiring.identity import Identity
from service_registry.booking.leaving import BookingArea, BookingHolding


def privacy_of(ground: Ground, identity: Identity, lists: StatusLists, sites: SiteSessions) -> PrivacyServices:
    documents, clock, settings = ground.documents, ground.clock, ground.settings.privacy
    data_keys, persons, revocations = identity.data_keys, identity.persons, identity.revocations
    proofs, accounts, log = ground.settings.identity.proofs, identity.accounts, identity.staff.log
    areas = areas_of(documents, data_keys, identity.vault, identity.people)
    enterprises = identity.acting.enterprises
    holdings = holdings_of(documents, clock, identity.vault, revocations, lists, enterprises, settings)
    reasons = RelationHolding(documents, clock, revocations).reasons
    ledger, scrub = ErasedLedger(ledger_file(ground.settings)), scrub_of(documents)
    return PrivacyServices(
        DataExport(documents, clock, ground.zone, accounts, identity.personal_data, areas, proofs, settings),
        Corrections(documents, clock, ground.zone, data_keys, accounts, persons, revocations, log, settings),
        AccountClosings(
            documents, clock, accounts, persons, identity.sessions, sites, holdings, reasons, proofs, settings
        ),
        Erasures(documents, clock, persons, revocations, holdings, ledger, data_keys.forget, scrub, settings),
        Retention(documents, clock, identity.anchors, settings),
    )


def areas_of(documents: Documents, data_keys: DataKeys, vault: Vault, people: People) -> tuple[Area, ...]:
    """What a citizen's copy of their data is made of."""
    return (
        *IdentityAreas(documents, data_keys).all(),
        RelationArea(documents),
        MandateArea(documents),
        CredentialArea(documents, vault),
        BookingArea(documents, people),
        UsageArea(documents),
    )


def holdings_of(
    documents: Documents,
    clock: Clock,
    vault: Vault,
    revocations: Revocations,
    lists: StatusLists,
    enterprises: EnterpriseService,
    settings: PrivacySettings,
) -> tuple[Holding, ...]:
    """What ends with an account."""
    return (
        BookingHolding(documents, clock),
        CredentialHolding(documents, clock, CredentialRecord(documents, clock, vault), lists),
        RelationHolding(documents, clock, revocations),
        MandateHolding(documents, clock, revocations, enterprises),
        *IdentityHoldings(documents, clock, revocations, settings.batch).all(),
        UsageHolding(documents),
    )
