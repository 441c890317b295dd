"""The rules of sign-in for sites: which addresses and requests are taken, and what can become of a request."""

import asyncio
import string
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.caller import Citizen, Staff
from core.errors import CityError
from identity_center.oidc.asking import asked
from identity_center.oidc.bearer_texts import made, parts_of
from identity_center.oidc.client import SiteClient, checked_address
from identity_center.oidc.errors import (
    ClientInvalid,
    InvalidGrant,
    InvalidRequest,
    InvalidTarget,
    NumberWrong,
    OidcError,
    ScanNotFound,
    ScanOver,
    SignInPageGone,
)
from identity_center.oidc.retention import forget_past_sign_ins
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_sign_in import SiteSignIn
from identity_center.vault import Vault, VaultKeys
from tests.oidc_world import BACK, VERIFIER, OidcWorld, request_of

OPERATOR = Staff("s", "operator", "operator")


@given(st.text(max_size=60), st.sampled_from(["https://tax.example", "http://tax.example", "//tax.example", ""]))
def test_an_address_that_is_taken_is_one_that_a_browser_reads_as_we_do(rest: str, start: str) -> None:
    try:
        address = checked_address("redirect_uris", start + rest, plain_http=False)
    except ClientInvalid:
        return
    parts = urlsplit(address)
    assert address.isascii()
    assert address.startswith("https://")
    assert parts.hostname
    assert not set(address) & set(' #\\<>"*\t\r\n')
    assert "@" not in parts.netloc


@pytest.mark.parametrize(
    ("address", "in_a_demo"),
    [
        ("http://127.0.0.1:9000/back", True), ("http://[::1]/back", True), ("http://localhost/back", True),
        ("http://127.0.0.1.evil.example/", False), ("http://10.0.0.1/", False), ("ftp://127.0.0.1/", False),
        ("https://[bad/", False), ("https://tax.example:port/", False), ("https://" + "x" * 500, False),
    ],
)  # fmt: skip
def test_plain_http_is_for_a_site_on_ones_own_machine(address: str, in_a_demo: bool) -> None:
    with pytest.raises(ClientInvalid):
        checked_address("redirect_uris", address, plain_http=False)
    if in_a_demo:
        assert checked_address("redirect_uris", address, plain_http=True) == address
    else:
        with pytest.raises(ClientInvalid):
            checked_address("redirect_uris", address, plain_http=True)


CLIENT = OidcWorld.client_of("gy.tax")


@given(st.text(max_size=80))
def test_no_other_address_than_those_registered_is_answered(address: str) -> None:
    if address != BACK:
        with pytest.raises(InvalidTarget):
            asked(CLIENT, request_of(CLIENT, redirect_uri=address))


@given(
    st.dictionaries(
        st.sampled_from(["scope", "state", "nonce", "max_age", "prompt", "acr_values", "login_hint", "code_challenge",
                         "code_challenge_method", "response_type", "response_mode", "anything"]),
        st.text(max_size=50), max_size=6,
    )
)  # fmt: skip
def test_whatever_is_asked_is_either_refused_in_the_standards_words_or_safe(changes: dict[str, str]) -> None:
    try:
        wanted = asked(CLIENT, request_of(CLIENT, **changes))
    except OidcError:
        return
    assert len(wanted.challenge) == 43
    assert wanted.redirect_uri == BACK
    assert "openid" in wanted.scopes
    assert 0 <= wanted.level <= 3


VERIFIERS = st.text(string.ascii_letters + string.digits + "-._~", min_size=43, max_size=128)


@given(VERIFIERS, VERIFIERS)
def test_only_the_verifier_fits_its_challenge(one: str, other: str) -> None:
    request = OidcWorld.request_with(one)
    assert request.fits(one)
    assert request.fits(other) is (one == other)
    assert not request.fits(request.challenge)
    assert not request.fits(sha256(one.encode()).hexdigest())


