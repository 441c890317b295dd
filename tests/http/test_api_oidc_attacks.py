"""Attacks on sign-in for sites, as RFC 9700 and docs/oidc.md list them, each tried through real sockets."""

import asyncio
import hmac
import time
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.department_sites import (
    ASSERTION,
    BACK,
    CLIENTS,
    OUT,
    REGISTRATION,
    Browser,
    Phone,
    Site,
    answer_of,
    challenge_of,
    public_key,
    registered,
    signed_in,
)
from tests.http.api_answers import problem
from tests.running_city import RunningCity


def refused(answer: httpx.Response, error: str, status: int = 400) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def told(answer: httpx.Response, error: str) -> None:
    """The browser brings this error to the site, with state and issuer."""
    assert answer.status_code == 303, answer.text
    back = answer_of(answer.headers["Location"])
    assert answer.headers["Location"].startswith(BACK)
    assert (back["error"], back["state"]) == (error, "st4te")
    assert back["iss"] == f"http://{answer.request.url.netloc.decode()}"
    assert "code" not in back


def stays(answer: httpx.Response) -> None:
    """The browser is sent nowhere: a page says what is wrong."""
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "<h1>" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def code_of(site: Site, **changes: str | None) -> str:
    browser = Browser(site.city)
    await browser.open(site, **changes)
    await Phone(site.city, await site.city.sign_in(2)).approve(browser)
    return (await browser.back())["code"]


# --- open redirect, mix-up ---


ELSEWHERE: list[str | None] = [
        "https://evil.example/", BACK + "&x=1", BACK.removesuffix("?from=city"), BACK.upper(), BACK + "#", BACK + "/",
        "https://tax.example@evil.example/callback?from=city", "https://tax.example:443/callback?from=city",
        "http://tax.example/callback?from=city", "https://tax.example//callback?from=city", "javascript:alert(1)",
        "https://tax.example/x/../callback?from=city", "https://sub.tax.example/callback?from=city", None,
    ]  # fmt: skip


async def test_a_browser_is_sent_only_where_the_site_is_registered_to_be(city: RunningCity) -> None:
    pushing, not_pushing = await registered(city), await registered(city, pushed_requests_only=False)
    for address in ELSEWHERE:
        refused(await pushing.post("/oidc/par", pushing.request(redirect_uri=address)), "invalid_request")
        stays(await Browser(city).authorize(**not_pushing.request(redirect_uri=address)))
        stays(await Browser(city).authorize(**not_pushing.request(redirect_uri=address, prompt="none")))


async def test_after_signing_out_a_browser_is_sent_only_where_the_site_is_registered_to_be(city: RunningCity) -> None:
    site, browser, citizen = await registered(city), Browser(city), await city.sign_in(0)
    tokens = await signed_in(site, citizen, browser)
    hint = {"id_token_hint": tokens["id_token"]}
    out = await browser.get("/oidc/logout", params={**hint, "post_logout_redirect_uri": "https://evil.example/"})
    assert (out.status_code, out.headers.get("Location")) == (200, None)


async def test_every_answer_says_whose_it_is(city: RunningCity) -> None:
    site, browser = await registered(city), Browser(city)
    await browser.open(site)
    await Phone(city, await city.sign_in(0)).approve(browser)
    back = await browser.back()
    assert (back["iss"], back["state"]) == (city.url, "st4te")


# --- codes ---


async def test_a_stolen_code_is_worth_nothing_without_the_verifier_or_to_another_site(city: RunningCity) -> None:
    site, other = await registered(city), await registered(city)
    code = await code_of(site)
    for verifier in ("w" * 43, "", challenge_of("v" * 43)):
        changes = {"code_verifier": verifier}
        refused(await site.exchanged(code, **changes), "invalid_grant" if verifier else "invalid_request")
    refused(await other.exchanged(code), "invalid_grant")
    refused(await site.exchanged(code, redirect_uri="https://tax.example/callback"), "invalid_grant")
    for forged in (code[:-1], code + "A", "x", code.partition(".")[0] + "." + "A" * 43, "é" * 9, "." * 399):
        refused(await site.exchanged(forged), "invalid_grant")
    assert (await site.exchanged(code)).status_code == 200, "none of that used it up for its owner"


