"""`cst audit`: beside a running city, and against whoever may write to its database."""

import sqlite3
from pathlib import Path

import yaml

from tests.e2e.command_line import cst
from tests.http.api_services import SOCIAL, agree, use
from tests.running_city import RunningCity, running_city


def settings_of(folder: Path) -> Path:
    """What the commands need to find the city."""
    file = folder / "audit.yaml"
    file.write_text(yaml.safe_dump({"data": str(folder / "var")}))
    return file


async def a_citizen_used(city: RunningCity, times: int) -> str:
    """Returns their account's id."""
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    for _ in range(times):
        assert (await use(city, citizen, SOCIAL, "accounts")).status_code == 200
    return str((await city.client.get("/api/v1/me", headers=citizen.headers)).json()["id"])


async def test_every_row_is_what_was_written_until_somebody_changes_one(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        account = await a_citizen_used(city, 4)
        config = settings_of(tmp_path)
        anchored = await cst("audit", "anchor", "--config", config)
        assert (anchored.code, anchored.err) == (0, "")
        verified = await cst("audit", "verify", "--config", config)
        assert (verified.code, verified.err) == (0, "")
        assert "every row is what was written" in verified.out
    outside = tmp_path / "kept elsewhere.jsonl"
    (tmp_path / "var" / "anchors" / "anchors.jsonl").rename(outside)
    with sqlite3.connect(tmp_path / "var" / "city.db") as database:
        database.execute("DELETE FROM access_log WHERE id = ?", (f"{account}.2",))
        database.execute("DELETE FROM log_anchors")
    found = await cst("audit", "verify", "--config", config, "--anchors", outside)
    assert found.code == 1
    assert f"fault: access_log {account} row 2: removed" in found.err
    assert "anchor 1: removed" in found.err
    missing = await cst("audit", "verify", "--config", config, "--anchors", tmp_path / "nowhere.jsonl")
    assert missing.code == 1
    assert "nowhere.jsonl: No such file" in missing.err
