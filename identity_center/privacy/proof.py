"""How sure the city has to be of whoever copies or ends an account: as sure as it has ever been of its citizen."""

from datetime import datetime

from core.caller import REAL_NAME, Citizen
from identity_center.account import Account, standing
from identity_center.settings import ProofSettings

PROOF_SECONDS = 300
"""Who was proved to be the citizen longer ago proves it anew: the phone may lie in other hands by now."""


def require_fresh_proof(citizen: Citizen, account: Account, now: datetime, proofs: ProofSettings) -> None:
    """The level that the account holds, at most the real name, proved within five minutes: who has confirmed neither
    name nor phone has signed in a moment ago. Raises `StepUpNeeded`."""
    citizen.require(min(standing(account, now, proofs).assurance, REAL_NAME), PROOF_SECONDS, now)
