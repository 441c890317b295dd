"""Accounts of others, and keys of other departments: changed by one person, or by two where the city wants it so."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.caller import Staff
from core.clock import Clock
from core.conditions import all_of
from core.conditions import field as stored
from core.documents import Documents, Duplicate, GuardFailed, Insert, Operation, Patch
from core.ids import new_id
from identity_center.errors import StaffNameTaken
from identity_center.revocations import Revocations
from identity_center.staff.account import StaffAccount
from identity_center.staff.accounts import by_name, named
from identity_center.staff.changes import AccountChange, AddAccount, Change, four_eyes_of, in_words
from identity_center.staff.effects import Effect, Effects
from identity_center.staff.errors import (
    ProposalClosed,
    ProposalExists,
    ProposalNotFound,
    ProposalOwn,
    StaffOwnAccount,
)
from identity_center.staff.log import Actor, Event, StaffLog
from identity_center.staff.proposals import Proposal, key_of
from identity_center.staff.roles import FourEyes
from identity_center.staff.settings import StaffSettings


@dataclass(frozen=True)
class Outcome:
    """What came of a change: done, or waiting as a proposal. A temporary password is told this once."""

    proposal: Proposal | None = None
    temporary_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ProposalPage:
    items: tuple[Proposal, ...]
    after: str | None


class Administration:
    """Whatever is done here is written together with its entry in the staff log."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        effects: Effects,
        revocations: Revocations,
        log: StaffLog,
        settings: StaffSettings,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._effects = effects
        self._revocations = revocations
        self._log = log
        self._listed: frozenset[FourEyes] = frozenset(settings.four_eyes)
        self._open_for = timedelta(hours=settings.proposal_hours)

    async def ask(self, staff: Staff, change: Change, reason: str = "") -> Outcome:
        """Does it, or proposes it when it takes two. Raises what stands in the way either way: `StaffNotFound`,
        `StaffNameTaken`, `InvalidStaffAccount`, `StaffPostNotFound`, `ApiKeyNotFound`, `StaffOwnAccount`,
        `ProposalExists`."""
        account = None
        if isinstance(change, AccountChange):
            account = await named(self._documents, change.name)
            if account.id == staff.id:
                raise StaffOwnAccount
        await self._effects.check(change, account)
        if four_eyes_of(change, account) in self._listed:
            return Outcome(proposal=await self._proposed(staff, change, account.id if account else None, reason))
        return await self.carry_out(Actor.of(staff), change)

    async def carry_out(self, actor: Actor, change: Change, password: str | None = None) -> Outcome:
        """Without a second person: for `ask`, and for the command line of the city's own machine, which may set a
        password that lasts. Raises as `ask`."""
        effect = await self._effects.of(change, password)
        await self._written(Event(change.kind, actor, effect.subject, in_words(change)), effect)
        return Outcome(temporary_password=effect.temporary_password)

    async def approve(self, staff: Staff, proposal_id: str) -> Outcome:
        """Does what was proposed, once. Raises `ProposalNotFound`, `ProposalClosed`, `ProposalOwn`, and as `ask`."""
        proposal = await self._open(proposal_id)
        if staff.id in (proposal.made_by, proposal.concerns):
            raise ProposalOwn
        maker = await self._documents.get(StaffAccount, proposal.made_by)
        if maker is None or maker.disabled_at is not None:
            raise ProposalClosed("expired")
        effect = await self._effects.of(proposal.change)
        decided = self._decision(proposal, staff, "approved")
        details = {**in_words(proposal.change), "proposal": proposal.id, "proposed_by": proposal.made_by_name}
        event = Event(proposal.change.kind, Actor.of(staff), effect.subject, details)
        try:
            await self._written(event, effect, decided)
        except GuardFailed as error:
            if error.operation is not decided:
                raise
            raise await self._closed(proposal_id) from error
        return Outcome(await self._known(proposal_id), effect.temporary_password)

    async def reject(self, staff: Staff, proposal_id: str) -> Proposal:
        """By anybody who could approve it; who made it withdraws it so. Raises `ProposalNotFound`, `ProposalClosed`."""
        proposal = await self._open(proposal_id)
        decided = self._decision(proposal, staff, "rejected", own=True)
        event = Event("proposal.reject", Actor.of(staff), proposal.id, in_words(proposal.change))
        try:
            written = await self._log.written(event, decided)
        except GuardFailed as error:
            raise await self._closed(proposal_id) from error
        return written.after(decided)

    async def proposals(self, limit: int = 50, after: str | None = None) -> ProposalPage:
        """All that were ever made, newest first."""
        page = await self._documents.find(Proposal, "made", descending=True, limit=limit, after=after)
        return ProposalPage(page.items, page.after)

    async def _proposed(self, staff: Staff, change: Change, concerns: str | None, reason: str) -> Proposal:
        now = self._clock.now()
        if isinstance(change, AddAccount) and await by_name(self._documents, change.name) is not None:
            raise StaffNameTaken
        proposal = Proposal(
            id=new_id(self._clock),
            change=change,
            reason=reason,
            open_key=key_of(change),
            concerns=concerns,
            made_by=staff.id,
            made_by_name=staff.name,
            made_at=now,
            expires_at=now + self._open_for,
        )
        event = Event("proposal.make", Actor.of(staff), proposal.id, {"change": change.kind, **in_words(change)})
        try:
            await self._log.written(event, *await self._making_room(proposal, now), Insert(proposal))
        except Duplicate as error:
            raise await self._exists(proposal) from error
        return proposal

    async def _making_room(self, proposal: Proposal, now: datetime) -> tuple[Operation, ...]:
        """One that has run out makes room for its like. Raises `ProposalExists`."""
        waiting = (await self._documents.find(Proposal, "open", proposal.open_key, limit=1)).items
        if not waiting:
            return ()
        if waiting[0].state(now) == "open":
            raise ProposalExists(waiting[0].id)
        return (Patch(Proposal, waiting[0].id, set={"open_key": None}),)

    async def _exists(self, proposal: Proposal) -> ProposalExists:
        waiting = (await self._documents.find(Proposal, "open", proposal.open_key, limit=1)).items
        return ProposalExists(waiting[0].id if waiting else "")

    async def _known(self, proposal_id: str) -> Proposal:
        proposal = await self._documents.get(Proposal, proposal_id)
        if proposal is None:
            raise ProposalNotFound
        return proposal

    async def _open(self, proposal_id: str) -> Proposal:
        proposal = await self._known(proposal_id)
        state = proposal.state(self._clock.now())
        if state != "open":
            raise ProposalClosed(state)
        return proposal

    async def _closed(self, proposal_id: str) -> ProposalClosed:
        return ProposalClosed((await self._known(proposal_id)).state(self._clock.now()))

    def _decision(self, proposal: Proposal, staff: Staff, decision: str, *, own: bool = False) -> Patch[Proposal]:
        """The guard is what makes it happen once, in time, and by somebody else."""
        now = self._clock.now()
        waiting = [stored("open_key").equals(proposal.open_key), stored("expires_at").above(now)]
        if not own:
            waiting.append(stored("made_by").differs(staff.id))
        decided = {"decision": decision, "decided_by_name": staff.name, "decided_at": now, "open_key": None}
        return Patch(Proposal, proposal.id, set=decided, guard=all_of(*waiting))

    async def _written(self, event: Event, effect: Effect, *beside: Operation) -> None:
        try:
            await self._log.written(event, *beside, *effect.operations)
        except Duplicate as error:
            if error.index == "name":
                raise StaffNameTaken from error
            raise
        await self._revocations.announce(*effect.ended)
