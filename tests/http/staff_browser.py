"""Staff as a browser and an authenticator app make them: a cookie, a token against forged requests, six digits."""

import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from identity_center.staff import totp
from tests.running_city import STAFF_PASSWORD, RunningCity

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
SESSIONS = "/api/v1/staff/sessions"
Json = dict[str, Any]


@dataclass
class Browser:
    """A browser of its own: cookies of one are not another's."""

    client: httpx.AsyncClient
    csrf_token: str = ""

    @classmethod
    def at(cls, city: RunningCity) -> "Browser":
        return cls(httpx.AsyncClient(base_url=city.url, trust_env=False, timeout=60))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()

    async def sign_in(self, name: str, password: str = STAFF_PASSWORD, code: str = "") -> httpx.Response:
        wanted = {"name": name, "password": password, "code": code, "browser": True}
        answer = await self.client.post(SESSIONS, json=wanted, headers=SAME_SITE)
        if answer.status_code == 201:
            self.csrf_token = answer.json()["csrf_token"]
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=SAME_SITE)

    async def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """As the city's own page sends it."""
        headers = {**SAME_SITE, "X-CSRF-Token": self.csrf_token}
        answer = await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)
        session = answer.json() if answer.content else {}
        self.csrf_token = session.get("session", session).get("csrf_token") or self.csrf_token
        return answer


async def signed_in(stack: AsyncExitStack, city: RunningCity, name: str, password: str = STAFF_PASSWORD) -> Browser:
    browser = await stack.enter_async_context(Browser.at(city))
    (await browser.sign_in(name, password)).raise_for_status()
    return browser


async def new_member(city: RunningCity, role: str = "gate", department: str = "gy.test") -> tuple[str, str]:
    """Name and password of an account of its own, its temporary password changed; for roles that one operator adds."""
    name, password = f"{role}.{secrets.token_hex(4)}", f"pass-{secrets.token_hex(8)}"
    wanted = {"name": name, "role": role, "department": department}
    operator = await city.staff("operator")
    added = (await city.client.post("/api/v1/staff/accounts", json=wanted, headers=operator)).raise_for_status().json()
    assert added["state"] == "done"
    async with Browser.at(city) as browser:
        (await browser.sign_in(name, added["temporary_password"])).raise_for_status()
        change = {"current": added["temporary_password"], "new": password}
        (await browser.send("POST", "/staff/password", change)).raise_for_status()
    return name, password


class App:
    """An authenticator app with one account in it. Real time passes here: each code is shown once."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._shown = int(time.time()) // totp.STEP_SECONDS - 2

    def code(self) -> str:
        """The code of the next half minute that was not shown yet; one ahead of time is taken, too."""
        self._shown += 1
        return totp.code_at(self._secret, self._shown)


async def enrolled(browser: Browser, password: str) -> tuple[App, list[str]]:
    """The app, and the recovery codes."""
    offer = (await browser.send("POST", "/staff/second_factor", {"password": password})).raise_for_status().json()
    app = App(offer["secret"])
    confirmed = await browser.send("POST", "/staff/second_factor/confirmation", {"code": app.code()})
    return app, confirmed.raise_for_status().json()["recovery_codes"]
