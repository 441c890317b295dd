"""Sign-in for department sites: what a department, a visitor and a citizen are promised."""

from typing import Any

from tests.department_sites import BACK, CLIENTS, REGISTRATION, Browser, Phone, answer_of, registered, signed_in
from tests.http.api_answers import problem
from tests.running_city import RunningCity, SignedIn

OWN = "/api/v1/me/site_sign_ins"


async def own(city: RunningCity, citizen: SignedIn) -> list[dict[str, Any]]:
    return list((await city.client.get(OWN, headers=citizen.headers)).raise_for_status().json()["items"])


async def test_a_site_learns_only_a_pseudonym_of_its_department_unless_asked_otherwise(city: RunningCity) -> None:
    tax, also_tax = await registered(city), await registered(city)
    transport = await registered(city, department="gy.transport")
    citizen = await city.sign_in(2)
    seen = []
    for site in (tax, also_tax, transport):
        tokens = await signed_in(site, citizen)
        assert tokens["scope"] == "openid"
        seen.append((await site.userinfo(tokens["access_token"])).json())
    assert [list(claims) for claims in seen] == [["sub"]] * 3
    subjects = [claims["sub"] for claims in seen]
    assert subjects[0] == subjects[1] != subjects[2]
    log = (await city.client.get("/api/v1/me/access_log", headers=citizen.headers)).json()["items"]
    assert log == []


async def test_what_is_not_ticked_is_not_given_and_signing_in_works_all_the_same(city: RunningCity) -> None:
    site, citizen = await registered(city), await city.sign_in(2)
    tokens = await signed_in(site, citizen, None, "phone", scope="openid real_name phone id_number")
    assert tokens["scope"] == "openid phone"
    claims = (await site.userinfo(tokens["access_token"])).json()
    assert (claims.get("name"), claims.get("id_number")) == (None, None)
    assert claims["phone_number"] == citizen.person["phone"]


async def test_a_consent_that_is_withdrawn_ends_the_release_at_once(city: RunningCity) -> None:
    site, citizen = await registered(city), await city.sign_in(2)
    tokens = await signed_in(site, citizen, None, "id_number", scope="openid id_number")
    claims = (await site.userinfo(tokens["access_token"])).json()
    assert claims["id_number"] == citizen.person["id_number"]
    consents = (await city.client.get("/api/v1/consents", headers=citizen.headers)).json()["items"]
    given = next(one for one in consents if one["fields"] == ["id_number"])
    assert (given["department"], given["purpose"]["zh"], given["releases"]) == ("gy.tax", "办理纳税申报", 1)
    await city.client.delete(f"/api/v1/consents/{given['id']}", headers=citizen.headers)
    assert list((await site.userinfo(tokens["access_token"])).json()) == ["sub"]


async def test_one_approval_serves_a_browsers_other_sites_the_citizen_has_agreed_to(city: RunningCity) -> None:
    known, unknown = await registered(city), await registered(city)
    citizen, browser = await city.sign_in(2), Browser(city)
    await signed_in(known, citizen, browser)
    assert "code" in answer_of((await browser.open(known)).headers["Location"])
    new = await browser.open(unknown, prompt="none")
    assert answer_of(new.headers["Location"])["error"] == "consent_required"
    assert (await browser.open(unknown)).headers["Location"].startswith("/oidc/sign_ins/")
    for changes, error in (
        ({"scope": "openid real_name"}, "consent_required"),
        ({"acr_values": "3"}, "login_required"),
        ({"max_age": "0"}, "login_required"),
        ({"login_hint": "0" * 32}, "login_required"),
    ):
        silent = await browser.open(known, prompt="none", **changes)
        assert answer_of(silent.headers["Location"])["error"] == error, changes
    for prompt in ("login", "consent", "select_account"):
        assert (await browser.open(known, prompt=prompt)).headers["Location"].startswith("/oidc/sign_ins/")


