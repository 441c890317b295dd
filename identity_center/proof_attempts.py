"""Attempts to prove who one is, of the account and of the device that make them: a wait that doubles with each failure.

Counted is whoever asks, never what is asked about: nobody is kept out by somebody else's guesses at their ID number.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from core.caller import Citizen
from core.clock import Clock
from core.documents import Documents, Duplicate
from core.messages import message
from identity_center.errors import ProofLocked
from identity_center.notices import PROOF_LOCKED
from identity_center.session import Session
from identity_center.settings import ProofAttemptSettings
from identity_center.throttle import Throttle

ProofKind = Literal["phone", "real_name", "face"]


@dataclass(frozen=True)
class Attempt:
    """One that is counted already, and where."""

    account: str
    device: str | None


class ProofAttempts:
    """`take` before an attempt; then `succeeded`, or `came_to_nothing` when that was no doing of the citizen's. One
    that failed stays counted. A success forgets the account's failures; what other accounts failed on the device
    stays."""

    def __init__(self, documents: Documents, clock: Clock, settings: ProofAttemptSettings) -> None:
        self._documents = documents
        self._clock = clock
        self._throttle = Throttle(
            documents,
            clock,
            free_attempts=settings.free_attempts,
            first_wait=timedelta(seconds=settings.first_wait_seconds),
            longest_wait=timedelta(seconds=settings.longest_wait_seconds),
            forget_after=timedelta(hours=settings.forget_hours),
            locked=ProofLocked,
        )

    async def take(self, citizen: Citizen, kind: ProofKind) -> Attempt:
        """Raises `ProofLocked`, of which the citizen is also told, once a day."""
        session = await self._documents.get(Session, citizen.session_id)
        try:
            account = await self._throttle.take("proof of account", kind, citizen.id)
            if session is None:
                return Attempt(account, None)
            try:
                return Attempt(account, await self._throttle.take("proof of device", kind, session.device_digest))
            except ProofLocked:
                await self._throttle.give_back(account)
                raise
        except ProofLocked:
            await self._tell(citizen)
            raise

    async def succeeded(self, attempt: Attempt) -> None:
        own = await self._throttle.forget(attempt.account)
        if attempt.device is not None:
            await self._throttle.give_back(attempt.device, max(1, own))

    async def came_to_nothing(self, attempt: Attempt) -> None:
        await self._throttle.give_back(attempt.account)
        if attempt.device is not None:
            await self._throttle.give_back(attempt.device)

    async def _tell(self, citizen: Citizen) -> None:
        today = self._clock.now().date().isoformat()
        try:
            await self._documents.write(message(PROOF_LOCKED, citizen.id, self._clock, once=today))
        except Duplicate:
            return
