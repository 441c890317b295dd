"""Staff in a browser: the cookie, what keeps other sites away from it, posts, passwords and the second factor."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.caller import DepartmentSystem, Staff
from handlers.http.application import Route
from handlers.http.contract import NoContent, endpoint
from handlers.http.handler import Handler
from handlers.http.policy import anyone, citizen, department, staff
from tests.http.api_answers import problem
from tests.http.machinery import Served, served
from tests.http.staff_browser import SAME_SITE, SESSIONS, Browser, enrolled, new_member, signed_in
from tests.running_city import STAFF_PASSWORD, RunningCity, running_city

# --- the rules of the HTTP floor, by themselves ---


class Hall(Handler):
    @endpoint(who=anyone())
    async def post(self) -> NoContent:
        """Open to anybody."""
        return NoContent()

    @endpoint(who=citizen())
    async def get(self) -> NoContent:
        """For citizens."""
        return NoContent()

    @endpoint(who=department(scope="cards.figures"))
    async def put(self) -> NoContent:
        """For departments."""
        return NoContent()


OPERATOR = Staff("s-1", "li.na", "operator", session_id="session")
PROOF = {"X-CSRF-Token": "sessionsession"}


class At(Handler):
    @endpoint(who=staff("operator"))
    async def get(self, place: str) -> NoContent:
        """Look."""
        return NoContent()

    @endpoint(who=staff("operator"))
    async def post(self, place: str) -> NoContent:
        """Change something."""
        return NoContent()

    @endpoint(who=staff("operator"), writes_itself_down=True)
    async def delete(self, place: str) -> NoContent:
        """Change something that the service writes down."""
        return NoContent()


DESK = [Route("/desk/{place}", At), Route("/hall", Hall)]


def cookie(city: Served, name: str = "cst_staff") -> dict[str, str]:
    city.consoles.known["secret"] = OPERATOR
    return {"Cookie": f"{name}=secret"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({**SAME_SITE, **PROOF}, 204),
        (SAME_SITE, 403),
        (PROOF, 403),
        ({}, 403),
        ({**SAME_SITE, "X-CSRF-Token": ""}, 403),
        ({**SAME_SITE, "X-CSRF-Token": "session"}, 403),
        ({**SAME_SITE, "X-CSRF-Token": "密"}, 403),
        ({"Sec-Fetch-Site": "cross-site", **PROOF}, 403),
        ({"Sec-Fetch-Site": "same-site", **PROOF}, 403),
        ({"Sec-Fetch-Site": "none", **PROOF}, 403),
        ({"Origin": "OWN", **PROOF}, 204),
        ({"Origin": "https://evil.example", **PROOF}, 403),
        ({"Origin": "null", **PROOF}, 403),
        ({"Referer": "OWN/staff", **PROOF}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OWN", **PROOF}, 403),
    ],
)
async def test_a_change_known_by_cookie_comes_from_the_citys_own_page(headers: dict[str, str], status: int) -> None:
    async with served(DESK) as city:
        own = f"http://127.0.0.1:{city.port}"
        given = {**cookie(city), **headers}.items()
        sent = {name.encode(): value.replace("OWN", own).encode() for name, value in given}
        answer = await city.client.post("/desk/1", headers=sent)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "request.cross_site"
            assert city.noted.done_by_staff == []
        # Looking needs the cookie alone: another site can neither send it (SameSite) nor read the answer.
        assert (await city.client.get("/desk/1", headers=cookie(city))).status_code == 204


async def test_behind_https_the_cookie_is_bound_to_the_host_and_the_origin_is_the_public_one() -> None:
    async with served(DESK, public_url="https://city.example") as city:
        sent = {**cookie(city, "__Host-cst_staff"), **PROOF}
        for origin, status in (("https://city.example", 204), ("http://city.example", 403)):
            answer = await city.client.post("/desk/1", headers={**sent, "Origin": origin})
            assert answer.status_code == status
        answer = await city.client.post("/desk/1", headers={**cookie(city), **SAME_SITE, **PROOF})
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.sign_in_needed")


async def test_who_sends_a_token_needs_no_proof_and_a_cookie_beside_it_means_nothing() -> None:
    async with served(DESK) as city:
        city.callers.known["token"] = OPERATOR
        bearer = {"Authorization": "Bearer token"}
        assert (await city.client.post("/desk/1", headers=bearer)).status_code == 204
        forged = {**cookie(city), **SAME_SITE, **PROOF, "Authorization": "Bearer forged"}
        assert (await city.client.post("/desk/1", headers=forged)).status_code == 401
        unknown = {"Cookie": "cst_staff=unknown", **SAME_SITE, **PROOF}
        answer = await city.client.post("/desk/1", headers=unknown)
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.staff_session_over")
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_the_cookie_means_nothing_where_staff_have_nothing_to_do() -> None:
    async with served(DESK) as city:
        assert (await city.client.post("/hall", headers=cookie(city))).status_code == 204
        answer = await city.client.get("/hall", headers=cookie(city))
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.sign_in_needed")


async def test_who_has_something_to_do_first_does_that_first() -> None:
    async with served(DESK) as city:
        city.callers.known["new"] = Staff("s-2", "new", "operator", unfinished="password")
        answer = await city.client.get("/desk/1", headers={"Authorization": "Bearer new"})
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.staff_setup_needed")
        assert answer.json()["first"] == "password"


async def test_a_departments_system_opens_what_its_key_says_and_nothing_else() -> None:
    async with served(DESK) as city:
        city.keys.known["cstk_right"] = DepartmentSystem("k-1", "gy.fund", frozenset({"cards.figures"}))
        city.keys.known["cstk_other"] = DepartmentSystem("k-2", "gy.fund", frozenset())
        city.callers.known["dep"] = Staff("s-3", "dep", "department", department="gy.fund")
        city.callers.known["op"] = OPERATOR
        verdicts = {}
        for token in ("cstk_right", "cstk_other", "cstk_none", "dep", "op"):
            answer = await city.client.put("/hall", headers={"Authorization": f"Bearer {token}"})
            verdicts[token] = answer.json()["code"] if answer.content else ""
        assert verdicts == {
            "cstk_right": "", "cstk_other": "identity.scope_needed", "cstk_none": "identity.api_key_invalid",
            "dep": "", "op": "identity.forbidden",
        }  # fmt: skip
        elsewhere = await city.client.post("/desk/1", headers={"Authorization": "Bearer cstk_right"})
        assert elsewhere.json()["code"] == "identity.forbidden"
        assert (await city.client.post("/hall", headers={"Authorization": "Bearer cstk_none"})).status_code == 204


async def test_what_staff_change_is_written_down_unless_the_service_does_it() -> None:
    async with served(DESK) as city:
        city.callers.known["op"] = OPERATOR
        bearer = {"Authorization": "Bearer op"}
        await city.client.get("/desk/1", headers=bearer)
        await city.client.delete("/desk/1", headers=bearer)
        answer = await city.client.post("/desk/7", headers=bearer)
        await city.client.put("/desk/7", headers=bearer)
        details = {"place": "7", "request_id": answer.headers["X-Request-Id"]}
        assert city.noted.done_by_staff == [("s-1", "POST /desk/{place}", details)]


# --- the city ---


async def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(city: RunningCity) -> None:
    async with Browser.at(city) as browser:
        answer = await browser.sign_in("operator")
        assert answer.status_code == 201
        session = answer.json()
        assert (session["access_token"], session["token_type"], session["expires_in"]) == (None, None, 12 * 3600)
        value, *attributes = answer.headers["Set-Cookie"].split("; ")
        assert value.startswith("cst_staff=")
        assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Strict"}
        assert session["csrf_token"] not in value
        me = (await browser.get("/staff/me")).json()
        assert (me["name"], me["csrf_token"]) == ("operator", session["csrf_token"])


async def test_other_sites_cannot_sign_a_browser_in(city: RunningCity) -> None:
    """Nobody works, without knowing it, in an account of somebody else's."""
    wanted = {"name": "operator", "password": STAFF_PASSWORD, "browser": True}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        problem(await city.client.post(SESSIONS, json=wanted, headers=headers), 403, "request.cross_site")