VAULT = Vault(VaultKeys.generated())
PARTS = st.lists(st.text(string.ascii_letters + string.digits, min_size=1, max_size=26), min_size=1, max_size=3)


@given(PARTS, st.integers(0, 200), st.characters())
def test_a_text_is_good_for_its_use_and_as_it_was_made(parts: list[str], place: int, character: str) -> None:
    text = made(VAULT, "access", *parts)
    assert parts_of(VAULT, "access", text) == tuple(parts)
    assert parts_of(VAULT, "refresh", text) is None
    altered = text[: place % len(text)] + character + text[place % len(text) + 1 :]
    assert parts_of(VAULT, "access", altered) is None or altered == text


# --- the way of a request ---


async def waiting(world: OidcWorld, **changes: str) -> tuple[str, str, SignInRequest]:
    """A page: the request's id, the browser's secret, and the request."""
    uri, _ = await world.authorization.push(world.client, request_of(world.client, **changes))
    opened = await world.authorization.open({"client_id": world.client.id, "request_uri": uri}, "", "")
    assert opened.request_id is not None
    request = await world.documents.get(SignInRequest, opened.request_id)
    assert request is not None
    return opened.request_id, opened.browser, request


async def approved(world: OidcWorld, citizen: Citizen, **changes: str) -> tuple[str, str]:
    request_id, browser, request = await waiting(world, **changes)
    scan = world.scans.text(request)
    await world.scans.scan(citizen, scan)
    await world.scans.approve(citizen, scan, request.digits, ())
    return request_id, browser