async def test_a_code_used_twice_ends_what_came_of_it(city: RunningCity) -> None:
    site = await registered(city)
    code = await code_of(site, scope="openid offline_access")
    tokens = (await site.exchanged(code)).json()
    refused(await site.exchanged(code), "invalid_grant")
    assert await site.introspected(tokens["access_token"]) == {"active": False}
    refused(await site.refreshed(tokens["refresh_token"]), "invalid_grant")
    refused(await site.userinfo(tokens["access_token"]), "invalid_token", 401)


async def test_of_many_exchanges_at_once_one_wins_and_nothing_is_left_of_it(city: RunningCity) -> None:
    site = await registered(city, secret=True)
    code = await code_of(site)
    answers = await asyncio.gather(*(site.exchanged(code) for _ in range(8)))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "invalid_grant")
    if won:
        assert await site.introspected(won[0]["access_token"]) == {"active": False}


# --- PKCE, pushed requests ---


WEAKENED: list[tuple[dict[str, str | None], str]] = [
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "v" * 42 + "="}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"scope": "profile"}, "invalid_scope"),
    ({"scope": None}, "invalid_scope"),
    ({"acr_values": "high"}, "unmet_authentication_requirements"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "sometimes"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://evil.example/request"}, "request_not_supported"),
    ({"nonce": "line\nbreak"}, "invalid_request"),
]


async def test_a_request_that_weakens_the_protocol_is_refused(city: RunningCity) -> None:
    site, not_pushing = await registered(city), await registered(city, pushed_requests_only=False)
    for changes, error in WEAKENED:
        refused(await site.post("/oidc/par", site.request(**changes)), error)
        if "request_uri" not in changes:
            told(await Browser(city).authorize(**not_pushing.request(**changes)), error)


async def test_a_pushed_request_opens_once_for_its_own_site_and_cannot_be_gone_around(city: RunningCity) -> None:
    site, other = await registered(city), await registered(city)
    request_uri = await site.pushed()
    stays(await Browser(city).authorize(client_id=other.client_id, request_uri=request_uri))
    browser = Browser(city)
    assert (await browser.authorize(client_id=site.client_id, request_uri=request_uri)).status_code == 303
    stays(await Browser(city).authorize(client_id=site.client_id, request_uri=request_uri))
    stays(await browser.authorize(client_id=site.client_id, request_uri=request_uri))
    stays(await Browser(city).authorize(client_id=site.client_id, request_uri=request_uri[:-1]))
    told(await Browser(city).authorize(**site.request()), "invalid_request")
    assert (await browser.get(browser.page)).status_code == 200, "its own page can be loaded again"


async def test_a_parameter_that_is_there_twice_is_refused(city: RunningCity) -> None:
    site = await registered(city, secret=True)
    body = "client_id=a&client_id=b"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/oidc/par", "/oidc/token", "/oidc/introspect", "/oidc/revoke"):
        auth = (site.client_id, str(site.secret))
        refused(await city.client.post(path, content=body, headers=headers, auth=auth), "invalid_request")


# --- the browser and the phone ---


async def test_who_saw_the_code_or_knows_the_page_cannot_take_the_sign_in_over(city: RunningCity) -> None:
    site, browser, thief = await registered(city), Browser(city), Browser(city)
    await browser.open(site)
    await thief.open(site)
    for address in ("", "/progress", "/code.svg", "/continuation"):
        for cookies in (None, thief.cookies):
            other = Browser(city) if cookies is None else thief
            answer = await other.get(browser.page + address, headers={"Accept": "*/*"})
            problem(answer, 404, "oidc.sign_in_page_gone")
    await Phone(city, await city.sign_in(0)).approve(browser)
    problem(await thief.get(f"{browser.page}/continuation", headers={"Accept": "*/*"}), 404, "oidc.sign_in_page_gone")
    assert "code" in await browser.back()


