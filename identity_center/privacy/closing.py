"""Closing an account: asked for, shown with what is lost, and taken back with one tap as long as it waits."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.caller import Citizen
from core.clock import Clock
from core.closing import Closing
from core.documents import Delete, Documents, Duplicate, GuardFailed, Insert, Patch
from core.messages import message
from core.text import Text
from identity_center.accounts import AccountService
from identity_center.acting.errors import BeyondGrant
from identity_center.oidc.sites import SiteSessions
from identity_center.persons import Persons
from identity_center.privacy.errors import ClosingNotFound, ClosingRefused
from identity_center.privacy.notices import CLOSING_REQUESTED, CLOSING_WITHDRAWN
from identity_center.privacy.ports import Holding, Leaving
from identity_center.privacy.proof import require_fresh_proof
from identity_center.privacy.settings import PrivacySettings
from identity_center.sessions import SessionService
from identity_center.settings import ProofSettings


@dataclass(frozen=True)
class Loss:
    """What the citizen loses by closing now: a kind of thing, and how many of them."""

    name: str
    about: Text
    count: int


@dataclass(frozen=True)
class ClosingView:
    """`due_at` is when the erasing begins, None when the account is not being closed; `days` is how long it waits."""

    requested_at: datetime | None
    due_at: datetime | None
    days: int
    losses: tuple[Loss, ...]


class AccountClosings:
    """While an account is closing nothing new is begun with it (core/closing.py); what there is goes on to the end.
    `reasons` says what forbids that it closes now."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        accounts: AccountService,
        persons: Persons,
        sessions: SessionService,
        sites: SiteSessions,
        holdings: Sequence[Holding],
        reasons: Callable[[str], Awaitable[Sequence[str]]],
        proofs: ProofSettings,
        settings: PrivacySettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._accounts = accounts
        self._persons = persons
        self._sessions = sessions
        self._sites = sites
        self._holdings = tuple(holdings)
        self._reasons = reasons
        self._proofs = proofs
        self._days = settings.closing_days

    async def view(self, citizen: Citizen) -> ClosingView:
        """Whether the account is being closed, and what would be, or will be, lost. Raises `AccountNotFound`."""
        closing = await self._documents.get(Closing, citizen.id)
        return await self._view(citizen, closing)

    async def ask(self, citizen: Citizen) -> ClosingView:
        """Begins to close the account: every other sign-in ends, here and at departments' sites. An account that is
        closing already stays as it is. A guardian closes the account of a child who has no phone of their own here.

        Raises `StepUpNeeded` when the proof of what the account holds is older than five minutes, `ClosingRefused`,
        `BeyondGrant`, `AccountNotFound`.
        """
        now, account = self._clock.now(), await self._accounts.get(citizen.id)
        require_fresh_proof(citizen, account, now, self._proofs)
        if citizen.acting is not None and not account.managed:
            raise BeyondGrant
        reasons = await self._reasons(citizen.id)
        if reasons:
            raise ClosingRefused(list(reasons))
        closing = Closing(id=citizen.id, requested_at=now, due_at=now + timedelta(days=self._days))
        told = message(CLOSING_REQUESTED, citizen.id, self._clock)
        try:
            await self._sessions.end_others(citizen, Insert(closing), told)
        except Duplicate:
            return await self.view(citizen)
        await self._sites.end_all(citizen)
        return await self._view(citizen, closing)

    async def change_mind(self, citizen: Citizen) -> ClosingView:
        """The account stays. Of this and the beginning of the erasing one comes first, and the other does not happen.

        Raises `ClosingNotFound`.
        """
        there = Patch(Closing, citizen.id)
        told = message(CLOSING_WITHDRAWN, citizen.id, self._clock)
        try:
            await self._documents.write(there, Delete(Closing, citizen.id), told)
        except GuardFailed as error:
            raise ClosingNotFound from error
        return await self._view(citizen, None)

    async def _view(self, citizen: Citizen, closing: Closing | None) -> ClosingView:
        account = await self._accounts.get(citizen.id)
        person_key = await self._persons.last_of(account)
        leaving = Leaving(account.id, person_key, self._clock.now(), account.face_matched_at is not None)
        counted = [(holding, await holding.live(leaving)) for holding in self._holdings]
        losses = tuple(Loss(holding.name, holding.about, count) for holding, count in counted if count)
        requested_at, due_at = (closing.requested_at, closing.due_at) if closing else (None, None)
        return ClosingView(requested_at, due_at, self._days, losses)
