"""Forgetting what no rule asks about any more."""

from datetime import timedelta

from core.clock import Clock
from core.conditions import Storable
from core.documents import Delete, Document, Documents
from core.messages import Message
from identity_center.acting.invitations import Invitation
from identity_center.attempts import DailyAttempts
from identity_center.face.wechat import WeChatFaceAttempt
from identity_center.revocations import Revocation
from identity_center.session import Session
from identity_center.settings import IdentitySettings
from identity_center.staff.session import StaffSession
from identity_center.throttle import Attempts

_AT_ONCE = 500


async def forget_spent(documents: Documents, clock: Clock, settings: IdentitySettings) -> int:
    """Deletes spent revocations and codes, counters of past attempts, face checks nobody finished, old messages, and
    sessions long over. Returns how many; 0 is usual.

    May be stopped at any moment and run again, also in several processes.
    """
    now = clock.now()
    sessions_over = timedelta(days=settings.sessions.idle_days + settings.sessions.kept_days)
    throttles = (settings.staff, settings.proof_attempts)
    waits_over = max(timedelta(hours=one.forget_hours, seconds=one.longest_wait_seconds) for one in throttles)
    return sum(
        [
            await _forget(documents, Revocation, "forget_at", now),
            await _forget(documents, DailyAttempts, "day", (now - timedelta(days=2)).date().isoformat()),
            await _forget(documents, Invitation, "expires_at", now - timedelta(days=1)),
            await _forget(documents, Attempts, "last_at", now - waits_over),
            await _forget(documents, Message, "at", now - timedelta(days=settings.messages_kept_days)),
            await _forget(documents, Session, "refreshed_at", now - sessions_over),
            await _forget(documents, WeChatFaceAttempt, "expires_at", now),
            await _forget(documents, StaffSession, "ends_at", now - timedelta(days=1)),
        ]
    )


async def _forget(documents: Documents, model: type[Document], index: str, before: Storable) -> int:
    forgotten = 0
    while page := (await documents.find(model, index, below=before, limit=_AT_ONCE)).items:
        await documents.write(*(Delete(model, document.id) for document in page))
        forgotten += len(page)
    return forgotten