async def test_each_sign_in_is_another_session_and_signing_out_ends_it(city: RunningCity) -> None:
    async with Browser.at(city) as browser:
        await browser.sign_in("operator")
        first = browser.client.cookies["cst_staff"]
        browser.client.cookies.set("cst_staff", "01FIXEDBYSOMEBODYELSE.secret", domain="127.0.0.1")
        browser.client.cookies.clear()
        await browser.sign_in("operator")
        second = browser.client.cookies["cst_staff"]
        assert first != second
        answer = await browser.send("DELETE", "/staff/sessions/current")
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        for value, status in ((second, 401), (first, 200)):
            headers = {"Cookie": f"cst_staff={value}"}
            browser.client.cookies.clear()
            assert (await browser.client.get("/api/v1/staff/me", headers=headers)).status_code == status


async def test_switching_posts_is_another_session_with_another_cookie(city: RunningCity) -> None:
    async with AsyncExitStack() as stack:
        browser = await signed_in(stack, city, "department")
        me = (await browser.get("/staff/me")).json()
        other = next(post for post in me["posts"] if post["id"] != me["post"]["id"])
        before, token = browser.client.cookies["cst_staff"], browser.csrf_token
        moved = await browser.send("POST", "/staff/sessions/current/post", {"post_id": other["id"]})
        assert moved.json()["department"] == other["department"]
        assert browser.client.cookies["cst_staff"] != before
        assert browser.csrf_token != token
        assert (await browser.get("/staff/me")).json()["post"] == other
        browser.client.cookies.clear()
        stale = await browser.client.get("/api/v1/staff/me", headers={"Cookie": f"cst_staff={before}"})
        problem(stale, 401, "identity.staff_session_over")
    # Signing in picks the post last used: others find this one as it was.
    wanted = {"name": "department", "password": STAFF_PASSWORD, "post_id": me["post"]["id"]}
    (await city.client.post("/api/v1/staff/sessions", json=wanted)).raise_for_status()


