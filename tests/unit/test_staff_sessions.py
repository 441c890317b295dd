"""Posts and sessions: one post at a time, browsers with limits of their own, and passwords that somebody else knows."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.caller import Staff
from identity_center.errors import StaffLocked, StaffRefused, TokenInvalid
from identity_center.staff.changes import AddAccount, AddPost, EndPost, ResetPassword
from identity_center.staff.errors import (
    StaffPasswordRefused,
    StaffPasswordUnfit,
    StaffPostNotFound,
    StaffSessionNotFound,
    StaffSessionOver,
)
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.roles import ROLES, Role
from identity_center.staff.session import Grant
from tests.unit.identity_world import World

PASSWORD, OTHER = "correct horse battery", "another horse battery"
HERE = "192.0.2.1"


async def two_posts() -> World:
    """Li Na is an operator, and works for the housing fund as well."""
    world = World()
    await world.add_staff("li.na", "operator", PASSWORD)
    post = AddPost(name="li.na", role="department", department="gy.fund", scope="card:gy.housing_fund")
    await world.staff.administration.carry_out(COMMAND_LINE, post)
    return world


async def in_browser(world: World, name: str = "li.na") -> Grant:
    return await world.staff.sign_in.sign_in(name, PASSWORD, HERE, kind="cookie")


async def posts_of(world: World, staff: Staff) -> dict[str, str]:
    """Ids by role."""
    me = await world.staff.own_account.me(staff)
    return {post.role: post.id for post in me.account.posts}


async def test_one_post_at_a_time_and_the_last_one_first() -> None:
    world = await two_posts()
    first = await world.staff_sign_in("li.na", PASSWORD)
    assert (first.staff.role, first.staff.department, first.staff.scope) == ("operator", "city", "")
    posts = await posts_of(world, first.staff)
    second = await world.staff.own_account.switch(first.staff, posts["department"])
    assert world.tokens.staff(second.token) == second.staff
    assert (second.staff.role, second.staff.department) == ("department", "gy.fund")
    assert second.staff.serves("gy.housing_fund")
    assert not second.staff.serves("gy.social_security")
    with pytest.raises(TokenInvalid):
        world.tokens.staff(first.token)
    assert (await world.staff_sign_in("li.na", PASSWORD)).staff.role == "department"
    named = await world.staff.sign_in.sign_in("li.na", PASSWORD, HERE, post_id=posts["operator"])
    assert named.staff.role == "operator"
    with pytest.raises(StaffPostNotFound):
        await world.staff.own_account.switch(named.staff, "nobody's")


async def test_switching_at_once_gives_one_session() -> None:
    world = await two_posts()
    first = (await world.staff_sign_in("li.na", PASSWORD)).staff
    posts = await posts_of(world, first)
    tries = (world.staff.own_account.switch(first, posts["department"]) for _ in range(5))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Grant) for answer in answers) == 1
    assert sum(isinstance(answer, StaffSessionNotFound) for answer in answers) == 4


async def test_switching_posts_makes_no_session_longer() -> None:
    for kind, lives in (("token", timedelta(hours=1)), ("cookie", timedelta(hours=12))):
        world = await two_posts()
        grant = await in_browser(world) if kind == "cookie" else await world.staff_sign_in("li.na", PASSWORD)
        assert grant.expires_in == lives.total_seconds()
        posts = await posts_of(world, grant.staff)
        world.clock.advance(minutes=25)
        moved = await world.staff.own_account.switch(grant.staff, posts["department"])
        assert moved.expires_in == lives.total_seconds() - 25 * 60


async def test_a_post_that_is_taken_away_ends_its_sessions_and_no_other() -> None:
    world = await two_posts()
    first, browser = await world.staff_sign_in("li.na", PASSWORD), await in_browser(world)
    posts = await posts_of(world, first.staff)
    moved = await world.staff.own_account.switch(browser.staff, posts["department"])
    await world.staff.administration.carry_out(COMMAND_LINE, EndPost(name="li.na", post_id=posts["operator"]))
    with pytest.raises(TokenInvalid):
        world.tokens.staff(first.token)
    assert (await world.staff.sessions.caller_of(moved.cookie)).role == "department"
    assert (await world.staff_sign_in("li.na", PASSWORD)).staff.role == "department"
    await world.staff.administration.carry_out(COMMAND_LINE, EndPost(name="li.na", post_id=posts["department"]))
    with pytest.raises(StaffSessionOver):
        await world.staff.sessions.caller_of(moved.cookie)
    with pytest.raises(StaffPostNotFound):
        await world.staff_sign_in("li.na", PASSWORD)


async def moves(held: list[tuple[Role, str]], picks: list[int]) -> None:
    """Signs in with these posts and moves from one to another; each move leaves one session, at the post moved to."""
    world = World()
    (role, department), *more = held
    await world.add_staff("li.na", role, PASSWORD, department)
    for other, where in more:
        await world.staff.administration.carry_out(COMMAND_LINE, AddPost(name="li.na", role=other, department=where))
    grant = await world.staff_sign_in("li.na", PASSWORD)
    account = (await world.staff.own_account.me(grant.staff)).account
    earlier: list[Grant] = []
    for post in (account.posts[pick % len(account.posts)] for pick in picks):
        earlier.append(grant)
        grant = await world.staff.own_account.switch(grant.staff, post.id)
        assert (grant.staff.role, grant.staff.department, grant.staff.post_id) == (post.role, post.department, post.id)
        assert world.tokens.staff(grant.token) == grant.staff
    for old in earlier:
        with pytest.raises(TokenInvalid):
            world.tokens.staff(old.token)
    views = await world.staff.sessions.views(grant.staff, account)
    assert [(view.id, view.current) for view in views] == [(grant.staff.session_id, True)]
    assert (await world.staff.log.verification()).fault is None


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(["gy.a", "gy.b"])), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), max_size=5),
)
def test_whatever_the_posts_one_is_active_at_a_time(held: list[tuple[Role, str]], picks: list[int]) -> None:
    asyncio.run(moves(held, picks))


# --- browsers ---


async def test_a_browser_is_known_by_its_cookie_and_by_nothing_less() -> None:
    world = await two_posts()
    grant = await in_browser(world)
    assert grant.token == ""
    assert await world.staff.sessions.caller_of(grant.cookie) == grant.staff
    session_id, _, secret = grant.cookie.partition(".")
    token = (await world.staff_sign_in("li.na", PASSWORD)).staff.session_id
    for forged in ("", ".", session_id, f"{session_id}.", f"{session_id}.{secret[:-1]}", f"x.{secret}",
                   f"{token}.", f"{token}.{secret}", f".{secret}", "密.码"):  # fmt: skip
        with pytest.raises(StaffSessionOver):
            await world.staff.sessions.caller_of(forged)


async def test_a_browser_left_alone_is_signed_out_and_one_in_use_is_not_for_half_a_day() -> None:
    world = await two_posts()
    idle, used = await in_browser(world), await in_browser(world)
    for _ in range(24):
        world.clock.advance(minutes=29)
        await world.staff.sessions.caller_of(used.cookie)
    with pytest.raises(StaffSessionOver):
        await world.staff.sessions.caller_of(idle.cookie)
    world.clock.advance(minutes=24)
    with pytest.raises(StaffSessionOver):
        await world.staff.sessions.caller_of(used.cookie)


async def test_a_browsers_sessions_are_listed_ended_and_gone() -> None:
    world = await two_posts()
    first, second, token = (
        await in_browser(world),
        await in_browser(world),
        await world.staff_sign_in("li.na", PASSWORD),
    )
    account = (await world.staff.own_account.me(first.staff)).account
    views = await world.staff.sessions.views(first.staff, account)
    assert sorted(view.kind for view in views) == ["cookie", "cookie", "token"]
    assert [view.id for view in views if view.current] == [first.staff.session_id]
    await world.staff.sessions.end(first.staff, second.staff.session_id)
    with pytest.raises(StaffSessionOver):
        await world.staff.sessions.caller_of(second.cookie)
    await world.add_staff("wang.wei", "operator", PASSWORD)
    stranger = (await in_browser(world, "wang.wei")).staff
    with pytest.raises(StaffSessionNotFound):
        await world.staff.sessions.end(stranger, first.staff.session_id)
    await world.staff.sessions.end_all(first.staff)
    with pytest.raises(StaffSessionOver):
        await world.staff.sessions.caller_of(first.cookie)
    with pytest.raises(TokenInvalid):
        world.tokens.staff(token.token)


async def test_the_token_against_forged_requests_belongs_to_one_session() -> None:
    world = await two_posts()
    first, second = await in_browser(world), await in_browser(world)
    assert first.csrf_token == world.staff.sessions.csrf_token(first.staff.session_id)
    assert first.csrf_token != second.csrf_token
    assert first.csrf_token not in first.cookie


# --- passwords ---


async def test_a_changed_password_ends_all_other_sessions() -> None:
    world = await two_posts()
    token, browser, other = (
        await world.staff_sign_in("li.na", PASSWORD),
        await in_browser(world),
        await in_browser(world),
    )
    with pytest.raises(StaffPasswordRefused):
        await world.staff.own_account.change_password(browser.staff, OTHER, OTHER)
    changed = await world.staff.own_account.change_password(browser.staff, PASSWORD, OTHER)
    assert await world.staff.sessions.caller_of(changed.cookie) == changed.staff
    for cookie in (browser.cookie, other.cookie):
        with pytest.raises(StaffSessionOver):
            await world.staff.sessions.caller_of(cookie)
    with pytest.raises(TokenInvalid):
        world.tokens.staff(token.token)
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("li.na", PASSWORD)
    assert await world.staff_sign_in("li.na", OTHER)


@pytest.mark.parametrize("new", ["short", "x" * 129, PASSWORD, "my name is LI.NA", ""])
async def test_a_password_that_does_not_fit(new: str) -> None:
    world = await two_posts()
    staff = (await world.staff_sign_in("li.na", PASSWORD)).staff
    with pytest.raises(StaffPasswordUnfit):
        await world.staff.own_account.change_password(staff, PASSWORD, new)
    assert await world.staff_sign_in("li.na", PASSWORD)


async def test_whoever_finds_a_console_open_cannot_guess_the_password_there() -> None:
    world = await two_posts()
    staff = (await in_browser(world)).staff
    for _ in range(5):
        with pytest.raises(StaffPasswordRefused):
            await world.staff.own_account.change_password(staff, "a wrong guess", OTHER)
    with pytest.raises(StaffLocked):
        await world.staff.own_account.change_password(staff, PASSWORD, OTHER)


async def test_a_password_set_by_somebody_else_is_changed_before_anything_else_and_runs_out() -> None:
    world = await two_posts()
    do = world.staff.administration.carry_out
    before = await world.staff_sign_in("li.na", PASSWORD)
    given = (await do(COMMAND_LINE, ResetPassword(name="li.na"))).temporary_password
    assert given is not None
    with pytest.raises(TokenInvalid):
        world.tokens.staff(before.token)
    grant = await world.staff_sign_in("li.na", given)
    assert world.tokens.staff(grant.token).unfinished == "password"
    finished = await world.staff.own_account.change_password(grant.staff, given, OTHER)
    assert finished.staff.unfinished == ""
    added = await do(COMMAND_LINE, AddAccount(name="wang.wei", role="gate"))
    assert added.temporary_password is not None
    world.clock.advance(hours=72)
    with pytest.raises(StaffRefused):
        await world.staff_sign_in("wang.wei", added.temporary_password)
