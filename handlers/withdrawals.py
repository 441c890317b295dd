"""Taking back what proved a citizen's level."""

from pydantic import model_validator

from handlers.http.contract import endpoint
from handlers.http.fields import Identifier, Request, ShortText, View
from handlers.http.handler import Handler
from handlers.http.policy import staff
from identity_center.errors import ProofNotHeld
from identity_center.staff.log import Actor
from identity_center.withdrawals import Proof, Reason, Withdrawals


class WithdrawalRequest(Request):
    """Exactly one of the last three says whose."""

    proof: Proof
    reason: Reason
    account_id: Identifier | None = None
    id_number: ShortText | None = None
    """All accounts of this person."""
    phone: ShortText | None = None
    """All accounts with this number."""

    @model_validator(mode="after")
    def _of_one(self) -> "WithdrawalRequest":
        if sum(one is not None for one in (self.account_id, self.id_number, self.phone)) != 1:
            raise ValueError("give one of account_id, id_number and phone")
        return self


class WithdrawalView(View):
    lowered: int
    """Accounts that had this proof."""


class ProofWithdrawals(Handler):
    def initialize(self, withdrawals: Withdrawals) -> None:
        self.withdrawals = withdrawals

    @endpoint(who=staff("operator"), rate="write")
    async def post(self, request: WithdrawalRequest) -> WithdrawalView:
        """Withdraw a proof: phone, real name or face. It counts no more in any process within a second, the citizen is
        told, and it is on record who did it and why. Nothing is said of whose the accounts are."""
        why = (request.proof, request.reason, Actor.of(self.staff))
        if request.account_id is not None:
            lowered = await self.withdrawals.of_account(request.account_id, *why)
        elif request.id_number is not None:
            lowered = await self.withdrawals.of_id_number(request.id_number, *why)
        else:
            lowered = await self.withdrawals.of_phone(request.phone or "", *why)
        if not lowered:
            raise ProofNotHeld
        return WithdrawalView(lowered=lowered)
