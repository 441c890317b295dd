"""What takes two people takes two people: never one, at whatever post, never twice, never late."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caller import Staff
from core.documents import Insert
from core.errors import CityError
from identity_center.errors import InvalidStaffAccount, StaffNameTaken, StaffNotFound, StaffRefused
from identity_center.passwords import Passwords
from identity_center.settings import IdentitySettings
from identity_center.staff.account import Post, StaffAccount
from identity_center.staff.administration import Outcome
from identity_center.staff.changes import (
    AddAccount,
    AddPost,
    Change,
    Disable,
    EndPost,
    ResetPassword,
    ResetSecondFactor,
    RevokeKey,
)
from identity_center.staff.errors import (
    ApiKeyNotFound,
    ProposalClosed,
    ProposalExists,
    ProposalNotFound,
    ProposalOwn,
    StaffOwnAccount,
    StaffPostNotFound,
)
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.roles import FOUR_EYES, Role
from identity_center.staff.settings import StaffSettings
from server.adapters.sqlite_documents import SqliteDocuments
from tests.unit.identity_world import World

PASSWORD = "correct horse battery"
PASSWORD_HASH = asyncio.run(Passwords().hashed(PASSWORD))
NEW_OPERATOR = AddAccount(name="new", role="operator")


async def office(world: World | None = None) -> tuple[World, dict[str, Staff]]:
    """Two operators, of whom one is an auditor as well, an auditor, a clerk and a department's member."""
    world = world or World()
    now = world.clock.now()
    held: dict[str, list[tuple[Role, str]]] = {
        "op1": [("operator", "city"), ("auditor", "city")],
        "op2": [("operator", "city")],
        "aud": [("auditor", "city")],
        "clerk": [("hall_clerk", "gy.halls")],
        "dep": [("department", "gy.fund")],
    }
    staff = {}
    for name, posts in held.items():
        made = [Post(id=f"{name}.{role}", role=role, department=where, since=now) for role, where in posts]
        account = StaffAccount(
            id=name, name=name, name_key=name, posts=tuple(made), password_hash=PASSWORD_HASH, created_at=now
        )
        await world.documents.write(Insert(account))
        staff[name] = account.at(made[0])
    return world, staff


async def proposed(world: World, who: Staff, change: Change) -> str:
    outcome = await world.staff.administration.ask(who, change, "because")
    assert outcome.proposal is not None
    assert outcome.temporary_password is None
    return outcome.proposal.id


async def names(world: World) -> list[str]:
    return [account.name for account in await world.staff.accounts()]


async def test_an_operator_is_added_by_two() -> None:
    world, staff = await office()
    proposal_id = await proposed(world, staff["op1"], NEW_OPERATOR)
    assert "new" not in await names(world)
    done = await world.staff.administration.approve(staff["op2"], proposal_id)
    assert done.proposal is not None
    assert (done.proposal.decision, done.proposal.made_by_name, done.proposal.decided_by_name) == (
        "approved", "op1", "op2",
    )  # fmt: skip
    assert done.temporary_password is not None
    assert (await world.staff_sign_in("new", done.temporary_password)).staff.role == "operator"


async def test_nobody_is_the_second_person_of_their_own_proposal_at_whatever_post() -> None:
    world, staff = await office()
    proposal_id = await proposed(world, staff["op1"], NEW_OPERATOR)
    here = (await world.staff_sign_in("op1", PASSWORD)).staff
    at_the_other_post = (await world.staff.own_account.switch(here, "op1.auditor")).staff
    assert at_the_other_post.role == "auditor"
    for same_person in (staff["op1"], at_the_other_post):
        with pytest.raises(ProposalOwn):
            await world.staff.administration.approve(same_person, proposal_id)
    assert "new" not in await names(world)


async def test_whom_it_concerns_is_not_the_second_person_either() -> None:
    world, staff = await office()
    proposal_id = await proposed(world, staff["op1"], ResetSecondFactor(name="op2"))
    with pytest.raises(ProposalOwn):
        await world.staff.administration.approve(staff["op2"], proposal_id)
    assert await world.staff.administration.approve(staff["aud"], proposal_id)