async def test_a_code_is_scanned_by_one_citizen_and_approved_by_nobody_else(city: RunningCity) -> None:
    site, browser = await registered(city), Browser(city)
    await browser.open(site)
    scan = await browser.scan()
    first, second = Phone(city, await city.sign_in(0)), Phone(city, await city.sign_in(0))
    problem(await first.answer(scan, "10"), 409, "oidc.scan_over")
    assert (await first.look(scan)).status_code == 200
    problem(await second.look(scan), 409, "oidc.scan_of_another")
    number = (await browser.progress())["number"]
    problem(await second.answer(scan, number), 409, "oidc.scan_of_another")
    problem(await second.refuse(scan), 409, "oidc.scan_of_another")
    assert (await first.answer(scan, number)).status_code == 204
    problem(await first.answer(scan, number), 409, "oidc.scan_over")
    for forged in (scan[:-1] + ("A" if scan[-1] != "A" else "B"), "x", "a.b.c", scan.partition(".")[0]):
        problem(await second.look(forged), 404, "oidc.scan_not_found")


async def test_a_wrong_number_ends_the_sign_in(city: RunningCity) -> None:
    site, browser, phone = await registered(city), Browser(city), Phone(city, await city.sign_in(0))
    await browser.open(site)
    scan = await browser.scan()
    numbers = (await phone.look(scan)).json()["numbers"]
    assert len(set(numbers)) == 3
    number = (await browser.progress())["number"]
    wrong = next(one for one in numbers if one != number)
    problem(await phone.answer(scan, wrong), 409, "oidc.number_wrong")
    problem(await phone.answer(scan, number), 409, "oidc.scan_over")
    assert (await browser.progress())["stage"] == "refused"
    told(await browser.call("POST", f"{browser.page}/cancellation"), "access_denied")


async def test_another_sites_page_cannot_sign_a_visitor_out(city: RunningCity) -> None:
    site, browser, citizen = await registered(city), Browser(city), await city.sign_in(0)
    await signed_in(site, citizen, browser)
    asked = await browser.get("/oidc/logout")
    assert 'name="answer"' in asked.text
    form, headers = {"answer": "yes"}, {"Sec-Fetch-Site": "cross-site"}
    stays(await browser.call("POST", "/oidc/logout", data=form, headers=headers))
    silent = await browser.open(site, prompt="none")
    assert "code" in answer_of(silent.headers["Location"])


# --- clients and tokens ---


def with_the_public_key_as_a_secret(claims: dict[str, Any], public: dict[str, str]) -> str:
    parts = [orjson.dumps({"alg": "HS256", "kid": "one"}), orjson.dumps(claims)]
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    digest = hmac.digest(orjson.dumps(public), signed, "sha256")
    return (signed + b"." + urlsafe_b64encode(digest).rstrip(b"=")).decode()


async def test_an_assertion_is_taken_only_as_it_should_be(city: RunningCity) -> None:
    site, other = await registered(city), await registered(city)
    now = int(time.time())
    claims: dict[str, Any] = {"iss": site.client_id, "sub": site.client_id, "aud": city.url, "jti": "j-1"}
    claims |= {"exp": now + 60}
    public = public_key(site.key or ec.generate_private_key(ec.SECP256R1()), "one")
    stranger = ec.generate_private_key(ec.SECP256R1())
    nothing = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    once = site.assertion()
    wrong: list[str] = [
        jwt.encode(claims, stranger, "ES256", headers={"kid": "one"}),
        with_the_public_key_as_a_secret(claims, public),
        f"{nothing}.{site.assertion().split('.')[1]}.",
        jwt.encode(claims, stranger, "ES256", headers={"kid": "one", "jwk": public}),
        jwt.encode(claims, stranger, "ES256", headers={"jku": "https://evil.example/jwks"}),
        site.assertion(aud="https://another.example"),
        site.assertion(aud=[city.url, "https://another.example"]),
        site.assertion(exp=now - 60),
        site.assertion(exp=now + 90_000),
        site.assertion(iat=now + 3600),
        site.assertion(jti=""),
        site.assertion(iss=other.client_id),
        site.assertion(sub=other.client_id),
        site.assertion(exp="soon"),
        once[:-6],
        "x" * 9000,
        "",
    ]
    for assertion in wrong:
        form = {"client_assertion_type": ASSERTION, "client_assertion": assertion, "token": "x"}
        refused(await city.client.post("/oidc/introspect", data=form), "invalid_client", 401)
    form = {"client_assertion_type": ASSERTION, "client_assertion": once, "token": "x"}
    assert (await city.client.post("/oidc/introspect", data=form)).json() == {"active": False}
    refused(await city.client.post("/oidc/introspect", data=form), "invalid_client", 401)


