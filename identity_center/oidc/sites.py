"""The browsers and sites a citizen is signed in with: beginning, looking at, and ending them."""

from datetime import timedelta

from core.caller import Citizen
from core.clock import Clock
from core.conditions import field
from core.documents import Documents, GuardFailed, Patch
from identity_center.oidc.bearer_texts import made, parts_of
from identity_center.oidc.errors import SiteSignInNotFound
from identity_center.oidc.settings import OidcSettings
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_session import SiteSession
from identity_center.oidc.site_sign_in import EndReason, SiteSignIn
from identity_center.session import Session
from identity_center.settings import ProofSettings
from identity_center.vault import Vault

_MOST = 200
"""Live sign-ins of one citizen that are listed and ended at once."""


class SiteSessions:
    """The cookie of a signed-in browser is a keyed digest over its session's id; the store holds none."""

    def __init__(
        self, documents: Documents, clock: Clock, vault: Vault, settings: OidcSettings, proofs: ProofSettings
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._vault = vault
        self._lives = timedelta(minutes=settings.browser_minutes)
        self._kept = timedelta(days=settings.kept_days)
        self._face = None if proofs.face_minutes is None else timedelta(minutes=proofs.face_minutes)

    def begun(self, request: SignInRequest, session_id: str) -> SiteSession:
        """Of an approved request."""
        now = self._clock.now()
        if request.account_id is None or request.city_session is None or request.approved_at is None:
            raise ValueError("nobody has approved this request")
        return SiteSession(
            id=session_id,
            account_id=request.account_id,
            city_session=request.city_session,
            level=request.city_level,
            approved_at=request.approved_at,
            face_proved_at=request.face_proved_at,
            expires_at=now + self._lives,
            forget_at=now + self._lives + self._kept,
        )

    def cookie(self, session: SiteSession) -> str:
        return made(self._vault, "session", session.id)

    async def of_cookie(self, cookie: str) -> SiteSession | None:
        """The live session of a browser."""
        parts = parts_of(self._vault, "session", cookie)
        session = await self._documents.get(SiteSession, parts[0]) if parts and len(parts) == 1 else None
        if session is None or not session.is_live(self._clock.now()):
            return None
        return session if await self.is_kept_up(session.city_session) else None

    async def is_kept_up(self, city_session: str) -> bool:
        """False when the citizen ended, from elsewhere, the sign-in of the phone that approved; or a thief was noticed
        there. Signing out on the phone itself ends nothing here."""
        found = await self._documents.get(Session, city_session)
        return found is None or found.end_reason not in ("ended_by_citizen", "token_reused", "account_erased")

    def level(self, session: SiteSession) -> int:
        """Its assurance now: a face counts for its time only."""
        if session.level < 3:
            return session.level
        age = self._clock.now() - (session.face_proved_at or session.approved_at)
        return 3 if self._face is None or age <= self._face else 2

    async def sign_ins(self, citizen: Citizen) -> tuple[SiteSignIn, ...]:
        """The citizen's live ones, newest first."""
        page = await self._documents.find(SiteSignIn, "live", citizen.id, descending=True, limit=_MOST)
        now = self._clock.now()
        return tuple(sign_in for sign_in in page.items if sign_in.is_live(now))

    async def end(self, citizen: Citizen, sign_in_id: str) -> None:
        """With the browser session it came from, so that the site cannot have it back without the citizen.

        Raises `SiteSignInNotFound`, also for somebody else's."""
        sign_in = await self._documents.get(SiteSignIn, sign_in_id)
        if sign_in is None or sign_in.live_account != citizen.id or not sign_in.is_live(self._clock.now()):
            raise SiteSignInNotFound
        await self.end_sign_in(sign_in, "ended_by_citizen")
        await self.end_session(sign_in.site_session)

    async def end_all(self, citizen: Citizen) -> None:
        for sign_in in await self.sign_ins(citizen):
            await self.end_sign_in(sign_in, "ended_by_citizen")
            await self.end_session(sign_in.site_session)

    async def end_sign_in(self, sign_in: SiteSignIn, reason: EndReason) -> None:
        """One that has ended already is no error."""
        try:
            await self._documents.write(sign_in.ended(self._clock.now(), reason))
        except GuardFailed:
            return

    async def end_session(self, session_id: str) -> None:
        end = Patch(SiteSession, session_id, set={"ended_at": self._clock.now()}, guard=field("ended_at").equals(None))
        try:
            await self._documents.write(end)
        except GuardFailed:
            return

    async def end_sign_ins_of(self, session: SiteSession) -> None:
        """At every site that this browser session was used for."""
        page = await self._documents.find(SiteSignIn, "session", session.id, limit=_MOST)
        for sign_in in page.items:
            await self.end_sign_in(sign_in, "signed_out")
