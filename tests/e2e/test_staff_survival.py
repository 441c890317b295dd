"""What staff were told is so, is so after a kill -9: sessions, factors, keys, proposals, codes, and the log of it."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.http.staff_browser import enrolled, new_member, signed_in
from tests.running_city import RunningCity, SignedIn, running_city

ACCOUNTS, PROPOSALS, KEYS = "/api/v1/staff/accounts", "/api/v1/staff/proposals", "/api/v1/staff/api_keys"
ENOUGH = 40


def again_at(city: RunningCity) -> dict[str, object]:
    return {"http": {"port": city.port}}


async def test_what_was_acknowledged_holds_after_a_kill(tmp_path: Path) -> None:
    async with AsyncExitStack() as browsers:
        async with running_city(tmp_path) as city:
            name, password = await new_member(city, "department", "gy.housing_fund_centre")
            browser = await signed_in(browsers, city, name, password)
            app, codes = await enrolled(browser, password)
            used = app.code()
            assert (await browser.sign_in(name, password, used)).status_code == 201
            assert (await browser.sign_in(name, password, codes[0])).status_code == 201
            key = (
                await browser.send("POST", "/staff/api_keys", {"system": "core", "scopes": ["cards.figures"]})
            ).json()
            revoked = (
                await browser.send("POST", "/staff/api_keys", {"system": "b", "scopes": ["cards.figures"]})
            ).json()
            await browser.send("DELETE", f"/staff/api_keys/{revoked['key']['id']}")
            new = {"name": "second", "role": "operator"}
            operator = await city.staff("operator")
            proposal = (await city.client.post(ACCOUNTS, json=new, headers=operator)).json()["proposal"]
            citizen = await city.sign_in(2)
            clerk = await city.staff("hall_clerk")
            number = {"id_number": citizen.person["id_number"]}
            code = (await city.client.post("/api/v1/staff/hall_codes", json=number, headers=clerk)).json()["code"]
            await city.client.delete("/api/v1/staff/sessions/current", headers=operator)
            await city.kill()

        async with running_city(tmp_path, again_at(city)) as city:
            assert (await browser.get("/staff/me")).json()["recovery_codes_left"] == 9
            for spent in (used, codes[0]):
                refused = await browser.sign_in(name, password, spent)
                assert refused.json()["code"] == "identity.staff_code_refused"
            assert await figures(city, key["secret"]) == 200
            assert await figures(city, revoked["secret"]) == 401
            assert (await city.client.get("/api/v1/staff/me", headers=operator)).status_code == 401
            auditor = await city.staff("auditor")
            approved = await city.client.post(f"{PROPOSALS}/{proposal['id']}/approval", headers=auditor)
            assert approved.json()["state"] == "done"
            path = "/api/v1/identity/hall_code"
            raised = await city.client.post(path, json={"code": code}, headers=citizen.headers)
            assert raised.json()["assurance"] == 3
            await city.kill()

        async with running_city(tmp_path, again_at(city)) as city:
            auditor = await city.staff("auditor")
            twice = await city.client.post(f"{PROPOSALS}/{proposal['id']}/approval", headers=auditor)
            assert twice.json()["code"] == "identity.proposal_closed"
            refreshed = await city.client.post("/api/v1/sessions/refresh", json=device_of(citizen))
            assert refreshed.json()["assurance"] == 3
            assert (await verification(city))["holds"]


async def test_killed_amid_administration_the_log_holds_and_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    told: list[str] = []
    enough = asyncio.Semaphore(0)

    async def adds(city: RunningCity, headers: dict[str, str]) -> None:
        try:
            while True:
                name = f"gate.{secrets.token_hex(6)}"
                answer = await city.client.post(ACCOUNTS, json={"name": name, "role": "gate"}, headers=headers)
                assert answer.raise_for_status().json()["state"] == "done"
                told.append(name)
                enough.release()
        except httpx.TransportError:
            return

    async with running_city(tmp_path) as city:
        adding = [asyncio.create_task(adds(city, await city.staff("operator"))) for _ in range(4)]
        for _ in range(ENOUGH):
            await enough.acquire()
        await city.kill()
        await asyncio.gather(*adding)

    async with running_city(tmp_path, again_at(city)) as city:
        auditor = await city.staff("auditor")
        accounts = (await city.client.get(ACCOUNTS, headers=auditor)).json()["items"]
        there = {account["name"] for account in accounts}
        assert set(told) <= there
        logged: set[str] = set()
        after: str | None = ""
        while after is not None:
            page = (await city.client.get(f"/api/v1/staff/log?limit=100{after}", headers=auditor)).json()
            logged |= {entry["details"]["name"] for entry in page["items"] if entry["action"] == "account.add"}
            after = f"&after={page['after']}" if page["after"] else None
        assert logged == there
        assert (await verification(city))["holds"]


async def figures(city: RunningCity, key: str) -> int:
    answer = await city.client.get("/api/v1/department/cards", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code


async def verification(city: RunningCity) -> dict[str, object]:
    answer = await city.client.get("/api/v1/staff/log/verification", headers=await city.staff("auditor"))
    found: dict[str, object] = answer.raise_for_status().json()
    return found


def device_of(citizen: SignedIn) -> dict[str, str]:
    return {"refresh_token": citizen.refresh_token, "device_id": citizen.device_id}