async def test_what_is_approved_happens_once_however_many_approve_at_once(tmp_path: Path) -> None:
    world, staff = await office(World(await SqliteDocuments.open(tmp_path / "city.db")))
    proposal_id = await proposed(world, staff["op1"], NEW_OPERATOR)
    tries = [world.staff.administration.approve(staff[name], proposal_id) for name in ("op2", "aud")]
    answers = await asyncio.gather(*tries, *(world.staff.administration.reject(staff["aud"], proposal_id),),
                                   return_exceptions=True)  # fmt: skip
    done = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(done) <= 1
    assert (await names(world)).count("new") == len(done)
    assert all(isinstance(answer, CityError) for answer in answers if answer not in done and not hasattr(answer, "id"))
    with pytest.raises(ProposalClosed):
        await world.staff.administration.approve(staff["op2"], proposal_id)
    await world.documents.close()


async def test_a_proposal_waits_a_day_and_no_longer() -> None:
    world, staff = await office()
    proposal_id = await proposed(world, staff["op1"], NEW_OPERATOR)
    with pytest.raises(ProposalExists) as waiting:
        await world.staff.administration.ask(staff["op2"], NEW_OPERATOR)
    assert waiting.value.facts == {"proposal_id": proposal_id}
    world.clock.advance(hours=24)
    with pytest.raises(ProposalClosed) as closed:
        await world.staff.administration.approve(staff["op2"], proposal_id)
    assert closed.value.facts == {"state": "expired"}
    anew = await proposed(world, staff["op1"], NEW_OPERATOR)
    assert anew != proposal_id
    assert await world.staff.administration.approve(staff["op2"], anew)


async def test_a_rejected_proposal_is_rejected() -> None:
    world, staff = await office()
    for by in ("op2", "op1"):
        proposal_id = await proposed(world, staff["op1"], NEW_OPERATOR)
        assert (await world.staff.administration.reject(staff[by], proposal_id)).decision == "rejected"
        for again in (world.staff.administration.approve, world.staff.administration.reject):
            with pytest.raises(ProposalClosed):
                await again(staff["op2"], proposal_id)
    with pytest.raises(ProposalNotFound):
        await world.staff.administration.approve(staff["op2"], "unknown")


LISTED: list[tuple[str, Change]] = [
    ("add_operator", NEW_OPERATOR),
    ("add_operator", AddPost(name="clerk", role="operator")),
    ("add_auditor", AddAccount(name="new", role="auditor")),
    ("add_auditor", AddPost(name="clerk", role="auditor")),
    ("reset_password", ResetPassword(name="op1")),
    ("reset_password", ResetPassword(name="aud")),
    ("reset_second_factor", ResetSecondFactor(name="clerk")),
    ("disable_auditor", Disable(name="aud")),
    ("disable_auditor", Disable(name="op1")),
]
ALONE: list[Change] = [
    AddAccount(name="new", role="gate"),
    AddAccount(name="new", role="hall_clerk", department="gy.halls"),
    AddPost(name="clerk", role="department", department="gy.halls"),
    ResetPassword(name="clerk"),
    Disable(name="clerk"),
]


@pytest.mark.parametrize(("action", "change"), LISTED, ids=lambda value: getattr(value, "kind", value))
async def test_which_changes_take_two(action: str, change: Change) -> None:
    world, staff = await office()
    assert (await world.staff.administration.ask(staff["op2"], change)).proposal is not None
    fewer = tuple(name for name in FOUR_EYES if name != action)
    world, staff = await office(World(settings=IdentitySettings(staff=StaffSettings(four_eyes=fewer))))
    assert (await world.staff.administration.ask(staff["op2"], change)).proposal is None


@pytest.mark.parametrize("change", ALONE, ids=lambda change: change.kind)
async def test_which_changes_one_operator_makes(change: Change) -> None:
    world, staff = await office()
    assert (await world.staff.administration.ask(staff["op2"], change)).proposal is None


async def test_taking_the_post_of_an_auditor_away_takes_two_as_well() -> None:
    world, staff = await office()
    ask = world.staff.administration.ask
    assert (await ask(staff["op2"], EndPost(name="op1", post_id="op1.auditor"))).proposal is not None
    assert (await ask(staff["op2"], EndPost(name="op1", post_id="op1.operator"))).proposal is None