async def test_a_citizen_sees_and_ends_sign_ins(city: RunningCity) -> None:
    site, citizen, browser = await registered(city), await city.sign_in(2), Browser(city)
    tokens = await signed_in(site, citizen, browser, scope="openid offline_access")
    (listed,) = await own(city, citizen)
    assert (listed["site"]["zh"], listed["scopes"]) == ("电子税务局", ["openid", "offline_access"])
    stranger = await city.sign_in(0)
    path = f"{OWN}/{listed['id']}"
    problem(await city.client.delete(path, headers=stranger.headers), 404, "oidc.site_sign_in_not_found")
    assert (await city.client.delete(path, headers=citizen.headers)).status_code == 204
    assert await own(city, citizen) == []
    assert await site.introspected(tokens["access_token"]) == {"active": False}
    assert (await site.refreshed(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    silent = await browser.open(site, prompt="none")
    assert answer_of(silent.headers["Location"])["error"] == "login_required"
    await signed_in(site, citizen)
    await signed_in(site, citizen)
    assert (await city.client.delete(OWN, headers=citizen.headers)).status_code == 204
    assert await own(city, citizen) == []


async def test_signing_out_everywhere_signs_out_of_sites_too(city: RunningCity) -> None:
    site, citizen, browser = await registered(city), await city.sign_in(0), Browser(city)
    tokens = await signed_in(site, citizen, browser, scope="openid offline_access")
    await city.client.delete("/api/v1/sessions", headers=citizen.headers)
    assert (await site.refreshed(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await site.introspected(tokens["access_token"]) == {"active": False}
    silent = await browser.open(site, prompt="none")
    assert answer_of(silent.headers["Location"])["error"] == "login_required"


async def test_a_visitor_signs_out_here_or_at_all_sites(city: RunningCity) -> None:
    site, citizen = await registered(city), await city.sign_in(0)
    for everywhere, active in (("", True), ("yes", False)):
        browser = Browser(city)
        tokens = await signed_in(site, citizen, browser, scope="openid offline_access")
        asked = await browser.get("/oidc/logout")
        assert asked.status_code == 200
        out = await browser.call("POST", "/oidc/logout", data={"answer": "yes", "everywhere": everywhere})
        assert "您已退出登录" in out.text
        assert (await site.introspected(tokens["access_token"]))["active"] is active
        silent = await browser.open(site, prompt="none")
        assert answer_of(silent.headers["Location"])["error"] == "login_required"


async def test_a_refusal_brings_the_visitor_back_and_tells_the_site_nothing_of_the_citizen(city: RunningCity) -> None:
    site, browser, phone = await registered(city), Browser(city), Phone(city, await city.sign_in(2))
    await browser.open(site)
    scan = await browser.scan()
    await phone.look(scan)
    assert (await phone.refuse(scan)).status_code == 204
    assert (await browser.progress())["stage"] == "refused"
    back = (await browser.call("POST", f"{browser.page}/cancellation")).headers["Location"]
    assert back.startswith(BACK)
    assert answer_of(back)["error"] == "access_denied"


async def test_the_page_shows_who_asks_and_what_and_holds_nothing_from_elsewhere(city: RunningCity) -> None:
    site, browser = await registered(city), Browser(city)
    await browser.open(site, scope="openid id_number")
    page = await browser.get(browser.page)
    for words in ("电子税务局", "Tax office online", "办理纳税申报", "您的身份证号码", "实名认证", "<noscript>"):
        assert words in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "https://tax.example" in policy
    assert "style=" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "打开小程序" not in page.text
    assert (await browser.get(f"{browser.page}/code.svg")).headers["Content-Type"] == "image/svg+xml"
    phone = Browser(city, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148")
    await phone.open(site)
    assert f'href="{city.url}/#/pages/identity/scan?scan=' in (await phone.get(phone.page)).text
    assert (await city.client.get("/oidc/assets/oidc.js")).status_code == 200
    problem(await city.client.get("/oidc/assets/other.js"), 404, "request.not_found")


async def test_a_secret_and_keys_are_changed_without_a_gap_and_a_site_is_stopped(city: RunningCity) -> None:
    staff = await city.staff()
    site, keyed = await registered(city, secret=True), await registered(city)
    made = await city.client.post(f"{CLIENTS}/{site.client_id}/secret", headers=staff)
    assert made.status_code == 201
    assert await site.introspected("x") == {"active": False}, "the secret before works on for a day"
    site.secret = made.json()["client_secret"]
    assert await site.introspected("x") == {"active": False}
    listed = (await city.client.get(f"{CLIENTS}?limit=100", headers=staff)).json()["items"]
    assert site.client_id in [one["client_id"] for one in listed]
    assert not [one for one in listed if one["client_secret"]]
    problem(await city.client.post(f"{CLIENTS}/{keyed.client_id}/secret", headers=staff), 422, "oidc.client_invalid")

    citizen, browser = await city.sign_in(0), Browser(city)
    tokens = await signed_in(site, citizen, browser)
    stopped = await city.client.post(f"{CLIENTS}/{site.client_id}/disablement", headers=staff)
    assert stopped.json()["disabled_at"]
    assert (await site.userinfo(tokens["access_token"])).status_code == 401
    assert (await site.post("/oidc/introspect", {"token": "x"})).json()["error"] == "invalid_client"
    assert (await browser.authorize(**site.request())).status_code == 400
    await city.client.post(f"{CLIENTS}/{site.client_id}/enablement", headers=staff)
    assert (await site.userinfo(tokens["access_token"])).status_code == 200


async def test_a_registration_repeated_with_its_key_registers_once(city: RunningCity) -> None:
    headers = {**await city.staff(), "Idempotency-Key": "registration-1"}
    whole = {**REGISTRATION, "authentication": "client_secret_basic"}
    first = (await city.client.post(CLIENTS, json=whole, headers=headers)).json()
    again = (await city.client.post(CLIENTS, json=whole, headers=headers)).json()
    assert first["client_id"] == again["client_id"]
    assert (bool(first["client_secret"]), again["client_secret"]) == (True, None)


async def test_nothing_of_a_sign_in_is_in_the_log(city: RunningCity) -> None:
    site, citizen, browser = await registered(city, secret=True), await city.sign_in(2), Browser(city)
    request_uri = await site.pushed(scope="openid real_name offline_access")
    await browser.authorize(client_id=site.client_id, request_uri=request_uri)
    scan = await browser.scan()
    await Phone(city, citizen).approve(browser, "real_name")
    code = (await browser.back())["code"]
    tokens = (await site.exchanged(code)).json()
    await site.userinfo(tokens["access_token"])
    await browser.get("/oidc/logout", params={"id_token_hint": tokens["id_token"]})
    written = city.log.read_text()
    secrets = [request_uri, scan, code, str(site.secret), citizen.person["name"], *browser.cookies.values()]
    secrets += [str(tokens[name]) for name in ("access_token", "refresh_token", "id_token")]
    assert not [secret for secret in secrets if secret in written]


OF_THE_FUND = {**REGISTRATION, "department": "gy.housing_fund_centre", "authentication": "client_secret_basic"}


async def test_a_department_registers_and_keeps_its_own_sites_and_sees_no_others(city: RunningCity) -> None:
    department, operator = await city.staff("department"), await city.staff()
    foreign = (await city.client.post(CLIENTS, json={**OF_THE_FUND, "department": "gy.tax"}, headers=operator)).json()
    made = (await city.client.post(CLIENTS, json=OF_THE_FUND, headers=department)).raise_for_status().json()
    assert made["client_secret"]
    own = f"{CLIENTS}/{made['client_id']}"
    again = (await city.client.post(f"{own}/secret", headers=department)).raise_for_status().json()
    assert again["client_secret"] not in (None, made["client_secret"])
    listed = (await city.client.get(f"{CLIENTS}?limit=100", headers=department)).json()["items"]
    assert {one["department"] for one in listed} == {"gy.housing_fund_centre"}
    for method, path in (("GET", ""), ("POST", "/secret"), ("POST", "/disablement")):
        answer = await city.client.request(method, f"{CLIENTS}/{foreign['client_id']}{path}", headers=department)
        problem(answer, 403, "oidc.client_is_anothers")
    elsewhere = await city.client.post(CLIENTS, json={**OF_THE_FUND, "department": "gy.tax"}, headers=department)
    problem(elsewhere, 403, "oidc.client_is_anothers")
    stopped = (await city.client.post(f"{own}/disablement", headers=department)).raise_for_status().json()
    assert stopped["disabled_at"]
    problem(await city.client.post(f"{own}/enablement", headers=department), 403, "identity.forbidden")
    on = (await city.client.post(f"{own}/enablement", headers=operator)).raise_for_status().json()
    assert on["disabled_at"] is None
