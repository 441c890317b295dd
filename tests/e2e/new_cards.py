"""Cards that no front end has heard of, and the department behind them: every block, every hint of a form, every kind.
They are in cards/, as a city would add them."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.delivered import delivered_copy
from tests.e2e.phones import Phones, built_app
from tests.running_city import running_city

NEW_CARDS = Path(__file__).parent / "cards"
EVERYTHING, SCARCE, LINK, ROOMS = "xx.everything", "xx.scarce", "xx.link", "xx.rooms"
ADDRESS = "NEW_DEPARTMENT_URL"

RECORDS = {
    "doses": 2,
    "number": "V-2026-0815",
    "since": "2021-03-01",
    "records": [{"date": "2026-06-01", "vaccine": "重组"}, {"date": "2021-03-01", "vaccine": "灭活"}],
    "steps": [
        {"at": "2026-06-01T09:30:00+08:00", "what": "第二针"},
        {"at": "2021-03-01T10:00:00+08:00", "what": "第一针"},
    ],
}


def add_new_cards(cards: Path) -> None:
    """Puts them beside the cards of that folder."""
    for card_id in (EVERYTHING, SCARCE, LINK, ROOMS):
        shutil.copytree(NEW_CARDS / card_id, cards / card_id)


@dataclass
class NewDepartment:
    """Answers the new cards. `submitted` is what arrived at /register, with its Idempotency-Key."""

    port: int = 0
    submitted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def show(self, _request: web.Request) -> web.Response:
        return web.json_response(RECORDS)

    async def register(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = (await request.json())["person"]
        self.submitted.append((request.headers["Idempotency-Key"], body))
        if body["name"] == "太早":
            return web.json_response({"error": "too_early"}, status=422)
        return web.json_response({"receipt": f"R-{len(self.submitted)}"})


@asynccontextmanager
async def new_department() -> AsyncIterator[NewDepartment]:
    department = NewDepartment()
    application = web.Application()
    application.router.add_post("/show", department.show)
    application.router.add_post("/register", department.register)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    department.port = runner.addresses[0][1]
    try:
        yield department
    finally:
        await runner.cleanup()


def notice(name: str, zh: str, en: str) -> dict[str, Any]:
    words = {"title": {"zh": zh, "en": en}, "text": {"zh": f"{zh}的正文", "en": f"{en}, in full"}}
    return {"id": name, **words, "from": "2020-01-01T00:00:00+08:00", "until": "2099-01-01T00:00:00+08:00"}


@asynccontextmanager
async def city_with_new_cards(phones: Phones, folder: Path) -> AsyncIterator[tuple[Phones, NewDepartment]]:
    """Another city for the same browser: with notices, and with these cards beside the delivered ones."""
    add_new_cards(delivered_copy(folder))
    async with new_department() as department:
        settings = {
            "miniapp": {"folder": str(built_app())},
            "city": {"notices": [notice("new_year", "元旦安排", "New Year")]},
            "departments": {"addresses": {ADDRESS: f"http://127.0.0.1:{department.port}"}},
        }
        async with running_city(folder, settings) as city:
            yield replace(phones, city=city), department
