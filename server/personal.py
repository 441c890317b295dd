"""What each collection holds of a citizen, where it stands in the copy of their data, how long it is kept, and what an
erasure leaves of it. A test holds that no collection is left out; docs/privacy.md shows it as a table."""

from dataclasses import dataclass

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
from insight.model import CardUsage, DayUsage, UsageBatch, UsageTotals, UsageWriter, Visitor, VisitorCount
from service_registry.booking.bookings import Booking, Claim, Inventory


@dataclass(frozen=True)
class Personal:
    """`area` is the file of the copy that shows it, or `unshown` says why none does. `kept` is a setting, or words;
    `erased` is what an erasure does."""

    kept: str
    erased: str
    area: str | None = None
    unshown: str = ""


NOTHING = "nothing of a citizen"
OF_STAFF = "of staff, about their work"
ACCOUNT_LIFE = "as long as the account"
DELETED = "deleted"

PERSONAL: dict[type[Document], Personal | str] = {
    Account: Personal(ACCOUNT_LIFE, "deleted in the first write, with openid and blind indexes", "account"),
    StoredDataKey: Personal(
        ACCOUNT_LIFE, "deleted in the first write: crypto-shredding", unshown="a key; what it seals is shown"
    ),
    Person: Personal(
        ACCOUNT_LIFE, "the account leaves it; deleted with the last one", unshown="says which accounts are one person's"
    ),
    Closing: Personal("privacy.closing_days", DELETED, unshown="shown in the app while it waits"),
    Erasure: Personal(
        "for good: a restored backup is read against it", "an id that names nobody stays", unshown="is made by erasing"
    ),
    Correction: Personal("privacy.retention.corrections_days", "the words go; that it was asked stays", "corrections"),
    Message: Personal("identity.messages_kept_days", DELETED, "messages"),
    Session: Personal(
        "identity.sessions.kept_days", "ended; without device name and seed it stays for its time", "sessions"
    ),
    Relation: Personal("privacy.retention.relations_days", "ended; stays for its time", "relations"),
    Mandate: Personal("privacy.retention.relations_days", "ended; stays for its time", "mandates"),
    Invitation: Personal("a day", "over within minutes", unshown="a code that was shown; what became of it is shown"),
    Enterprise: Personal(
        "for good: it is no person's",
        "without its representative",
        unshown="an enterprise's; that the citizen represents it is shown",
    ),
    WeChatFaceAttempt: Personal(
        "until it has run out", "over within minutes", unshown="a verification under way; the outcome is shown"
    ),
    SavedCompanion: Personal(ACCOUNT_LIFE, DELETED, "companions"),
    ConsentGrant: Personal("privacy.retention.consents_days", "revoked; stays for its time", "consents"),
    AccessLogEntry: Personal("privacy.retention.access_log_days", "stays for its time, chain unbroken", "access_log"),
    AccessLogHead: Personal(
        "privacy.retention.access_log_days", "goes with its entries", unshown="the seal of the entries that are shown"
    ),
    Anchor: Personal(
        "for good: audits rest on it", "an id that names nobody stays", unshown="seals of the entries that are shown"
    ),
    FaceRecord: Personal(
        "privacy.retention.face_records_days", "stays for its time, without distances", "face_verifications"
    ),
    HallCode: Personal("privacy.retention.hall_codes_days", "a waiting one ends; used ones stay", "hall_proofs"),
    Credential: Personal(
        "as long as the person has an account, or the department says",
        "with the last account: revoked, without holder and content",
        "credentials",
    ),
    RecordEntry: Personal("as its credential", "stays with a credential that is nobody's any more", "credentials"),
    SiteSignIn: Personal("oidc.kept_days", "ended; stays for its time", "site_sign_ins"),
    SiteSession: Personal(
        "oidc.kept_days", "over within oidc.browser_minutes", unshown="the browser of a sign-in that is shown"
    ),
    SignInRequest: Personal("a day", "over within minutes", unshown="a sign-in on its way; the outcome is shown"),
    Booking: Personal("privacy.retention.bookings_days", "cancelled when it is live, and deleted", "bookings"),
    Claim: Personal("until its slot is over", "goes with its booking", unshown="a digest; the booking is shown"),
    Receipt: Personal(
        "24 hours", "over before a closing is", unshown="the id, or the sealed answer, of a request made today"
    ),
    Visitor: Personal("for good: figures rest on it", "its number is nobody's any more", "usage"),
    DayUsage: Personal("for good, as sets of numbers", "nobody's numbers", "usage"),
    CardUsage: Personal("for good, as sets of numbers", "nobody's numbers", "usage"),
    StaffLogEntry: Personal("for good: a chain for auditors", "an id that names nobody stays", "staff_actions"),
    Attempts: Personal("identity.proof_attempts.forget_hours", "over within a day", unshown="a digest and a count"),
    DailyAttempts: Personal("two days", "over within two days", unshown="a count of today's attempts"),
    Revocation: Personal("as long as an access token lives", "over within minutes", unshown="an id that has ended"),
    Inventory: NOTHING,
    StatusListFill: NOTHING,
    VaultMark: NOTHING,
    Resealed: NOTHING,
    VisitorCount: NOTHING,
    UsageBatch: "sets of numbers, merged within a minute",
    UsageWriter: NOTHING,
    UsageTotals: NOTHING,
    SiteClient: "of departments' sites",
    StaffAccount: OF_STAFF,
    StaffSession: OF_STAFF,
    RecoveryCode: OF_STAFF,
    Proposal: OF_STAFF,
    ApiKey: "of departments' systems",
    StaffLogHead: OF_STAFF,
}
"""Of each collection; a text says why it holds nothing of a citizen."""


def personal_markdown() -> str:
    """docs/personal_data.md."""
    lines = [
        "# Personal data, collection by collection 个人信息清单",
        "",
        "Generated from `server/personal.py` by `./run docs`. What the columns rest on is in [privacy.md](privacy.md).",
        "",
        "| collection | in the copy as | kept | after an erasure |",
        "|---|---|---|---|",
    ]
    for model, what in sorted(PERSONAL.items(), key=lambda item: item[0].collection):
        if isinstance(what, Personal):
            shown = f"`{what.area}.json`" if what.area else f"no: {what.unshown}"
            kept = f"`{what.kept}`" if "." in what.kept and " " not in what.kept else what.kept
            lines.append(f"| `{model.collection}` | {shown} | {kept} | {what.erased} |")
    lines += ["", "Nothing of a citizen is in:", ""]
    for model, what in sorted(PERSONAL.items(), key=lambda item: item[0].collection):
        if isinstance(what, str):
            lines.append(f"- `{model.collection}`" + ("" if what == NOTHING else f": {what}"))
    return "\n".join([*lines, ""])
