"""The command line: settings that cannot be used, keys, staff, the generated references."""

import asyncio
from pathlib import Path

import pytest
import yaml

from tests.e2e.command_line import Ran, cst
from tests.running_city import RunningCity, running_city

PASSWORD = "a-long-enough-password"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"htttp": {"port": 1}}, "htttp: there is no such setting"),
        ({"http": {"prot": 1}}, "http.prot: there is no such setting"),
        (
            {"http": {"port": "eighty"}},
            "http.port: Input should be a valid integer, unable to parse string as an integer",
        ),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named_by_its_path(
    tmp_path: Path, settings: dict[str, object], line: str
) -> None:
    refused = await with_settings(tmp_path, settings, "serve")
    assert (refused.code, refused.out, refused.err) == (2, "", f"settings:\n{line}\n")
    assert not (tmp_path / "var").exists()


async def test_production_starts_with_nothing_of_the_demo(tmp_path: Path) -> None:
    settings: dict[str, object] = {
        "profile": "production",
        "http": {"public_url": "http://city.example"},
        "authority": {"base_url": "http://127.0.0.1:8081"},
        "departments": {"addresses": {"HOUSING_FUND_URL": "https://localhost/housing_fund"}},
        "demo": {"staff_password": "another-password"},
    }
    served, checked = await asyncio.gather(
        with_settings(tmp_path, settings, "serve"), with_settings(tmp_path, settings, "check")
    )
    assert (served.code, served.out) == (2, "")
    assert served == checked
    heading, *lines = served.err.splitlines()
    assert heading == "settings:"
    assert [line.partition(": ")[0] for line in lines] == [
        "http.public_url",
        "wechat.app_id",
        "keys.folder",
        "demo",
        "authority.base_url",
        "departments.addresses.HOUSING_FUND_URL",
    ]
    assert not (tmp_path / "var").exists()


async def with_settings(folder: Path, settings: dict[str, object], command: str) -> Ran:
    file = folder / f"{command}.yaml"
    file.write_text(yaml.safe_dump(settings))
    return await cst(command, "--config", file, "--data", folder / "var")


async def test_what_is_delivered_checks_and_its_references_are_up_to_date() -> None:
    checked, documented = await asyncio.gather(cst("check"), cst("docs", "--check"))
    assert (checked.code, checked.err) == (0, "")
    assert checked.out == "settings (demo), cards and types of credentials are as they must be\n"
    assert (documented.code, documented.err) == (0, "")


async def test_staff_that_is_added_while_the_city_runs_signs_in_at_once(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        added = await add_staff(city, "li.na", "operator", PASSWORD)
        assert (added.code, added.out, added.err) == (0, "added li.na (operator)\n", "")
        assert await figures_for(city, "Li.Na", PASSWORD) == 200
        assert await figures_for(city, "li.na", "another-password") == 401

        short, taken, unnamed = await asyncio.gather(
            add_staff(city, "wang.wei", "operator", "short"),
            add_staff(city, "LI.NA", "gate", "quite-another-password"),
            add_staff(city, "no such name", "gate", PASSWORD),
        )
        assert (short.code, taken.code, unnamed.code) == (1, 1, 1)
        assert short.err.startswith("identity.invalid_staff_account: ")
        assert taken.err.startswith("identity.staff_name_taken: ")
        assert unnamed.err.startswith("identity.invalid_staff_account: ")
        for refused in (short, taken, unnamed):
            assert len(refused.err.splitlines()) == 1
        assert await figures_for(city, "wang.wei", "short") == 401
        assert await figures_for(city, "li.na", PASSWORD) == 200


async def test_accounts_are_administered_while_the_city_runs(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        await add_staff(city, "li.na", "operator", PASSWORD)
        posted = await user(city, "post", "li.na", "--role", "hall_clerk", "--department", "gy.halls", "--hall", "city")
        assert (posted.code, posted.out) == (0, "li.na is hall_clerk as well\n")
        assert [post["scope"] for post in await posts_of(city, "li.na", PASSWORD)] == ["", "hall:city"]
        there = ("post", "li.na", "--role", "hall_clerk", "--department", "gy.halls", "--hall", "city", "--end")
        assert (await user(city, *there)).out == "li.na is hall_clerk no more\n"
        assert len(await posts_of(city, "li.na", PASSWORD)) == 1

        temporary = await user(city, "add", "wang.wei", "--role", "gate", "--temporary")
        given = temporary.out.splitlines()[1].rpartition(" ")[2]
        assert await figures_for(city, "wang.wei", given) == 403
        reset = await user(city, "reset", "li.na")
        assert await figures_for(city, "li.na", PASSWORD) == 401
        assert await figures_for(city, "li.na", reset.out.splitlines()[1].rpartition(" ")[2]) == 403
        factor = await user(city, "reset", "li.na", "--second-factor")
        assert factor.out == "li.na has no second factor now\n"

        assert (await user(city, "disable", "li.na")).out == "disabled li.na\n"
        assert await figures_for(city, "li.na", PASSWORD) == 401
        log = await city.client.get("/api/v1/staff/log?limit=100", headers=await city.staff("auditor"))
        by_command = [entry["action"] for entry in log.json()["items"] if entry["actor"] == "command line"]
        assert by_command[::-1] == [
            "account.add", "account.add_post", "account.end_post", "account.add", "account.reset_password",
            "account.reset_second_factor", "account.disable",
        ]  # fmt: skip
        verified = await city.client.get("/api/v1/staff/log/verification", headers=await city.staff("auditor"))
        assert verified.json()["holds"]


async def user(city: RunningCity, *words: str) -> Ran:
    return await cst("user", *words, "--data", city.data)


async def posts_of(city: RunningCity, name: str, password: str) -> list[dict[str, str]]:
    session = await city.client.post("/api/v1/staff/sessions", json={"name": name, "password": password})
    headers = {"Authorization": f"Bearer {session.raise_for_status().json()['access_token']}"}
    posts: list[dict[str, str]] = (await city.client.get("/api/v1/staff/me", headers=headers)).json()["posts"]
    return posts


async def add_staff(city: RunningCity, name: str, role: str, password: str) -> Ran:
    return await cst("user", "add", name, "--role", role, "--data", city.data, typed=f"{password}\n")


async def figures_for(city: RunningCity, name: str, password: str) -> int:
    """How the operators' figures are answered to whom this name and password sign in; 401 when they do not."""
    session = await city.client.post("/api/v1/staff/sessions", json={"name": name, "password": password})
    if session.status_code != 201:
        return session.status_code
    headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
    return (await city.client.get("/api/v1/operator/figures", headers=headers)).status_code
