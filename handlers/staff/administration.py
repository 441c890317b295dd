"""Operators administer accounts of others; what takes two waits for the second."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from handlers.http.contract import endpoint
from handlers.http.fields import CityTime, Identifier, PageQuery, PlainText, Request, View
from handlers.http.policy import staff
from handlers.staff.sessions import StaffHandler
from handlers.staff.views import Department, PostView, Scope
from identity_center.staff.accounts import AccountView
from identity_center.staff.administration import Outcome
from identity_center.staff.changes import (
    AddAccount,
    AddPost,
    Change,
    Disable,
    EndPost,
    ResetPassword,
    ResetSecondFactor,
    in_words,
)
from identity_center.staff.proposals import Proposal
from identity_center.staff.roles import Role

Reason = Annotated[PlainText, StringConstraints(max_length=200)]
"""For the second person, and the auditor."""


class ReasonRequest(Request):
    reason: Reason = ""


class PostFields(ReasonRequest):
    role: Role
    department: Department = ""
    """Needed for `department` and `hall_clerk`; `city` when left out."""
    scope: Scope = ""


class AddAccountRequest(PostFields):
    name: Identifier


class AccountItem(View):
    id: str
    name: str
    posts: list[PostView]
    second_factor: bool
    password_temporary: bool
    created_at: CityTime
    disabled_at: CityTime | None

    @classmethod
    def of(cls, account: AccountView) -> "AccountItem":
        return cls(**{**vars(account), "posts": [PostView.of(post) for post in account.posts]})


class AccountList(View):
    items: list[AccountItem]


class ProposalView(View):
    id: str
    action: str
    details: dict[str, str]
    reason: str
    state: Literal["open", "approved", "rejected", "expired"]
    made_by: str
    made_at: CityTime
    expires_at: CityTime
    decided_by: str | None
    decided_at: CityTime | None
    can_approve: bool
    """Whether whoever asks is the second person that it waits for."""


class ProposalList(View):
    items: list[ProposalView]
    after: str | None


class OutcomeView(View):
    state: Literal["done", "proposed"]
    proposal: ProposalView | None
    temporary_password: str | None
    """To hand over to the person; told this once, and to be changed at the first sign-in."""


class AdministrationHandler(StaffHandler):
    async def ask(self, change: Change, reason: str) -> OutcomeView:
        outcome = await self.centre.administration.ask(self.staff, change, reason)
        return self.outcome(outcome, "done" if outcome.proposal is None else "proposed")

    def outcome(self, outcome: Outcome, state: Literal["done", "proposed"]) -> OutcomeView:
        shown = None if outcome.proposal is None else self.proposal(outcome.proposal)
        return OutcomeView(state=state, proposal=shown, temporary_password=outcome.temporary_password)

    def proposal(self, proposal: Proposal) -> ProposalView:
        state = proposal.state(self.machinery.clock.now())
        return ProposalView(
            id=proposal.id,
            action=proposal.change.kind,
            details=in_words(proposal.change),
            reason=proposal.reason,
            state=state,
            made_by=proposal.made_by_name,
            made_at=proposal.made_at,
            expires_at=proposal.expires_at,
            decided_by=proposal.decided_by_name,
            decided_at=proposal.decided_at,
            can_approve=state == "open" and self.staff.id not in (proposal.made_by, proposal.concerns),
        )


class StaffAccounts(AdministrationHandler):
    @endpoint(who=staff("operator", "auditor"))
    async def get(self) -> AccountList:
        """All accounts of staff, by name."""
        return AccountList(items=[AccountItem.of(account) for account in await self.centre.accounts()])

    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, request: AddAccountRequest) -> OutcomeView:
        """Add an account; its first password is made up and told once."""
        wanted = AddAccount(name=request.name, role=request.role, department=request.department, scope=request.scope)
        return await self.ask(wanted, request.reason)


class StaffAccountPosts(AdministrationHandler):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, name: str, request: PostFields) -> OutcomeView:
        """Give an account one more post."""
        wanted = AddPost(name=name, role=request.role, department=request.department, scope=request.scope)
        return await self.ask(wanted, request.reason)


class OneStaffAccountPost(AdministrationHandler):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def delete(self, name: str, post_id: str) -> OutcomeView:
        """Take a post away; the account's sessions at it end."""
        return await self.ask(EndPost(name=name, post_id=post_id), "")


class StaffPasswordReset(AdministrationHandler):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, name: str, request: ReasonRequest) -> OutcomeView:
        """Give an account a temporary password; all its sessions end."""
        return await self.ask(ResetPassword(name=name), request.reason)


class StaffSecondFactorReset(AdministrationHandler):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, name: str, request: ReasonRequest) -> OutcomeView:
        """Take the second factor of somebody who lost it away; the next sign-in enrols another."""
        return await self.ask(ResetSecondFactor(name=name), request.reason)


class StaffDisabling(AdministrationHandler):
    @endpoint(who=staff("operator"), rate="write", writes_itself_down=True)
    async def post(self, name: str, request: ReasonRequest) -> OutcomeView:
        """Disable an account for good; all its sessions end at once."""
        return await self.ask(Disable(name=name), request.reason)


class StaffProposals(AdministrationHandler):
    @endpoint(who=staff("operator", "auditor"))
    async def get(self, query: PageQuery) -> ProposalList:
        """What was proposed, the newest first."""
        page = await self.centre.administration.proposals(query.limit, query.after)
        return ProposalList(items=[self.proposal(one) for one in page.items], after=page.after)


class ProposalApproval(AdministrationHandler):
    @endpoint(who=staff("operator", "auditor"), rate="write", writes_itself_down=True)
    async def post(self, proposal_id: str) -> OutcomeView:
        """Approve what somebody else proposed: it is done in the same moment, once."""
        return self.outcome(await self.centre.administration.approve(self.staff, proposal_id), "done")


class ProposalRejection(AdministrationHandler):
    @endpoint(who=staff("operator", "auditor"), rate="write", writes_itself_down=True)
    async def post(self, proposal_id: str) -> ProposalView:
        """Turn a proposal down, or withdraw one's own."""
        return self.proposal(await self.centre.administration.reject(self.staff, proposal_id))
