"""Forgetting what is over: requests after a day, browser sessions and sign-ins after their time on record."""

from core.clock import Clock
from core.documents import Delete, Document, Documents
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_session import SiteSession
from identity_center.oidc.site_sign_in import SiteSignIn

_AT_ONCE = 500
_MODELS: tuple[type[Document], ...] = (SignInRequest, SiteSession, SiteSignIn)


async def forget_past_sign_ins(documents: Documents, clock: Clock) -> int:
    """May be stopped at any moment and run again, also in several processes. Returns how many; 0 is usual."""
    forgotten = 0
    for model in _MODELS:
        while page := (await documents.find(model, "forget_at", below=clock.now(), limit=_AT_ONCE)).items:
            await documents.write(*(Delete(model, document.id) for document in page))
            forgotten += len(page)
    return forgotten