async def test_ones_sessions_are_listed_and_ended(city: RunningCity) -> None:
    name, password = await new_member(city)
    async with AsyncExitStack() as stack:
        here, there = [await signed_in(stack, city, name, password) for _ in range(2)]
        items = (await here.get("/staff/sessions")).json()["items"]
        assert sorted(item["current"] for item in items) == [False, False, True]
        other = next(item["id"] for item in (await there.get("/staff/sessions")).json()["items"] if item["current"])
        assert (await here.send("DELETE", f"/staff/sessions/{other}")).status_code == 204
        problem(await there.get("/staff/me"), 401, "identity.staff_session_over")
        problem(await here.send("DELETE", f"/staff/sessions/{other}"), 404, "identity.staff_session_not_found")
        assert (await here.send("DELETE", "/staff/sessions")).status_code == 204
        problem(await here.get("/staff/me"), 401, "identity.sign_in_needed")


async def test_a_second_factor_from_the_picture_to_the_lost_phone(city: RunningCity) -> None:
    name, password = await new_member(city, "department")
    async with AsyncExitStack() as stack:
        browser = await signed_in(stack, city, name, password)
        app, codes = await enrolled(browser, password)
        me = (await browser.get("/staff/me")).json()
        assert (me["second_factor"], me["recovery_codes_left"]) == (True, 10)
        problem(await browser.sign_in(name, password), 401, "identity.staff_code_needed", password)
        problem(await browser.sign_in(name, "wrong-4c1b8e6f-1"), 401, "identity.staff_refused")
        code = app.code()
        assert (await browser.sign_in(name, password, code)).status_code == 201
        problem(await browser.sign_in(name, password, code), 401, "identity.staff_code_refused", code)
        assert (await browser.sign_in(name, password, codes[0])).status_code == 201
        problem(await browser.sign_in(name, password, codes[0]), 401, "identity.staff_code_refused", codes[0])
        token = await city.client.post(SESSIONS, json={"name": name, "password": password, "code": codes[1]})
        assert token.status_code == 201


async def test_a_temporary_password_opens_nothing_but_its_own_change(city: RunningCity) -> None:
    name, _ = await new_member(city, "department")
    operator = await city.staff("operator")
    path = f"/api/v1/staff/accounts/{name}/password_reset"
    reset = (await city.client.post(path, json={}, headers=operator)).raise_for_status().json()
    given = reset["temporary_password"]
    async with AsyncExitStack() as stack:
        browser = await signed_in(stack, city, name, given)
        assert (await browser.get("/staff/me")).json()["unfinished"] == "password"
        problem(await browser.get("/staff/api_keys"), 403, "identity.staff_setup_needed")
        problem(
            await browser.send("POST", "/staff/password", {"current": given, "new": "short"}),
            422, "identity.staff_password_unfit", given,
        )  # fmt: skip
        changed = await browser.send("POST", "/staff/password", {"current": given, "new": "a password of my own"})
        assert changed.json()["unfinished"] == ""
        assert (await browser.get("/staff/api_keys")).status_code == 200


async def test_the_page_is_served_with_everything_shut_but_itself(city: RunningCity) -> None:
    page = await city.client.get("/staff")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for name in ("staff.js", "api.js", "dom.js", "texts.js", "account.js", "administration.js", "work.js", "staff.css"):
        asset = await city.client.get(f"/staff/{name}")
        assert asset.status_code == 200
        assert "://" not in asset.text, "nothing comes from elsewhere"
    problem(await city.client.get("/staff/index.py"), 404, "request.not_found")


async def test_where_a_second_factor_is_required_it_comes_first(tmp_path: Path) -> None:
    settings = {"identity": {"staff": {"second_factor": ["operator"]}}}
    async with running_city(tmp_path, settings) as city, AsyncExitStack() as stack:
        browser = await signed_in(stack, city, "operator")
        assert (await browser.get("/staff/me")).json()["unfinished"] == "second_factor"
        problem(await browser.get("/staff/accounts"), 403, "identity.staff_setup_needed")
        problem(await city.client.get("/api/v1/operator/figures", headers=await city.staff()), 403,
                "identity.staff_setup_needed")  # fmt: skip
        await enrolled(browser, STAFF_PASSWORD)
        assert (await browser.get("/staff/accounts")).status_code == 200
        gate = await city.client.get("/api/v1/staff/me", headers=await city.staff("gate"))
        assert gate.json()["unfinished"] == ""