async def test_a_site_proves_itself_in_the_one_way_it_is_registered_for(city: RunningCity) -> None:
    keyed, secretive = await registered(city), await registered(city, secret=True)
    for user, password in (
        (secretive.client_id, "wrong"), (keyed.client_id, ""), (secretive.client_id, ""), ("nobody", "x"),
        ("x" * 5000, "x"), (keyed.client_id, str(secretive.secret)),
    ):  # fmt: skip
        answer = await city.client.post("/oidc/token", data={"grant_type": "refresh_token"}, auth=(user, password))
        refused(answer, "invalid_client", 401)
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    in_body = {"client_id": secretive.client_id, "client_secret": str(secretive.secret), "token": "x"}
    refused(await city.client.post("/oidc/introspect", data=in_body), "invalid_client", 401)
    other_name = {"client_id": keyed.client_id, "token": "x"}
    auth = (secretive.client_id, str(secretive.secret))
    refused(await city.client.post("/oidc/introspect", data=other_name, auth=auth), "invalid_client", 401)
    both = {"client_assertion_type": ASSERTION, "client_assertion": keyed.assertion()}
    refused(await city.client.post("/oidc/introspect", data=both, auth=auth), "invalid_request")


async def test_no_token_opens_what_another_kind_is_for(city: RunningCity) -> None:
    site, citizen = await registered(city), await city.sign_in(2)
    tokens = await signed_in(site, citizen, None, scope="openid offline_access")
    for token in (tokens["id_token"], tokens["refresh_token"], citizen.access_token, "x", "."):
        refused(await site.userinfo(token), "invalid_token", 401)
    for token in (tokens["id_token"], tokens["access_token"], citizen.refresh_token):
        refused(await site.refreshed(token), "invalid_grant")
    for token in (tokens["id_token"], tokens["access_token"], tokens["refresh_token"]):
        answer = await city.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401, "identity.token_invalid")


async def test_a_foreign_sites_token_is_not_renewed_revoked_or_explained(city: RunningCity) -> None:
    site, other = await registered(city), await registered(city, department="gy.transport")
    tokens = await signed_in(site, await city.sign_in(0), None, scope="openid offline_access")
    refused(await other.refreshed(tokens["refresh_token"]), "invalid_grant")
    refused(await other.post("/oidc/revoke", {"token": tokens["refresh_token"]}), "invalid_grant")
    assert await other.introspected(tokens["access_token"]) == {"active": False}
    assert (await site.introspected(tokens["access_token"]))["active"]
    assert (await site.introspected(tokens["refresh_token"]))["active"]
    assert (await other.post("/oidc/revoke", {"token": "nothing"})).status_code == 200


async def test_a_copied_refresh_token_ends_the_sign_in_for_both(city: RunningCity) -> None:
    site = await registered(city, secret=True)
    first = await signed_in(site, await city.sign_in(0), None, scope="openid offline_access")
    second = (await site.refreshed(first["refresh_token"])).json()
    lost = (await site.refreshed(first["refresh_token"])).json()
    assert lost["refresh_token"] == second["refresh_token"], "an answer that was lost can be asked for again"
    third = (await site.refreshed(second["refresh_token"])).json()
    refused(await site.refreshed(first["refresh_token"]), "invalid_grant")
    refused(await site.refreshed(third["refresh_token"]), "invalid_grant")
    assert await site.introspected(third["access_token"]) == {"active": False}


# --- registration ---


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"redirect_uris": ["http://tax.example/callback"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.tax.example/callback"]}, "redirect_uris"),
        ({"redirect_uris": ["https://tax.example/callback#x"]}, "redirect_uris"),
        ({"redirect_uris": ["https://user@tax.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https:///callback"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["https://税.example/"]}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["ftp://tax.example/"]}, "post_logout_redirect_uris"),
        ({"scopes": ["phone"]}, "scopes"),
        ({"authentication": "private_key_jwt"}, "keys"),
    ],
)
async def test_a_registration_that_would_weaken_the_protocol_is_refused(
    city: RunningCity, changes: dict[str, Any], field: str
) -> None:
    whole = {**REGISTRATION, "authentication": "client_secret_basic", **changes}
    answer = await city.client.post(CLIENTS, json=whole, headers=await city.staff())
    assert problem(answer, 422, "oidc.client_invalid")["field"] == field
    assert OUT not in answer.text
