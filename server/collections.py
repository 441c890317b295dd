"""Every collection a city has. A test holds that no model of the domain is left out."""

from core.closing import Closing, Erasure
from core.documents import Document
from core.idempotency import Receipt
from core.messages import Message
from identity_center.access_log import AccessLogEntry, AccessLogHead
from identity_center.account import Account
from identity_center.acting.invitations import Invitation
from identity_center.attempts import DailyAttempts
from identity_center.audit.anchors import Anchor
from identity_center.companions import SavedCompanion
from identity_center.consent import ConsentGrant
from identity_center.credentials.credential import Credential
from identity_center.credentials.record import RecordEntry
from identity_center.credentials.status_lists import StatusListFill
from identity_center.data_keys import StoredDataKey
from identity_center.enterprise.enterprise import Enterprise, Mandate
from identity_center.face.records import FaceRecord
from identity_center.face.wechat import WeChatFaceAttempt
from identity_center.oidc.client import SiteClient
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_session import SiteSession
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.persons import Person
from identity_center.privacy.corrections import Correction
from identity_center.relations.relation import Relation
from identity_center.resealing import Resealed
from identity_center.revocations import Revocation
from identity_center.session import Session
from identity_center.staff.account import StaffAccount
from identity_center.staff.api_keys import ApiKey
from identity_center.staff.hall_codes import HallCode
from identity_center.staff.log import StaffLogEntry, StaffLogHead
from identity_center.staff.proposals import Proposal
from identity_center.staff.second_factor import RecoveryCode
from identity_center.staff.session import StaffSession
from identity_center.throttle import Attempts
from identity_center.vault_mark import VaultMark
from insight.model import (
    CardUsage,
    DayUsage,
    UsageBatch,
    UsageTotals,
    UsageWriter,
    Visitor,
    VisitorCount,
)
from service_registry.booking.bookings import Booking, Claim, Inventory

COLLECTIONS: tuple[type[Document], ...] = (
    VaultMark,
    StoredDataKey,
    Resealed,
    Account,
    Person,
    Closing,
    Erasure,
    Correction,
    Relation,
    Invitation,
    Enterprise,
    Mandate,
    Message,
    Session,
    Revocation,
    StaffAccount,
    StaffSession,
    RecoveryCode,
    Proposal,
    ApiKey,
    HallCode,
    StaffLogHead,
    StaffLogEntry,
    Attempts,
    DailyAttempts,
    FaceRecord,
    WeChatFaceAttempt,
    ConsentGrant,
    SavedCompanion,
    AccessLogHead,
    AccessLogEntry,
    Anchor,
    Credential,
    RecordEntry,
    StatusListFill,
    SiteClient,
    SignInRequest,
    SiteSession,
    SiteSignIn,
    Booking,
    Inventory,
    Claim,
    Receipt,
    Visitor,
    VisitorCount,
    UsageBatch,
    UsageWriter,
    DayUsage,
    CardUsage,
    UsageTotals,
)