async def test_a_departments_key_is_revoked_by_itself_at_once_or_by_two_operators() -> None:
    world, staff = await office()
    keys = [await world.staff.api_keys.make(staff["dep"], "core", ["cards.figures"]) for _ in range(2)]
    proposal_id = await proposed(world, staff["op2"], RevokeKey(key_id=keys[0].key.id))
    assert await world.staff.api_keys.caller_of(keys[0].text)
    await world.staff.administration.approve(staff["aud"], proposal_id)
    with pytest.raises(ApiKeyNotFound):
        await world.staff.administration.ask(staff["op2"], RevokeKey(key_id=keys[0].key.id))
    await world.staff.api_keys.revoke(staff["dep"], keys[1].key.id)


async def test_what_cannot_be_is_said_when_it_is_proposed() -> None:
    world, staff = await office()
    cases: list[tuple[Change, type[CityError]]] = [
        (AddAccount(name="OP1", role="operator"), StaffNameTaken),
        (AddAccount(name="a b", role="operator"), InvalidStaffAccount),
        (AddPost(name="nobody", role="operator"), StaffNotFound),
        (AddPost(name="op1", role="department"), InvalidStaffAccount),
        (EndPost(name="op1", post_id="x"), StaffPostNotFound),
        (ResetPassword(name="nobody"), StaffNotFound),
        (Disable(name="op2"), StaffOwnAccount),
        (AddPost(name="op2", role="auditor"), StaffOwnAccount),
        (RevokeKey(key_id="x"), ApiKeyNotFound),
    ]
    for change, refusal in cases:
        with pytest.raises(refusal):
            await world.staff.administration.ask(staff["op2"], change)
    assert (await world.staff.administration.proposals()).items == ()


async def test_what_has_changed_meanwhile_is_said_when_it_is_approved() -> None:
    world, staff = await office()
    add = await proposed(world, staff["op1"], NEW_OPERATOR)
    disable = await proposed(world, staff["op1"], ResetSecondFactor(name="clerk"))
    await world.add_staff("new", "gate", PASSWORD)
    await world.staff.administration.ask(staff["op2"], Disable(name="clerk"))
    with pytest.raises(StaffNameTaken):
        await world.staff.administration.approve(staff["op2"], add)
    with pytest.raises(StaffNotFound):
        await world.staff.administration.approve(staff["op2"], disable)


async def test_a_disabled_operator_approves_nothing_more() -> None:
    """Their token is worth nothing at once; and signing in is over."""
    world, _ = await office()
    await world.staff.administration.carry_out(COMMAND_LINE, Disable(name="op2"))
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("op2", PASSWORD)


async def test_what_a_disabled_operator_proposed_has_run_out() -> None:
    world, staff = await office()
    proposal_id = await proposed(world, staff["op2"], NEW_OPERATOR)
    await world.staff.administration.carry_out(COMMAND_LINE, Disable(name="op2"))
    with pytest.raises(ProposalClosed):
        await world.staff.administration.approve(staff["op1"], proposal_id)
    assert "new" not in await names(world)


async def decided(steps: list[tuple[str, str, str]]) -> None:
    """Whatever three people do with two proposals: what was done was asked by one and approved by another, in time."""
    world, staff = await office()
    wanted: dict[str, Change] = {"a": AddAccount(name="new.a", role="operator"), "b": ResetSecondFactor(name="op2")}
    ids: dict[str, str] = {}
    for who, what, which in steps:
        try:
            if what == "ask":
                ids[which] = await proposed(world, staff[who], wanted[which])
            elif what == "later":
                world.clock.advance(hours=13)
            elif which in ids:
                administration = world.staff.administration
                call = administration.approve if what == "approve" else administration.reject
                await call(staff[who], ids[which])
        except CityError:
            continue
    for proposal in (await world.staff.administration.proposals()).items:
        if proposal.decision == "approved":
            assert proposal.made_by_name != proposal.decided_by_name
            assert proposal.decided_at is not None
            assert proposal.made_at <= proposal.decided_at < proposal.expires_at
            assert proposal.concerns is None or proposal.decided_by_name != "op2"
    approvals = [one for one in (await world.staff.administration.proposals()).items if one.decision == "approved"]
    assert ("new.a" in await names(world)) == any(one.change.kind == "account.add" for one in approvals)
    assert (await world.staff.log.verification()).fault is None


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["op1", "op2", "aud"]),
            st.sampled_from(["ask", "ask", "approve", "approve", "reject", "later"]),
            st.sampled_from(["a", "b"]),
        ),
        max_size=10,
    )
)
def test_whatever_is_done_two_people_were_there(steps: list[tuple[str, str, str]]) -> None:
    asyncio.run(decided(steps))
