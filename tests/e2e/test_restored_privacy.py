"""A citizen who was erased stays erased when an older backup is put back, as an operator does it."""

import json
from pathlib import Path

import httpx

from tests.e2e.command_line import cst
from tests.e2e.test_process_survival import at_the_port_of
from tests.running_city import RunningCity, SignedIn, running_city


async def me(city: RunningCity, citizen: SignedIn) -> httpx.Response:
    return await city.client.get("/api/v1/me", headers=citizen.headers)


async def test_the_list_of_erased_accounts_is_applied_by_the_restore(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        gone, stays = await city.sign_in(2), await city.sign_in(2)
        account_id = (await me(city, gone)).json()["id"]
        kept = await cst("backup", tmp_path / "kept", "--data", city.data)
        assert kept.code == 0, kept.err
        data = city.data
    # What the city's job writes down when it erases an account, seven days after the backup was taken.
    line = json.dumps({"account": account_id, "erased_at": "2026-11-30T04:00:00.000000Z"})
    (data / "erased.jsonl").write_text(f"{line}\n")
    restored = await cst("restore", tmp_path / "kept", "--data", data, "--force")
    assert restored.code == 0, restored.err
    assert "erased again, because they were erased after it was taken: 1 accounts" in restored.out
    async with running_city(tmp_path, at_the_port_of(city)) as city:
        assert (await me(city, stays)).json()["assurance"] == 2
        assert (await me(city, gone)).status_code == 401
        wanted = {"code": await city.code(gone.person), "device_id": gone.device_id}
        back = (await city.client.post("/api/v1/sessions", json=wanted)).raise_for_status().json()
        gone.access_token = back["access_token"]
        somebody = (await me(city, gone)).json()
        assert somebody["id"] != account_id
        assert (somebody["name"], somebody["assurance"]) == (None, 0)
    checked = await cst("store", "check", "--data", data)
    assert checked.code == 0, checked.err
