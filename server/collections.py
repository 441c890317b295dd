"""Every collection a city has. A test holds that no model of the domain is left out."""

from core.documents import Document
from core.idempotency import Receipt
from core.messages import Message
from identity_center.access_log import AccessLogEntry, AccessLogHead
from identity_center.account import Account
from identity_center.attempts import DailyAttempts
from identity_center.consent import ConsentGrant
from identity_center.data_keys import StoredDataKey
from identity_center.face.records import FaceRecord
from identity_center.persons import Person
from identity_center.resealing import Resealed
from identity_center.revocations import Revocation
from identity_center.session import Session
from identity_center.staff import StaffAccount
from identity_center.throttle import Attempts
from identity_center.vault_mark import VaultMark
from identity_center.withdrawals import Withdrawal
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
    Withdrawal,
    Message,
    Session,
    Revocation,
    StaffAccount,
    Attempts,
    DailyAttempts,
    FaceRecord,
    ConsentGrant,
    AccessLogHead,
    AccessLogEntry,
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
