"""What README.md says to type works as it stands there, and answers what it shows."""

import asyncio
import json
import os
import re
import shlex
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.delivered import delivered_copy
from tests.e2e.command_line import cst
from tests.pages import ROOT, Block, alike, blocks, named, section, spans
from tests.running_city import RunningCity, running_city

README = named("README.md")
WALK = "The API with curl"
CARD = "A card in five minutes"
BETWEEN = "\x1e"
TO_BE_MADE = "GET /api/v1/departments/{department_id}"
"""CONTRIBUTING.md's recipe: an endpoint that a reader makes."""
SECONDS = 60.0


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where commands are looked for: with a small curl of our own where there is none."""
    if shutil.which("curl") is None:
        script = tmp_path / "bin/curl"
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/tests/e2e/curl.py" "$@"\n')
        script.chmod(0o755)
    return f"{tmp_path}/bin:{os.environ['PATH']}"


async def typed(city: RunningCity, path: str, lines: str) -> str:
    """What a shell prints for these lines, in the folder beside the city's state."""
    for address, actual in (("http://127.0.0.1:8080", city.url), ("http://127.0.0.1:8081", city.outside.base_url)):
        lines = lines.replace(address, str(actual).rstrip("/"))
    lines = lines.replace(".venv/bin/python", shlex.quote(sys.executable))
    environment = {**os.environ, "PATH": path, "no_proxy": "127.0.0.1"}
    shell = await asyncio.create_subprocess_exec(
        "sh", "-eu", "-c", lines, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
        cwd=city.data.parent, env=environment,
    )  # fmt: skip
    async with asyncio.timeout(SECONDS):
        out, err = await shell.communicate()
    assert (shell.returncode, err.decode()) == (0, "")
    return out.decode()


def steps(walk: str) -> list[tuple[str, Any]]:
    """The shell blocks, each with the JSON that is shown after it."""
    found: list[tuple[str, Any]] = []
    for block in blocks(walk):
        if block.language == "sh":
            found.append((block.text, None))
        elif block.language == "json":
            found[-1] = (found[-1][0], json.loads(block.text))
    return found


async def test_the_walk_with_curl_is_answered_as_shown(tmp_path: Path, path: str) -> None:
    walk = steps(section(README, WALK))
    assert len(walk) >= 10
    script = f"\nprintf '{BETWEEN}'\n".join(lines for lines, _ in walk)
    async with running_city(tmp_path) as city:
        printed = (await typed(city, path, script)).split(BETWEEN)
    for (lines, shown), out in zip(walk, printed, strict=True):
        if shown is None:
            assert out == "", lines
        else:
            assert alike(shown, json.loads(out)), f"{lines}\nshown: {shown}\ngot: {out}"
    assert "<svg" in (tmp_path / "var/ticket.svg").read_text()


async def test_every_address_that_the_pages_name_is_one_of_the_api(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        paths = (await city.client.get("/api/openapi.json")).json()["paths"]
    for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/configuration.md"):
        for span in set(spans(named(name))) - {TO_BE_MADE}:
            if found := re.fullmatch(
                r"(?:(GET|POST|PUT|DELETE) )?(/(?:api|readyz|healthz|metrics|\.well-known)[^?\s]*)", span
            ):
                assert found[2] in paths, (name, span)
                assert found[1] is None or found[1].lower() in paths[found[2]], (name, span)


async def test_the_card_of_five_minutes_is_made_checked_found_and_bookable(tmp_path: Path, path: str) -> None:
    new, change, mistake, look = blocks(section(README, CARD))
    cards = delivered_copy(tmp_path)
    made = await cst(*new.text.split()[1:], "--cards", cards)
    assert (made.code, made.err) == (0, "")
    manifest = cards / "gy.reading_room/card.yaml"
    changed = changed_fields(manifest.read_text(), change)
    manifest.write_text(changed.replace("theme: culture", "theme: cultur"))

    command, *lines = mistake.text.splitlines()
    checked = await cst(*command.split()[2:], "--cards", cards)
    assert (checked.code, checked.out) == (1, "")
    assert alike("\n".join(lines), checked.err.strip())

    manifest.write_text(changed)
    assert (await cst(*command.split()[2:], "--cards", cards)).code == 0
    async with running_city(tmp_path, {"cards": {"folder": str(cards)}}) as city:
        found, days = [json.loads(await typed(city, path, line)) for line in look.text.splitlines()]
    assert [card["id"] for card in found["items"]] == ["gy.reading_room"]
    assert {day["state"] for day in days["items"]} >= {"open"}


def changed_fields(manifest: str, change: Block) -> str:
    """The manifest with those lines that the page shows in the place of its own."""
    for line in change.text.splitlines():
        name = line.partition(":")[0]
        manifest, times = re.subn(rf"^{name}:.*$", line, manifest, flags=re.MULTILINE)
        assert times == 1, name
    assert isinstance(yaml.safe_load(manifest), dict)
    return manifest


async def test_production_refuses_what_the_page_says_it_refuses(tmp_path: Path) -> None:
    shown = next(block for block in blocks(section(README, "Configuration, and production")) if "$" in block.text)
    (tmp_path / "production.yaml").write_text("profile: production\n")
    refused = await cst("check", "--config", tmp_path / "production.yaml")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == shown.text.partition("\n")[2]
