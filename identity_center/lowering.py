"""Taking a proof away from an account: at once, in every process, and the citizen is told."""

from dataclasses import dataclass, field

from core.clock import Clock
from core.documents import Operation, Replace
from core.messages import MessageKind, message
from identity_center.account import Account
from identity_center.revocations import Revocations


@dataclass
class Lowering:
    """Operations for one write, and whom to `announce` when it has succeeded."""

    operations: list[Operation] = field(default_factory=list)
    epochs: dict[str, int] = field(default_factory=dict)

    def add(
        self, account: Account, change: dict[str, object], kind: MessageKind, revocations: Revocations, clock: Clock
    ) -> None:
        """The account with these fields, if it is still as it was read; its access tokens are refreshed before they are
        believed again."""
        epoch = account.epoch + 1
        self.operations += [
            Replace(account.model_copy(update={**change, "epoch": epoch})),
            revocations.record(account.id, epoch),
            message(kind, account.id, clock),
        ]
        self.epochs[account.id] = epoch

    async def announce(self, revocations: Revocations) -> None:
        for account_id, epoch in self.epochs.items():
            await revocations.announce(account_id, epoch=epoch)