def code_in(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


async def refuses(kind: type[CityError], call: Awaitable[object]) -> None:
    with pytest.raises(kind):
        await call


async def test_each_step_is_over_when_its_time_is(  # one clock, moved past each limit in turn
) -> None:
    world = await OidcWorld.opened()
    citizen = await world.citizen()
    uri, seconds = await world.authorization.push(world.client, request_of(world.client))
    world.clock.advance(seconds=seconds)
    given_uri = {"client_id": world.client.id, "request_uri": uri}
    await refuses(InvalidRequest, world.authorization.open(given_uri, "", ""))

    _, _, request = await waiting(world)
    scan = world.scans.text(request)
    world.clock.advance(seconds=91)
    await refuses(ScanNotFound, world.scans.scan(citizen, scan))
    fresh = world.scans.text(request)
    assert fresh != scan
    await world.scans.scan(citizen, fresh)
    world.clock.advance(seconds=100)
    await world.scans.scan(citizen, fresh)
    world.clock.advance(seconds=110)
    await refuses(ScanOver, world.scans.approve(citizen, fresh, request.digits, ()))

    request_id, browser = await approved(world, citizen)
    code = code_in((await world.authorization.finish(request_id, browser)).to)
    assert code == code_in((await world.authorization.finish(request_id, browser)).to)
    world.clock.advance(seconds=60)
    await refuses(SignInPageGone, world.authorization.finish(request_id, browser))
    await refuses(InvalidGrant, world.exchange(code))


async def test_a_silent_site_is_forgotten_and_no_sign_in_lasts_for_ever() -> None:
    world = await OidcWorld.opened()
    tokens = await world.signed_in(await world.citizen())
    for _ in range(8):
        world.clock.advance(days=11)
        tokens = await world.refresh(tokens)
    world.clock.advance(days=3)
    await refuses(InvalidGrant, world.refresh(tokens))
    tokens = await world.signed_in(await world.citizen())
    world.clock.advance(days=14)
    await refuses(InvalidGrant, world.refresh(tokens))


async def test_a_lost_refresh_answer_can_be_asked_for_for_a_while_only() -> None:
    world = await OidcWorld.opened()
    first = await world.signed_in(await world.citizen())
    second = await world.refresh(first)
    world.clock.advance(seconds=30)
    assert (await world.refresh(first)).refresh_token == second.refresh_token
    world.clock.advance(seconds=1)
    await refuses(InvalidGrant, world.refresh(first))
    await refuses(InvalidGrant, world.refresh(second))


async def test_an_access_token_that_is_given_back_takes_none_with_it_that_came_later() -> None:
    world = await OidcWorld.opened()
    first = await world.signed_in(await world.citizen())
    second = await world.refresh(first)
    await world.tokens.revoke(world.client, first.access_token)
    assert await world.tokens.claim(first.access_token) is None
    assert await world.tokens.claim(second.access_token) is not None
    world.clock.advance(minutes=10)
    assert await world.tokens.claim(second.access_token) is None


async def test_no_refresh_token_is_given_that_was_not_asked_for() -> None:
    world = await OidcWorld.opened()
    tokens = await world.signed_in(await world.citizen(), scope="openid")
    assert tokens.refresh_token is None


async def test_the_earlier_secret_works_for_a_day() -> None:
    world = await OidcWorld.opened()
    first = await world.register(OPERATOR, "client_secret_basic")
    assert first.secret is not None
    second = await world.clients.new_secret(OPERATOR, first.client.id)
    now = world.clock.now()
    assert second.client.has_secret(first.secret, now + timedelta(hours=23))
    assert not second.client.has_secret(first.secret, now + timedelta(hours=24))
    third = await world.clients.new_secret(OPERATOR, first.client.id)
    assert not third.client.has_secret(first.secret, now)


async def test_what_is_past_is_forgotten_in_the_end() -> None:
    world = await OidcWorld.opened()
    await world.signed_in(await world.citizen())
    assert await forget_past_sign_ins(world.documents, world.clock) == 0
    world.clock.advance(days=2)
    assert await forget_past_sign_ins(world.documents, world.clock) == 1
    world.clock.advance(days=200)
    assert await forget_past_sign_ins(world.documents, world.clock) == 2
    assert await world.documents.count(SiteSignIn, "id") == 0


@given(st.lists(st.sampled_from(["scan", "approve", "wrong", "refuse", "finish", "leave", "exchange"]), max_size=9))
def test_whatever_happens_in_whatever_order_a_sign_in_comes_of_an_approval_and_once(steps: list[str]) -> None:

    asyncio.run(_walk(steps))


async def _walk(steps: list[str]) -> None:
    world = await OidcWorld.opened()
    citizen = await world.citizen()
    request_id, browser, request = await waiting(world)
    scan, code, done, made_of_it = world.scans.text(request), "x", [], 0

    async def exchange() -> None:
        nonlocal made_of_it
        await world.exchange(code)
        made_of_it += 1

    moves: dict[str, Callable[[], Awaitable[object]]] = {
        "scan": lambda: world.scans.scan(citizen, scan),
        "approve": lambda: world.scans.approve(citizen, scan, request.digits, ()),
        "wrong": lambda: world.scans.approve(citizen, scan, "00", ()),
        "refuse": lambda: world.scans.refuse(citizen, scan),
        "finish": lambda: world.authorization.finish(request_id, browser),
        "leave": lambda: world.authorization.leave(request_id, browser),
        "exchange": exchange,
    }
    for step in steps:
        try:
            found = await moves[step]()
        except (OidcError, ScanOver, NumberWrong, SignInPageGone):
            continue
        done.append(step)
        if step == "finish":
            code = code_in(found.to)  # type: ignore[attr-defined]
    assert made_of_it <= 1
    assert not made_of_it or done.index("approve") < done.index("finish") < done.index("exchange")
    assert "approve" not in done or not {"refuse", "leave"} & set(done)
    assert await world.documents.count(SiteSignIn, "id") == made_of_it
    stored = await world.documents.get(SignInRequest, request_id)
    assert stored is not None
    assert isinstance(world.client, SiteClient)
    assert (stored.stage == "exchanged") is bool(made_of_it)
    assert VERIFIER not in stored.model_dump_json()
