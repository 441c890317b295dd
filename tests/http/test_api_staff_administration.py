"""Operators, auditors, departments and halls through the API: accounts, four eyes, keys, codes, and the log."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest

from tests.http.api_answers import problem
from tests.http.api_services import FUND, SOCIAL, agree, use
from tests.http.staff_browser import Browser, enrolled, new_member
from tests.http.test_api_privacy import logged, written_forms
from tests.running_city import RunningCity

ACCOUNTS, PROPOSALS, KEYS, LOG = (f"/api/v1/staff/{name}" for name in ("accounts", "proposals", "api_keys", "log"))
CARDS = "/api/v1/department/cards"
Json = dict[str, Any]


async def ask(city: RunningCity, role: str, method: str, path: str, body: Json | None = None) -> httpx.Response:
    return await city.client.request(method, path, json=body, headers=await city.staff(role))


async def token(city: RunningCity, name: str, password: str) -> dict[str, str]:
    wanted = {"name": name, "password": password}
    session = (await city.client.post("/api/v1/staff/sessions", json=wanted)).raise_for_status().json()
    return {"Authorization": f"Bearer {session['access_token']}"}


async def last_entries(city: RunningCity, action: str) -> list[Json]:
    page = (await ask(city, "auditor", "GET", f"{LOG}?limit=100")).raise_for_status().json()
    return [entry for entry in page["items"] if entry["action"] == action]


# --- four eyes ---


async def test_an_operator_is_added_by_two_and_the_log_names_both(city: RunningCity) -> None:
    name = f"op.{secrets.token_hex(4)}"
    asked = await ask(city, "operator", "POST", ACCOUNTS, {"name": name, "role": "operator", "reason": "新同事"})
    answer = asked.raise_for_status().json()
    assert (answer["state"], answer["temporary_password"]) == ("proposed", None)
    proposal = answer["proposal"]
    assert (proposal["state"], proposal["reason"], proposal["can_approve"]) == ("open", "新同事", False)
    path = f"{PROPOSALS}/{proposal['id']}/approval"
    problem(await ask(city, "operator", "POST", path), 409, "identity.proposal_own")
    listed = (await ask(city, "auditor", "GET", PROPOSALS)).json()["items"]
    assert next(one for one in listed if one["id"] == proposal["id"])["can_approve"]
    approved = (await ask(city, "auditor", "POST", path)).raise_for_status().json()
    assert (approved["state"], approved["proposal"]["state"]) == ("done", "approved")
    problem(await ask(city, "auditor", "POST", path), 409, "identity.proposal_closed")
    first = await city.client.get("/api/v1/staff/me", headers=await token(city, name, approved["temporary_password"]))
    assert (first.json()["name"], first.json()["unfinished"]) == (name, "password")
    entry = (await last_entries(city, "account.add"))[0]
    assert (entry["actor"], entry["details"]["proposed_by"], entry["details"]["name"]) == ("auditor", "operator", name)


async def test_a_proposal_is_withdrawn_or_turned_down(city: RunningCity) -> None:
    for role in ("operator", "auditor"):
        name = f"aud.{secrets.token_hex(4)}"
        wanted = {"name": name, "role": "auditor"}
        proposal = (await ask(city, "operator", "POST", ACCOUNTS, wanted)).json()["proposal"]
        twice = problem(await ask(city, "operator", "POST", ACCOUNTS, wanted), 409, "identity.proposal_exists")
        assert twice["proposal_id"] == proposal["id"]
        rejected = await ask(city, role, "POST", f"{PROPOSALS}/{proposal['id']}/rejection")
        assert (rejected.json()["state"], rejected.json()["decided_by"]) == ("rejected", role)
        problem(await ask(city, "auditor", "POST", f"{PROPOSALS}/{proposal['id']}/approval"), 409,
                "identity.proposal_closed")  # fmt: skip


async def test_an_account_from_its_first_post_to_its_end(city: RunningCity) -> None:
    name, password = await new_member(city, "department", "gy.fund")
    headers = await token(city, name, password)
    added = await ask(city, "operator", "POST", f"{ACCOUNTS}/{name}/posts",
                      {"role": "hall_clerk", "department": "gy.halls", "scope": "hall:city"})  # fmt: skip
    assert added.json()["state"] == "done"
    posts = (await city.client.get("/api/v1/staff/me", headers=headers)).json()["posts"]
    assert [(post["role"], post["scope"]) for post in posts] == [("department", ""), ("hall_clerk", "hall:city")]
    clerk = await city.client.post(
        "/api/v1/staff/sessions", json={"name": name, "password": password, "post_id": posts[1]["id"]}
    )
    assert (clerk.json()["role"], clerk.json()["department"]) == ("hall_clerk", "gy.halls")
    ended = await ask(city, "operator", "DELETE", f"{ACCOUNTS}/{name}/posts/{posts[1]['id']}")
    assert ended.json()["state"] == "done"
    gone = {"Authorization": f"Bearer {clerk.json()['access_token']}"}
    problem(await city.client.get("/api/v1/staff/me", headers=gone), 401, "identity.token_invalid")
    assert (await city.client.get("/api/v1/staff/me", headers=headers)).status_code == 200
    assert (await ask(city, "operator", "POST", f"{ACCOUNTS}/{name}/disabling", {})).json()["state"] == "done"
    problem(await city.client.get("/api/v1/staff/me", headers=headers), 401, "identity.token_invalid")
    problem(await city.client.post("/api/v1/staff/sessions", json={"name": name, "password": password}), 401,
            "identity.staff_refused")  # fmt: skip
    listed = (await ask(city, "auditor", "GET", ACCOUNTS)).json()["items"]
    assert next(account for account in listed if account["name"] == name)["disabled_at"] is not None


@pytest.mark.parametrize("path", ["posts", "password_reset", "disabling"])
async def test_nobody_administers_their_own_account(city: RunningCity, path: str) -> None:
    body = {"role": "gate"} if path == "posts" else {}
    answer = await ask(city, "operator", "POST", f"{ACCOUNTS}/Operator/{path}", body)
    problem(answer, 409, "identity.staff_own_account")


# --- API keys ---


async def made(city: RunningCity, **more: Any) -> Json:
    wanted = {"system": secrets.token_hex(6), "scopes": ["cards.figures"], **more}
    answer = await ask(city, "department", "POST", KEYS, wanted)
    found: Json = answer.raise_for_status().json()
    return found


async def test_a_departments_system_reads_the_uses_of_its_own_cards(city: RunningCity) -> None:
    headers = {"Authorization": f"Bearer {(await made(city))['secret']}"}

    async def uses() -> int:
        items = (await city.client.get(CARDS, headers=headers)).raise_for_status().json()["items"]
        assert [item["card_id"] for item in items] == [FUND]
        assert (items[0]["quota"], items[0]["quota_left"] <= 500_000) == (500_000, True)
        return int(items[0]["uses"]["all"])

    before, citizen = await uses(), await city.sign_in(2)
    await agree(city, citizen, FUND, SOCIAL)
    assert (await use(city, citizen, FUND, "balance")).status_code == 200
    assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 200
    assert await uses() == before + 1
    old = (await city.client.get(f"{CARDS}?day=2020-02-29", headers=headers)).json()
    assert (old["day"], old["items"][0]["uses"]["all"]) == ("2020-02-29", 0)


async def test_a_key_is_shown_once_and_listed_without_its_secret(city: RunningCity) -> None:
    new = await made(city, days=30)
    assert new["secret"].startswith(new["key"]["prefix"] + "_")
    await city.client.get(CARDS, headers={"Authorization": f"Bearer {new['secret']}"})
    for role in ("department", "operator", "auditor"):
        answer = await ask(city, role, "GET", KEYS)
        assert new["secret"].rpartition("_")[2] not in answer.text
        listed = next(key for key in answer.json()["items"] if key["id"] == new["key"]["id"])
        assert (listed["department"], listed["created_by"], listed["live"]) == (
            "gy.housing_fund_centre", "department", True,
        )  # fmt: skip
        assert listed["last_used_on"] is not None
    narrowed = await ask(city, "auditor", "GET", f"{KEYS}?department=gy.nobody")
    assert narrowed.json()["items"] == []


async def test_a_key_is_rotated_without_a_gap_and_revoked_at_once(city: RunningCity) -> None:
    old = await made(city)
    rotated = await ask(city, "department", "POST", f"{KEYS}/{old['key']['id']}/rotation")
    new = rotated.raise_for_status().json()
    both = [{"Authorization": f"Bearer {key['secret']}"} for key in (old, new)]
    assert [(await city.client.get(CARDS, headers=headers)).status_code for headers in both] == [200, 200]
    problem(await ask(city, "department", "POST", f"{KEYS}/{old['key']['id']}/rotation"), 409, "identity.api_key_limit")
    revoked = await ask(city, "department", "DELETE", f"{KEYS}/{old['key']['id']}")
    assert revoked.json()["state"] == "done"
    problem(await city.client.get(CARDS, headers=both[0]), 401, "identity.api_key_invalid", old["secret"])
    assert (await city.client.get(CARDS, headers=both[1])).status_code == 200


async def test_an_operator_revokes_a_departments_key_with_a_second_person(city: RunningCity) -> None:
    new = await made(city)
    headers = {"Authorization": f"Bearer {new['secret']}"}
    asked = (await ask(city, "operator", "DELETE", f"{KEYS}/{new['key']['id']}")).raise_for_status().json()
    assert asked["state"] == "proposed"
    assert (await city.client.get(CARDS, headers=headers)).status_code == 200
    path = f"{PROPOSALS}/{asked['proposal']['id']}/approval"
    assert (await ask(city, "auditor", "POST", path)).json()["state"] == "done"
    problem(await city.client.get(CARDS, headers=headers), 401, "identity.api_key_invalid")


async def test_a_post_for_one_card_sees_that_card_and_makes_no_keys(city: RunningCity) -> None:
    name = f"dep.{secrets.token_hex(4)}"
    wanted = {"name": name, "role": "department", "department": "gy.housing_fund_centre", "scope": "card:gy.other"}
    added = (await ask(city, "operator", "POST", ACCOUNTS, wanted)).raise_for_status().json()
    first = await token(city, name, added["temporary_password"])
    change = {"current": added["temporary_password"], "new": "a password of my own"}
    changed = (await city.client.post("/api/v1/staff/password", json=change, headers=first)).raise_for_status().json()
    headers = {"Authorization": f"Bearer {changed['access_token']}"}
    assert (await city.client.get(CARDS, headers=headers)).json()["items"] == []
    refused = await city.client.post(KEYS, json={"system": "x", "scopes": ["cards.figures"]}, headers=headers)
    problem(refused, 403, "identity.forbidden")


@pytest.mark.parametrize("scopes", [[], ["cards.write"], ["cards.figures", "everything"]])
async def test_a_scope_is_one_of_those_there_are(city: RunningCity, scopes: list[str]) -> None:
    problem(await ask(city, "department", "POST", KEYS, {"system": "x", "scopes": scopes}), 422, "request.invalid")


# --- the hall's code ---


async def issued(city: RunningCity, id_number: str) -> Json:
    answer = await ask(city, "hall_clerk", "POST", "/api/v1/staff/hall_codes", {"id_number": id_number})
    assert id_number not in answer.text
    found: Json = answer.raise_for_status().json()
    return found


async def test_whoever_was_seen_in_a_hall_has_level_three_without_a_face(city: RunningCity) -> None:
    citizen, stranger = await city.sign_in(2), await city.sign_in(2)
    code = (await issued(city, citizen.person["id_number"]))["code"]
    path = "/api/v1/identity/hall_code"
    problem(await city.client.post(path, json={"code": code}, headers=stranger.headers), 422,
            "identity.hall_code_refused", code)  # fmt: skip
    raised = (await city.client.post(path, json={"code": code}, headers=citizen.headers)).raise_for_status().json()
    assert raised["assurance"] == 3
    again = await city.client.post(path, json={"code": code}, headers=citizen.headers)
    problem(again, 422, "identity.hall_code_refused", code)
    citizen.access_token = raised["access_token"]
    me = (await city.client.get("/api/v1/me", headers=citizen.headers)).json()
    assert (me["assurance"], [proof["level"] for proof in me["proofs"]]) == (3, [0, 1, 2, 3])
    (proof,) = (await city.client.get(path, headers=citizen.headers)).json()["items"]
    assert (proof["department"], proof["hall"]) == ("gy.government_services", "city")
    use_entry, issue_entry = (
        (await last_entries(city, "hall_code.use"))[0],
        (await last_entries(city, "hall_code.issue"))[0],
    )
    assert use_entry["subject"] == issue_entry["subject"]
    assert (issue_entry["actor"], issue_entry["details"]) == ("hall_clerk", {"hall": "city"})


async def test_a_number_that_cannot_be_is_not_vouched_for(city: RunningCity) -> None:
    answer = await ask(city, "hall_clerk", "POST", "/api/v1/staff/hall_codes", {"id_number": "520100199003071230"})
    problem(answer, 422, "identity.real_name.invalid_id_number", "520100199003071230")


# --- the log ---


async def test_the_log_holds_whatever_many_do_at_once(city: RunningCity) -> None:
    names = ["operator", "auditor", "gate", "department", "hall_clerk"] * 3
    await asyncio.gather(*(city.staff(name) for name in names))
    found = (await ask(city, "auditor", "GET", f"{LOG}/verification")).raise_for_status().json()
    assert (found["holds"], found["fault"]) == (True, None)
    page = (await ask(city, "auditor", "GET", f"{LOG}?limit=5")).json()
    numbers = [entry["number"] for entry in page["items"]]
    assert numbers == sorted(numbers, reverse=True)
    older = (await ask(city, "auditor", "GET", f"{LOG}?limit=5&after={page['after']}")).json()["items"]
    assert older[0]["number"] == numbers[-1] - 1
    own = page["items"][0]["actor_id"]
    of_one = (await ask(city, "auditor", "GET", f"{LOG}?account_id={own}")).json()["items"]
    assert {entry["actor_id"] for entry in of_one} == {own}


async def test_neither_files_nor_log_lines_hold_what_opens_something(city: RunningCity) -> None:
    citizen, key = await city.sign_in(2), await made(city)
    number = citizen.person["id_number"]
    code = (await issued(city, number))["code"]
    name, password = await new_member(city)
    async with Browser.at(city) as browser:
        await browser.sign_in(name, password)
        _, recovery_codes = await enrolled(browser, password)
        cookie = browser.client.cookies["cst_staff"].rpartition(".")[2]
        await city.client.get(CARDS, headers={"Authorization": f"Bearer {key['secret']}"})
        secrets = [number, key["secret"].rpartition("_")[2], password, cookie, browser.csrf_token, *recovery_codes]
    places = {"log": (await logged(city)).encode(), "metrics": (await city.client.get("/metrics")).content}
    places |= {file.name: file.read_bytes() for file in city.data.rglob("*") if file.is_file()}
    assert name.encode() in places["city.db-wal"] + places["city.db"]
    found = [(place, at) for at, secret in enumerate(secrets) for form in written_forms(secret)
             for place, content in places.items() if form in content]  # fmt: skip
    assert found == []
    assert code.encode() not in places["log"]
