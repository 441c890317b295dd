"""What is single about a sign-in stays single over every store, whoever comes at once."""

import asyncio
from collections.abc import Awaitable, Iterable

from core.documents import Documents
from core.errors import CityError
from identity_center.oidc.errors import InvalidGrant, InvalidRequest, ScanOfAnother, ScanOver
from identity_center.oidc.sign_in_request import SignInRequest
from identity_center.oidc.site_sign_in import SiteSignIn
from tests.oidc_world import OidcWorld, request_of

AT_ONCE = 8


async def outcomes(calls: Iterable[Awaitable[object]]) -> tuple[list[object], list[BaseException]]:
    """What succeeded, and how the others were refused."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    failed = [one for one in found if isinstance(one, BaseException)]
    assert all(isinstance(one, CityError) for one in failed), failed
    return [one for one in found if not isinstance(one, BaseException)], failed


async def test_a_code_makes_one_sign_in_which_further_uses_end(documents: Documents) -> None:
    world = await OidcWorld.opened(documents)
    code = await world.code(await world.citizen())
    won, lost = await outcomes(world.exchange(code) for _ in range(AT_ONCE))
    assert len(won) == 1
    assert {type(one) for one in lost} == {InvalidGrant}
    (made,) = (await documents.find(SiteSignIn, "id")).items
    assert made.end_reason == "code_reused"


async def test_a_pushed_request_opens_one_browser(documents: Documents) -> None:
    world = await OidcWorld.opened(documents)
    uri, _ = await world.authorization.push(world.client, request_of(world.client))
    given = {"client_id": world.client.id, "request_uri": uri}
    won, lost = await outcomes(world.authorization.open(given, "", "") for _ in range(AT_ONCE))
    assert len(won) == 1
    assert {type(one) for one in lost} == {InvalidRequest}


async def test_a_code_is_one_citizens_and_decided_once(documents: Documents) -> None:
    world = await OidcWorld.opened(documents)
    citizens = [await world.citizen(f"openid-{number}") for number in range(AT_ONCE)]
    uri, _ = await world.authorization.push(world.client, request_of(world.client))
    opened = await world.authorization.open({"client_id": world.client.id, "request_uri": uri}, "", "")
    request = await documents.get(SignInRequest, opened.request_id or "")
    assert request is not None
    scan = world.scans.text(request)
    won, lost = await outcomes(world.scans.scan(citizen, scan) for citizen in citizens)
    assert len(won) == 1
    assert {type(one) for one in lost} == {ScanOfAnother}
    scanned = await documents.get(SignInRequest, request.id)
    assert scanned is not None
    (owner,) = (citizen for citizen in citizens if citizen.id == scanned.account_id)
    decisions = [world.scans.approve(owner, scan, request.digits, ()), world.scans.refuse(owner, scan)]
    won, lost = await outcomes([*decisions, world.scans.refuse(owner, scan)])
    assert len(won) == 1
    assert {type(one) for one in lost} == {ScanOver}


async def test_refreshes_at_once_get_one_successor(documents: Documents) -> None:
    world = await OidcWorld.opened(documents)
    tokens = await world.signed_in(await world.citizen())
    successors = await asyncio.gather(*(world.refresh(tokens) for _ in range(AT_ONCE)))
    assert len({one.refresh_token for one in successors}) == 1
    (sign_in,) = (await documents.find(SiteSignIn, "id")).items
    assert (sign_in.generation, sign_in.ended_at) == (2, None)
